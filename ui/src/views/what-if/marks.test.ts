import { expect, test } from "vitest";
import type { Outcome } from "../../api/types.ts";
import { marks } from "./marks.ts";

const way = (strategy: string, energy_kwh: number, missed_kwh: number, solar_share: number, cost: number | null): Outcome => ({
  strategy,
  energy_kwh,
  missed_kwh,
  short_visits: 0,
  solar_share,
  cost,
  cycles: 3,
});

test("the cheapest kilowatt-hour, the most sun and nothing missing are told", () => {
  const all = [way("solar", 6, 4, 0.95, 1), way("fast", 10, 0, 0.1, 4), way("night", 10, 0, 0, 2.5)];
  expect(marks(all[0]!, all)).toEqual(["cheapest", "sunniest"]);
  expect(marks(all[1]!, all)).toEqual(["complete"]);
});

test("what gave nothing is best at nothing, and without prices nothing is cheapest", () => {
  const all = [way("solar", 0, 10, 0, 0), way("fast", 10, 0, 0.1, null)];
  expect(marks(all[0]!, all)).toEqual([]);
  expect(marks(all[1]!, all)).toEqual(["complete"]);
});
