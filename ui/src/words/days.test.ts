import { describe, expect, it } from "vitest";
import { iso, parse, start } from "./days.ts";

const ROME = "Europe/Rome";
const at = (text: string): Date => new Date(text);

describe("a day in the site's zone", () => {
  it("begins at its own midnight", () =>
    expect(start(at("2026-06-21T22:30:00Z"), "day", ROME)).toEqual(at("2026-06-21T22:00:00Z")));
  it.each([
    ["2026-03-29T12:00:00Z", 23],
    ["2026-10-25T12:00:00Z", 25],
    ["2026-06-21T12:00:00Z", 24],
  ])("around %s has %i hours", (moment, hours) => {
    const day = at(moment);
    expect((start(day, "day", ROME, 1).getTime() - start(day, "day", ROME).getTime()) / 3_600_000).toBe(hours);
  });
  it("is written and read back", () => {
    expect(iso(at("2026-06-21T22:30:00Z"), ROME)).toBe("2026-06-22");
    expect(parse("2026-06-22", ROME)).toEqual(at("2026-06-21T22:00:00Z"));
    expect(parse("2026-02-30", ROME)).toBeNull();
    expect(parse("soon", ROME)).toBeNull();
  });
});

describe("a longer stretch", () => {
  it("of a week begins on Monday", () =>
    expect(start(at("2026-06-21T12:00:00Z"), "week", ROME)).toEqual(at("2026-06-14T22:00:00Z")));
  it("of a month steps over the end of the year", () =>
    expect(start(at("2026-12-05T12:00:00Z"), "month", ROME, 1)).toEqual(at("2026-12-31T23:00:00Z")));
});
