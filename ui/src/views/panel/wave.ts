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

/** A transient light that is played here: when it began at the house, and since when it is shown. */
export interface Played {
  wave: Wave;
  began: number;
  from: number;
}

/** How far apart two words about the same beginning may be, by the way they took. */
const SAME_MS = 400;

/** What of `over`, told at `told`, is played: from its start when it is seen first, so that no look comes too late. */
export function play(over: Wave | null, told: number, before: Played | null, now: number): Played | null {
  if (!over) return before;
  const began = told - over.age_ms;
  const same = before?.wave.name === over.name && Math.abs(before.began - began) < SAME_MS;
  return same ? before : { wave: over, began, from: now };
}

/** What is on now: the transient one while it lasts, then the lasting one. `since` is how long ago the house told. */
export function shown(light: Wave, over: Played | null, since: number, now: number): { wave: Wave; on: boolean } {
  if (over && now - over.from < lengthOf(over.wave)) return { wave: over.wave, on: lit(over.wave, now - over.from) };
  return { wave: light, on: lit(light, light.age_ms + since) };
}
