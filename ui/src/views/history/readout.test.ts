import { describe, expect, it } from "vitest";
import { readout } from "./readout.ts";

const of = (...values: (number | null)[]) => values.map((value, i) => ({ id: "abcdefgh"[i]!, value }));

describe("beside the finger", () => {
  it("stand the highest first, those without a value are counted", () =>
    expect(readout(of(1, null, 3), null, 6)).toEqual({ rows: [{ id: "c", value: 3 }, { id: "a", value: 1 }], near: null, rest: 1 }));
  it("stand those around the line it points at", () => {
    const { rows, near, rest } = readout(of(80, 70, 60, 50, 40, 30, 20, 10), 29, 3);
    expect(rows.map(({ id }) => id)).toEqual(["e", "f", "g"]);
    expect([near, rest]).toEqual(["f", 5]);
  });
});

describe("in a stack", () => {
  const layers = [{ id: "low", value: 10, drawn: 10 }, { id: "high", value: 5, drawn: 15 }, { id: "below", value: -4, drawn: -4 }];
  it.each([[3, "low"], [12, "high"], [99, "high"], [-2, "below"], [-9, "below"]])("at %i it points at %s", (at, id) =>
    expect(readout(layers, at, 6).near).toBe(id));
});
