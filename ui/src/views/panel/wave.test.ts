import { expect, it } from "vitest";
import type { Wave } from "@/api/types.ts";
import { lit, shown } from "./wave.ts";

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

it("shows the transient light while it lasts, and then the lasting one", () => {
  const [light, over] = [wave([1000], true), wave([500], false, 100)];
  expect(shown(light, over, 300).wave).toBe(over);
  expect(shown(light, over, 400).wave).toBe(light);
});
