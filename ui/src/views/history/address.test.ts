import { describe, expect, it } from "vitest";
import { changed, shapeOf, stretchOf, type Change } from "./address.ts";

const after = (before: string, change: Change): string => changed(new URLSearchParams(before), change);

describe("the address", () => {
  it("is read", () => expect([stretchOf(new URLSearchParams("span=year")), shapeOf(new URLSearchParams("shape=stacked"))]).toEqual(["year", "stacked"]));
  it("of nothing is a day of lines", () => expect([stretchOf(new URLSearchParams("span=century")), shapeOf(new URLSearchParams())]).toEqual(["day", "lines"]));
  it.each<[string, Change, string]>([
    ["", { channels: ["grid", "oven"] }, "?channels=grid,oven"],
    ["channels=grid", { channels: [] }, "?channels=none"],
    ["", { seen: [0, 3600.4] }, "?from=1970-01-01T00:00:00Z&to=1970-01-01T01:00:00Z"],
    ["from=a&to=b", { seen: null }, ""],
    ["from=a&to=b", { date: "2026-06-01" }, "?date=2026-06-01"],
    ["shape=stacked", { shape: "lines" }, ""],
    ["compare=day", { span: "month" }, "?span=month"],
    ["compare=2026-05-01", { span: "month" }, "?compare=2026-05-01&span=month"],
    ["compare=day", { compare: null }, ""],
  ])("%s with %j becomes %s", (before, change, wanted) => expect(after(before, change)).toBe(wanted));
});
