import { describe, expect, it } from "vitest";
import type { Snapshot } from "@/api/types.ts";
import { HUES, first, lines } from "./lines.ts";
import { groups } from "./picking.ts";

const channel = (name: string, role: string): unknown => ({ name, role, supply: null });
const house = (loads: number): Snapshot =>
  ({
    channels: {
      grid: channel("Grid", "grid"),
      roof: channel("Roof", "production"),
      ...Object.fromEntries(Array.from({ length: loads }, (_, i) => [`c${i}`, channel(i === 4 ? "Café lights" : `Circuit ${i}`, "load")])),
    },
    chargers: { garage: { name: "Garage" } },
  }) as unknown as Snapshot;

describe("thirty circuits", () => {
  const all = lines(house(30), "");
  const circuits = all.filter(({ role }) => role === "load");
  it("look different from each other, as lines and as areas", () => {
    for (const look of [({ colour, dash }) => `${colour} ${dash}`, ({ colour, pattern }) => `${colour} ${pattern}`] as ((one: (typeof all)[0]) => string)[]) {
      expect(new Set(circuits.map(look)).size).toBe(30);
    }
  });
  it("keep their look when another comes", () => expect(lines(house(31), "").filter(({ id }) => id in house(30).channels)).toEqual(all.filter(({ role }) => role !== "charger")));
  it("are not what is shown at first", () => expect(first(all)).toEqual(["grid", "roof", "garage"]));
});

describe("the hues", () => {
  const light = (hex: string): number => {
    const part = (at: number): number => {
      const c = parseInt(hex.slice(at, at + 2), 16) / 255;
      return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    };
    return 0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5);
  };
  const contrast = (a: string, b: string): number => {
    const [low, high] = [light(a), light(b)].sort((x, y) => x - y) as [number, number];
    return (high + 0.05) / (low + 0.05);
  };
  it.each(HUES)("%s and %s stand out from what is behind them", (day, night) => {
    expect(contrast(day, "#fafaf7")).toBeGreaterThanOrEqual(3);
    expect(contrast(night, "#171b21")).toBeGreaterThanOrEqual(3);
  });
});

describe("searching", () => {
  const all = lines(house(6), "");
  it("finds parts of names, whatever their accents", () => expect(groups(all, "cafe LI").map(({ lines: found }) => found.map(({ id }) => id))).toEqual([["c4"]]));
  it("groups by what they are", () => expect(groups(all, "").map(({ role }) => role)).toEqual(["grid", "production", "charger", "load"]));
  it("finds nothing", () => expect(groups(all, "attic")).toEqual([]));
});
