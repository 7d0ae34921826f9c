/** What was recorded today, refreshed every few minutes while someone looks. */
import { untrack } from "svelte";
import * as api from "@/api/client.ts";
import type { Series } from "@/api/types.ts";
import { start } from "@/words/days.ts";
import { house } from "./house.svelte.ts";

const AGAIN_MS = 60_000;

export interface Today {
  readonly series: Series | null;
  readonly failed: boolean;
  readonly from: Date;
  readonly to: Date;
}

/** Keeps today's five-minute series of `channels` while the calling component lives. */
export function today(channels: () => readonly string[]): Today {
  let series = $state.raw<Series | null>(null);
  let failed = $state(false);
  let from = $state.raw(new Date());
  let to = $state.raw(new Date());

  $effect(() => {
    const wanted = channels();
    if (wanted.length === 0 || house.link !== "live" || !house.site) return;
    const stop = new AbortController();
    const load = async (): Promise<void> => {
      const now = house.at ?? new Date();
      const [first, last] = [start(now, "day", house.zone), start(now, "day", house.zone, 1)];
      try {
        series = await api.series(wanted, "5min", first, last, stop.signal);
        [from, to, failed] = [first, last, false];
      } catch {
        failed = !stop.signal.aborted && series === null;
      }
    };
    untrack(() => void load());
    const timer = setInterval(() => void load(), AGAIN_MS);
    return () => {
      clearInterval(timer);
      stop.abort();
    };
  });

  return {
    get series() {
      return series;
    },
    get failed() {
      return failed;
    },
    get from() {
      return from;
    },
    get to() {
      return to;
    },
  };
}
