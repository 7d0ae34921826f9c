/** Which values stand beside the finger when there are more than fit: those around the one it points at. */

export interface Reading {
  id: string;
  value: number | null;
  /** Where it is drawn, when that is elsewhere than at its value: the top of its layer. */
  drawn?: number | null;
}

export interface Readout<T extends Reading> {
  rows: T[];
  /** The one under the finger. */
  near: string | null;
  rest: number;
}

/** At most `most` rows, the highest drawn first; those left out are counted, those without a value among them. */
export function readout<T extends Reading>(readings: readonly T[], at: number | null, most: number): Readout<T> {
  const height = ({ value, drawn }: Reading): number => drawn ?? value ?? 0;
  const known = readings.filter(({ value }) => value != null).sort((a, b) => height(b) - height(a));
  const near = at == null ? -1 : closest(known.map(height), at, readings.some(({ drawn }) => drawn != null));
  const first = Math.max(0, Math.min(known.length - most, near < 0 ? 0 : near - Math.floor(most / 2)));
  return { rows: known.slice(first, first + most), near: known[near]?.id ?? null, rest: readings.length - Math.min(most, known.length) };
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
