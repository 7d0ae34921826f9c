/** The chart itself: uPlot with the house's looks, zoom by wheel, fingers and drag, and a cursor that can be told. */
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { zoomed } from "./table.ts";

export interface Curve {
  id: string;
  values: (number | null)[];
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
  hour: (unix_s: number, wide: boolean) => string;
  zone: string | undefined;
}

export interface Told {
  cursor(index: number | null): void;
  zoom(zoomed: boolean): void;
}

export interface Plot {
  resize(width: number, height: number): void;
  zoom(factor: number): void;
  whole(): void;
  point(index: number): void;
  destroy(): void;
}

const LEAST_POINTS = 6;
/** From here on the axis tells days instead of hours. */
const LONG_S = 100_000;

export function plot(place: HTMLElement, times: number[], curves: Curve[], look: Look, told: Told, height: number): Plot {
  const first = times[0] ?? 0;
  const step = (times[1] ?? first + 300) - first;
  const all: [number, number] = [first, (times.at(-1) ?? first) + step];
  const axis = { stroke: look.text, font: look.font, ticks: { show: false } };
  const chart: uPlot = new uPlot(
    {
      width: place.clientWidth,
      height,
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
          values: (self, splits) => splits.map((at) => look.hour(at, (self.scales.x?.max ?? 0) - (self.scales.x?.min ?? 0) > LONG_S)),
        },
        { ...axis, size: 64, gap: 8, grid: { stroke: look.line, width: 1 }, values: (_, splits) => splits.map(look.watts) },
      ],
      hooks: {
        setCursor: [(self) => told.cursor(self.cursor.left != null && self.cursor.left >= 0 ? (self.cursor.idx ?? null) : null)],
        setScale: [
          (self, key) => {
            const { min, max } = self.scales.x ?? {};
            if (key === "x" && min != null && max != null) told.zoom(max - min < (all[1] - all[0]) * 0.99);
          },
        ],
      },
    },
    [times, ...curves.map(({ values }) => values)],
    place,
  );
  chart.setScale("x", { min: all[0], max: all[1] });

  const range = (): [number, number] => [chart.scales.x?.min ?? all[0], chart.scales.x?.max ?? all[1]];
  const show = ([min, max]: [number, number]): void => chart.setScale("x", { min, max });
  const zoomAt = (factor: number, at: number): void => show(zoomed(range(), at, factor, all, step * LEAST_POINTS));
  const whole = (): void => show(all);
  const stop = gestures(chart, zoomAt, (seconds) => {
    const [min, max] = range();
    show(zoomed([min + seconds, max + seconds], (min + max) / 2 + seconds, 1, all, 0));
  });

  return {
    resize: (width, tall) => chart.setSize({ width, height: tall }),
    zoom: (factor) => zoomAt(factor, (range()[0] + range()[1]) / 2),
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

/** Wheel and two fingers zoom, two fingers also move, one finger shows the value under it. */
function gestures(chart: uPlot, zoom: (factor: number, at: number) => void, move: (seconds: number) => void): () => void {
  const over = chart.over;
  const fingers = new Map<number, number>();
  const x = (event: PointerEvent | WheelEvent): number => event.clientX - over.getBoundingClientRect().left;
  const middle = (): number => [...fingers.values()].reduce((sum, value) => sum + value, 0) / fingers.size;
  const gap = (): number => {
    const [a = 0, b = 0] = [...fingers.values()];
    return Math.max(16, Math.abs(a - b));
  };
  const listeners: [keyof HTMLElementEventMap, (event: never) => void][] = [
    [
      "wheel",
      (event: WheelEvent) => {
        event.preventDefault();
        zoom(Math.exp(event.deltaY * 0.002), chart.posToVal(x(event), "x"));
      },
    ],
    ["pointerdown", (event: PointerEvent) => touch(event)],
    ["pointermove", (event: PointerEvent) => touch(event)],
    ["pointerup", (event: PointerEvent) => void fingers.delete(event.pointerId)],
    ["pointercancel", (event: PointerEvent) => void fingers.delete(event.pointerId)],
  ];

  function touch(event: PointerEvent): void {
    if (event.pointerType !== "touch") return;
    const [gapBefore, middleBefore] = [gap(), middle()];
    const known = fingers.has(event.pointerId);
    fingers.set(event.pointerId, x(event));
    if (fingers.size === 1) chart.setCursor({ left: x(event), top: 0 });
    if (fingers.size !== 2 || !known) return;
    zoom(gapBefore / gap(), chart.posToVal(middle(), "x"));
    move(chart.posToVal(middleBefore, "x") - chart.posToVal(middle(), "x"));
  }

  for (const [name, listener] of listeners) over.addEventListener(name, listener as EventListener, { passive: false });
  return () => {
    for (const [name, listener] of listeners) over.removeEventListener(name, listener as EventListener);
  };
}
