import { describe, expect, it } from "vitest";
import type { Heat } from "@/api/types.ts";
import { months, peak, recordedMonths, scale } from "./heat.ts";
import { box, cellAt, layout } from "./heatpaint.ts";

/** A year with some hours known. */
function year(known: [date: string, hour: number, watts: number][]): Heat {
  const dates = Array.from({ length: 365 }, (_, day) => new Date(Date.UTC(2026, 0, 1 + day)).toISOString().slice(0, 10));
  const values = dates.map((date) => Array.from({ length: 24 }, (_, hour) => known.find(([on, at]) => on === date && at === hour)?.[2] ?? null));
  return { channel: "oven", year: 2026, measure: "power_mean_w", timezone: "Europe/Rome", dates, values };
}

describe("a year of hours", () => {
  const found = year([["2026-01-01", 12, 900], ["2026-01-02", 12, 100], ["2026-07-01", 12, -420]]);
  it("knows its highest hour", () => expect(peak(found)).toEqual({ day: 0, hour: 12, value: 900 }));
  it("has colours from what was given to what was taken, but for the rarest", () => expect(scale(found)).toEqual({ low: -500, high: 100 }));
  it("has no colours below nothing when nothing was given", () => expect(scale(year([["2026-01-01", 0, 640]]))).toEqual({ low: 0, high: 700 }));
  it("is read by month and hour", () => {
    expect(months(found)[0]).toEqual({ month: 1, hours: Array.from({ length: 24 }, (_, at) => (at === 12 ? 500 : null)) });
    expect(months(found)[11]!.hours.every((value) => value == null)).toBe(true);
  });
  it("on a narrow screen begins and ends with a month that was recorded", () => {
    const { dates, values } = recordedMonths(year([["2026-06-17", 3, 5], ["2026-07-02", 3, 5]]));
    expect([dates[0], dates.at(-1), values[16]![3]]).toEqual(["2026-06-01", "2026-07-31", 5]);
    expect(recordedMonths(year([])).dates.length).toBe(365);
  });
  it("of which nothing is known has no highest hour", () => expect(peak(year([]))).toBeNull());
});

describe.each([390, 1100])("on a screen of %i", (width) => {
  const form = layout(width, 365);
  it("a place is the cell that is drawn there", () => {
    const [x, y, w, h] = box(form, { day: 200, hour: 13 });
    expect(cellAt(form, x + w / 2, y + h / 2, 365)).toEqual({ day: 200, hour: 13 });
    expect(cellAt(form, 2, 2, 365)).toBeNull();
  });
});
