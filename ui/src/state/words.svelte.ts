/** The language in use, and everything that depends on it: texts, figures, moments. */
import parts from "texts:parts";
import { speak } from "@/api/client.ts";
import type { Reason } from "@/api/types.ts";
import * as format from "@/words/format.ts";
import { word, type Params, type Texts } from "@/words/word.ts";
import { house } from "./house.svelte.ts";

export const LANGUAGES: readonly format.Locale[] = ["en", "it"];
const AGAIN_MS = 10_000;

/** What is known or on its way: the first part at once, a screen's with the screen, the rest when it is needed. */
const learned = new Map<string, Promise<void>>([["first", Promise.resolve()]]);

let locale = $state<format.Locale>("en");
let texts = $state.raw<Texts>({});
/** Whether a key that is still without text has none. */
let complete = $state(false);
let asked = false;

/** The stored choice, else the first language of the browser that exists here. */
export function preferred(): format.Locale {
  const stored = localStorage.getItem("language");
  const wishes = stored ? [stored] : navigator.languages.map((tag) => tag.slice(0, 2));
  return LANGUAGES.find((language) => wishes.includes(language)) ?? "en";
}

/** Speaks `language` from now on, in all that is known. */
export async function use(language: format.Locale): Promise<void> {
  const known: Texts[] = [];
  // A map also hands out what joins it meanwhile.
  for (const part of learned.keys()) known.push(await fetched(language, part));
  texts = Object.assign({}, ...known) as Texts;
  locale = language;
  speak(language);
  document.documentElement.lang = language;
}

/** Learns the texts of a screen, or the rest. Rejects when they cannot be fetched. */
export function learn(part: string): Promise<void> {
  const underway = learned.get(part) ?? add(part);
  learned.set(part, underway);
  return underway;
}

async function add(part: string): Promise<void> {
  const language = locale;
  try {
    const found = await fetched(language, part);
    if (language === locale) texts = { ...texts, ...found };
  } catch (failure) {
    learned.delete(part);
    throw failure;
  }
}

const fetched = async (language: format.Locale, part: string): Promise<Texts> => (await parts[language]![part]!()).default;

/** Fetches the rest for the sake of a key; true when that came, or did not come, and the key has no text. */
function missing(key: string): boolean {
  if (key.startsWith("ui.")) console.error(`no text for ${key} on this screen`);
  if (!asked) {
    asked = true;
    void learn("rest")
      .catch(() => setTimeout(() => (asked = false), AGAIN_MS))
      .then(() => (complete = true));
  }
  return complete;
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

/** The text `key`; nothing while its text may still come, and a key without text shows itself, so that it is noticed. */
export function t(key: string, params: Params = {}): string {
  return word(key, params, texts, locale) ?? (missing(key) ? key : "");
}

/** Why something is as it is, in words. */
export function why(reason: Reason): string {
  const { key, params } = reason;
  return word(key, params, texts, locale) ?? (missing(key) ? t("ui.reason.unknown", { code: key }) : "");
}
