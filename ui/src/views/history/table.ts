/** Recorded series on one common time axis, gaps as null; sums; and the same as CSV. */
import type { Series, Span } from "@/api/types.ts";
import type { Stretch } from "@/words/days.ts";

export const SPANS: Record<Stretch, { span: Span; seconds: number }> = {
  day: { span: "5min", seconds: 300 },
  week: { span: "5min", seconds: 300 },
  month: { span: "1h", seconds: 3600 },
};

/** Mean power by interval in watts: null is a gap, undefined a moment at which this device is not asked. */
export type Column = (number | null | undefined)[];

export interface Table {
  times: number[];
  columns: Map<string, Column>;
}

export interface Resolution {
  span: Span;
  seconds: number;
}

/** What the house gives at once: points of a channel, points in all. */
const MOST_POINTS = 10_000;
const MOST_POINTS_IN_ALL = 100_000;
const FINER: readonly (Resolution & { longest_s: number })[] = [
  { span: "1s", seconds: 1, longest_s: 2.5 * 3600 },
  { span: "5min", seconds: 300, longest_s: 10 * 86_400 },
];
/** Closer than this nobody looks, in seconds. */
export const LEAST_S = 60;
/** Stretches are fetched from and to a whole one of these, so that a small move fetches nothing new. */
const GRID_S = 300;

/** Mean powers of every channel at every interval of [from, to), in watts. */
export function table(series: Series, from: Date, to: Date, seconds: number): Table {
  const [first, last] = [from.getTime() / 1000, to.getTime() / 1000];
  const times = Array.from({ length: Math.max(0, Math.round((last - first) / seconds)) }, (_, i) => first + i * seconds);
  const columns = new Map<string, Column>();
  for (const [id, { start_unix_s, power_mean_w }] of Object.entries(series.channels)) {
    const values: Column = times.map(() => null);
    start_unix_s.forEach((at, i) => {
      const row = (at - first) / seconds;
      if (Number.isInteger(row) && row >= 0 && row < values.length) values[row] = power_mean_w[i] ?? null;
    });
    columns.set(id, values);
  }
  return { times, columns };
}

/** What to fetch when only [from, to] of the whole is seen: the finest there is, or null when `base` is as fine. */
export function closer(
  [from, to]: readonly [number, number],
  channels: number,
  base: Resolution,
): (Resolution & { from: number; to: number }) | null {
  const [first, last] = [Math.floor(from / GRID_S) * GRID_S, Math.ceil(to / GRID_S) * GRID_S];
  const most = Math.min(MOST_POINTS, MOST_POINTS_IN_ALL / Math.max(1, channels));
  const found = FINER.find(({ seconds, longest_s }) => last - first <= longest_s && (last - first) / seconds <= most);
  return found && found.seconds < base.seconds ? { span: found.span, seconds: found.seconds, from: first, to: last } : null;
}

/** `coarse` with the stretch of `series` in its finer intervals; where those are not kept, the coarse value stays. */
export function refined(coarse: Table, coarse_s: number, series: Series, from: number, to: number, seconds: number): Table {
  const fine = table(series, new Date(from * 1000), new Date(to * 1000), seconds);
  const begin = coarse.times.findIndex((at) => at >= from);
  const head = begin < 0 ? coarse.times.length : begin;
  const end = coarse.times.findIndex((at) => at >= to);
  const tail = end < 0 ? coarse.times.length : end;
  const columns = new Map<string, Column>();
  for (const [id, whole] of coarse.columns) {
    const starts = series.channels[id]?.start_unix_s ?? [];
    const values = bridged(fine.columns.get(id) ?? fine.times.map(() => null), starts, seconds);
    const row = (at: number): number => Math.floor((at - (coarse.times[0] ?? 0)) / coarse_s);
    const kept = new Set(starts.map(row));
    fine.times.forEach((at, i) => {
      if (!kept.has(row(at))) values[i] = whole[row(at)] ?? null;
    });
    columns.set(id, [...whole.slice(0, head), ...values, ...whole.slice(tail)]);
  }
  return { times: [...coarse.times.slice(0, head), ...fine.times, ...coarse.times.slice(tail)], columns };
}

/** A device that is asked every ten seconds has no gap in the nine between; one silent for longer than usual has. */
function bridged(values: Column, starts: readonly number[], seconds: number): Column {
  const apart = starts.slice(1).map((at, i) => at - starts[i]!).sort((a, b) => a - b);
  const usual = apart[Math.floor(apart.length / 2)] ?? seconds;
  const longest = Math.max(5, 2.5 * usual) / seconds;
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
  const after = times.findIndex((time) => time >= at);
  if (after < 0) return times.length - 1;
  return after > 0 && at - times[after - 1]! < times[after]! - at ? after - 1 : after;
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
export function totals(series: Series): Map<string, Totals> {
  const sum = (values: readonly (number | null)[]): number | null =>
    values.reduce<number | null>((total, value) => (value == null ? total : (total ?? 0) + value), null);
  return new Map(
    Object.entries(series.channels).map(([id, { energy_import_j, energy_export_j }]) => [
      id,
      { import_j: sum(energy_import_j), export_j: sum(energy_export_j) },
    ]),
  );
}

/** One row per interval and channel, for spreadsheets; what is missing is empty. */
export function csv(series: Series): string {
  const rows = ["start,channel,power_mean_w,power_min_w,power_max_w,energy_import_j,energy_export_j"];
  for (const [id, c] of Object.entries(series.channels)) {
    const name = /[",\n]/.test(id) ? `"${id.replaceAll('"', '""')}"` : id;
    c.start_unix_s.forEach((at, i) => {
      const values = [c.power_mean_w[i], c.power_min_w[i], c.power_max_w[i], c.energy_import_j[i], c.energy_export_j[i]];
      rows.push([new Date(at * 1000).toISOString(), name, ...values.map((value) => value ?? "")].join(","));
    });
  }
  return `${rows.join("\r\n")}\r\n`;
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
