import { describe, expect, it } from "vitest";
import type { Channel, Columns, Series } from "@/api/types.ts";
import { line, speed, spread, thickness } from "./geometry.ts";
import { houseUse, largest } from "./picture.ts";
import { area, slots, total, type Slot } from "./today.ts";

const load = (power_w: number | null): Channel => ({ role: "load", power_w }) as Channel;
const loads = (powers: Record<string, number | null>): [string, Channel][] =>
  Object.entries(powers).map(([id, power]) => [id, load(power)]);

describe("the three largest loads", () => {
  it("are chosen by power and stand in the order of the site", () =>
    expect(largest(loads({ a: 10, b: 500, c: 20, d: 900, e: null }), [])).toEqual(["b", "c", "d"]));
  it("stay while another is only a little larger", () =>
    expect(largest(loads({ a: 100, b: 500, c: 900, d: 110 }), ["a", "b", "c"])).toEqual(["a", "b", "c"]));
  it("give way to one that is clearly larger", () =>
    expect(largest(loads({ a: 100, b: 500, c: 900, d: 400 }), ["a", "b", "c"])).toEqual(["b", "c", "d"]));
});

it("what the house uses is unknown while consumption is", () => {
  const scene = { grid_w: 1, production_w: 1, battery_w: null, consumption_w: null, cars_w: 5, cars: 1 };
  expect(houseUse(scene)).toBeNull();
  expect(houseUse({ ...scene, consumption_w: 105 })).toBe(100);
});

describe("today", () => {
  const columns = (starts: number[], watts: (number | null)[]): Columns =>
    ({ start_unix_s: starts, power_mean_w: watts }) as Columns;
  const series = {
    channels: { grid: columns([0, 300], [-500, 100]), roof: columns([0, 300, 600], [2000, 0, 0]), garage: columns([0], [1000]) },
  } as unknown as Series;
  const parties = { grid: ["grid"], production: ["roof"], battery: [], chargers: ["garage"] };
  const band = slots(series, parties, new Date(0), new Date(900_000));

  it("splits what was used into car and house", () => expect(band[0]).toEqual({ sun: 2000, house: 500, car: 1000 }));
  it("has no use where the grid was not measured", () => expect(band[2]).toEqual({ sun: 0, house: null, car: null }));
  it("adds up to energy", () => expect(total(band, "car")).toBe(300_000));
  it("is drawn in one piece per stretch without gaps", () => {
    const gap: Slot = { sun: null, house: null, car: null };
    const slot: Slot = { sun: 1, house: 1, car: 0 };
    const path = area([slot, slot, gap, slot], () => 0, (s) => s.sun, (i) => i, (w) => w);
    expect(path.match(/M/g)).toHaveLength(2);
    expect(path.match(/Z/g)).toHaveLength(2);
  });
});

describe("a line of the flow", () => {
  it("ends where it should, pointing on", () => {
    const { path, begin, end } = line({ x: 0, y: 0 }, { x: 100, y: 40 }, "x");
    expect(path).toBe("M0 0C50 0 50 40 100 40");
    expect([begin.angle, end.angle]).toEqual([180, 0]);
  });
  it("is thicker and faster with more power", () => {
    expect(thickness(4000)).toBeGreaterThan(thickness(400));
    expect(speed(-4000)).toBe(speed(4000));
    expect(speed(4000)).toBeGreaterThan(speed(400));
  });
  it("fans out evenly", () => expect(spread(3, 100, 50)).toEqual([50, 100, 150]));
});
