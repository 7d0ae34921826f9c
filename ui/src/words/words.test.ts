import { describe, expect, it } from "vitest";
import en from "@texts/en.json";
import itTexts from "@texts/it.json";
import { ampere, duration, energy, joined, power, tick } from "./format.ts";
import parity from "./parity.json";
import { sentence, type Scene } from "./sentence.ts";
import { word, worded } from "./word.ts";

describe("a parameter", () => {
  it.each(parity as [string, string | number, string][])("%s = %s is worded %s, as on the server", (name, value, text) => {
    expect(worded(name, value, "en")).toBe(text);
  });
  it("has a decimal comma in Italian", () => expect(worded("limit_w", 1100, "it")).toBe("1,10 kW"));
});

describe("a text", () => {
  it("is filled with its parameters", () =>
    expect(word("x", { phase: "L1", available_a: 10 }, { x: "{available_a} on {phase}" }, "en")).toBe("10.0\u00a0A on L1"));
  it("that is missing is null", () => expect(word("none", {}, {}, "en")).toBeNull());
  it("shows a dash for a missing parameter", () => expect(word("x", {}, { x: "{at_a}" }, "en")).toBe("–"));
});

describe("power", () => {
  it.each([
    [null, "–"],
    [0, "0\u00a0W"],
    [-0.3, "0\u00a0W"],
    [612.4, "612\u00a0W"],
    [999.4, "999\u00a0W"],
    [999.6, "1.00\u00a0kW"],
    [-2345, "−2.35\u00a0kW"],
    [9996, "10.0\u00a0kW"],
    [11_234, "11.2\u00a0kW"],
    [99_960, "100\u00a0kW"],
  ])("%s W reads %s", (watts, text) => expect(joined(power(watts, "en"))).toBe(text));
  it("reads 1,10 kW in Italian", () => expect(joined(power(1100, "it"))).toBe("1,10\u00a0kW"));
});

describe("other figures", () => {
  it.each([
    [null, "–"],
    [40_320_000, "11.2\u00a0kWh"],
    [3_600_000, "1.00\u00a0kWh"],
    [1_231_200_000, "342\u00a0kWh"],
    [36_000_000_000, "10.00\u00a0MWh"],
  ])("%s J read %s", (joules, text) => expect(joined(energy(joules, "en"))).toBe(text));
  it("leaves whole ampere whole", () => expect([joined(ampere(16, "en")), joined(ampere(12.4, "en"))]).toEqual(["16\u00a0A", "12.4\u00a0A"]));
  it("tells a duration in hours and minutes", () => expect(duration(8040)).toBe("2:14"));
  it("marks an axis without idle digits", () => expect([tick(2000, "en"), tick(-2500, "it"), tick(500, "en")]).toEqual(["2 kW", "−2,5 kW", "500 W"]));
});

describe("the sentence", () => {
  const scene: Scene = { grid_w: 400, production_w: 4200, battery_w: null, consumption_w: 4600, cars_w: 1100, cars: 1 };
  const say = (change: Partial<Scene>): string => {
    const { key, params } = sentence({ ...scene, ...change });
    return (word(key, params, en as Record<string, string>, "en") ?? key).replaceAll("\u00a0", " ");
  };

  it.each<[Partial<Scene>, string]>([
    [{}, "The sun covers the house and 64 % of the car."],
    [{ grid_w: -895, consumption_w: 3305 }, "The sun covers house and car and gives 900 W to the grid."],
    [{ grid_w: 0, consumption_w: 4200 }, "The sun covers the house and the car."],
    [{ cars_w: 0, grid_w: -1234, consumption_w: 2966 }, "The sun covers the house and gives 1.20 kW to the grid."],
    [{ cars_w: 0, production_w: 600, grid_w: 600, consumption_w: 1200 }, "The sun covers 50 % of the house."],
    [{ production_w: 500, grid_w: 3000, consumption_w: 3500, cars_w: 2500 }, "The sun covers 50 % of the house; the car runs on the grid."],
    [{ production_w: 0, grid_w: 420, consumption_w: 420, cars_w: 0 }, "The house takes 420 W from the grid."],
    [{ production_w: null, grid_w: 4100, consumption_w: 4100, cars_w: 3600 }, "House and car take 4.10 kW from the grid."],
    [{ production_w: 0, grid_w: 0, battery_w: 800, consumption_w: 800, cars_w: 0 }, "The battery supplies the house: 800 W."],
    [{ cars: 2 }, "The sun covers the house and 64 % of the cars."],
    [{ grid_w: null }, "The grid meter does not answer, so the flow is not known."],
    [{ consumption_w: null }, "The grid meter does not answer, so the flow is not known."],
  ])("of %o is: %s", (change, text) => expect(say(change)).toBe(text));
});

describe("the languages", () => {
  it("have the same texts", () => expect(Object.keys(itTexts).sort()).toEqual(Object.keys(en).sort()));
  it("have the same placeholders", () => {
    const holes = (text: string): string[] => (text.match(/\{\w+\}/g) ?? []).sort();
    for (const [key, text] of Object.entries(en)) expect(holes((itTexts as Record<string, string>)[key] ?? ""), key).toEqual(holes(text));
  });
});
