import { expect, it } from "vitest";
import type { Wave } from "@/api/types.ts";
import { lit, play, shown } from "./wave.ts";

const wave = (steps_ms: number[], repeats: boolean, age_ms = 0): Wave => ({ name: "x", colour: "red", steps_ms, repeats, age_ms });

it.each([
  [[], true, 10, false],
  [[1000], true, 5000, true],
  [[500, 500], true, 499, true],
  [[500, 500], true, 500, false],
  [[500, 500], true, 1000, true],
  [[175, 175, 175], false, 200, false],
  [[175, 175, 175], false, 400, true],
  [[175, 175, 175], false, 525, false],
  [[250, 250, 250, 1250], true, 2100, true],
  [[250, 250, 250, 1250], true, 800, false],
])("%j, repeated: %s, is on after %d ms: %s", (steps, repeats, age, on) => expect(lit(wave(steps, repeats), age)).toBe(on));

it("plays a transient light from its start when it is seen first, once, and then shows the lasting one", () => {
  const [light, over] = [wave([1000], true), wave([500], false, 400)];
  const played = play(over, 1000, null, 1010);
  expect(play({ ...over, age_ms: 1200 }, 1790, played, 1800)).toBe(played);
  expect(shown(light, played, 0, 1400).wave).toBe(over);
  expect(shown(light, played, 0, 1510).wave).toBe(light);
  expect(play({ ...over, age_ms: 10 }, 3000, played, 3010)).not.toBe(played);
});
