import assert from "node:assert/strict";
import { test } from "node:test";
import { next, number } from "./departure.ts";

test("the next time on the wall of the site is meant, today or tomorrow", () => {
  assert.equal(next("07:00", new Date("2026-06-21T12:42:10Z"), "Europe/Rome"), "2026-06-22T05:00:00Z");
  assert.equal(next("15:30", new Date("2026-06-21T12:42:10Z"), "Europe/Rome"), "2026-06-21T13:30:00Z");
  assert.equal(next("14:42", new Date("2026-06-21T12:42:10Z"), "Europe/Rome"), "2026-06-22T12:42:00Z");
  assert.equal(next("7:00", new Date("2026-06-21T12:42:10Z"), "Europe/Rome"), null);
});

test("over a change of the clock the wall counts, not the hours", () => {
  assert.equal(next("07:00", new Date("2026-10-24T20:00:00Z"), "Europe/Rome"), "2026-10-25T06:00:00Z");
  assert.equal(next("07:00", new Date("2026-03-28T20:00:00Z"), "Europe/Rome"), "2026-03-29T05:00:00Z");
});

test("a number has a comma or a point", () => {
  assert.equal(number("18,5"), 18.5);
  assert.equal(number(""), null);
  assert.equal(number("much"), null);
});
