/** What can be drawn of a channel besides its power, by phase. */
import type { Extremes, Recorded, Track } from "./decode.ts";
import type { Line } from "./lines.ts";

/** As the house keeps it; power of the whole device is what is drawn without asking for more. */
export type Gauge = "power_w" | "voltage_v" | "current_a" | "power_factor" | "reactive_power_var";

export interface Quantity {
  /** As the address names it. */
  name: string;
  gauge: Gauge | null;
  unit: string;
  digits: number;
}

export const QUANTITIES: readonly Quantity[] = [
  { name: "power", gauge: null, unit: "W", digits: 0 },
  { name: "phases", gauge: "power_w", unit: "W", digits: 0 },
  { name: "voltage", gauge: "voltage_v", unit: "V", digits: 1 },
  { name: "current", gauge: "current_a", unit: "A", digits: 2 },
  { name: "power-factor", gauge: "power_factor", unit: "", digits: 3 },
  { name: "reactive", gauge: "reactive_power_var", unit: "var", digits: 0 },
];

export const quantityOf = (name: string | null): Quantity => QUANTITIES.find((one) => one.name === name) ?? QUANTITIES[0]!;

/** Of a channel with phases these are drawn, and in total where there is no phase. */
const PLACES: readonly string[] = ["L1", "L2", "L3"];
const DASHES: readonly number[][] = [[], [7, 4], [2, 3]];
const TINTS: readonly number[] = [100, 70, 45];

/** The same answer with a track for each phase, called `grid L1`, that holds the gauge where power stood. */
export function phased(recorded: Recorded, gauge: Gauge): Recorded {
  const tracks = new Map<string, Track>();
  for (const [id, track] of recorded.tracks) {
    for (const place of placesOf(track, gauge)) {
      const nothing = new Float64Array(track.start.length).fill(NaN);
      tracks.set(`${id} ${place}`, { ...track.gauges.get(`${gauge} ${place}`)!, start: track.start, taken_j: nothing, given_j: nothing, gauges: new Map() });
    }
  }
  return { ...recorded, tracks };
}

/** A line for each phase of each channel that has one. */
export function phaseLines(lines: readonly Line[], recorded: Recorded, gauge: Gauge): Line[] {
  return lines.flatMap((line) => {
    const track = recorded.tracks.get(line.id);
    return (track ? placesOf(track, gauge) : []).map((place) => {
      const nth = Math.max(0, PLACES.indexOf(place));
      const name = place === "total" ? line.name : lines.length > 1 ? `${line.name} ${place}` : place;
      return { ...line, id: `${line.id} ${place}`, name, filled: false, dash: DASHES[nth]!, colour: nth ? `color-mix(in srgb, ${line.colour} ${TINTS[nth]}%, var(--text))` : line.colour, pattern: (["plain", "stripes", "dots"] as const)[nth]! };
    });
  });
}

function placesOf({ gauges }: Track, gauge: Gauge): string[] {
  const known = (place: string): boolean => gauges.has(`${gauge} ${place}`);
  const phases = PLACES.filter(known);
  return phases.length ? phases : known("total") ? ["total"] : [];
}

export interface Summary {
  mean: number;
  least: number;
  most: number;
}

/** Mean and extremes of a whole stretch; null when nothing of it is known. */
export function summary(extremes: Extremes | undefined): Summary | null {
  let [sum, count, least, most] = [0, 0, Infinity, -Infinity];
  extremes?.mean.forEach((value, i) => {
    if (Number.isNaN(value)) return;
    sum += value;
    count++;
    const [low, high] = [extremes.least[i]!, extremes.most[i]!];
    least = Math.min(least, Number.isNaN(low) ? value : low);
    most = Math.max(most, Number.isNaN(high) ? value : high);
  });
  return count ? { mean: sum / count, least, most } : null;
}
