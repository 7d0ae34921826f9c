/** The period that the address names: a day, week, month or year of the site's own zone. */
import { house } from "@/state/house.svelte.ts";
import { router } from "@/state/router.svelte.ts";
import { words } from "@/state/words.svelte.ts";
import { parse, start, type Stretch } from "@/words/days.ts";
import { stretchOf } from "./address.ts";

export interface Period {
  readonly stretch: Stretch;
  readonly now: Date | null;
  readonly from: Date | null;
  readonly to: Date | null;
  /** Nothing is recorded after it yet. */
  readonly latest: boolean;
  readonly title: string;
}

/** The present moves on in steps, so that nothing is worked out anew with every frame. */
const STEP_MS = 60_000;

/** `fixed` where the view has one length only. */
export function period(fixed?: Stretch): Period {
  const stretch = $derived(fixed ?? stretchOf(router.query));
  const now_s = $derived(house.at ? Math.floor(house.at.getTime() / STEP_MS) * STEP_MS : house.site ? Date.parse(house.site.now) : null);
  const now = $derived(now_s == null || !house.site ? null : new Date(now_s));
  const day = $derived(parse(router.query.get("date"), house.zone) ?? now);
  const from_s = $derived(day ? start(day, stretch, house.zone).getTime() : null);
  const from = $derived(from_s == null ? null : new Date(from_s));
  const to = $derived(from ? start(from, stretch, house.zone, 1) : null);
  return {
    get stretch() {
      return stretch;
    },
    get now() {
      return now;
    },
    get from() {
      return from;
    },
    get to() {
      return to;
    },
    get latest() {
      return to != null && now != null && to > now;
    },
    get title() {
      return from && to ? called(from, to, stretch) : "";
    },
  };
}

/** `Sun 21 June`, `15 Jun – 21 Jun`, `June 2026`, `2026`. */
export function called(from: Date, to: Date, stretch: Stretch): string {
  if (stretch === "year") return words.moment(from, { year: "numeric" });
  if (stretch === "month") return words.moment(from, { month: "long", year: "numeric" });
  const year: Intl.DateTimeFormatOptions = house.site && sameYear(from, new Date(house.site.now)) ? {} : { year: "numeric" };
  if (stretch === "day") return words.moment(from, { weekday: "short", day: "numeric", month: "long", ...year });
  const end = new Date(to.getTime() - 1);
  return `${words.moment(from, { day: "numeric", month: "short" })} – ${words.moment(end, { day: "numeric", month: "short", ...year })}`;
}

const sameYear = (a: Date, b: Date): boolean => words.moment(a, { year: "numeric" }) === words.moment(b, { year: "numeric" });
