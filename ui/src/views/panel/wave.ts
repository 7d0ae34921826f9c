/** A light or a sound over time, by the same rule as the house: on for the first step, off for the second, and so on. */
import type { Wave } from "@/api/types.ts";

export function lit(wave: Pick<Wave, "steps_ms" | "repeats">, ageMs: number): boolean {
  const length = lengthOf(wave);
  if (ageMs < 0 || length === 0) return false;
  let left = wave.repeats ? ageMs % length : ageMs;
  for (const [index, step] of wave.steps_ms.entries()) {
    if (left < step) return index % 2 === 0;
    left -= step;
  }
  return false;
}

export const lengthOf = (wave: Pick<Wave, "steps_ms">): number => wave.steps_ms.reduce((sum, step) => sum + step, 0);

/** What is on now: the transient one while it lasts, then the lasting one. `since` is how long ago the house told. */
export function shown(light: Wave, over: Wave | null, since: number): { wave: Wave; on: boolean } {
  const wave = over && over.age_ms + since < lengthOf(over) ? over : light;
  return { wave, on: lit(wave, wave.age_ms + since) };
}
