/** The chart itself: uPlot with the house's looks, zoom by wheel, fingers and drag, and a cursor that can be told. */
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { type Column, zoomed } from "./table.ts";

export interface Curve {
  id: string;
  values: Column;
  /** A CSS colour that a canvas understands. */
  colour: string;
  dash: number[];
  filled: boolean;
}

export interface Look {
  text: string;
  line: string;
  font: string;
  watts: (value: number) => string;
  /** A moment beside the axis whose marks are `apart_s` apart; `wide` when days are seen. */
  hour: (unix_s: number, wide: boolean, apart_s: number) => string;
  zone: string | undefined;
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
  cursor(index: number | null): void;
  /** What is seen from now on; null when it is all. */
  zoom(seen: Stretch | null): void;
}

export interface Plot {
  /** Other values on other moments, with the same part of the time in view. */
  data(times: number[], values: Column[]): void;
  zoom(factor: number): void;
  whole(): void;
  point(index: number): void;
  destroy(): void;
}

/** Narrows (below 1) or widens what is seen; what stood at the share `before` of the width then stands at `after`. */
type Zoom = (factor: number, before: number, after: number) => void;

/** From here on the axis tells days instead of hours. */
const LONG_S = 100_000;

export function plot(place: HTMLElement, times: number[], curves: Curve[], look: Look, told: Told, frame: Frame): Plot {
  const { all } = frame;
  let shown = frame.seen ?? all;
  const axis = { stroke: look.text, font: look.font, ticks: { show: false } };
  const chart: uPlot = new uPlot(
    {
      width: place.clientWidth,
      height: frame.height,
      legend: { show: false },
      tzDate: (unix_s) => (look.zone ? uPlot.tzDate(new Date(unix_s * 1000), look.zone) : new Date(unix_s * 1000)),
      cursor: {
        y: false,
        points: { size: 8, width: 2 },
        drag: { x: true, y: false, setScale: true },
        bind: { dblclick: () => () => (whole(), null) },
      },
      scales: { x: { time: true, range: (_, min, max) => [min ?? all[0], max ?? all[1]] } },
      series: [
        {},
        ...curves.map((curve) => ({
          label: curve.id,
          stroke: curve.colour,
          width: 1.75,
          dash: curve.dash,
          fill: curve.filled ? `color-mix(in srgb, ${curve.colour} 14%, transparent)` : undefined,
          spanGaps: false,
          points: { show: false },
        })),
      ],
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
        { ...axis, size: 64, gap: 8, grid: { stroke: look.line, width: 1 }, values: (_, splits) => splits.map(look.watts) },
      ],
      hooks: {
        setCursor: [(self) => told.cursor(self.cursor.left != null && self.cursor.left >= 0 ? (self.cursor.idx ?? null) : null)],
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
    [times, ...curves.map(({ values }) => values)],
    place,
  );
  show(shown);

  function show([min, max]: Stretch): void {
    shown = [min, max];
    chart.setScale("x", { min, max });
  }
  const zoom: Zoom = (factor, before, after) => show(zoomed(shown, [before, after], factor, all, frame.least_s));
  const whole = (): void => show(all);
  const stop = gestures(chart.over, zoom, (share) => chart.setCursor({ left: share * chart.over.clientWidth, top: 0 }));

  return {
    data: (later, values) => {
      times = later;
      chart.setData([later, ...values], false);
      show(shown);
    },
    zoom: (factor) => zoom(factor, 0.5, 0.5),
    whole,
    point: (index) => {
      const at = times[index];
      if (at != null) chart.setCursor({ left: chart.valToPos(at, "x"), top: 0 });
    },
    destroy: () => {
      stop();
      chart.destroy();
    },
  };
}

/** Wheel and two fingers zoom, two fingers also move, one finger shows the value under it. Places are shares of the width. */
function gestures(over: HTMLElement, zoom: Zoom, point: (share: number) => void): () => void {
  const fingers = new Map<number, number>();
  const share = (event: MouseEvent): number => {
    const box = over.getBoundingClientRect();
    return (event.clientX - box.left) / Math.max(1, box.width);
  };
  const middle = (): number => [...fingers.values()].reduce((sum, at) => sum + at, 0) / fingers.size;
  const apart = (): number => {
    const [a = 0, b = 0] = [...fingers.values()];
    return Math.max(0.03, Math.abs(a - b));
  };

  function wheel(event: WheelEvent): void {
    event.preventDefault();
    zoom(Math.exp(event.deltaY * 0.002), share(event), share(event));
  }

  function touch(event: PointerEvent): void {
    if (event.pointerType !== "touch") return;
    const [before, gap, known] = [middle(), apart(), fingers.has(event.pointerId)];
    if (event.type === "pointermove" && !known) return;
    fingers.set(event.pointerId, share(event));
    if (fingers.size === 1) point(share(event));
    if (fingers.size === 2 && known) zoom(gap / apart(), before, middle());
  }

  const lift = (event: PointerEvent): void => void fingers.delete(event.pointerId);

  const stop = new AbortController();
  const { signal } = stop;
  over.addEventListener("wheel", wheel, { passive: false, signal });
  over.addEventListener("pointerdown", touch, { signal });
  over.addEventListener("pointermove", touch, { signal });
  over.addEventListener("pointerup", lift, { signal });
  over.addEventListener("pointercancel", lift, { signal });
  return () => stop.abort();
}
