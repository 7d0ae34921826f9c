/** Moments and users of the report, in the site's own zone and in words. */
import { t, words } from "@/state/words.svelte.ts";

export const when = (at: string | null | undefined): string =>
  at == null ? "" : words.moment(new Date(at), { dateStyle: "medium", timeStyle: "short" });

export const who = (author: string | null | undefined): string => (author === "local" ? t("ui.events.local") : (author ?? ""));
