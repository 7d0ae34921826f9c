import { expect, test } from "vitest";
import type { Details } from "@/api/types.ts";
import { grouped } from "./details.ts";

test("values of the phases stand in rows, single values are facts, and empty groups are left out", () => {
  const groups = grouped({
    apparent_power_va: { total: 3768, L1: 1203, L2: 350, L3: 2915 },
    voltage_v: { "L1-L2": 400 },
    current_a: { N: 0.5 },
    energy_import_j: { L1: 1, L3: 2 },
    demand_w: { total: 3600 },
  } as Details);
  expect(groups.map(({ name }) => name)).toEqual(["power", "energy"]);
  expect(groups[0]!.columns).toEqual(["total", "L1", "L2", "L3"]);
  expect(groups[0]!.facts.map(({ quantity, place }) => `${quantity} ${place}`)).toEqual(["voltage_v L1-L2", "current_a N", "demand_w total"]);
  expect(groups[1]!.columns).toEqual(["L1", "L3"]);
});

test("the ports of a direct current side by side", () => {
  const [dc] = grouped({ dc_power_w: { DC1: 2600, DC2: 1600 }, dc_voltage_v: { DC1: 410 } } as Details);
  expect(dc!.columns).toEqual(["DC1", "DC2"]);
  expect(dc!.facts.map(({ quantity }) => quantity)).toEqual(["dc_voltage_v"]);
});
