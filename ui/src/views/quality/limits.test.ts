import { expect, it } from "vitest";
import type { PowerQuality } from "@/api/types.ts";
import { harmonicLimit, verdicts } from "./limits.ts";

const volts = (name: string, rms: number, thd: number | null) => ({ name, phase: null, unit: "V" as const, rms, thd_percent: thd });
const seen = {
  voltages: [volts("U1", 229, 2.1), volts("U2", 204, 2.2), volts("U3", 231, 8.4)],
  band_v: [207, 253],
  frequency_hz: 50.2,
  unbalance_percent: 2.4,
  flicker: { plt: [0.4, null, 0.7] },
} as unknown as PowerQuality;

it("holds each value against what the standard allows and names the phases beyond", () => {
  const told = verdicts(seen, 50);
  expect(told.map(({ name, good, beyond }) => [name, good, beyond.join()])).toEqual([
    ["voltage", false, "L2"],
    ["frequency", true, ""],
    ["unbalance", false, ""],
    ["thd", false, "L3"],
    ["flicker", true, ""],
  ]);
  expect(told.map(({ value }) => value)).toEqual([204, 50.2, 2.4, 8.4, 0.7]);
});

it("judges nothing that is not known, and no unbalance of one phase", () => {
  const one = { ...seen, voltages: [volts("U1", 229, null)], frequency_hz: null, flicker: null } as unknown as PowerQuality;
  expect(verdicts(one, 50).map(({ name, good }) => [name, good])).toEqual([
    ["voltage", true],
    ["frequency", null],
    ["thd", null],
    ["flicker", null],
  ]);
});

it("has limits for the harmonics of voltages only", () => {
  const voltage = seen.voltages[0]!;
  expect([2, 3, 5, 8, 15, 25, 26].map((order) => harmonicLimit(voltage, order))).toEqual([2, 5, 6, 0.5, 0.5, 1.5, null]);
  expect(harmonicLimit({ ...voltage, unit: "A" }, 5)).toBeNull();
});
