/** An answer of the house, written short: for each channel when its intervals begin and their watts. */
import type { Series } from "@/api/types.ts";

export function answer(channels: Record<string, [starts: number[], watts: (number | null)[]]>, span: Series["span"] = "5min", end = 1500): Series {
  const columns = ([starts, watts]: [number[], (number | null)[]]): Series["channels"][string] => ({
    start_unix_s: starts,
    power_mean_w: watts,
    power_min_w: watts,
    power_max_w: watts,
    energy_import_j: watts.map((w) => (w == null ? null : w * 300)),
    energy_export_j: watts.map(() => null),
  });
  return {
    span,
    start: new Date(0).toISOString(),
    end: new Date(end * 1000).toISOString(),
    channels: Object.fromEntries(Object.entries(channels).map(([id, lists]) => [id, columns(lists)])),
  };
}
