/** Areas of a stack: each interval a step from its base to its top, so that what is drawn is what was measured. */
import type uPlot from "uplot";
import type { Pattern } from "./lines.ts";
import type { Column } from "./table.ts";

/** What the areas stand on, by curve; changes with the data. */
export interface Looks {
  bases: (Column | undefined)[];
}

/** Draws the curve `nth` as an area; a gap interrupts it. */
export function area(nth: number, looks: Looks): uPlot.Series.PathBuilder {
  return (self, index, first, last) => {
    const [times, tops, bases] = [self.data[0], self.data[index]!, looks.bases[nth] ?? []];
    const { left, top, width, height } = self.bbox;
    const { min: x0 = 0, max: x1 = 1 } = self.scales.x! as { min?: number; max?: number };
    const { min: y0 = 0, max: y1 = 1 } = self.scales.y! as { min?: number; max?: number };
    const x = (at: number): number => left + ((at - x0) / (x1 - x0)) * width;
    const y = (value: number): number => top + (1 - (value - y0) / (y1 - y0)) * height;
    const fill = new Path2D();
    for (const run of runs(times, tops, bases, first, last, ((x1 - x0) / width) * LEAST_PX * (devicePixelRatio || 1))) {
      run.forEach(({ from, to, high }, i) => {
        if (i === 0) fill.moveTo(x(from), y(high));
        else fill.lineTo(x(from), y(high));
        fill.lineTo(x(to), y(high));
      });
      for (const { from, to, low } of run.reverse()) (fill.lineTo(x(to), y(low)), fill.lineTo(x(from), y(low)));
      fill.closePath();
    }
    return { stroke: null, fill };
  };
}

/** A step narrower than this is not seen; several become one, as high as they are on average. */
const LEAST_PX = 2;

export interface Step {
  from: number;
  to: number;
  low: number;
  high: number;
}

/** Rows without gaps between them as steps that are at least `width` wide, in the units of `times`. */
export function runs(times: ArrayLike<number>, tops: ArrayLike<number | null | undefined>, bases: Column, first: number, last: number, width: number): Step[][] {
  const end = (row: number): number => times[row + 1] ?? times[row]! + (times[row]! - (times[row - 1] ?? times[row]! - 1));
  const found: Step[][] = [];
  for (let row = first; row <= last; row++) {
    if (tops[row] == null) continue;
    const run: Step[] = [];
    while (row <= last && tops[row] != null) {
      const [from, bucket] = [times[row]!, Math.floor(times[row]! / width)];
      let [low, high, count, to] = [0, 0, 0, from];
      do {
        low += bases[row] ?? 0;
        high += tops[row]!;
        count++;
        to = end(row++);
      } while (row <= last && tops[row] != null && Math.floor(times[row]! / width) === bucket);
      run.push({ from, to, low: low / count, high: high / count });
    }
    found.push(run);
  }
  return found;
}

const SIZE = 8;

/** A fill in `colour`: whole, striped or dotted. */
export function hatched(colour: string, pattern: Pattern): CanvasRenderingContext2D["fillStyle"] {
  const faint = `color-mix(in srgb, ${colour} 88%, transparent)`;
  if (pattern === "plain") return faint;
  const scale = Math.max(1, Math.round(devicePixelRatio));
  const tile = document.createElement("canvas");
  tile.width = tile.height = SIZE * scale;
  const pen = tile.getContext("2d")!;
  pen.scale(scale, scale);
  pen.fillStyle = `color-mix(in srgb, ${colour} 30%, transparent)`;
  pen.fillRect(0, 0, SIZE, SIZE);
  pen.fillStyle = pen.strokeStyle = colour;
  if (pattern === "dots") {
    pen.beginPath();
    pen.arc(SIZE / 2, SIZE / 2, 1.8, 0, 7);
    pen.fill();
  } else {
    pen.lineWidth = 2.2;
    pen.beginPath();
    for (const shift of [-SIZE, 0, SIZE]) (pen.moveTo(shift - 1, SIZE + 1), pen.lineTo(shift + SIZE + 1, -1));
    pen.stroke();
  }
  return pen.createPattern(tile, "repeat")!;
}
