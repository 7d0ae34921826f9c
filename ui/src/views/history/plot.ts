/** The chart itself: uPlot with the house's looks, zoom by wheel, fingers and drag, and a cursor that can be told. */
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { gestures } from "./gestures.ts";
import type { Pattern } from "./lines.ts";
import { area, hatched, type Looks } from "./areas.ts";
import { type Column, zoomed } from "./table.ts";

export interface Curve {
  id: string;
  values: Column;
  /** A CSS colour that a canvas understands. */
  colour: string;
  dash: number[];
  width?: number;
  /** Drawn as a line that goes from moment to moment, or that stands until the next. */
  step?: boolean;
  /** Faint colour down to zero. */
  filled?: boolean;
  /** A layer of a stack: its area goes from these values to `values`. */
  base?: Column;
  pattern?: Pattern;
  /** The least and most in each interval, shown as a band around the line. */
  band?: { least: Column; most: Column };
}

export interface Look {
  text: string;
  line: string;
  font: string;
  value: (value: number) => string;
  /** A moment beside the axis whose marks are `apart_s` apart; `wide` when days are seen. */
  hour: (unix_s: number, wide: boolean, apart_s: number) => string;
  zone: string | undefined;
  /** The scale holds zero whatever is drawn. */
  zero: boolean;
}

/** Seconds since 1970, from and to. */
export type Stretch = [number, number];

export interface Frame {
  height: number;
  /** All there is to see, the part of it seen at first, and the least that can be seen. */
  all: Stretch;
  seen: Stretch | null;
  least_s: number;
}

export interface Told {
  /** The row under the cursor, the value at its height, and where across the chart it stands (0 to 1). */
  cursor(index: number | null, value: number | null, share: number): void;
  /** What is seen from now on; null when it is all. */
  zoom(seen: Stretch | null): void;
}

export interface Plot {
  /** Other values of the same curves on other moments, with the same part of the time in view. */
  data(times: number[], curves: Curve[]): void;
  zoom(factor: number): void;
  /** Moves what is seen by a share of its width. */
  pan(share: number): void;
  whole(): void;
  point(index: number): void;
  /** One curve before the others, or all alike. */
  focus(id: string | null): void;
  readonly canvas: HTMLCanvasElement;
  destroy(): void;
}

/** From here on the axis tells days instead of hours, months instead of days. */
const LONG_S = 100_000;
const FAINT = 0.25;
/** More dots under the finger hide what they point at. */
const MOST_POINTS = 10;

