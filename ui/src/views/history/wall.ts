/** Days as the clocks on the wall show them: some have 23 hours, some 25. A day is a count of days since 1970-01-01. */
import { begin, date, offset_s, type Parts } from "@/words/days.ts";

const DAY_S = 86_400;
/** Begins already worked out, and how far the clocks were ahead the last time: asking a calendar is slow. */
const begins = new Map<string, number>();
const ahead = new Map<string, number>();

export const numbered = ({ year, month, day }: Parts): number => Date.UTC(year, month - 1, day) / (DAY_S * 1000);

export function parts(day: number): Parts {
  const at = new Date(day * DAY_S * 1000);
  return { year: at.getUTCFullYear(), month: at.getUTCMonth() + 1, day: at.getUTCDate() };
}

/** The day that holds `at`. */
export const dayAt = (at: Date, zone?: string): number => numbered(date(at, zone));

/** When the day begins, in seconds since 1970. */
export function beginOf(day: number, zone = ""): number {
  const key = `${zone} ${day}`;
  let found = begins.get(key);
  if (found === undefined) {
    const [last, named] = [ahead.get(zone) ?? 0, zone || undefined];
    found = day * DAY_S - last;
    if (offset_s(new Date(found * 1000), named) !== last || offset_s(new Date((found - 1) * 1000), named) !== last) {
      found = begin(parts(day), named).getTime() / 1000;
      ahead.set(zone, offset_s(new Date(found * 1000), named));
    }
    begins.set(key, found);
  }
  return found;
}

/** A day of the zone: its begin and length, and where in it (seconds from its begin) the clocks change by how much. */
export interface Day {
  begin: number;
  length: number;
  change: number;
  shift: number;
}

export function dayOf(day: number, zone?: string): Day {
  const first = beginOf(day, zone);
  const length = beginOf(day + 1, zone) - first;
  const shift = DAY_S - length;
  if (!shift) return { begin: first, length, change: length, shift };
  const before = offset_s(new Date(first * 1000), zone);
  let [low, high] = [0, length / 900];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offset_s(new Date((first + middle * 900) * 1000), zone) === before) low = middle;
    else high = middle;
  }
  return { begin: first, length, change: high * 900, shift };
}

/** What the clocks on the wall show at `at`, in seconds since midnight, and whether for the second time on that day. */
export function wallOf({ begin: first, change, shift }: Day, at: number): { wall: number; again: boolean } {
  const since = at - first;
  const wall = since < change ? since : since + shift;
  return { wall, again: since >= change && wall < change };
}

/** The moment of `day` at which the clocks show `wall` seconds since midnight, the second time when it comes twice and
 * `again`; NaN when they never do. */
export function momentOf({ begin: first, length, change, shift }: Day, wall: number, again: boolean): number {
  const [early, late] = [wall < change ? first + wall : NaN, wall - shift >= change && wall - shift < length ? first + wall - shift : NaN];
  return (again && !Number.isNaN(late)) || Number.isNaN(early) ? late : early;
}
