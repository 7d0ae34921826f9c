/** On how many phases a charger charges: those its car was seen to use, before that those it is wired to. */
import type { Charger } from "@/api/types.ts";
import { house } from "@/state/house.svelte.ts";

export function phaseCount(id: string, charger: Charger): number {
  if (charger.phase_switching?.connected === 1) return 1;
  return charger.phases_used?.length ?? house.site?.chargers.find((one) => one.id === id)?.phases.length ?? 1;
}

/** The least power a car charges with, in watts, as people are told it: 6 A by 230 V, 1.4 kW on one phase. */
export function leastPower(phases: number): number {
  return phases === 1 ? 1400 : 6 * 230 * phases;
}
