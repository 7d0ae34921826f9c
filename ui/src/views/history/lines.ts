/** Which channels can be drawn, and how each looks: energy's own colour first; tint and pattern tell like from like. */
import type { Role, Snapshot } from "@/api/types.ts";

export interface Line {
  id: string;
  name: string;
  role: Role | "charger";
  colour: string;
  dash: number[];
  filled: boolean;
}

const COLOURS: Record<Role | "charger", string> = {
  grid: "var(--import)",
  production: "var(--sun-fill)",
  battery: "var(--battery)",
  charger: "var(--car)",
  load: "var(--load)",
  vehicle: "var(--car)",
};
/** How much of the colour is left in the first, second … of a role; the rest is that of the text, so it stays legible. */
const TINTS: readonly number[] = [100, 50, 75];
/** A car is never drawn solid: its violet is near the indigo of the grid. */
const DASHES: readonly number[][] = [[], [6, 4], [2, 3], [10, 4, 2, 4], [14, 5]];

/** `quarter` names the mean of the running quarter of an hour, which some supply meters tell. */
export function lines(snapshot: Snapshot, quarter: string): Line[] {
  const all: [string, string, Role | "charger"][] = [
    ...Object.entries(snapshot.channels).map(([id, { name, role }]): [string, string, Role] => [id, name, role]),
    ...Object.entries(snapshot.channels)
      .filter(([, { supply }]) => supply?.demand_w != null)
      .map(([id, { role }]): [string, string, Role] => [`${id}.demand`, quarter, role]),
    ...Object.entries(snapshot.chargers).map(([id, { name }]): [string, string, "charger"] => [id, name, "charger"]),
  ];
  const order: readonly (Role | "charger")[] = ["grid", "production", "battery", "charger", "load", "vehicle"];
  const seen = new Map<string, number>();
  return all
    .sort((a, b) => order.indexOf(a[2]) - order.indexOf(b[2]))
    .map(([id, name, role]) => {
      const nth = seen.get(role) ?? 0;
      seen.set(role, nth + 1);
      return { id, name, role, colour: tinted(COLOURS[role], nth), dash: DASHES[(nth + (role === "charger" ? 1 : role === "vehicle" ? 2 : 0)) % DASHES.length]!, filled: role === "production" };
    });
}

/** What is shown when nothing was chosen: grid, sun and cars. */
export function first(all: readonly Line[]): string[] {
  const chosen = all.filter(({ id, role }) => role !== "load" && role !== "vehicle" && !id.includes(".")).map(({ id }) => id);
  return chosen.length ? chosen.slice(0, 4) : all.slice(0, 3).map(({ id }) => id);
}

function tinted(colour: string, nth: number): string {
  const part = TINTS[nth % TINTS.length]!;
  return part === 100 ? colour : `color-mix(in srgb, ${colour} ${part}%, var(--text))`;
}
