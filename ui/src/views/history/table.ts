/** Recorded series on one common time axis, gaps as null; sums; and the same as CSV. */
import type { Series, Span } from "@/api/types.ts";
import type { Stretch } from "@/words/days.ts";

export const SPANS: Record<Stretch, { span: Span; seconds: number }> = {
  day: { span: "5min", seconds: 300 },
  week: { span: "5min", seconds: 300 },
  month: { span: "1h", seconds: 3600 },
};

export interface Table {
  times: number[];
  columns: Map<string, (number | null)[]>;
}

/** Mean powers of every channel at every interval of [from, to), in watts. */
export function table(series: Series, from: Date, to: Date, seconds: number): Table {
  const [first, last] = [from.getTime() / 1000, to.getTime() / 1000];
  const times = Array.from({ length: Math.max(0, Math.round((last - first) / seconds)) }, (_, i) => first + i * seconds);
  const columns = new Map<string, (number | null)[]>();
  for (const [id, { start_unix_s, power_mean_w }] of Object.entries(series.channels)) {
    const values: (number | null)[] = times.map(() => null);
    start_unix_s.forEach((at, i) => {
      const row = (at - first) / seconds;
      if (Number.isInteger(row) && row >= 0 && row < values.length) values[row] = power_mean_w[i] ?? null;
    });
    columns.set(id, values);
  }
  return { times, columns };
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
