/** The state of the history in its address: readable, and the same wherever it is opened. */
import type { Stretch } from "@/words/days.ts";

export const STRETCHES: readonly Stretch[] = ["day", "week", "month", "year"];
export type Shape = "lines" | "stacked";

export interface Change {
  span?: Stretch;
  date?: string;
  channels?: readonly string[];
  shape?: Shape;
  compare?: string | null;
  quantity?: string | null;
  /** The part of the period in view, seconds since 1970; null is all of it. */
  seen?: readonly [number, number] | null;
}

export const stretchOf = (query: URLSearchParams): Stretch => STRETCHES.find((one) => one === query.get("span")) ?? "day";

export const shapeOf = (query: URLSearchParams): Shape => (query.get("shape") === "stacked" ? "stacked" : "lines");

/** `query` with `change`. A step to another period leaves the zoom behind, another length also a comparison that it does not have. */
export function changed(query: URLSearchParams, change: Change): string {
  const next = new URLSearchParams(query);
  const put = (name: string, value: string | null | undefined): void => {
    if (value === undefined) return;
    if (value) next.set(name, value);
    else next.delete(name);
  };
  if (change.span || change.date || change.seen === null) {
    next.delete("from");
    next.delete("to");
  }
  if (change.span && !/^\d/.test(next.get("compare") ?? "")) next.delete("compare");
  put("span", change.span);
  put("date", change.date);
  if (change.seen) {
    const [from, to] = change.seen.map((at) => `${new Date(Math.round(at) * 1000).toISOString().slice(0, 19)}Z`);
    put("from", from);
    put("to", to);
  }
  put("channels", change.channels && (change.channels.join(",") || "none"));
  put("shape", change.shape === "lines" ? null : change.shape);
  put("compare", change.compare);
  put("quantity", change.quantity);
  const text = next.toString().replaceAll("%2C", ",").replaceAll("%3A", ":");
  return text ? `?${text}` : "";
}
