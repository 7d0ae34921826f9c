/** What was recorded, fetched while a component lives: the last answer stays in sight until there is a newer one. */
import { untrack } from "svelte";
import { failed } from "@/state/commands.ts";
import { house } from "@/state/house.svelte.ts";
import { words } from "@/state/words.svelte.ts";
import type { Recorded } from "./decode.ts";
import { type Ask, fetched } from "./fetching.ts";

export const recorded = (ask: () => Ask | null): Source<Recorded> => source(ask, (one, signal) => fetched(one, untrack(() => words.locale), signal));

/** A stretch that is not over grows. */
const AGAIN_MS = 60_000;

export interface Source<A> {
  readonly found: A | null;
  /** When `found` came, as the house has it. */
  readonly at: Date | null;
  /** Why the last question had no answer. */
  readonly problem: string | null;
  again(): void;
}

/** Asks whenever `ask` changes, every minute while the stretch reaches into the future, and once more when the link is back. */
export function source<Q extends { to: number }, A>(ask: () => Q | null, fetch: (question: Q, signal: AbortSignal) => Promise<A>): Source<A> {
  let found = $state.raw<A | null>(null);
  let at = $state.raw<Date | null>(null);
  let problem = $state<string | null>(null);
  let times = $state(0);
  const wanted = $derived.by(() => {
    const one = ask();
    return one ? JSON.stringify(one) : "";
  });
  let answered = "";

  $effect(() => {
    const [text] = [wanted, times];
    if (!text) {
      [found, answered, problem] = [null, "", null];
      return;
    }
    const [one, stop] = [JSON.parse(text) as Q, new AbortController()];
    fetch(one, stop.signal).then(
      (answer) => ([found, at, problem, answered] = [answer, house.at ?? new Date(), null, text]),
      (failure: unknown) => {
        if (!stop.signal.aborted) problem = failed(failure);
      },
    );
    return () => stop.abort();
  });

  $effect(() => {
    if (house.link !== "live" || !wanted) return;
    const { to } = JSON.parse(wanted) as Q;
    untrack(() => (problem && answered !== wanted ? void times++ : null));
    const timer = setInterval(() => {
      if (house.at && house.at.getTime() / 1000 < to) times++;
    }, AGAIN_MS);
    return () => clearInterval(timer);
  });

  return {
    get found() {
      return found;
    },
    get at() {
      return at;
    },
    get problem() {
      return problem;
    },
    again: () => void times++,
  };
}
