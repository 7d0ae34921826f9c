/** Which of the app's own files lead to which, read from their imports. */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";

const IMPORT = /^\s*(?:import|export)\s(?!type\s)[^"'`;]*?from\s*"([^"]+)"|^\s*import\s+"([^"]+)"|\bimport\("([^"]+)"\)/gm;
const SCREEN = /^\s*"?([\w-]+)"?: \(\) => import\("@\/([^"]+)"\)/gm;
const SOURCE = /\.(ts|svelte)$/;

const table = (src: string): string => join(src, "views", "screens.ts");

/** The files below `src` that `entry` leads to, itself included, with their text; not by way of the table of screens. */
export function reached(src: string, entry: string, seen = new Map<string, string>()): Map<string, string> {
  const source = readFileSync(entry, "utf8");
  seen.set(entry, source);
  if (entry === table(src)) return seen;
  for (const found of source.matchAll(IMPORT)) {
    const name = found[1] ?? found[2] ?? found[3]!;
    const next = name.startsWith("@/") ? join(src, name.slice(2)) : name.startsWith(".") ? join(dirname(entry), name) : "";
    if (SOURCE.test(next) && !seen.has(next)) reached(src, next, seen);
  }
  return seen;
}

/** The files of the frame and home, which come first. */
export const first = (src: string): Map<string, string> => reached(src, join(src, "main.ts"));

/** The screens that come later, each with its file. */
export function screens(src: string): (readonly [view: string, file: string])[] {
  return [...readFileSync(table(src), "utf8").matchAll(SCREEN)].map(([, view, name]) => [view!, join(src, name!)]);
}
