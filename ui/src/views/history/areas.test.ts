import { expect, it } from "vitest";
import { runs } from "./areas.ts";

const times = [0, 10, 20, 30, 40];

it("each row is a step from its base to its top, and a gap ends the run", () =>
  expect(runs(times, [5, 6, null, 7, 8], [1, 1, null, 2, 2], 0, 4, 1)).toEqual([
    [{ from: 0, to: 10, low: 1, high: 5 }, { from: 10, to: 20, low: 1, high: 6 }],
    [{ from: 30, to: 40, low: 2, high: 7 }, { from: 40, to: 50, low: 2, high: 8 }],
  ]));

it("steps that would be too narrow become one of their mean", () =>
  expect(runs(times, [4, 6, 8, 10, 1], [0, 2, 0, 0, 0], 0, 4, 20)).toEqual([
    [
      { from: 0, to: 20, low: 1, high: 5 },
      { from: 20, to: 40, low: 0, high: 9 },
      { from: 40, to: 50, low: 0, high: 1 },
    ],
  ]));
