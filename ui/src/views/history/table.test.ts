import { describe, expect, it } from "vitest";
import { decoded, type Recorded } from "./decode.ts";
import { answer } from "./recorded.fixture.ts";
import { csv } from "./saving.ts";
import { closer, grouped, meanOf, named, nearest, refined, type Resolution, rows, table, totals, valueAt, zoomed } from "./table.ts";

const FIVE = { span: "5min" as const, seconds: 300 };
const SECOND = { span: "1s" as const, seconds: 1 };
const series = decoded(answer({ grid: [[0, 300, 900], [100, 200, 400]], "a,b": [[], []] }));
const times = rows(0, 1500, FIVE);
const fine = (channels: Parameters<typeof answer>[0], from: number, to: number): Recorded => ({ ...decoded(answer(channels, "1s")), from, to });

describe("a table of recorded power", () => {
  it("keeps a gap a gap", () => expect(table(series, times).columns.get("grid")).toEqual([100, 200, null, 400, null]));
  it("has a row for each interval", () => expect(times).toEqual([0, 300, 600, 900, 1200]));
  it("takes hours of a zone that is half an hour beside the others", () =>
    expect(table(decoded(answer({ grid: [[1800, 5400], [1, 2]] }, "1h", 9000)), [1500, 5100]).columns.get("grid")).toEqual([1, 2]));
  it("has a row for each day, be it of 23 hours", () => {
    const [from, to] = [Date.parse("2026-03-28T23:00:00Z") / 1000, Date.parse("2026-03-30T22:00:00Z") / 1000];
    expect(rows(from, to, { span: "1d", seconds: 86_400 }, "Europe/Rome").map((at) => at - from)).toEqual([0, 23 * 3600]);
  });
});

it("energies are added exactly, and nothing recorded is not zero", () => {
  expect(totals(series).get("grid")).toEqual({ import_j: 210_000, export_j: null });
  expect(totals(series).get("a,b")).toEqual({ import_j: null, export_j: null });
});

describe("a file", () => {
  it("has one row per interval, empty where nothing was measured", () =>
    expect(csv(series).split("\r\n").slice(0, 2)).toEqual([
      "start,channel,power_mean_w,power_min_w,power_max_w,energy_import_j,energy_export_j",
      "1970-01-01T00:00:00.000Z,grid,100,100,100,30000,",
    ]));
  it("holds what is in view", () => expect(csv(series, [300, 900]).split("\r\n").slice(1)).toEqual(["1970-01-01T00:05:00.000Z,grid,200,200,200,60000,", ""]));
});

describe("rows for reading", () => {
  it("are whole groups", () => expect(grouped(times, 2)).toEqual([{ at: 0, rows: 3 }, { at: 3, rows: 2 }]));
  it("are the mean of what is known", () => {
    expect(meanOf([100, null, 300], 0, 3)).toBe(200);
    expect(meanOf([null, undefined], 0, 2)).toBeNull();
  });
});

describe("zooming", () => {
  it("keeps what is under the finger there", () => expect(zoomed([0, 100], [0.25, 0.25], 0.5, [0, 100], 1)).toEqual([12.5, 62.5]));
  it("does not leave the day", () => expect(zoomed([50, 100], [1, 1], 4, [0, 100], 1)).toEqual([0, 100]));
  it("stops at the least", () => expect(zoomed([0, 100], [0.5, 0.5], 0.001, [0, 100], 10)).toEqual([45, 55]));
  it("moves along with the fingers", () => expect(zoomed([20, 40], [0.5, 0.25], 1, [0, 100], 1)).toEqual([25, 45]));
});

describe("a closer look", () => {
  const [DAY_S, DESK, PHONE] = [86_400, 1000, 360];
  const DAY = { span: "1d" as const, seconds: DAY_S };
  const HOUR = { span: "1h" as const, seconds: 3600 };
  const seen = (days: number, channels: number, pixels: number, base: Resolution = DAY): string | undefined => closer([0, days * DAY_S], channels, base, pixels)?.span;
  it("fetches seconds, from and to whole five minutes", () =>
    expect(closer([1000, 4000], 3, FIVE, PHONE)).toEqual({ span: "1s", seconds: 1, from: 900, to: 4200 }));
  it("of many channels keeps to what is drawn without a wait", () => expect(seen(1 / 12, 30, DESK, FIVE)).toBeUndefined());
  it("of half a day stays as it is", () => expect(seen(0.5, 1, DESK, FIVE)).toBeUndefined());
  it("of a month in a year fetches hours, whole ones", () =>
    expect(closer([1000, 30 * DAY_S], 30, DAY, PHONE)).toEqual({ ...HOUR, from: 0, to: 30 * DAY_S }));
  it("of a week in a month fetches what the pixels can show", () =>
    expect([seen(7, 2, DESK, HOUR), seen(7, 2, PHONE, HOUR)]).toEqual(["5min", "15min"]));
  it("of half a year fetches hours where a screen has room for them", () =>
    expect([seen(150, 2, DESK), seen(150, 2, PHONE), seen(150, 30, DESK)]).toEqual(["1h", undefined, undefined]));
  it("of a year of thirty channels stays with its days", () => expect(seen(364, 30, 2000)).toBeUndefined());
});

describe("a table with a finer stretch", () => {
  const seen = refined(table(series, times), fine({ grid: [[300, 301, 303, 330], [1, 2, 3, 4]], "a,b": [[], []] }, 300, 900), SECOND.seconds);
  const grid = seen.columns.get("grid");
  it("has its rows between those of the whole", () => {
    expect(seen.times.length).toBe(1 + 600 + 2);
    expect(seen.times.slice(0, 3)).toEqual([0, 300, 301]);
    expect(seen.times.at(-1)).toBe(1200);
  });
  it("has no gap where a device is asked more seldom, and one where it was silent", () => {
    expect(grid?.slice(0, 5)).toEqual([100, 1, 2, undefined, 3]);
    expect(grid?.[10]).toBeNull();
  });
  it("keeps the coarse value where seconds are kept no longer", () => {
    const old = fine({ grid: [[], []], "a,b": [[], []] }, 300, 600);
    expect(refined(table(series, times), old, 1).columns.get("grid")?.slice(0, 3)).toEqual([100, 200, 200]);
  });
  it("tells the last value between two questions", () => {
    expect(valueAt(grid, 3)).toBe(2);
    expect(valueAt(grid, 10)).toBeNull();
  });
  it("finds the nearest row", () => expect([nearest(seen.times, 301.4), nearest(seen.times, 5000)]).toEqual([2, 602]));
});

describe("a stretch in the address", () => {
  const named_ = (a: string | null, b: string | null): unknown => named(a, b, [0, 86_400]);
  it("is read", () => expect(named_("1970-01-01T01:00:00Z", "1970-01-01T02:00:00Z")).toEqual([3600, 7200]));
  it.each([
    [null, null],
    ["x", "1970-01-01T02:00:00Z"],
    ["1970-01-01T02:00:00Z", "1970-01-01T01:00:00Z"],
    ["1969-12-31T23:00:00Z", "1970-01-01T01:00:00Z"],
  ])("that is none is left out: %s to %s", (a, b) => expect(named_(a, b)).toBeNull());
});
