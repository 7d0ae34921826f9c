import { expect, it } from "vitest";
import { merged } from "./live.ts";
import type { Channel, Snapshot } from "./types.ts";

const channel = (power_w: number): Channel => ({ name: "x", role: "load", quality: "good", power_w }) as Channel;
const snapshot = {
  at: "2026-06-21T10:15:03Z",
  site: "via-roma-12",
  flows: { grid_w: 400 },
  channels: { grid: channel(400), oven: channel(600) },
  chargers: {},
  circuits: {},
  attention: [],
} as unknown as Snapshot;

it("a change replaces the entries it carries, whole, and leaves the others as they are", () => {
  const now = merged(snapshot, { at: "2026-06-21T10:15:04Z", channels: { oven: channel(0) } });
  expect(now.at).toBe("2026-06-21T10:15:04Z");
  expect(now.channels.oven?.power_w).toBe(0);
  expect(now.channels.grid).toBe(snapshot.channels.grid);
  expect(now.flows).toBe(snapshot.flows);
});

it("an attention list is taken as the whole list", () =>
  expect(merged({ ...snapshot, attention: [{} as never] }, { at: "x", attention: [] }).attention).toEqual([]));

it("the snapshot before stays untouched", () => {
  merged(snapshot, { at: "x", channels: { oven: channel(1) } });
  expect(snapshot.channels.oven?.power_w).toBe(600);
});
