import { expect, it } from "vitest";
import { buffers, decoded } from "./decode.ts";
import { answer } from "./recorded.fixture.ts";

it("an answer becomes numbers, and what is not known NaN", () => {
  const { tracks, from, to, span } = decoded(answer({ grid: [[0, 300], [100, null]] }));
  expect([span, from, to]).toEqual(["5min", 0, 1500]);
  expect([...tracks.get("grid")!.start]).toEqual([0, 300]);
  expect([...tracks.get("grid")!.mean]).toEqual([100, NaN]);
  expect([...tracks.get("grid")!.taken_j]).toEqual([30_000, NaN]);
});

it("every list passes to the other thread without being copied", () => {
  const found = decoded(answer({ grid: [[0], [100]], oven: [[0], [1]] }));
  const moved = structuredClone(found, { transfer: buffers(found) });
  expect(moved.tracks.get("oven")!.mean[0]).toBe(1);
  expect(Object.values(found.tracks.get("oven")!).every((list: Float64Array | Map<string, unknown>) => list instanceof Map || list.length === 0)).toBe(true);
});
