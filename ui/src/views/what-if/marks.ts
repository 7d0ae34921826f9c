/** What is worth saying of one way among others: the least cost, the most sun, nothing missing. */
import type { Outcome } from "@/api/types.ts";

export type Mark = "cheapest" | "sunniest" | "complete";

/** Only ways that gave the cars something can be best at anything; a difference of nothing is none. */
export function marks(one: Outcome, all: readonly Outcome[]): Mark[] {
  const found: Mark[] = [];
  const others = all.filter((other) => other !== one && other.energy_kwh > 0);
  if (one.energy_kwh <= 0) return found;
  const per = (each: Outcome): number => (each.cost ?? NaN) / each.energy_kwh;
  if (others.length && others.every((other) => per(one) < per(other))) found.push("cheapest");
  if (others.length && others.every((other) => (one.solar_share ?? 0) > (other.solar_share ?? 0))) found.push("sunniest");
  if (one.missed_kwh < 0.1) found.push("complete");
  return found;
}
