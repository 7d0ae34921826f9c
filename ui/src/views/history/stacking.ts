/** One value on top of the other: what is taken above the line, what is given below it. */
import type { Column } from "./table.ts";

export interface Layer {
  /** Where its area begins and ends in each row; null is a gap, which takes no room. */
  base: Column;
  top: Column;
}

/** Layers of the same height as the columns, the first nearest to the line, and the sum of each row. */
export function stacked(columns: readonly Column[]): { layers: Layer[]; sum: Column } {
  const length = columns[0]?.length ?? 0;
  const layers = columns.map(() => ({ base: new Array<number | null>(length).fill(null), top: new Array<number | null>(length).fill(null) }));
  const sum = new Array<number | null>(length).fill(null);
  const last: (number | null)[] = columns.map(() => null);
  for (let row = 0; row < length; row++) {
    let [above, below, known] = [0, 0, false];
    columns.forEach((column, i) => {
      const value = column[row] === undefined ? last[i]! : column[row]!;
      last[i] = value;
      if (value == null) return;
      known = true;
      const base = value >= 0 ? above : below;
      layers[i]!.base[row] = base;
      layers[i]!.top[row] = base + value;
      if (value >= 0) above += value;
      else below += value;
    });
    if (known) sum[row] = above + below;
  }
  return { layers, sum };
}
