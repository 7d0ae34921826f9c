/** A year of hours as a picture: one row for each day, 24 hours of the clocks on the wall, missing as null. */
import type { Heat } from "@/api/types.ts";

export interface Scale {
  /** The ends of the colours, in watts; `low` is negative where something was given. */
  low: number;
  high: number;
}

/** From what is least to what is most, but for the one hour in a hundred that would pale all others. */
export function scale({ values }: Heat): Scale {
  const all = values.flat().filter((value): value is number => value != null);
  const taken = all.filter((value) => value > 0).sort((a, b) => a - b);
  const given = all.filter((value) => value < -5).sort((a, b) => b - a);
  const most = (sorted: number[]): number => round(sorted[Math.floor((sorted.length - 1) * 0.99)] ?? 0);
  return { low: given.length ? -most(given.map((value) => -value)) : 0, high: most(taken) || 1 };
}

/** The next figure that people would write: 1, 1.5, 2, 3, 5, 7 and their tens. */
function round(value: number): number {
  if (value <= 0) return 0;
  const ten = 10 ** Math.floor(Math.log10(value));
  return ten * [1, 1.5, 2, 3, 5, 7, 10].find((step) => step * ten >= value * 0.999)!;
}

/** Only the months from the first to the last of which something is known: on a narrow screen nobody scrolls past nothing. */
export function recordedMonths(heat: Heat): Heat {
  const known = heat.values.map((hours) => hours.some((value) => value != null));
  const [first, last] = [known.indexOf(true), known.lastIndexOf(true)];
  if (first < 0) return heat;
  const month = (day: number): string => heat.dates[day]!.slice(0, 7);
  const [from, to] = [heat.dates.findIndex((_, day) => month(day) === month(first)), heat.dates.findLastIndex((_, day) => month(day) === month(last))];
  return { ...heat, dates: heat.dates.slice(from, to + 1), values: heat.values.slice(from, to + 1) };
}

/** The cell with the most, by day and hour; null when nothing is known. */
export function peak({ values }: Heat): { day: number; hour: number; value: number } | null {
  let found: { day: number; hour: number; value: number } | null = null;
  values.forEach((hours, day) =>
    hours.forEach((value, hour) => {
      if (value != null && (!found || value > found.value)) found = { day, hour, value };
    }),
  );
  return found;
}

/** The mean of each hour of the clock in each month, for who reads instead of looking: rows of 24, months counted from 1. */
export function months({ dates, values }: Heat): { month: number; hours: (number | null)[] }[] {
  return Array.from({ length: 12 }, (_, i) => {
    const days = values.filter((_hours, day) => Number(dates[day]!.slice(5, 7)) === i + 1);
    const hours = Array.from({ length: 24 }, (_none, hour) => {
      const known = days.map((day) => day[hour]).filter((value): value is number => value != null);
      return known.length ? known.reduce((sum, value) => sum + value, 0) / known.length : null;
    });
    return { month: i + 1, hours };
  });
}
