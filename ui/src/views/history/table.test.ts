import { describe, expect, it } from "vitest";
import type { Columns, Series } from "@/api/types.ts";
import { csv, table, totals, zoomed } from "./table.ts";

const columns = (starts: number[], watts: (number | null)[]): Columns => ({
  start_unix_s: starts,
  power_mean_w: watts,
  power_min_w: watts,
  power_max_w: watts,
  energy_import_j: watts.map((w) => (w == null ? null : w * 300)),
  energy_export_j: watts.map(() => null),
});
const series = { channels: { grid: columns([0, 300, 900], [100, 200, 400]), "a,b": columns([], []) } } as unknown as Series;
const [from, to] = [new Date(0), new Date(1_500_000)];

describe("a table of recorded power", () => {
  it("keeps a gap a gap", () => expect(table(series, from, to, 300).columns.get("grid")).toEqual([100, 200, null, 400, null]));
  it("has a row for each interval", () => expect(table(series, from, to, 300).times).toEqual([0, 300, 600, 900, 1200]));
});

it("energies are added exactly, and nothing recorded is not zero", () => {
  expect(totals(series).get("grid")).toEqual({ import_j: 210_000, export_j: null });
  expect(totals(series).get("a,b")).toEqual({ import_j: null, export_j: null });
});

it("a file has one row per interval, empty where nothing was measured", () =>
  expect(csv(series).split("\r\n").slice(0, 2)).toEqual([
    "start,channel,power_mean_w,power_min_w,power_max_w,energy_import_j,energy_export_j",
    "1970-01-01T00:00:00.000Z,grid,100,100,100,30000,",
  ]));

describe("zooming", () => {
  it("keeps what is under the finger there", () => expect(zoomed([0, 100], [0.25, 0.25], 0.5, [0, 100], 1)).toEqual([12.5, 62.5]));
  it("does not leave the day", () => expect(zoomed([50, 100], [1, 1], 4, [0, 100], 1)).toEqual([0, 100]));
  it("stops at the least", () => expect(zoomed([0, 100], [0.5, 0.5], 0.001, [0, 100], 10)).toEqual([45, 55]));
  it("moves along with the fingers", () => expect(zoomed([20, 40], [0.5, 0.25], 1, [0, 100], 1)).toEqual([25, 45]));
});
