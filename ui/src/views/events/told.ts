/** An event as a sentence: what people changed in our own words, else its reason, else its kind as it is. */
import type { Happening } from "@/api/types.ts";
import { house } from "@/state/house.svelte.ts";
import { t, why, words } from "@/state/words.svelte.ts";
import { duration, joined } from "@/words/format.ts";

export function told(event: Happening): string {
  const target = house.name(event.target);
  if (event.kind === "charger.options") {
    const { action, value } = event.data;
    const key = `ui.event.${action}.${value == null || value === 0 ? "off" : "on"}`;
    const mode = typeof value === "string" ? t(`ui.mode.${value}`) : null;
    if (words.has(key)) return t(key, { target, mode, limit_a: value });
  }
  const { energy_j, charging_s } = event.data;
  if (event.reason?.key === "event.session_ended" && typeof energy_j === "number" && typeof charging_s === "number") {
    return t("ui.event.session_ended", { energy: joined(words.energy(energy_j)), time: duration(charging_s) });
  }
  if (event.kind === "device.lost") return t("device.lost", { device: target });
  if (event.reason) return why(event.reason);
  return `${target}: ${event.kind}`;
}

/** What it concerns and who caused it, where that says more than the sentence. */
export function beside(event: Happening): string {
  const target = house.name(event.target);
  const about = event.target === "site" || told(event).includes(target) ? "" : target;
  const [, presser] = event.author.match(/^panel:(.*)$/) ?? [];
  let by = presser ? atPanel(presser) : event.author === "local" ? t("ui.events.local") : t("ui.events.by", { author: event.author });
  if (event.author === "site" || event.author === event.target) by = "";
  const cause = event.kind === "device.lost" && event.reason?.key !== "device.lost" && event.reason;
  return [about, by, cause && why(cause)].filter(Boolean).join(" · ");
}

function atPanel(presser: string): string {
  return presser === "local" ? t("ui.events.panel") : t("ui.events.panel_by", { author: presser });
}
