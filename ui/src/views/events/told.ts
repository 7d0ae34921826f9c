/** An event as a sentence: its reason when it has one, else a text for its kind, else the kind itself. */
import type { Happening } from "@/api/types.ts";
import { house } from "@/state/house.svelte.ts";
import { t, why, words } from "@/state/words.svelte.ts";

export function told(event: Happening): string {
  if (event.reason) return why(event.reason);
  const key = `ui.event.${event.kind}`;
  const params = { ...event.data, target: house.name(event.target) };
  return words.has(key) ? t(key, params) : `${house.name(event.target)}: ${event.kind}`;
}
