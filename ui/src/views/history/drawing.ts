/** From channels and their values to the curves of the chart: lines or layers, and what was before as shadows of them. */
import type { Recorded } from "./decode.ts";
import type { Line } from "./lines.ts";
import type { Curve } from "./plot.ts";
import { stacked } from "./stacking.ts";
import { type Column, table, type Table } from "./table.ts";

interface How {
  stack: boolean;
  /** Each value stands until the next. */
  step: boolean;
  /** The values of the other period on these moments. */
  ghosts: Map<string, Column> | null;
  /** What the least and most are taken from, when there is room to show them. */
  extremes: Recorded | null;
}

const SHADOW_DASH = [2, 4];

/** The curves, those of `lines` first and in their order, and the sum of a stack. */
export function curvesOf(lines: readonly Line[], data: Table, { stack, step, ghosts, extremes }: How): { curves: Curve[]; sum: Column | null } {
  const column = (id: string): Column => data.columns.get(id) ?? data.times.map(() => null);
  if (stack) {
    const { layers, sum } = stacked(lines.map(({ id }) => column(id)));
    const curves: Curve[] = lines.map(({ id, colour, dash, pattern }, i) => ({ id, colour, dash, pattern, values: layers[i]!.top, base: layers[i]!.base }));
    if (ghosts) curves.push({ ...shadow("sum", "var(--text)", step), width: 1.75, values: stacked(lines.map(({ id }) => ghosts.get(id) ?? [])).sum });
    return { curves, sum };
  }
  const curves: Curve[] = lines.map(({ id, colour, dash, filled }) => {
    const band = extremes && !ghosts ? bandOf(extremes, data, id) : undefined;
    return { id, colour, dash, filled: filled && !band, step, values: column(id), band };
  });
  for (const { id, colour } of ghosts ? lines : []) curves.push({ ...shadow(id, colour, step), values: ghosts!.get(id) ?? [] });
  return { curves, sum: null };
}

function bandOf(recorded: Recorded, { times }: Table, id: string): Curve["band"] {
  const of = (which: "least" | "most"): Column => table(recorded, times, (track) => track[which]).columns.get(id) ?? [];
  return { least: of("least"), most: of("most") };
}

const shadow = (id: string, colour: string, step: boolean): Omit<Curve, "values"> => ({
  id: `${id} before`,
  colour: `color-mix(in srgb, ${colour} 60%, transparent)`,
  dash: SHADOW_DASH,
  width: 1.5,
  step,
});
