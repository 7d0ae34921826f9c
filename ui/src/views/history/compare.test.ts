import { describe, expect, it } from "vitest";
import { start } from "@/words/days.ts";
import { beside, difference, other, partners, worded } from "./compare.ts";

const ROME = "Europe/Rome";
const at = (text: string): Date => new Date(text);
const begin = (day: string, stretch: "day" | "week" | "month" | "year" = "day"): Date => start(at(`${day}T12:00:00Z`), stretch, ROME);

describe("another period", () => {
  it.each([
    ["2026-06-21", "day", "day", "2026-06-20"],
    ["2026-06-21", "day", "week", "2026-06-14"],
    ["2024-02-29", "day", "year", "2023-02-28"],
    ["2026-06-21", "week", "week", "2026-06-08"],
    ["2026-06-21", "week", "year", "2025-06-16"],
    ["2026-03-31", "month", "month", "2026-02-01"],
    ["2026-06-21", "month", "year", "2025-06-01"],
    ["2026-06-21", "year", "year", "2025-01-01"],
    ["2026-06-21", "week", "2026-05-07", "2026-05-04"],
  ] as const)("of %s (%s), %s before, begins on %s", (day, stretch, back, wanted) =>
    expect(other(begin(day, stretch), stretch, back, ROME)).toEqual(begin(wanted)));
  it.each(["month", "soon", null])("%s is none beside a day", (back) => expect(other(begin("2026-06-21"), "day", back, ROME)).toBeNull());
});

/** Moments of a day on the wall and their partners on another, as `02:30` of Rome in UTC. */
function twins(day: string, then: string, moments: string[]): (string | null)[] {
  const times = moments.map((moment) => at(moment).getTime() / 1000);
  return [...partners(times, begin(day), begin(then), "day", ROME)].map((found) => (Number.isNaN(found) ? null : new Date(found * 1000).toISOString().slice(11, 16)));
}

describe("by the clocks on the wall", () => {
  it("two plain days run side by side", () =>
    expect(twins("2026-06-21", "2026-06-20", ["2026-06-20T22:00:00Z", "2026-06-21T10:00:00Z"])).toEqual(["22:00", "10:00"]));
  it("summer and winter have the same noon", () => expect(twins("2026-06-21", "2026-01-21", ["2026-06-21T10:00:00Z"])).toEqual(["11:00"]));
  it("the hour that spring does not have has no partner", () =>
    expect(twins("2026-03-30", "2026-03-29", ["2026-03-29T23:30:00Z", "2026-03-30T00:30:00Z", "2026-03-30T01:30:00Z"])).toEqual(["00:30", null, "01:30"]));
  it("the hour that autumn has twice is found the first time", () =>
    expect(twins("2026-10-26", "2026-10-25", ["2026-10-26T00:30:00Z", "2026-10-26T01:30:00Z", "2026-10-26T02:30:00Z"])).toEqual([
      "23:30",
      "00:30",
      "02:30",
    ]));
  it("both of its times stand beside the one of another day", () =>
    expect(twins("2026-10-25", "2026-10-24", ["2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z", "2026-10-25T22:30:00Z"])).toEqual(["00:30", "00:30", "21:30"]));
  it("a month has no partner for the days that the other does not have", () => {
    const [here, there] = [begin("2026-03-01", "month"), begin("2026-02-01", "month")];
    const found = partners([begin("2026-03-28"), begin("2026-03-31")].map((day) => day.getTime() / 1000), here, there, "month", ROME);
    expect([...found]).toEqual([begin("2026-02-28").getTime() / 1000, NaN]);
  });
  it("a year goes by the calendar, leap day or not", () => {
    const [here, there] = [begin("2024-01-01", "year"), begin("2023-01-01", "year")];
    const found = partners([begin("2024-02-29"), begin("2024-03-01")].map((day) => day.getTime() / 1000), here, there, "year", ROME);
    expect([...found]).toEqual([NaN, begin("2023-03-01").getTime() / 1000]);
  });
});

it("values of the other period stand on the moments of this one", () => {
  const table = { times: [0, 300], columns: new Map([["grid", [5, null]]]) };
  expect(beside(table, Float64Array.of(NaN, 0, 300)).get("grid")).toEqual([null, 5, null]);
});

describe("the difference", () => {
  it("is of the hours that both have", () => expect(difference([1, 2, null, 4], [10, null, 30, 40])).toEqual({ now_j: 5, then_j: 50, rows: 2 }));
  it("of nothing is none", () => expect(difference([1], [null])).toBeNull());
  it.each([
    [1_200_000, 1_000_000, "more", 200_000, 20],
    [900_000, 1_000_000, "less", 100_000, 10],
    [1_000_900, 1_000_000, "same", 900, 0],
    [500_000, 0, "more", 500_000, null],
  ] as const)("from %i to %i J", (now_j, then_j, key, joules, percent) => expect(worded({ now_j, then_j, rows: 1 })).toEqual({ key, joules, percent }));
});
