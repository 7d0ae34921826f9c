/** Channels by what they are, and only those whose name fits what is searched. */
import { type Kind, type Line, ORDER } from "./lines.ts";

export interface Group {
  role: Kind;
  lines: Line[];
}

/** Every word must be somewhere in the name, whatever its accents and capitals. */
export function groups(all: readonly Line[], search: string): Group[] {
  const plain = (text: string): string => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  const words = plain(search).split(/\s+/).filter(Boolean);
  const fits = ({ name, id }: Line): boolean => words.every((word) => plain(`${name} ${id}`).includes(word));
  return ORDER.map((role) => ({ role, lines: all.filter((line) => line.role === role && fits(line)) })).filter(({ lines }) => lines.length);
}
