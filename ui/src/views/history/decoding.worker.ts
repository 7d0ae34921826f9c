/** Fetches and decodes what was recorded beside the screen's own thread: a month of thirty circuits does not stop a finger. */
import * as api from "@/api/client.ts";
import type { ApiError } from "@/api/types.ts";
import { buffers, decoded, type Recorded } from "./decode.ts";
import type { Ask } from "./fetching.ts";

export type Order = { id: number; ask: Ask; language: string } | { id: number; stop: true };
export type Answer =
  | { id: number; found: Recorded }
  | { id: number; kind: api.RefusalKind; error: ApiError | null };

const running = new Map<number, AbortController>();

self.onmessage = ({ data }: MessageEvent<Order>): void => {
  if ("stop" in data) {
    running.get(data.id)?.abort();
    running.delete(data.id);
  } else void fetched(data.id, data.ask, data.language);
};

async function fetched(id: number, { channels, span, from, to, gauges }: Ask, language: string): Promise<void> {
  const stop = new AbortController();
  running.set(id, stop);
  api.speak(language);
  try {
    const series = await api.series(channels, span, new Date(from * 1000), new Date(to * 1000), stop.signal, gauges);
    const found = decoded(series);
    if (!stop.signal.aborted) self.postMessage({ id, found } satisfies Answer, { transfer: buffers(found) });
  } catch (failure) {
    if (stop.signal.aborted) return;
    const refusal = failure instanceof api.Refusal ? failure : null;
    self.postMessage({ id, kind: refusal?.kind ?? "refused", error: refusal?.error ?? null } satisfies Answer);
  } finally {
    running.delete(id);
  }
}
