import { expect, test } from "vitest";
import type { Box, Load, LoadConfiguration } from "../../api/types.ts";
import { capacity, changes, counted, drafted, freeKey, freePoint, morePoints, owners, withGateway, withLoad } from "./draft.ts";

const point = (number: number, phase: "L1" | "L2" | "L3") => ({ number, phase, reversed: false, rating_a: 50 });
const oven = { name: "Oven", role: "load", box: "main", points: [point(4, "L2")] } as unknown as Load;
const main = { connect: "tcp://127.0.0.1:502", unit: 61, parts: [{ kind: "hub" }, { kind: "core" }] } as unknown as Box;
const held = { version: { number: 3 }, loads: { oven }, gateways: {}, boxes: { main }, max_current_a: null } as unknown as LoadConfiguration;

test("a change that is taken back is none", () => {
  const draft = drafted(held);
  expect(changes(held, draft)).toBe(0);
  const other = withLoad(draft, "oven", { ...oven, name: "Big oven" });
  expect(changes(held, other)).toBe(1);
  expect(changes(held, withLoad(other, "oven", oven))).toBe(0);
  expect(changes(held, withLoad(draft, "oven", null))).toBe(1);
});

test("points end where hubs and cores end", () => {
  expect(capacity(main)).toBe(7);
  expect(capacity({ ...main, parts: [] })).toBe(28);
  expect(counted({ ...main, parts: Array(8).fill({ kind: "hub" }) })).toBe(32);
  expect(freePoint(drafted(held), "main")).toBe(1);
  expect([...owners(drafted(held), "main")]).toEqual([[4, "oven"]]);
});

test("another point comes on the next phase with the same transformer", () => {
  const more = morePoints(drafted(held), oven, ["L1", "L2", "L3"]);
  expect(more.at(-1)).toEqual({ number: 1, phase: "L1", reversed: false, rating_a: 50 });
});

test("a gateway comes and goes with its box", () => {
  const draft = withGateway(drafted(held), "main", "genius");
  expect(draft.gateways).toEqual({ "gateway-main": { kind: "genius" } });
  expect(draft.boxes?.main?.gateway).toBe("gateway-main");
  expect(withGateway(draft, "main", null).gateways).toEqual({});
});

test("a name becomes a key that nobody has", () => {
  expect(freeKey("Perché no?", [])).toBe("perche-no");
  expect(freeKey("Oven", ["oven", "oven-2"])).toBe("oven-3");
});
