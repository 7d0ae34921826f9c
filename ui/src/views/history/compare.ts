/** Another period beside the one shown, moment by moment as the clocks on the wall say it, and what differs in words. */
import { begin, date, parse, start, type Stretch } from "@/words/days.ts";
import { type Column, rowAt, type Table } from "./table.ts";
import { beginOf, dayAt, dayOf, momentOf, numbered, parts, wallOf } from "./wall.ts";

/** The choices beside each period: so much earlier. Any date may be named instead. */
export const BACK: Record<Stretch, readonly Stretch[]> = {
  day: ["day", "week", "year"],
  week: ["week", "year"],
  month: ["month", "year"],
  year: ["year"],
};

/** Begin of the other period: `back` is a step of the calendar or a date; null when it is neither. */
export function other(from: Date, stretch: Stretch, back: string | null, zone?: string): Date | null {
  const named = parse(back, zone);
  if (named) return start(named, stretch, zone);
  if (!BACK[stretch].includes(back as Stretch)) return null;
  if (back !== "year") return stepped(from, back as Stretch, zone);
  const { year, month, day } = date(from, zone);
  if (stretch === "week") return begin({ year, month, day: day - 364 }, zone);
  return begin({ year: year - 1, month, day: Math.min(day, lengthOf(year - 1, month)) }, zone);
}

function stepped(from: Date, back: Stretch, zone?: string): Date {
  const { year, month, day } = date(from, zone);
  if (back === "month") return begin({ year, month: month - 1, day: 1 }, zone);
  return begin({ year, month, day: day - (back === "week" ? 7 : 1) }, zone);
}

const lengthOf = (year: number, month: number): number => new Date(Date.UTC(year, month, 0)).getUTCDate();

/** For each moment of the period that begins at `from` the one of the period that begins at `beside` with the same day
 * and time on the wall; NaN where that has none. Days are counted from the begin, in a year by the calendar. */
export function partners(times: readonly number[], from: Date, beside: Date, stretch: Stretch, zone?: string): Float64Array {
  const found = new Float64Array(times.length).fill(NaN);
  const [here, there] = [dayAt(from, zone), dayAt(beside, zone)];
  const [{ year }, end] = [parts(there), start(beside, stretch, zone, 1).getTime() / 1000];
  let row = 0;
  for (let i = 0; row < times.length && i < 400; i++) {
    const mine = dayOf(here + i, zone);
    const same = stretch === "year" ? ofYear(here + i, year) : there + i;
    const theirs = same == null || beginOf(same, zone) >= end ? null : dayOf(same, zone);
    for (; row < times.length && times[row]! < mine.begin + mine.length; row++) {
      if (times[row]! < mine.begin || !theirs) continue;
      const { wall, again } = wallOf(mine, times[row]!);
      found[row] = momentOf(theirs, wall, again);
    }
  }
  return found;
}

/** The same date in another year; null for a leap day that it does not have. */
function ofYear(day: number, year: number): number | null {
  const { month, day: date } = parts(day);
  return date > lengthOf(year, month) ? null : numbered({ year, month, day: date });
}

/** The columns of the other period on the moments of this one; a row that the other does not have is a gap. */
export function beside(table: Table, moments: Float64Array): Map<string, Column> {
  const from = Array.from(moments, (at) => (Number.isNaN(at) ? -1 : rowAt(table.times, at)));
  return new Map([...table.columns].map(([id, column]) => [id, from.map((row) => (row < 0 ? null : column[row]))]));
}

export interface Difference {
  /** Joules of both periods over the intervals that both have, and how many those are. */
  now_j: number;
  then_j: number;
  rows: number;
}

/** Sums over the rows that both periods have and that are over; null when there is none. */
export function difference(now: Column | undefined, then: Column | undefined): Difference | null {
  const found: Difference = { now_j: 0, then_j: 0, rows: 0 };
  now?.forEach((value, row) => {
    const earlier = then?.[row];
    if (value == null || earlier == null) return;
    found.now_j += value;
    found.then_j += earlier;
    found.rows++;
  });
  return found.rows ? found : null;
}

/** Text key and figures: more, less or the same, with a share where there was something before. */
export function worded({ now_j, then_j }: Difference): { key: "more" | "less" | "same"; joules: number; percent: number | null } {
  const joules = now_j - then_j;
  const percent = then_j > 0 ? Math.round((100 * Math.abs(joules)) / then_j) : null;
  const same = Math.abs(joules) < 18_000 || percent === 0;
  return { key: same ? "same" : joules > 0 ? "more" : "less", joules: Math.abs(joules), percent };
}
