/** `import parts from "texts:parts"` gives the loaders of all texts by language and part: `parts.en.history()`.
 *
 * The first part holds what the frame and home say, each screen's part what it says besides, `rest` the other
 * sentences that the server may speak anywhere. Which screen says what is read from the sources: a key that is written
 * out, and every key that fits a template such as `ui.nav.${view}`.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Plugin } from "vite";
import { first, reached, screens } from "./graph.ts";

export type Texts = Readonly<Record<string, string>>;
export type Parts = Readonly<Record<string, readonly string[]>>;

export const FIRST = "first";
export const REST = "rest";
/** What the server says on the first screen all day long: why a car charges as it does. */
const FAMILY = /^limit\./;
/** What only the app says; all else may come from the server at any time and on any screen. */
const OWN = /^ui\./;

const WHOLE = /(["'`])([a-z_]\w*(?:\.[\w-]+)+)\1/g;
const OPEN = /`([a-z_]\w*\.[^`$]*)\$\{/g;

/** Every key of `keys` that `source` says: written out, or as a template that it fits. Throws when a template fits all. */
export function said(source: string, keys: readonly string[]): Set<string> {
  const found = new Set<string>();
  const known = new Set(keys);
  for (const [, , key] of source.matchAll(WHOLE)) if (known.has(key!)) found.add(key!);
  for (const { index, 1: start } of source.matchAll(OPEN)) {
    if (start === "ui.") throw new Error("`ui.${…}` fits every text of the app: write the keys out");
    const fits = template(source, index + 1);
    for (const key of keys) if (fits.test(key)) found.add(key);
  }
  return found;
}

/** The template that begins at `at` as a pattern; what its holes hold may be any word or words. */
function template(source: string, at: number): RegExp {
  let pattern = "";
  for (let i = at; source[i] !== "`" && i < source.length; i += 1) {
    if (source.startsWith("${", i)) {
      i = end(source, i + 2);
      pattern += "[\\w.-]*";
    } else pattern += source[i]!.replace(/[^\w]/, "\\$&");
  }
  return new RegExp(`^${pattern}$`);
}

/** Where the hole that begins at `at` is closed. */
function end(source: string, at: number): number {
  let depth = 1;
  let i = at;
  for (; depth && i < source.length; i += 1) depth += source[i] === "{" ? 1 : source[i] === "}" ? -1 : 0;
  return i - 1;
}

/** Which part says which of `keys`: an own one of the app the first or those of its screens; any other the rest too. */
export function parts(src: string, keys: readonly string[]): Parts {
  const speech = (files: Map<string, string>): Set<string> => said([...files.values()].join("\n"), keys);
  const known = speech(first(src));
  for (const key of keys) if (FAMILY.test(key)) known.add(key);
  const found: Record<string, string[]> = { [FIRST]: [...known].sort() };
  const left = new Set(keys.filter((key) => !known.has(key)));
  for (const [view, file] of screens(src)) {
    found[view] = [...speech(reached(src, file))].filter((key) => !known.has(key)).sort();
    for (const key of found[view]) if (OWN.test(key)) left.delete(key);
  }
  found[REST] = [...left].sort();
  return found;
}

/** The texts of `keys`. Throws when the language lacks one. */
export function part(whole: Texts, keys: readonly string[], language: string): Texts {
  const lacking = keys.find((key) => whole[key] === undefined);
  if (lacking !== undefined) throw new Error(`${language}.json has no ${lacking}`);
  return Object.fromEntries(keys.map((key) => [key, whole[key]!]));
}

/** `folder` holds one file of texts for each of `languages`, `src` the app. */
export function texts(folder: string, src: string, languages: readonly string[]): Plugin {
  const file = (language: string): string => join(folder, `${language}.json`);
  const all = (language: string): Texts => JSON.parse(readFileSync(file(language), "utf8")) as Texts;
  let split: Parts = {};
  return {
    name: "texts",
    buildStart() {
      split = parts(src, Object.keys(all(languages[0]!)));
      for (const language of languages) this.addWatchFile(file(language));
    },
    resolveId: (id) => (id.startsWith("texts:") ? `\0texts/${id.slice("texts:".length).replace("/", "-")}` : null),
    load(id) {
      if (!id.startsWith("\0texts/")) return null;
      const [, language, name] = id.match(/\/(\w+)-(.+)$/) ?? [];
      if (name === undefined) return `export default { ${languages.map((each) => loaders(each, split)).join(", ")} };`;
      const mine = JSON.stringify(part(all(language!), split[name]!, language!));
      return `export default JSON.parse(${JSON.stringify(mine)});`;
    },
  };
}

function loaders(language: string, split: Parts): string {
  const rows = Object.keys(split).map((part) => `"${part}": () => import("texts:${language}/${part}")`);
  return `${language}: { ${rows.join(", ")} }`;
}
