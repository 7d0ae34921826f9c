/** Recorded tracks on one common time axis: gaps as null, a finer stretch inside a coarser one, sums. */
import type { Span } from "@/api/types.ts";
import type { Stretch } from "@/words/days.ts";
import type { Recorded, Track } from "./decode.ts";
import { beginOf, dayAt } from "./wall.ts";

/** Mean power by interval in watts: null is a gap, undefined a moment at which this device is not asked. */
export type Column = (number | null | undefined)[];

export interface Table {
  /** Begin of each row, seconds since 1970. */
  times: number[];
  columns: Map<string, Column>;
}

export interface Resolution {
  span: Span;
  seconds: number;
}

export const SPANS: Record<Stretch, Resolution> = {
  day: { span: "5min", seconds: 300 },
  week: { span: "5min", seconds: 300 },
  month: { span: "1h", seconds: 3600 },
  year: { span: "1d", seconds: 86_400 },
};

export const SECONDS: Readonly<Record<Span, number>> = { "1s": 1, "5min": 300, "15min": 900, "1h": 3600, "1d": 86_400, "1w": 604_800, "1mo": 2_592_000 };

/** What is drawn at once so that a finger is followed: points in all, and intervals on a pixel beyond which nothing more is seen. */
const MOST_DRAWN = 100_000;
const MOST_ON_A_PIXEL = 4;
/** Seconds are seen for so long whatever a pixel holds: the next are five minutes, of which few would be left. */
const LONGEST_IN_SECONDS_S = 2.5 * 3600;
const FINER: readonly Resolution[] = [
  { span: "1s", seconds: 1 },
  { span: "5min", seconds: 300 },
  { span: "15min", seconds: 900 },
  { span: "1h", seconds: 3600 },
];
/** Closer than this nobody looks, in seconds. */
export const LEAST_S = 60;
/** Stretches are fetched from and to a whole one of these, so that a small move fetches nothing new. */
const GRID_S = 300;

/** Begin of each interval of [from, to); days are those of the zone and may have 23 or 25 hours. */
export function rows(from: number, to: number, { span, seconds }: Resolution, zone?: string): number[] {
  if (span !== "1d") return Array.from({ length: Math.max(0, Math.round((to - from) / seconds)) }, (_, i) => from + i * seconds);
  const [first, days] = [dayAt(new Date(from * 1000), zone), [] as number[]];
  for (let day = first; beginOf(day, zone) < to; day++) days.push(beginOf(day, zone));
  return days;
}

/** The row that holds the moment `at`: the last one that begins by then, -1 before the first. */
export function rowAt(times: ArrayLike<number>, at: number): number {
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle]! <= at) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** One value of every channel in every row, by default its mean power in watts. */
export function table(recorded: Recorded, times: number[], value: (track: Track) => Float64Array = (track) => track.mean): Table {
  const columns = new Map<string, Column>();
  for (const [id, track] of recorded.tracks) {
    const [found, column] = [value(track), new Array<number | null>(times.length).fill(null)];
    let row = -1;
    for (let i = 0; i < track.start.length; i++) {
      const at = track.start[i]!;
      if (at >= recorded.to) break;
      while (row + 1 < times.length && times[row + 1]! <= at) row++;
      if (row >= 0 && !Number.isNaN(found[i])) column[row] = found[i]!;
    }
    columns.set(id, column);
  }
  return { times, columns };
}

/** What to fetch when only [from, to] of the whole is seen on so many pixels: the finest that they can show, or null when `base` is as fine. */
export function closer(
  [from, to]: readonly [number, number],
  channels: number,
  base: Resolution,
  pixels: number,
): (Resolution & { from: number; to: number }) | null {
  for (const { span, seconds } of FINER) {
    const grid = Math.max(GRID_S, seconds);
    const [first, last] = [Math.floor(from / grid) * grid, Math.ceil(to / grid) * grid];
    const longest = seconds === 1 ? LONGEST_IN_SECONDS_S : seconds * MOST_ON_A_PIXEL * pixels;
    const points = (last - first) / seconds;
    if (seconds < base.seconds && to - from <= longest && points * channels <= MOST_DRAWN) return { span, seconds, from: first, to: last };
  }
  return null;
}

