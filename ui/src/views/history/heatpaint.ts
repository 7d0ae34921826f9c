/** Paints the picture of a year on a canvas: days across and hours down, or on a narrow screen days down and hours across. */
import type { Heat } from "@/api/types.ts";
import type { Scale } from "./heat.ts";

export interface Inks {
  /** From nothing to the most, for what is taken and for what is given. */
  taken: readonly string[];
  given: readonly string[];
  text: string;
  font: string;
}

export interface Layout {
  /** Days go down. */
  tall: boolean;
  width: number;
  height: number;
  /** Where the first cell begins, and the size of one. */
  left: number;
  top: number;
  day: number;
  hour: number;
}

/** From here on days go across. */
export const WIDE = 640;
/** How tall all days are about, and the least and most of one. */
const TALL = { all: 1080, least: 3, most: 12 };

export function layout(width: number, days: number): Layout {
  if (width < WIDE) {
    const day = Math.max(TALL.least, Math.min(TALL.most, Math.floor(TALL.all / days)));
    return { tall: true, width, height: 28 + days * day, left: 44, top: 24, day, hour: (width - 44) / 24 };
  }
  const hour = 15;
  return { tall: false, width, height: 24 + hour * 24, left: 52, top: 24, day: (width - 52) / days, hour };
}

/** The cell at a place of the picture, or null beside it. */
export function cellAt(form: Layout, x: number, y: number, days: number): { day: number; hour: number } | null {
  const [along, across] = form.tall ? [(y - form.top) / form.day, (x - form.left) / form.hour] : [(x - form.left) / form.day, (y - form.top) / form.hour];
  const [day, hour] = [Math.floor(along), Math.floor(across)];
  return day >= 0 && day < days && hour >= 0 && hour < 24 ? { day, hour } : null;
}

/** Left, top, width and height of a cell. */
export function box(form: Layout, { day, hour }: { day: number; hour: number }): [number, number, number, number] {
  return form.tall
    ? [form.left + hour * form.hour, form.top + day * form.day, form.hour, form.day]
    : [form.left + day * form.day, form.top + hour * form.hour, form.day, form.hour];
}

export function paint(canvas: HTMLCanvasElement, { values, dates }: Heat, { low, high }: Scale, form: Layout, inks: Inks, month: (first: number) => string): void {
  const ratio = devicePixelRatio || 1;
  [canvas.width, canvas.height] = [Math.round(form.width * ratio), Math.round(form.height * ratio)];
  const pen = canvas.getContext("2d")!;
  const [taken, given] = [colours(inks.taken), colours(inks.given)];
  const snap = (at: number): number => Math.round(at * ratio);
  values.forEach((hours, day) =>
    hours.forEach((value, hour) => {
      if (value == null) return;
      const share = value >= 0 || low === 0 ? Math.min(1, Math.max(0, value) / high) : Math.min(1, value / low);
      pen.fillStyle = (value >= 0 || low === 0 ? taken : given)[Math.round(share * (SHADES - 1))]!;
      const [x, y, w, h] = box(form, { day, hour });
      pen.fillRect(snap(x), snap(y), Math.max(1, snap(x + w) - snap(x)), Math.max(1, snap(y + h) - snap(y)));
    }),
  );
  pen.scale(ratio, ratio);
  pen.fillStyle = inks.text;
  pen.font = `12px ${inks.font}`;
  pen.textBaseline = "middle";
  for (let hour = 0; hour < 24; hour += 6) {
    const label = `${String(hour).padStart(2, "0")}:00`;
    const [x, y] = box(form, { day: 0, hour });
    if (form.tall) pen.fillText(label, x, form.top / 2);
    else pen.fillText(label, 0, y + form.hour / 2);
  }
  dates.forEach((one, day) => {
    if (!one.endsWith("-01")) return;
    const [x, y] = box(form, { day, hour: 0 });
    if (form.tall) pen.fillText(month(day), 0, y + 7);
    else pen.fillText(month(day), x, form.top / 2);
  });
}

const SHADES = 64;

/** So many shades between the given colours. */
function colours(stops: readonly string[]): string[] {
  const strip = document.createElement("canvas");
  [strip.width, strip.height] = [SHADES, 1];
  const pen = strip.getContext("2d", { willReadFrequently: true })!;
  const ramp = pen.createLinearGradient(0, 0, SHADES, 0);
  stops.forEach((colour, i) => ramp.addColorStop(i / (stops.length - 1), colour));
  pen.fillStyle = ramp;
  pen.fillRect(0, 0, SHADES, 1);
  const { data } = pen.getImageData(0, 0, SHADES, 1);
  return Array.from({ length: SHADES }, (_, i) => `rgb(${data[4 * i]} ${data[4 * i + 1]} ${data[4 * i + 2]})`);
}
