/** The language in use, and everything that depends on it: texts, figures, moments. */
import { speak } from "@/api/client.ts";
import type { Reason } from "@/api/types.ts";
import * as format from "@/words/format.ts";
import { word, type Params, type Texts } from "@/words/word.ts";
import { house } from "./house.svelte.ts";

export const LANGUAGES: readonly format.Locale[] = ["en", "it"];

const files: Record<format.Locale, () => Promise<{ default: Texts }>> = {
  en: () => import("@texts/en.json"),
  it: () => import("@texts/it.json"),
};

let locale = $state<format.Locale>("en");
let texts = $state.raw<Texts>({});

/** The stored choice, else the first language of the browser that exists here. */
export function preferred(): format.Locale {
  const stored = localStorage.getItem("language");
  const wishes = stored ? [stored] : navigator.languages.map((tag) => tag.slice(0, 2));
  return LANGUAGES.find((language) => wishes.includes(language)) ?? "en";
}

export async function use(language: format.Locale): Promise<void> {
  texts = (await files[language]()).default;
  locale = language;
  speak(language);
  document.documentElement.lang = language;
}

export const words = {
  get locale(): format.Locale {
    return locale;
  },
  has: (key: string): boolean => key in texts,
  power: (watts: number | null | undefined, unit?: string) => format.power(watts, locale, unit),
  watts: (watts: number) => format.tick(watts, locale),
  energy: (joules: number | null | undefined) => format.energy(joules, locale),
  ampere: (value: number | null | undefined) => format.ampere(value, locale),
  limit: (amperes: number, phases: number) => format.limit(amperes, phases, locale),
  plain: (value: number | null | undefined, digits: number, unit: string) =>
    format.plain(value, digits, unit, locale),
  clock: (at: Date) => format.clock(at, locale, house.zone),
  moment: (at: Date, options: Intl.DateTimeFormatOptions) => format.moment(at, options, locale, house.zone),
};

/** The text `key`; a key without text shows itself, so that it is noticed. */
export function t(key: string, params: Params = {}): string {
  return word(key, params, texts, locale) ?? key;
}

/** Why something is as it is, in words. */
export function why(reason: Reason): string {
  return word(reason.key, reason.params, texts, locale) ?? t("ui.reason.unknown", { code: reason.key });
}
