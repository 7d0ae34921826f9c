/** Days, weeks, months and years of the site's own time zone, whatever zone the browser is in. */

export type Stretch = "day" | "week" | "month" | "year";

/** A calendar date; months count from 1. */
export interface Parts {
  year: number;
  month: number;
  day: number;
}

const formats = new Map<string | undefined, Intl.DateTimeFormat>();

function fields(at: Date, zone?: string): Record<string, number> {
  let format = formats.get(zone);
  if (!format) {
    format = new Intl.DateTimeFormat("en-US", {
      timeZone: zone,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
    formats.set(zone, format);
  }
  return Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
}

/** The calendar date of `at` in `zone`. */
export function date(at: Date, zone?: string): Parts {
  const { year = 0, month = 0, day = 0 } = fields(at, zone);
  return { year, month, day };
}

/** The instant at which a calendar date begins in `zone`; months and days may overflow. */
export function begin({ year, month, day }: Parts, zone?: string): Date {
  const wanted = Date.UTC(year, month - 1, day);
  let guess = wanted;
  for (let i = 0; i < 3; i++) {
    const f = fields(new Date(guess), zone);
    const seen = Date.UTC(f.year ?? 0, (f.month ?? 1) - 1, f.day, f.hour, f.minute, f.second);
    if (seen === wanted) break;
    guess += wanted - seen;
  }
  return new Date(guess);
}

/** First instant of the day, week (from Monday), month or year that holds `at`, moved by `steps` of them. */
export function start(at: Date, stretch: Stretch, zone?: string, steps = 0): Date {
  const { year, month, day } = date(at, zone);
  if (stretch === "year") return begin({ year: year + steps, month: 1, day: 1 }, zone);
  if (stretch === "month") return begin({ year, month: month + steps, day: 1 }, zone);
  if (stretch === "day") return begin({ year, month, day: day + steps }, zone);
  const weekday = (new Date(Date.UTC(year, month - 1, day)).getUTCDay() + 6) % 7;
  return begin({ year, month, day: day - weekday + 7 * steps }, zone);
}

/** Seconds by which the clocks of `zone` are ahead of UTC at `at`. */
export function offset_s(at: Date, zone?: string): number {
  const f = fields(at, zone);
  return (Date.UTC(f.year ?? 0, (f.month ?? 1) - 1, f.day, f.hour, f.minute, f.second) - Math.floor(at.getTime() / 1000) * 1000) / 1000;
}

/** `2026-06-21`, the date of `at` in `zone`. */
export function iso(at: Date, zone?: string): string {
  const { year, month, day } = date(at, zone);
  return `${year}-${String(month).padStart(2, "0")}-${String(day).padStart(2, "0")}`;
}

/** The begin of the date written as `2026-06-21`, or null when it is not one. */
export function parse(text: string | null, zone?: string): Date | null {
  const found = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text ?? "");
  if (!found) return null;
  const [year, month, day] = found.slice(1).map(Number) as [number, number, number];
  const at = begin({ year, month, day }, zone);
  return iso(at, zone) === text ? at : null;
}
