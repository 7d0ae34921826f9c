/** Which channels can be drawn, and how each looks, whatever else is drawn beside it.
 *
 * Sources, batteries and cars have energy's own colour; circuits, of which there may be thirty, take hues in turn. What
 * comes round again takes another pattern: a dash of the line, a hatching of the area. */
import type { Role, Snapshot } from "@/api/types.ts";

export type Kind = Role | "charger";

export interface Line {
  id: string;
  name: string;
  role: Kind;
  colour: string;
  dash: number[];
  /** How its area is filled when stacked. */
  pattern: Pattern;
  filled: boolean;
}

export type Pattern = "plain" | "stripes" | "dots";

export const ORDER: readonly Kind[] = ["grid", "production", "battery", "charger", "load", "circuit", "vehicle"];
/** What the house draws and answers at once. */
export const MOST = 30;
const COLOURS: Record<Exclude<Kind, "load">, string> = {
  grid: "var(--import)",
  production: "var(--sun-fill)",
  battery: "var(--battery)",
  charger: "var(--car)",
  circuit: "var(--load)",
  vehicle: "var(--car)",
};
/** Each at least 3 : 1 on its surface, light and dark; none is that of the sun, the grid, a battery, a car or a fault. */
export const HUES: readonly (readonly [light: string, dark: string])[] = [
  ["#0284c7", "#38bdf8"],
  ["#db2777", "#f472b6"],
  ["#657314", "#c9d24e"],
  ["#9a3412", "#fb9a6b"],
  ["#475569", "#cbd5e1"],
  ["#86198f", "#e879f9"],
  ["#0e8a9c", "#22d3ee"],
  ["#854d0e", "#d9b36c"],
  ["#1e3a8a", "#8fb0ff"],
  ["#c2564a", "#ff9b8f"],
];
/** How much of the colour is left in the first, second … of a role; the rest is that of the text, so it stays legible. */
const TINTS: readonly number[] = [100, 50, 75];
/** A car is never drawn solid: its violet is near the indigo of the grid. */
const DASHES: readonly number[][] = [[], [6, 4], [2, 3], [10, 4, 2, 4], [14, 5]];
const PATTERNS: readonly Pattern[] = ["plain", "stripes", "dots"];

/** `quarter` names the mean of the running quarter of an hour, which some supply meters tell. */
export function lines(snapshot: Snapshot, quarter: string): Line[] {
  const all: [string, string, Kind][] = [
    ...Object.entries(snapshot.channels).map(([id, { name, role }]): [string, string, Kind] => [id, name, role]),
    ...Object.entries(snapshot.channels)
      .filter(([, { supply }]) => supply?.demand_w != null)
      .map(([id, { role }]): [string, string, Kind] => [`${id}.demand`, quarter, role]),
    ...Object.entries(snapshot.chargers).map(([id, { name }]): [string, string, Kind] => [id, name, "charger"]),
  ];
  const seen = new Map<string, number>();
  return all
    .sort((a, b) => ORDER.indexOf(a[2]) - ORDER.indexOf(b[2]))
    .map(([id, name, role]) => {
      const nth = seen.get(role) ?? 0;
      seen.set(role, nth + 1);
      return { id, name, role, ...(role === "load" ? circuit(nth) : own(role, nth)), filled: role === "production" };
    });
}

/** What is shown when nothing was chosen: grid, sun and cars. */
export function first(all: readonly Line[]): string[] {
  const chosen = all.filter(({ id, role }) => role !== "load" && role !== "circuit" && role !== "vehicle" && !id.includes(".")).map(({ id }) => id);
  return chosen.length ? chosen.slice(0, 4) : all.slice(0, 3).map(({ id }) => id);
}

function circuit(nth: number): Pick<Line, "colour" | "dash" | "pattern"> {
  const [[light, dark], round] = [HUES[nth % HUES.length]!, Math.floor(nth / HUES.length)];
  return { colour: `light-dark(${light}, ${dark})`, dash: DASHES[round % DASHES.length]!, pattern: PATTERNS[round % PATTERNS.length]! };
}

function own(role: Exclude<Kind, "load">, nth: number): Pick<Line, "colour" | "dash" | "pattern"> {
  const shift = role === "charger" ? 1 : role === "vehicle" ? 2 : 0;
  return { colour: tinted(COLOURS[role], nth), dash: DASHES[(nth + shift) % DASHES.length]!, pattern: PATTERNS[(nth + shift) % PATTERNS.length]! };
}

function tinted(colour: string, nth: number): string {
  const part = TINTS[nth % TINTS.length]!;
  return part === 100 ? colour : `color-mix(in srgb, ${colour} ${part}%, var(--text))`;
}
