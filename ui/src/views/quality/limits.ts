/** What EN 50160 allows a supply, and how what is seen stands against it: plain numbers in, rows out. */
import type { PowerQuality } from "@/api/types.ts";
import { phaseOf, type Signal } from "./drawing.ts";

export const UNBALANCE_PERCENT = 2;
export const THD_PERCENT = 8;
export const PLT = 1;
const FREQUENCY = 0.01;

/** Percent of the fundamental that each order of the supply voltage may have (EN 50160, table of harmonics). */
const ODD: Readonly<Record<number, number>> = {
  3: 5, 5: 6, 7: 5, 9: 1.5, 11: 3.5, 13: 3, 15: 0.5, 17: 2, 19: 1.5, 21: 0.5, 23: 1.5, 25: 1.5,
};
const EVEN: Readonly<Record<number, number>> = { 2: 2, 4: 1 };

/** For a voltage; `null` for a current, which the standard of the supply says nothing about. */
export function harmonicLimit(signal: Signal, order: number): number | null {
  if (signal.unit !== "V" || order > 25) return null;
  return order % 2 ? (ODD[order] ?? null) : (EVEN[order] ?? 0.5);
}

export interface Verdict {
  name: "voltage" | "frequency" | "unbalance" | "thd" | "flicker";
  /** The worst of its values; `null` where it is not known. */
  value: number | null;
  limit: readonly [low: number | null, high: number];
  good: boolean | null;
  /** The phases that are beyond, where it has any. */
  beyond: readonly string[];
}

const known = (values: readonly (number | null | undefined)[]): number[] => values.filter((one) => one != null);
const worst = (values: readonly (number | null | undefined)[]): number | null =>
  known(values).length ? Math.max(...known(values)) : null;

function verdict(name: Verdict["name"], values: readonly [string, number | null][], low: number | null, high: number): Verdict {
  const numbers = known(values.map(([, value]) => value));
  const middle = low == null ? 0 : (low + high) / 2;
  const value = numbers.length ? numbers.reduce((a, b) => (Math.abs(b - middle) > Math.abs(a - middle) ? b : a)) : null;
  const beyond = values.filter(([, one]) => one != null && (one > high || (low != null && one < low)));
  return { name, value, limit: [low, high], good: numbers.length ? beyond.length === 0 : null, beyond: beyond.map(([phase]) => phase) };
}

/** How the supply stands, each against its limit. */
export function verdicts(seen: PowerQuality, nominalHz: number): Verdict[] {
  const thd = seen.voltages.map((signal): [string, number | null] => [phaseOf(signal), signal.thd_percent ?? null]);
  const volts = seen.voltages.map((signal): [string, number | null] => [phaseOf(signal), signal.rms]);
  const rows = [
    verdict("voltage", volts, seen.band_v[0], seen.band_v[1]),
    verdict("frequency", [["", seen.frequency_hz ?? null]], nominalHz * (1 - FREQUENCY), nominalHz * (1 + FREQUENCY)),
    verdict("thd", thd, null, THD_PERCENT),
    verdict("flicker", [["", worst(seen.flicker?.plt ?? [])]], null, PLT),
  ];
  if (seen.voltages.length > 2) rows.splice(2, 0, verdict("unbalance", [["", seen.unbalance_percent ?? null]], null, UNBALANCE_PERCENT));
  return rows;
}
