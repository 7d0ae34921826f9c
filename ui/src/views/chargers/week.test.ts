import { expect, test } from "vitest";
import type { Program } from "@/api/types.ts";
import { limit } from "@/words/format.ts";
import { blocks } from "./week.ts";

const program = (days: Program["days"], start: string, end: string, mode: Program["mode"] = "fast"): Program => ({
  days,
  start,
  end,
  mode,
  limit_a: null,
});

test("a program over midnight stands on both days", () => {
  const night = [program(["mon"], "22:00", "06:00")];
  expect(blocks(night, "mon").map(({ from, to }) => [from, to])).toEqual([[1320, 1440]]);
  expect(blocks(night, "tue").map(({ from, to }) => [from, to])).toEqual([[0, 360]]);
  expect(blocks([program(["sun"], "22:00", "06:00")], "mon")).toHaveLength(1);
});

test("where two overlap the lower number stands and the other around it", () => {
  const both = [program(["sat"], "10:00", "12:00", "green"), program(["sat"], "08:00", "18:00")];
  expect(blocks(both, "sat").map(({ number, from, to }) => [number, from, to])).toEqual([
    [2, 480, 600],
    [1, 600, 720],
    [2, 720, 1080],
  ]);
});

test("a day to midnight ends there, and no days means nothing", () => {
  expect(blocks([program(["mon"], "00:00", "24:00")], "mon").map(({ from, to }) => [from, to])).toEqual([[0, 1440]]);
  expect(blocks([program(["mon"], "00:00", "24:00")], "tue")).toEqual([]);
  expect(blocks([program([], "22:00", "06:00")], "mon")).toEqual([]);
});

test("a limit in ampere is told as power with one decimal", () => {
  expect([limit(32, 3, "en"), limit(32, 1, "en"), limit(6, 1, "en"), limit(6, 3, "en"), limit(16, 1, "it")]).toEqual([
    "22.1 kW",
    "7.4 kW",
    "1.4 kW",
    "4.1 kW",
    "3,7 kW",
  ]);
});
