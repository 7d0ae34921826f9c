/** Where the lines of the flow picture run: points in pixels in, an SVG path and its middle out. */

export interface Point {
  x: number;
  y: number;
}

export interface Line {
  path: string;
  /** Half way along, with the direction there in degrees, for the arrow. */
  middle: Point & { angle: number };
}

/** A curve from `a` to `b` that leaves and arrives along one axis. */
export function line(a: Point, b: Point, axis: "x" | "y"): Line {
  const [c, d]: [Point, Point] =
    axis === "x"
      ? [
          { x: (a.x + b.x) / 2, y: a.y },
          { x: (a.x + b.x) / 2, y: b.y },
        ]
      : [
          { x: a.x, y: (a.y + b.y) / 2 },
          { x: b.x, y: (a.y + b.y) / 2 },
        ];
  const at = (k: "x" | "y"): number => (a[k] + 3 * c[k] + 3 * d[k] + b[k]) / 8;
  const slope = (k: "x" | "y"): number => b[k] + d[k] - c[k] - a[k];
  const angle = (Math.atan2(slope("y"), slope("x")) * 180) / Math.PI;
  const path = `M${p(a)}C${p(c)} ${p(d)} ${p(b)}`;
  return { path, middle: { x: at("x"), y: at("y"), angle } };
}

const p = ({ x, y }: Point): string => `${round(x)} ${round(y)}`;
const round = (n: number): number => Math.round(n * 10) / 10;

/** `count` places centred on `middle`, `step` apart. */
export function spread(count: number, middle: number, step: number): number[] {
  return Array.from({ length: count }, (_, i) => middle + (i - (count - 1) / 2) * step);
}

/** How thick a line is: 2 px at nothing, 7 px from 10 kW on. */
export function thickness(power_w: number): number {
  return 2 + 5 * Math.sqrt(Math.min(1, Math.abs(power_w) / 10_000));
}

/** How fast its dots move, in pixels a second: 12 near nothing, 90 from 10 kW on. */
export function speed(power_w: number): number {
  return 12 + 78 * Math.sqrt(Math.min(1, Math.abs(power_w) / 10_000));
}
