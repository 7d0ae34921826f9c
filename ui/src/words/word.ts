/** A reason (text key and parameters) as a sentence, by the same rules as the server's `texts`. */
import { decimal, type Locale } from "./format.ts";

export type Texts = Readonly<Record<string, string>>;
export type Params = Readonly<Record<string, string | number | null | undefined>>;

const UNITS: Readonly<Record<string, readonly [digits: number, symbol: string]>> = {
  a: [1, "A"],
  v: [1, "V"],
  s: [0, "s"],
  ms: [0, "ms"],
  hz: [2, "Hz"],
  percent: [0, "%"],
  c: [0, "°C"],
  kwh: [1, "kWh"],
};

/** One parameter, worded by the unit that ends its name: `available_a` 10 becomes `10.0 A`. */
export function worded(name: string, value: string | number, locale: Locale): string {
  if (typeof value === "string") return value;
  if (name.endsWith("_w")) {
    return Math.abs(value) >= 1000 ? `${decimal(value / 1000, 2, locale)} kW` : `${decimal(value, 0, locale)} W`;
  }
  const unit = UNITS[name.slice(name.lastIndexOf("_") + 1)];
  return unit ? `${decimal(value, unit[0], locale)} ${unit[1]}` : String(value);
}

/** The text `key` with its placeholders filled, or null when the language has no such text; no line ends before a unit. */
export function word(key: string, params: Params, texts: Texts, locale: Locale): string | null {
  const text = texts[key];
  if (text === undefined) return null;
  return text.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = params[name];
    if (value == null) return "–";
    return typeof value === "string" ? value : worded(name, value, locale).replace(" ", "\u00a0");
  });
}
