import { expect, test } from "vitest";
import type { Circuit } from "@/api/types.ts";
import { branches } from "./branches.ts";

const circuit = (values: Partial<Circuit>): Circuit => ({
  name: null, parent: null, limit_a: 25, limit_w: null, meter: "grid", quality: "good", power_w: null, chargers: {},
  phases: { L1: { current_a: 14, chargers_a: 10 } }, ...values,
});

test("a circuit lies below the one that feeds it", () => {
  const rows = branches({ supply: circuit({}), garage: circuit({ parent: "supply" }), box: circuit({ parent: "garage" }) });
  expect(rows.map(({ id, depth }) => [id, depth])).toEqual([["supply", 0], ["garage", 1], ["box", 2]]);
});

test("cars and all else fill the bar up to the limit", () => {
  const [row] = branches({ supply: circuit({}) });
  expect(row?.phases).toEqual([{ phase: "L1", current_a: 14, cars: 40, others: 16, full: false }]);
});

test("a phase near its limit is marked, a silent one is not taken for empty", () => {
  const [full] = branches({ x: circuit({ phases: { L2: { current_a: 23, chargers_a: 0 } } }) });
  expect(full?.phases[0]).toMatchObject({ full: true, cars: 0, others: 92 });
  const [silent] = branches({ x: circuit({ phases: { L2: { current_a: null, chargers_a: 5 } } }) });
  expect(silent?.phases[0]).toMatchObject({ current_a: null, cars: 20, others: 0 });
});
