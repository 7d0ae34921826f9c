import { expect, it } from "vitest";
import { stacked } from "./stacking.ts";

it("what is taken stands above the line, what is given below", () => {
  const { layers, sum } = stacked([[100, -50], [200, 30], [50, -10]]);
  expect(layers.map(({ base }) => base)).toEqual([[0, 0], [100, 0], [300, -50]]);
  expect(layers.map(({ top }) => top)).toEqual([[100, -50], [300, 30], [350, -60]]);
  expect(sum).toEqual([350, -30]);
});

it("a gap takes no room and has no value", () => {
  const { layers, sum } = stacked([[null, null], [200, null]]);
  expect(layers[0]!.top).toEqual([null, null]);
  expect(layers[1]!.top).toEqual([200, null]);
  expect(sum).toEqual([200, null]);
});

it("a device that is asked more seldom stays as it was", () => expect(stacked([[10, undefined, 30], [1, 2, 3]]).layers[1]!.top).toEqual([11, 12, 33]));