/** `coarse` with the stretch of `fine` in its finer intervals; where those are not kept, the coarse value stays. */
export function refined(coarse: Table, fine: Recorded, seconds: number, value?: (track: Track) => Float64Array): Table {
  const { from, to } = fine;
  const within = table(fine, rows(from, to, { span: fine.span, seconds }), value);
  const head = rowAt(coarse.times, from - 1) + 1;
  const tail = rowAt(coarse.times, to - 1) + 1;
  const around = within.times.map((at) => rowAt(coarse.times, at));
  const columns = new Map<string, Column>();
  for (const [id, whole] of coarse.columns) {
    const starts = fine.tracks.get(id)?.start ?? new Float64Array();
    const values = bridged(within.columns.get(id) ?? within.times.map(() => null), starts, seconds);
    const kept = new Set<number>();
    for (let i = 0, row = rowAt(coarse.times, starts[0] ?? 0); i < starts.length; i++) {
      while (row + 1 < coarse.times.length && coarse.times[row + 1]! <= starts[i]!) row++;
      kept.add(row);
    }
    around.forEach((row, i) => {
      if (!kept.has(row)) values[i] = whole[row] ?? null;
    });
    columns.set(id, [...whole.slice(0, head), ...values, ...whole.slice(tail)]);
  }
  return { times: [...coarse.times.slice(0, head), ...within.times, ...coarse.times.slice(tail)], columns };
}

/** So many distances between values tell how often a device is asked. */
const SAMPLES = 200;

/** A device that is asked every ten seconds has no gap in the nine between; one silent for longer than usual has. */
function bridged(values: Column, starts: Float64Array, seconds: number): Column {
  const every = Math.max(1, Math.floor(starts.length / SAMPLES));
  const apart: number[] = [];
  for (let i = 1; i < starts.length; i += every) apart.push(starts[i]! - starts[i - 1]!);
  apart.sort((a, b) => a - b);
  const usual = apart[Math.floor(apart.length / 2)] ?? seconds;
  const longest = Math.max(seconds === 1 ? 5 : 1, 2.5 * usual) / seconds;
  let last = -1;
  values.forEach((value, i) => {
    if (value == null) return;
    if (last >= 0 && i - last > 1 && i - last <= longest) values.fill(undefined, last + 1, i);
    last = i;
  });
  return values;
}

/** The value that stands at `index`: its own, or the last one before where the device was not asked then. */
export function valueAt(values: Column | undefined, index: number): number | null {
  let i = index;
  while (i > 0 && values?.[i] === undefined) i--;
  return values?.[i] ?? null;
}

/** The row of `times` nearest to `at`. */
export function nearest(times: readonly number[], at: number): number {
  const before = rowAt(times, at);
  if (before < 0) return 0;
  const after = Math.min(times.length - 1, before + 1);
  return times[after]! - at < at - times[before]! ? after : before;
}

/** The stretch within [first, last] that an address names by two instants, or null when it names none. */
export function named(from: string | null, to: string | null, [first, last]: readonly [number, number]): [number, number] | null {
  const [begin, end] = [Date.parse(from ?? "") / 1000, Date.parse(to ?? "") / 1000];
  if (!(begin >= first && end <= last && end - begin >= LEAST_S - 1)) return null;
  return [begin, end];
}

export interface Totals {
  import_j: number | null;
  export_j: number | null;
}

/** Energy of each channel over the whole stretch: differences of counters added up; null where nothing is recorded. */
export function totals({ tracks }: Recorded): Map<string, Totals> {
  const sum = (values: Float64Array): number | null => {
    const known = values.filter((value) => !Number.isNaN(value));
    return known.length ? known.reduce((total, value) => total + value, 0) : null;
  };
  return new Map([...tracks].map(([id, { taken_j, given_j }]) => [id, { import_j: sum(taken_j), export_j: sum(given_j) }]));
}

/** `times` in at most `most` rows of whole intervals: the first row of each group, and how many belong to it. */
export function grouped(times: readonly number[], most: number): { at: number; rows: number }[] {
  const size = Math.max(1, Math.ceil(times.length / most));
  return Array.from({ length: Math.ceil(times.length / size) }, (_, i) => ({ at: i * size, rows: Math.min(size, times.length - i * size) }));
}

/** The mean of some rows; null when none of them is known. */
export function meanOf(values: Column | undefined, at: number, count: number): number | null {
  const known = (values ?? []).slice(at, at + count).filter((value) => value != null);
  return known.length ? known.reduce((sum, value) => sum + value, 0) / known.length : null;
}

/** [from, to] narrowed or widened by `factor`: what stood at the share `before` of its width then stands at `after`.
 * It stays within [first, last] and does not become narrower than `least`. */
export function zoomed(
  [from, to]: readonly [number, number],
  [before, after]: readonly [number, number],
  factor: number,
  [first, last]: readonly [number, number],
  least: number,
): [number, number] {
  const width = Math.min(last - first, Math.max(least, (to - from) * factor));
  const kept = from + before * (to - from);
  const begin = Math.min(last - width, Math.max(first, kept - after * width));
  return [begin, begin + width];
}
