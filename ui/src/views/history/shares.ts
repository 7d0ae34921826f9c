/** Who used how much, the largest first, and the rest that nobody measured last. */
import type { Breakdown } from "@/api/types.ts";

export interface Part {
  id: string;
  name: string;
  kind: "device" | "charger" | "rest";
  energy_j: number | null;
  /** Of the consumption, 0 to 1; null where that is not known. */
  share: number | null;
  /** Of the largest, 0 to 1: how long its bar is. */
  width: number;
}

const REST = "unmeasured";

export function parts({ loads, unmeasured_j, unmeasured_share }: Breakdown): Part[] {
  const all: Omit<Part, "width">[] = loads.filter(({ energy_j }) => energy_j != null);
  if (unmeasured_j != null) all.push({ id: REST, name: "", kind: "rest", energy_j: unmeasured_j, share: unmeasured_share });
  const most = Math.max(1, ...all.map(({ energy_j }) => energy_j ?? 0));
  return all.map((part) => ({ ...part, width: Math.max(0, part.energy_j ?? 0) / most }));
}
