import assert from "node:assert/strict";
import { test } from "node:test";
import type { Box, Load, LoadConfiguration } from "../../api/types.ts";
import { capacity, changes, counted, drafted, freeKey, freePoint, morePoints, owners, withGateway, withLoad } from "./draft.ts";

const point = (number: number, phase: "L1" | "L2" | "L3") => ({ number, phase, reversed: false, rating_a: 50 });
const oven = { name: "Oven", role: "load", box: "main", points: [point(4, "L2")] } as unknown as Load;
const main = { connect: "tcp://127.0.0.1:502", unit: 61, parts: [{ kind: "hub" }, { kind: "core" }] } as unknown as Box;
const held = { version: { number: 3 }, loads: { oven }, gateways: {}, boxes: { main }, max_current_a: null } as unknown as LoadConfiguration;

test("a change that is taken back is none", () => {
  const draft = drafted(held);
  assert.equal(changes(held, draft), 0);
  const other = withLoad(draft, "oven", { ...oven, name: "Big oven" });
  assert.equal(changes(held, other), 1);
  assert.equal(changes(held, withLoad(other, "oven", oven)), 0);
  assert.equal(changes(held, withLoad(draft, "oven", null)), 1);
});

test("points end where hubs and cores end", () => {
  assert.equal(capacity(main), 7);
  assert.equal(capacity({ ...main, parts: [] }), 28);
  assert.equal(counted({ ...main, parts: Array(8).fill({ kind: "hub" }) }), 32);
  assert.equal(freePoint(drafted(held), "main"), 1);
  assert.deepEqual([...owners(drafted(held), "main")], [[4, "oven"]]);
});

test("another point comes on the next phase with the same transformer", () => {
  const more = morePoints(drafted(held), oven, ["L1", "L2", "L3"]);
  assert.deepEqual(more.at(-1), { number: 1, phase: "L1", reversed: false, rating_a: 50 });
});

test("a gateway comes and goes with its box", () => {
  const draft = withGateway(drafted(held), "main", "genius");
  assert.deepEqual(draft.gateways, { "gateway-main": { kind: "genius" } });
  assert.equal(draft.boxes?.main?.gateway, "gateway-main");
  assert.deepEqual(withGateway(draft, "main", null).gateways, {});
});

test("a name becomes a key that nobody has", () => {
  assert.equal(freeKey("Perché no?", []), "perche-no");
  assert.equal(freeKey("Oven", ["oven", "oven-2"]), "oven-3");
});
