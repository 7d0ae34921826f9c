import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { screens } from "./graph.ts";
import { FIRST, part, parts, REST, said } from "./texts.ts";

const src = fileURLToPath(new URL("../src", import.meta.url));
const folder = fileURLToPath(new URL("../../src/ohmstead/texts", import.meta.url));
const all = (language: string) => JSON.parse(readFileSync(join(folder, `${language}.json`), "utf8")) as Record<string, string>;

describe("what a source says", () => {
  const keys = ["ui.skip", "ui.nav", "ui.nav.home", "ui.nav.what-if", "ui.sun.car", "ui.sun.car.many", "limit.cable"];
  it.each([
    ['t("ui.skip")', ["ui.skip"]],
    ["{ key: 'ui.nav', x: `limit.cable` }", ["ui.nav", "limit.cable"]],
    ["t(`ui.nav.${view}`)", ["ui.nav.home", "ui.nav.what-if"]],
    ["`ui.sun.car${cars > 1 ? `${dot}many` : \"\"}`", ["ui.sun.car", "ui.sun.car.many"]],
    ['t("ui.skipped") + "ui." + name', []],
  ])("%s", (source, expected) => expect([...said(source, keys)].sort()).toEqual([...expected].sort()));
  it("is not everything", () => expect(() => said("t(`ui.${key}`)", keys)).toThrow("write the keys out"));
});

describe("the texts of the app", () => {
  const keys = Object.keys(all("en"));
  const split = parts(src, keys);
  const later = screens(src);

  it("are cut for every screen", () => {
    expect(later.length).toBeGreaterThan(15);
    expect(Object.keys(split).sort()).toEqual([FIRST, REST, ...later.map(([view]) => view)].sort());
  });
  it("are all in a part", () => expect(new Set(Object.values(split).flat())).toEqual(new Set(keys)));
  it("leave nothing to the rest that the app says", () => expect(split[REST]!.filter((key) => key.startsWith("ui."))).toEqual([]));
  it("hold every sentence of the server in the first part or the rest, for it may come on any screen", () => {
    const known = new Set([...split[FIRST]!, ...split[REST]!]);
    expect(keys.filter((key) => !key.startsWith("ui.") && !known.has(key))).toEqual([]);
  });
  it.each(later)("hold in the part of %s all that its folder says", (view, file) => {
    const sources = readdirSync(dirname(file)).filter((name) => /(?<!test)\.(ts|svelte)$/.test(name) && mine(view, name));
    const known = new Set([...split[FIRST]!, ...split[view]!]);
    const spoken = said(sources.map((name) => readFileSync(join(dirname(file), name), "utf8")).join("\n"), keys);
    expect([...spoken].filter((key) => !known.has(key))).toEqual([]);
  });
  it("have every key in Italian too", () => expect(Object.keys(all("it")).sort()).toEqual([...keys].sort()));
  it("are refused when a language lacks one", () =>
    expect(() => part({ "ui.skip": "Salta" }, ["ui.skip", "ui.nav"], "it")).toThrow("it.json has no ui.nav"));
});

/** Two screens share the folder of the charges. */
function mine(view: string, name: string): boolean {
  const ofOne = name === "Session.svelte" || name === "Minutes.svelte";
  return view === "session" ? ofOne : view !== "sessions" || !ofOne;
}
