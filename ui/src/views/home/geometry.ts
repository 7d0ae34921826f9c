/** Where the lines of the flow picture run: points in pixels in, an SVG path and its ends out. */

export interface Point {
  x: number;
  y: number;
}

export interface Line {
  path: string;
  /** Where it begins and ends; the angle, in degrees, is that of leaving the picture there. */
  begin: Point & { angle: number };
  end: Point & { angle: number };
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
  const forward = axis === "x" ? (b.x >= a.x ? 0 : 180) : b.y >= a.y ? 90 : -90;
  const path = `M${p(a)}C${p(c)} ${p(d)} ${p(b)}`;
  return { path, begin: { ...a, angle: forward + 180 }, end: { ...b, angle: forward } };
}

const p = ({ x, y }: Point): string => `${round(x)} ${round(y)}`;
const round = (n: number): number => Math.round(n * 10) / 10;

/** `count` places centred on `middle`, `step` apart. */
export function spread(count: number, middle: number, step: number): number[] {
  return Array.from({ length: count }, (_, i) => middle + (i - (count - 1) / 2) * step);
}

/** How thick a line is: 3 px at nothing, 8 px from 10 kW on. */
export function thickness(power_w: number): number {
  return 3 + 5 * Math.sqrt(Math.min(1, Math.abs(power_w) / 10_000));
}

/** How fast its dots move, in pixels a second: 12 near nothing, 90 from 10 kW on. */
export function speed(power_w: number): number {
  return 12 + 78 * Math.sqrt(Math.min(1, Math.abs(power_w) / 10_000));
}
