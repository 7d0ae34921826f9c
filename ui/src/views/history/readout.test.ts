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

it("what has a value only in the other period stays", () => expect(readout([{ id: "a", value: null, kept: true }], null, 6).rows.length).toBe(1));

describe("in a stack", () => {
  it("stand the largest, and the one under the finger", () => {
    const many = [900, 5, 800, 700].map((value, i) => ({ id: "abcd"[i]!, value, drawn: [900, 905, 1705, 2405][i]! }));
    expect(readout(many, 903, 3).rows.map(({ id }) => id)).toEqual(["a", "c", "b"]);
  });
  const layers = [{ id: "low", value: 10, drawn: 10 }, { id: "high", value: 5, drawn: 15 }, { id: "below", value: -4, drawn: -4 }];
  it.each([[3, "low"], [12, "high"], [99, "high"], [-2, "below"], [-9, "below"]])("at %i it points at %s", (at, id) =>
    expect(readout(layers, at, 6).near).toBe(id));
});
