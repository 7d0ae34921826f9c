import { describe, expect, it } from "vitest";
import { decoded } from "./decode.ts";
import type { Line } from "./lines.ts";
import { phased, phaseLines, quantityOf, summary } from "./quantities.ts";
import { answer } from "./recorded.fixture.ts";
import { gaugesCsv } from "./saving.ts";

const series = answer({ grid: [[0, 300], [100, 200]], oven: [[0], [5]] });
series.channels.grid!.quantities = {
  voltage_v: { L1: { mean: [230, null], min: [229, null], max: [231, null] }, L3: { mean: [233, 235], min: [232, 234], max: [236, 237] } },
  power_factor: { total: { mean: [0.9, 1], min: [0.8, 1], max: [1, 1] } },
};
const found = decoded(series);
const grid = { id: "grid", name: "Grid", role: "grid", colour: "red", dash: [], pattern: "plain", filled: false } as Line;
const oven = { ...grid, id: "oven", name: "Oven" };

describe("by phase", () => {
  it("each phase that the meter tells is a track of its own", () => {
    const { tracks } = phased(found, "voltage_v");
    expect([...tracks.keys()]).toEqual(["grid L1", "grid L3"]);
    expect([...tracks.get("grid L3")!.most]).toEqual([236, 237]);
    expect([...tracks.get("grid L1")!.taken_j]).toEqual([NaN, NaN]);
  });
  it("one channel is named by phase, several also by name, and they look different", () => {
    const alone = phaseLines([grid], found, "voltage_v");
    expect(alone.map(({ name }) => name)).toEqual(["L1", "L3"]);
    expect(new Set(alone.map(({ dash }) => dash.join())).size).toBe(2);
    expect(phaseLines([grid, oven], found, "voltage_v").map(({ name }) => name)).toEqual(["Grid L1", "Grid L3"]);
  });
  it("what has no phases is drawn in total", () => expect(phaseLines([grid], found, "power_factor").map(({ id, name }) => [id, name])).toEqual([["grid total", "Grid"]]));
  it("reactive power has its own name in the address", () => expect(quantityOf("reactive")).toMatchObject({ gauge: "reactive_power_var", unit: "var" }));
  it("what no meter tells is not drawn", () => expect(phaseLines([grid, oven], found, "current_a")).toEqual([]));
});

it("a summary is the mean of what is known and the extremes seen", () => {
  expect(summary(found.tracks.get("grid")!.gauges.get("voltage_v L1"))).toEqual({ mean: 230, least: 229, most: 231 });
  expect(summary(undefined)).toBeNull();
});

it("a file has a row per interval and phase", () =>
  expect(gaugesCsv(found, "voltage_v").split("\r\n").slice(0, 3)).toEqual([
    "start,channel,phase,quantity,mean,min,max",
    "1970-01-01T00:00:00.000Z,grid,L1,voltage_v,230,229,231",
    "1970-01-01T00:05:00.000Z,grid,L1,voltage_v,,,",
  ]));

it("an unknown quantity is power", () => expect(quantityOf("colour").name).toBe("power"));
