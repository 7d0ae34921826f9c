import { expect, it } from "vitest";
import { numberOf } from "./number.ts";

it("reads numbers as both languages write them, and nothing as no number", () => {
  expect(["16", " 16,5 ", "16.5", "", "  ", "sixteen", "1,2,3"].map(numberOf)).toEqual([16, 16.5, 16.5, null, null, null, null]);
});
