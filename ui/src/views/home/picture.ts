/** What the flow picture shows: a snapshot in, the powers of house, cars and loads out. */
import type { Channel, Snapshot } from "@/api/types.ts";
import { IDLE_W, type Scene } from "@/words/sentence.ts";

export interface Load {
  id: string | null;
  name: string | null;
  power_w: number | null;
}

/** The flows together with what the cars draw. */
export function scene(snapshot: Snapshot): Scene {
  const powers = Object.values(snapshot.chargers).map(({ power_w }) => power_w ?? 0);
  const cars_w = powers.reduce((sum, power) => sum + power, 0);
  return { ...snapshot.flows, cars_w, cars: powers.filter((power) => power > IDLE_W).length };
}

/** What the house uses besides its cars, null while unknown. */
export function houseUse({ consumption_w, cars_w }: Scene): number | null {
  return consumption_w == null ? null : Math.max(0, consumption_w - cars_w);
}

/** A newcomer must draw this much more than the one it replaces, so that loads of like size do not swap places. */
const LEAD_W = 30;
const LEAD = 1.2;

/** The `count` largest loads, those of `before` kept while nothing is clearly larger; in the order of the site. */
export function largest(channels: readonly [string, Channel][], before: readonly string[], count = 3): string[] {
  const power = new Map(channels.map(([id, { power_w }]) => [id, power_w ?? -1]));
  const of = (id: string): number => power.get(id) ?? -1;
  const kept = before.filter((id) => power.has(id)).slice(0, count);
  const others = [...power.keys()].filter((id) => !kept.includes(id)).sort((a, b) => of(b) - of(a));
  for (const id of others) {
    if (kept.length < count) {
      kept.push(id);
      continue;
    }
    const smallest = kept.reduce((least, one) => (of(one) < of(least) ? one : least));
    if (of(id) > of(smallest) * LEAD + LEAD_W) kept.splice(kept.indexOf(smallest), 1, id);
  }
  return [...power.keys()].filter((id) => kept.includes(id));
}
