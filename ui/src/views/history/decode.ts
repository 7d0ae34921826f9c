/** A recorded answer as plain numbers, in buffers that pass from one thread to another without being copied. */
import type { Columns, Series, Span } from "@/api/types.ts";

/** The mean of each interval, and the least and most seen in it. */
export interface Extremes {
  mean: Float64Array;
  least: Float64Array;
  most: Float64Array;
}

/** The intervals of one channel in ascending order, one number each; NaN is not known. Means are those of power in watts. */
export interface Track extends Extremes {
  /** Begin of each interval, seconds since 1970. */
  start: Float64Array;
  taken_j: Float64Array;
  given_j: Float64Array;
  /** What else was asked for, by quantity and place: `voltage_v L1`. */
  gauges: Map<string, Extremes>;
}

/** What was recorded in [from, to), seconds since 1970. */
export interface Recorded {
  span: Span;
  from: number;
  to: number;
  tracks: Map<string, Track>;
}

export function decoded(series: Series): Recorded {
  return {
    span: series.span,
    from: Date.parse(series.start) / 1000,
    to: Date.parse(series.end) / 1000,
    tracks: new Map(Object.entries(series.channels).map(([id, columns]) => [id, track(columns)])),
  };
}

/** The buffers of `recorded`, to be handed over with it. */
export function buffers({ tracks }: Recorded): Transferable[] {
  const found: Transferable[] = [];
  const take = (value: unknown): void => {
    if (value instanceof Float64Array) found.push(value.buffer as ArrayBuffer);
    else if (value instanceof Map) value.forEach(take);
    else if (value && typeof value === "object") Object.values(value).forEach(take);
  };
  take(tracks);
  return [...new Set(found)];
}

function track(columns: Columns): Track {
  const gauges = Object.entries(columns.quantities ?? {}).flatMap(([quantity, places]) =>
    Object.entries(places ?? {}).map(([place, { mean, min, max }]): [string, Extremes] => [
      `${quantity} ${place}`,
      { mean: numbers(mean), least: numbers(min), most: numbers(max) },
    ]),
  );
  return {
    start: Float64Array.from(columns.start_unix_s),
    mean: numbers(columns.power_mean_w),
    least: numbers(columns.power_min_w),
    most: numbers(columns.power_max_w),
    taken_j: numbers(columns.energy_import_j),
    given_j: numbers(columns.energy_export_j),
    gauges: new Map(gauges),
  };
}

function numbers(values: readonly (number | null)[]): Float64Array {
  const found = new Float64Array(values.length);
  for (let i = 0; i < values.length; i++) found[i] = values[i] ?? NaN;
  return found;
}
