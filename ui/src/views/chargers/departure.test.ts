import { expect, test } from "vitest";
import { next, number } from "./departure.ts";

test("the next time on the wall of the site is meant, today or tomorrow", () => {
  expect(next("07:00", new Date("2026-06-21T12:42:10Z"), "Europe/Rome")).toBe("2026-06-22T05:00:00Z");
  expect(next("15:30", new Date("2026-06-21T12:42:10Z"), "Europe/Rome")).toBe("2026-06-21T13:30:00Z");
  expect(next("14:42", new Date("2026-06-21T12:42:10Z"), "Europe/Rome")).toBe("2026-06-22T12:42:00Z");
  expect(next("7:00", new Date("2026-06-21T12:42:10Z"), "Europe/Rome")).toBe(null);
});

test("over a change of the clock the wall counts, not the hours", () => {
  expect(next("07:00", new Date("2026-10-24T20:00:00Z"), "Europe/Rome")).toBe("2026-10-25T06:00:00Z");
  expect(next("07:00", new Date("2026-03-28T20:00:00Z"), "Europe/Rome")).toBe("2026-03-29T05:00:00Z");
});

test("a number has a comma or a point", () => {
  expect(number("18,5")).toBe(18.5);
  expect(number("")).toBe(null);
  expect(number("much")).toBe(null);
});
