/** Money as people write it: decimals as text in, two places out, rounded half up; and months. */
import type { Charge, ChargeGroup } from "@/api/types.ts";

/** `4.855000` as `4.86`, exactly: the text is rounded, not a binary number. Null stays null. */
export function rounded(amount: string | null): number | null {
  if (amount == null) return null;
  const [whole = "0", rest = ""] = amount.replace("-", "").split(".");
  const cents = Number(whole) * 100 + Number(rest.padEnd(3, "0").slice(0, 2));
  const up = Number(rest.padEnd(3, "0")[2]) >= 5 ? 1 : 0;
  return ((amount.startsWith("-") ? -1 : 1) * (cents + up)) / 100;
}

/** `4,86 €` in the manner of a language. */
export function money(amount: string | null, currency: string, locale: string): string {
  const value = rounded(amount);
  if (value == null) return "–";
  const tag = locale === "en" ? "en-GB" : locale;
  return new Intl.NumberFormat(tag, { style: "currency", currency, minimumFractionDigits: 2 }).format(value);
}

/** Hours, minutes and seconds, `3:02:47`. */
export function exactly(seconds: number): string {
  const two = (value: number): string => String(value).padStart(2, "0");
  return `${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)}:${two(Math.floor(seconds) % 60)}`;
}

/** The month `by` months after `month`. */
export function shifted(month: string, by: number): string {
  const count = Number(month.slice(0, 4)) * 12 + Number(month.slice(5)) - 1 + by;
  return `${Math.floor(count / 12)}-${String((count % 12) + 1).padStart(2, "0")}`;
}

/** The month of `at` in `zone`. */
export function monthOf(at: Date, zone?: string): string {
  return new Intl.DateTimeFormat("sv-SE", { year: "numeric", month: "2-digit", timeZone: zone }).format(at);
}

/** The text key and name of a way of authorization. */
export function byWhom(type: string | null, cardName: string): { key: string; name: string } {
  if (type === "None") return { key: "ui.sessions.auth.none", name: "" };
  if (type === "App") return { key: "ui.sessions.auth.app", name: "" };
  if (type?.startsWith("RFID:")) return { key: "ui.sessions.auth.card", name: cardName || type.slice(5) };
  return { key: "ui.sessions.auth.unknown", name: "" };
}

/** Where the page of a session is. */
export const pageOf = (charge: Pick<Charge, "charger" | "id">): string =>
  `/chargers/${encodeURIComponent(charge.charger)}/sessions/${encodeURIComponent(charge.id)}`;

/** How wide the bar of a group is beside the largest. */
export const share = (group: ChargeGroup, all: readonly ChargeGroup[]): number =>
  (100 * group.energy_j) / Math.max(1, ...all.map((one) => one.energy_j));
