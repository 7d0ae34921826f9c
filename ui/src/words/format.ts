/** Numbers as people write them: a value in base units in, figure and unit out, in the words of a language. */

export type Locale = "en" | "it";

export interface Figure {
  figure: string;
  unit: string;
}

export const MISSING = "–";
const JOULES_PER_KWH = 3_600_000;
/** Decimals that show whether a binary number stands exactly between two roundings. */
const EXACT = 30;
const TIE = /^50*$/;

/** `value` with exactly `digits` decimals, ties to even as the server rounds. */
export function decimal(value: number, digits: number, locale: Locale): string {
  const exact = Math.abs(value).toFixed(digits + EXACT);
  const kept = exact.slice(0, exact.length - EXACT - (digits ? 0 : 1));
  const tie = TIE.test(exact.slice(-EXACT)) && /[02468]$/.test(kept);
  const text = tie ? (value < 0 ? "-" : "") + kept : value.toFixed(digits);
  return locale === "it" ? text.replace(".", ",") : text;
}

/** The same for the eye: a true minus sign, and none before a zero. */
function shown(value: number, digits: number, locale: Locale): string {
  const text = decimal(value, digits, locale);
  return /[1-9]/.test(text) ? text.replace("-", "−") : text.replace("-", "");
}

/** Watts below a kilowatt, then kilowatts with three significant digits. Missing is a dash, never 0. */
export function power(watts: number | null | undefined, locale: Locale, unit = "W"): Figure {
  if (watts == null) return { figure: MISSING, unit: "" };
  const size = Math.abs(watts);
  if (size < 999.5) return { figure: shown(watts, 0, locale), unit };
  const kilo = watts / 1000;
  const digits = size < 9_995 ? 2 : size < 99_950 ? 1 : 0;
  return { figure: shown(kilo, digits, locale), unit: `k${unit}` };
}

/** Watts beside an axis: no more digits than the mark has. */
export function tick(watts: number, locale: Locale): string {
  if (Math.abs(watts) < 1000) return `${shown(watts, 0, locale)} W`;
  const digits = [0, 1, 2].find((n) => Math.abs(watts / 1000 - Number((watts / 1000).toFixed(n))) < 1e-6) ?? 2;
  return `${shown(watts / 1000, digits, locale)} kW`;
}

/** Joules as kilowatt-hours, from a MWh on as megawatt-hours. */
export function energy(joules: number | null | undefined, locale: Locale): Figure {
  if (joules == null) return { figure: MISSING, unit: "" };
  const kwh = joules / JOULES_PER_KWH;
  const size = Math.abs(kwh);
  if (size >= 9_999.5) return { figure: shown(kwh / 1000, size < 99_995 ? 2 : 1, locale), unit: "MWh" };
  return { figure: shown(kwh, size < 9.995 ? 2 : size < 99.95 ? 1 : 0, locale), unit: "kWh" };
}

/** A plain value with its unit, missing as a dash. */
export function plain(value: number | null | undefined, digits: number, unit: string, locale: Locale): Figure {
  return value == null ? { figure: MISSING, unit: "" } : { figure: shown(value, digits, locale), unit };
}

/** Whole ampere without decimals, others with one. */
export function ampere(value: number | null | undefined, locale: Locale): Figure {
  return plain(value, value != null && Math.abs(value - Math.round(value)) < 0.05 ? 0 : 1, "A", locale);
}

export const joined = ({ figure, unit }: Figure): string => (unit ? `${figure}\u00a0${unit}` : figure);

/** Hours and minutes, `2:14`. */
export function duration(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}`;
}

const moments = new Map<string, Intl.DateTimeFormat>();

/** A moment in the site's own time zone. */
export function moment(at: Date, options: Intl.DateTimeFormatOptions, locale: Locale, zone?: string): string {
  const key = JSON.stringify([locale, zone, options]);
  let format = moments.get(key);
  if (!format) {
    const tag = locale === "en" ? "en-GB" : locale;
    moments.set(key, (format = new Intl.DateTimeFormat(tag, { ...options, timeZone: zone })));
  }
  return format.format(at);
}

export const clock = (at: Date, locale: Locale, zone?: string): string =>
  moment(at, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }, locale, zone);

/** A limit in amperes per phase as power: by 230 V and the phases it holds for, one decimal (32 A on three: 22.1 kW). */
export function limit(amperes: number, phases: number, locale: Locale): string {
  return `${decimal((amperes * 230 * phases) / 1000, 1, locale)} kW`;
}
