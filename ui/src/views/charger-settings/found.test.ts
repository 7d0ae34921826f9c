import { expect, it } from "vitest";
import type { Setting } from "@/api/types.ts";
import { grouped } from "./found.ts";

const setting = (key: string, group: Setting["group"]) => ({ key, group }) as Setting;
const ALL = [setting("Modalità", "charging"), setting("Nome", "preferences"), setting("Limite", "charging")];
const label = (one: Setting) => one.key;

it("keeps the order of groups and rows", () => {
  expect(grouped(ALL, "", label).map(({ group, rows }) => [group, rows.map(label)])).toEqual([
    ["charging", ["Modalità", "Limite"]],
    ["preferences", ["Nome"]],
  ]);
});

it("seeks without case and accents, and leaves out empty groups", () => {
  expect(grouped(ALL, " MODALITA", label)).toEqual([{ group: "charging", rows: [ALL[0]] }]);
  expect(grouped(ALL, "xyz", label)).toEqual([]);
});
