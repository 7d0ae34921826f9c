/** Asks the thread that decodes. */
import { Refusal } from "@/api/client.ts";
import type { Span } from "@/api/types.ts";
import type { Recorded } from "./decode.ts";
import type { Gauge } from "./quantities.ts";
import type { Answer, Order } from "./decoding.worker.ts";

/** Some channels over [from, to), seconds since 1970. */
export interface Ask {
  channels: readonly string[];
  span: Span;
  from: number;
  to: number;
  /** What comes besides energy and power. */
  gauges?: readonly Gauge[];
}

interface Waiting {
  found: (recorded: Recorded) => void;
  failed: (failure: unknown) => void;
}

const waiting = new Map<number, Waiting>();
let worker: Worker | null = null;
let last = 0;

function hand(order: Order): void {
  worker ??= started();
  worker.postMessage(order);
}

function started(): Worker {
  const mine = new Worker(new URL("./decoding.worker.ts", import.meta.url), { type: "module" });
  mine.onmessage = ({ data }: MessageEvent<Answer>): void => {
    const asker = waiting.get(data.id);
    waiting.delete(data.id);
    if ("found" in data) asker?.found(data.found);
    else asker?.failed(new Refusal(data.kind, data.error));
  };
  mine.onerror = (): void => {
    for (const { failed } of waiting.values()) failed(new Refusal("offline", null));
    waiting.clear();
    worker = null;
  };
  return mine;
}

/** What was recorded. Fails with a Refusal; after `signal` nothing is told any more. */
export function fetched(ask: Ask, language: string, signal: AbortSignal): Promise<Recorded> {
  return new Promise((found, failed) => {
    const id = ++last;
    waiting.set(id, { found, failed });
    signal.addEventListener("abort", () => {
      if (waiting.delete(id)) hand({ id, stop: true });
    });
    hand({ id, ask: { ...ask, channels: [...ask.channels] }, language });
  });
}
