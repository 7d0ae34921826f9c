import { expect, it } from "vitest";
import { match } from "./route.ts";

it.each([
  ["/", "home", null],
  ["/circuits", "circuits", null],
  ["/circuits/oven", "circuits", "oven"],
  ["/circuits/heat%20pump/", "circuits", "heat pump"],
  ["/chargers/garage", "chargers", "garage"],
  ["/chargers/garage/panel", "panel", "garage"],
  ["/chargers/garage/panel/x", "nowhere", null],
  ["/chargers/garage/label", "label", "garage"],
  ["/chargers/garage/settings", "charger_settings", "garage"],
  ["/chargers/garage/nothing", "nowhere", null],
  ["/history", "history", null],
  ["/validation", "validation", null],
  ["/attic", "nowhere", null],
  ["/circuits/a/b", "nowhere", null],
  ["/circuits/%E0%A4%A", "nowhere", null],
])("%s leads to %s %s", (path, view, id) => expect(match(path)).toEqual({ view, id }));
