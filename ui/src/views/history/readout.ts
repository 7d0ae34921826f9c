/** Which values stand beside the finger when there are more than fit: those around the one it points at. */

export interface Reading {
  id: string;
  value: number | null;
  /** Where it is drawn, when that is elsewhere than at its value: the top of its layer. */
  drawn?: number | null;
  /** It has something to say without a value: what was before. */
  kept?: boolean;
}

export interface Readout<T extends Reading> {
  rows: T[];
  /** The one under the finger. */
  near: string | null;
  rest: number;
}

/** At most `most` rows: lines as they are drawn from top to bottom, around the near one; of a stack the largest, and the
 * near one among them. Those left out are counted, those without a value among them. */
export function readout<T extends Reading>(readings: readonly T[], at: number | null, most: number): Readout<T> {
  const height = ({ value, drawn }: Reading): number => drawn ?? value ?? -Infinity;
  const known = readings.filter(({ value, kept }) => value != null || kept).sort((a, b) => height(b) - height(a));
  const layered = readings.some(({ drawn }) => drawn != null);
  const near = at == null ? undefined : known[closest(known.map(height), at, layered)];
  const result = (rows: T[]): Readout<T> => ({ rows, near: near?.id ?? null, rest: readings.length - rows.length });
  if (layered) {
    const largest = [...known].sort((a, b) => Math.abs(b.value ?? 0) - Math.abs(a.value ?? 0)).slice(0, most);
    if (near && !largest.includes(near)) largest[largest.length - 1] = near;
    return result(largest);
  }
  const first = Math.max(0, Math.min(known.length - most, near ? known.indexOf(near) - Math.floor(most / 2) : 0));
  return result(known.slice(first, first + most));
}

/** Of heights in descending order the nearest to `at`, or in a stack the layer that `at` lies in. */
function closest(heights: readonly number[], at: number, layered: boolean): number {
  if (layered) {
    const found = at >= 0 ? heights.findLastIndex((height) => height >= at) : heights.findIndex((height) => height <= at);
    return found >= 0 ? found : at >= 0 ? Math.min(0, heights.length - 1) : heights.length - 1;
  }
  let best = -1;
  heights.forEach((height, i) => {
    if (best < 0 || Math.abs(height - at) < Math.abs(heights[best]! - at)) best = i;
  });
  return best;
}
