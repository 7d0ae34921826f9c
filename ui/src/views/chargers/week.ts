/** The week as seven bars of 24 hours: which program stands where, as far as the wall clock tells. */
import type { Program } from "@/api/types.ts";

export type Day = Program["days"][number];
export const DAYS: readonly Day[] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
export const DAY_MIN = 1440;

export interface Block {
  readonly number: number;
  readonly mode: Program["mode"];
  /** Minutes of the day. */
  readonly from: number;
  readonly to: number;
}

export const minutes = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3));

/** The blocks of one day; where two programs overlap only the one with the lower number stands. */
export function blocks(programs: readonly Program[], day: Day): Block[] {
  const found: Block[] = [];
  programs.forEach((program, index) => {
    for (const [from, to] of spans(program, DAYS.indexOf(day))) {
      let left: (readonly [number, number])[] = [[from, to]];
      for (const other of found) left = left.flatMap((part) => without(part, other));
      found.push(...left.map(([begin, end]) => ({ number: index + 1, mode: program.mode, from: begin, to: end })));
    }
  });
  return found.sort((a, b) => a.from - b.from);
}

function spans(program: Program, day: number): [number, number][] {
  const start = minutes(program.start);
  const end = minutes(program.end);
  if (program.start === program.end) return [];
  const found: [number, number][] = [];
  if (program.days.some((one) => DAYS.indexOf(one) === day)) found.push([start, end > start ? end : DAY_MIN]);
  if (end <= start && end > 0 && program.days.some((one) => (DAYS.indexOf(one) + 1) % 7 === day)) found.push([0, end]);
  return found;
}

function without([from, to]: readonly [number, number], other: Block): (readonly [number, number])[] {
  if (other.to <= from || other.from >= to) return [[from, to]];
  const left: (readonly [number, number])[] = [];
  if (other.from > from) left.push([from, other.from]);
  if (other.to < to) left.push([other.to, to]);
  return left;
}