export function plot(place: HTMLElement, times: number[], curves: Curve[], look: Look, told: Told, frame: Frame): Plot {
  const { all } = frame;
  let shown = frame.seen ?? all;
  const looks: Looks = { bases: curves.map(({ base }) => base) };
  const axis = { stroke: look.text, font: look.font, ticks: { show: false } };
  const bands = curves.flatMap(({ band }, i) => (band ? [{ curve: i }] : []));
  const chart: uPlot = new uPlot(
    {
      width: place.clientWidth,
      height: frame.height,
      legend: { show: false },
      tzDate: (unix_s) => (look.zone ? uPlot.tzDate(new Date(unix_s * 1000), look.zone) : new Date(unix_s * 1000)),
      cursor: {
        y: false,
        points: { size: 8, width: 2, show: curves.length <= MOST_POINTS && curves.every(({ base }) => !base) },
        drag: { x: true, y: false, setScale: true },
        bind: { dblclick: () => () => (whole(), null) },
      },
      focus: { alpha: FAINT },
      scales: {
        x: { time: true, range: (_, min, max) => [min ?? all[0], max ?? all[1]] },
        y: look.zero ? { range: (_, min, max) => uPlot.rangeNum(Math.min(0, min ?? 0), Math.max(0, max ?? 1), 0.1, true) } : {},
      },
      series: [{}, ...curves.map((curve, i) => series(curve, i, looks)), ...bands.flatMap(() => [edge(), edge()])],
      bands: bands.map(({ curve }, i) => ({
        series: [curves.length + 1 + 2 * i, curves.length + 2 + 2 * i],
        fill: `color-mix(in srgb, ${curves[curve]!.colour} ${bands.length > 1 ? 9 : 16}%, transparent)`,
      })),
      axes: [
        {
          ...axis,
          grid: { show: false },
          space: 64,
          gap: 12,
          size: 44,
          values: (self, splits, _axis, _space, apart_s) => {
            const wide = (self.scales.x?.max ?? 0) - (self.scales.x?.min ?? 0) > LONG_S;
            return splits.map((at) => look.hour(at, wide, apart_s));
          },
        },
        { ...axis, space: 44, size: 64, gap: 8, grid: { stroke: look.line, width: 1 }, values: (_, splits) => splits.map(look.value) },
      ],
      hooks: {
        setCursor: [
          (self) => {
            const { left, top, idx } = self.cursor;
            if (left == null || left < 0) told.cursor(null, null, 0);
            else told.cursor(idx ?? null, top == null || top <= 0 ? null : self.posToVal(top, "y"), left / self.over.clientWidth);
          },
        ],
        setScale: [
          (self, key) => {
            const { min, max } = self.scales.x ?? {};
            if (key !== "x" || min == null || max == null) return;
            shown = [min, max];
            told.zoom(max - min < (all[1] - all[0]) * 0.99 ? shown : null);
          },
        ],
      },
    },
    [times, ...columns(curves)],
    place,
  );
  show(shown);

  function show([min, max]: Stretch): void {
    shown = [min, max];
    chart.setScale("x", { min, max });
  }
  const zoom = (factor: number, before: number, after: number): void => show(zoomed(shown, [before, after], factor, all, frame.least_s));
  const whole = (): void => show(all);
  const stop = gestures(chart.over, zoom, (across, down) =>
    chart.setCursor({ left: across * chart.over.clientWidth, top: down * chart.over.clientHeight }),
  );

  return {
    data: (later, drawn) => {
      times = later;
      looks.bases = drawn.map(({ base }) => base);
      chart.setData([later, ...columns(drawn)], false);
      show(shown);
    },
    zoom: (factor) => zoom(factor, 0.5, 0.5),
    pan: (share) => zoom(1, share, 0),
    whole,
    point: (index) => {
      const at = times[index];
      if (at != null) chart.setCursor({ left: chart.valToPos(at, "x"), top: 0 });
    },
    focus: (id) => {
      const found = curves.findIndex((curve) => curve.id === id);
      chart.setSeries(found < 0 ? null : found + 1, { focus: found >= 0 });
      chart.redraw(false, false);
    },
    canvas: chart.ctx.canvas,
    destroy: () => {
      stop();
      chart.destroy();
    },
  };
}

/** What uPlot draws: the curves, and after them the edges of their bands. */
function columns(curves: readonly Curve[]): Column[] {
  return [...curves.map(({ values }) => values), ...curves.flatMap(({ band }) => (band ? [band.most, band.least] : []))];
}

function series(curve: Curve, nth: number, looks: Looks): uPlot.Series {
  const layer = curve.base != null;
  return {
    label: curve.id,
    stroke: curve.colour,
    width: curve.width ?? (layer ? 0 : 1.75),
    dash: layer ? [] : curve.dash,
    fill: layer ? hatched(curve.colour, curve.pattern ?? "plain") : curve.filled ? `color-mix(in srgb, ${curve.colour} 14%, transparent)` : undefined,
    paths: layer ? area(nth, looks) : curve.step ? uPlot.paths.stepped!({ align: 1 }) : undefined,
    spanGaps: false,
    points: { show: false },
  };
}

const edge = (): uPlot.Series => ({ stroke: "transparent", width: 0, spanGaps: false, points: { show: false } });
