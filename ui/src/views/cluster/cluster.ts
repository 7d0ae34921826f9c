/** What the parts of the cluster's screen share: how a change is asked for, and where a slave is. */
import type { Cluster, ClusterMember } from "@/api/types.ts";

/** Asks the site; what was refused, in words, or null when it holds. */
export type Change = (work: () => Promise<Cluster>, told: string) => Promise<string | null>;

export const PORT = 502;

/** How a charger may be connected, as `a,b,c`; the empty one is that nobody checked. */
export const ROTATIONS = ["", "L1,L2,L3", "L2,L3,L1", "L3,L1,L2", "L1,L3,L2", "L2,L1,L3", "L3,L2,L1", "L1", "L2", "L3"];

type Phase = NonNullable<ClusterMember["phases"]>[number];

export const phasesOf = (rotation: string): Phase[] | null => (rotation ? (rotation.split(",") as Phase[]) : null);

/** `Back yard` → `back-yard`, another one where that is taken. */
export function keyed(name: string, taken: readonly string[]): string {
  const plain = name.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  const key = plain.replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "").slice(0, 36).replace(/-$/, "") || "charger";
  let free = key;
  for (let number = 2; taken.includes(free); number += 1) free = `${key}-${number}`;
  return free;
}

/** The address of a slave as the site writes it. */
export function address(way: "tcp" | "bus", place: string, port: string): string {
  const bare = place.trim();
  if (way === "bus") return bare.startsWith("serial://") ? bare : `serial://${bare}`;
  const host = bare.includes(":") && !bare.startsWith("[") ? `[${bare}]` : bare;
  return `tcp://${host}:${port.trim() || PORT}`;
}

/** A number as people type it, with a comma or a point; null for none. */
export function typed(text: string | number): number | null {
  const bare = String(text).trim().replace(",", ".");
  const number = bare === "" ? Number.NaN : Number(bare);
  return Number.isFinite(number) ? number : null;
}
