/** A recorded answer as plain numbers, in buffers that pass from one thread to another without being copied. */
import type { Columns, Series, Span } from "@/api/types.ts";

/** The intervals of one channel in ascending order, one number each; NaN is not known. */
export interface Track {
  /** Begin of each interval, seconds since 1970. */
  start: Float64Array;
  mean_w: Float64Array;
  least_w: Float64Array;
  most_w: Float64Array;
  taken_j: Float64Array;
  given_j: Float64Array;
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
  return [...tracks.values()].flatMap((one) => Object.values(one as unknown as Record<string, Float64Array<ArrayBuffer>>).map(({ buffer }) => buffer));
}

function track(columns: Columns): Track {
  return {
    start: Float64Array.from(columns.start_unix_s),
    mean_w: numbers(columns.power_mean_w),
    least_w: numbers(columns.power_min_w),
    most_w: numbers(columns.power_max_w),
    taken_j: numbers(columns.energy_import_j),
    given_j: numbers(columns.energy_export_j),
  };
}

function numbers(values: readonly (number | null)[]): Float64Array {
  const found = new Float64Array(values.length);
  for (let i = 0; i < values.length; i++) found[i] = values[i] ?? NaN;
  return found;
}
