/** What a person types of a departure: a number, and a time on the clock of the site's wall. */

const MINUTE_MS = 60_000;
const DAY_MIN = 1440;

/** A number above 0 with a comma or a point, or null. */
export function number(text: string): number | null {
  const value = Number(text.trim().replace(",", "."));
  return text.trim() && Number.isFinite(value) && value >= 0 ? value : null;
}

/** The next time at which the clock in `zone` shows `time`, as UTC; null when `time` is none. */
export function next(time: string, now: Date, zone: string): string | null {
  const found = /^(\d\d):(\d\d)$/.exec(time);
  if (!found) return null;
  const wanted = 60 * Number(found[1]) + Number(found[2]);
  const first = Math.floor(now.getTime() / MINUTE_MS) * MINUTE_MS;
  let at = first + ((((wanted - wall(new Date(first), zone)) % DAY_MIN) + DAY_MIN) % DAY_MIN) * MINUTE_MS;
  at += away(wanted - wall(new Date(at), zone)) * MINUTE_MS;
  if (at <= now.getTime()) at += DAY_MIN * MINUTE_MS;
  return new Date(at).toISOString().replace(".000Z", "Z");
}

/** Minutes since midnight on the wall of `zone`. */
function wall(at: Date, zone: string): number {
  const parts = new Intl.DateTimeFormat("en-GB", { timeZone: zone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).formatToParts(at);
  const of = (type: string): number => Number(parts.find((part) => part.type === type)?.value ?? 0);
  return 60 * of("hour") + of("minute");
}

/** The shorter way round the clock: what a change of the clock has shifted. */
const away = (minutes: number): number => (((minutes + DAY_MIN / 2) % DAY_MIN) + DAY_MIN) % DAY_MIN - DAY_MIN / 2;
