/** Which settings are shown, in which groups: those whose name holds what is sought, in the order of the house. */
import type { Setting } from "@/api/types.ts";

export interface Group {
  group: Setting["group"];
  rows: readonly Setting[];
}

const ORDER = [
  "charging",
  "green",
  "programmed",
  "authorization",
  "sharing",
  "load_management",
  "preferences",
  "installation",
] as const satisfies readonly Setting["group"][];

const plain = (text: string): string => text.toLocaleLowerCase().normalize("NFD").replace(/\p{M}/gu, "");

/** Groups without a row are left out. */
export function grouped(settings: readonly Setting[], sought: string, label: (setting: Setting) => string): readonly Group[] {
  const wanted = plain(sought.trim());
  const found = settings.filter((setting) => plain(label(setting)).includes(wanted));
  return ORDER.map((group) => ({ group, rows: found.filter((one) => one.group === group) })).filter(({ rows }) => rows.length);
}
