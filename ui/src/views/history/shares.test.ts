import { expect, it } from "vitest";
import type { Breakdown } from "@/api/types.ts";
import { parts } from "./shares.ts";

it("the rest that nobody measured stands last, bars are as long as their energy", () => {
  const found = parts({
    loads: [
      { id: "oven", name: "Oven", kind: "device", energy_j: 400, share: 0.4 },
      { id: "attic", name: "Attic", kind: "device", energy_j: null, share: null },
      { id: "garage", name: "Garage", kind: "charger", energy_j: 100, share: 0.1 },
    ],
    unmeasured_j: 500,
    unmeasured_share: 0.5,
  } as unknown as Breakdown);
  expect(found.map(({ id, width, share }) => [id, width, share])).toEqual([
    ["oven", 0.8, 0.4],
    ["garage", 0.2, 0.1],
    ["unmeasured", 1, 0.5],
  ]);
});
