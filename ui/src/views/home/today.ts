/** Today as a band: recorded series in, five-minute slots of sun, house and car in watts out. */
import type { Columns, Series } from "@/api/types.ts";

export interface Slot {
  sun: number | null;
  house: number | null;
  car: number | null;
}

export interface Parties {
  grid: readonly string[];
  production: readonly string[];
  battery: readonly string[];
  chargers: readonly string[];
}

export const SLOT_S = 300;

/** The slots of [start, end); a slot of which a needed part is missing is a gap (null). */
export function slots(series: Series, parties: Parties, start: Date, end: Date): Slot[] {
  const begin = start.getTime() / 1000;
  const count = Math.round((end.getTime() / 1000 - begin) / SLOT_S);
  const table = new Map(Object.entries(series.channels).map(([id, columns]) => [id, byStart(columns)]));
  const sum = (ids: readonly string[], at: number): number | null => {
    let total = 0;
    for (const id of ids) {
      const value = table.get(id)?.get(at);
      if (value == null) return null;
      total += value;
    }
    return total;
  };
  return Array.from({ length: count }, (_, i) => {
    const at = begin + i * SLOT_S;
    const grid = parties.grid.length ? sum(parties.grid, at) : null;
    const sun = sum(parties.production, at);
    const battery = sum(parties.battery, at);
    const cars = sum(parties.chargers, at);
    const use = grid == null || sun == null || battery == null ? null : grid + sun + battery;
    const car = use == null ? null : Math.min(use, cars ?? 0);
    return { sun: parties.production.length ? sun : null, house: use == null ? null : Math.max(0, use - (car ?? 0)), car };
  });
}

function byStart({ start_unix_s, power_mean_w }: Columns): Map<number, number | null> {
  return new Map(start_unix_s.map((at, i) => [at, power_mean_w[i] ?? null]));
}

/** Energy of one column in joules, gaps left out. */
export function total(band: readonly Slot[], part: keyof Slot): number {
  return band.reduce((sum, slot) => sum + (slot[part] ?? 0) * SLOT_S, 0);
}

/** The outline of a column between two others, one closed path per stretch without gaps. */
export function area(
  band: readonly Slot[],
  from: (slot: Slot) => number | null,
  to: (slot: Slot) => number | null,
  x: (i: number) => number,
  y: (watts: number) => number,
): string {
  let path = "";
  let back = "";
  const close = (): void => {
    if (back) path += `${back}Z`;
    back = "";
  };
  band.forEach((slot, i) => {
    const low = from(slot);
    const high = to(slot);
    if (low == null || high == null) return close();
    const [left, right] = [x(i).toFixed(1), x(i + 1).toFixed(1)];
    const [bottom, top] = [y(low).toFixed(1), y(high).toFixed(1)];
    path += `${back ? "L" : "M"}${left} ${top}H${right}`;
    back = `L${right} ${bottom}H${left}${back}`;
  });
  close();
  return path;
}
