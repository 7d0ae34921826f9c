/** The live socket: frames in, whole snapshots out; it comes back by itself after every loss. */
import type { LiveChange, Snapshot } from "./types.ts";

export type LinkState = "connecting" | "live" | "lost";

export interface Listener {
  snapshot(snapshot: Snapshot): void;
  link(state: LinkState): void;
}

const SILENCE_MS = 10_000;
const LONGEST_WAIT_MS = 8_000;

/** `snapshot` with what `change` carries put in its place; what did not change keeps its identity. */
export function merged(snapshot: Snapshot, change: LiveChange): Snapshot {
  return {
    ...snapshot,
    at: change.at,
    flows: change.flows ?? snapshot.flows,
    channels: change.channels ? { ...snapshot.channels, ...change.channels } : snapshot.channels,
    chargers: change.chargers ? { ...snapshot.chargers, ...change.chargers } : snapshot.chargers,
    circuits: change.circuits ? { ...snapshot.circuits, ...change.circuits } : snapshot.circuits,
    attention: change.attention ?? snapshot.attention,
  };
}

/** Opens the link and keeps it open until the returned function is called. */
export function listen(listener: Listener): () => void {
  let socket: WebSocket | null = null;
  let silence: ReturnType<typeof setTimeout> | undefined;
  let again: ReturnType<typeof setTimeout> | undefined;
  let wait = 250;
  let closed = false;

  function open(): void {
    clearTimeout(again);
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    let snapshot: Snapshot | null = null;
    const mine = (socket = new WebSocket(`${scheme}://${location.host}/api/v1/live`));
    const lost = (): void => lose(mine);
    const watch = (): void => {
      clearTimeout(silence);
      silence = setTimeout(lost, SILENCE_MS);
    };
    watch();
    mine.onmessage = ({ data }) => {
      watch();
      const frame = JSON.parse(data as string) as Snapshot | LiveChange;
      snapshot = snapshot && !("site" in frame) ? merged(snapshot, frame) : (frame as Snapshot);
      wait = 250;
      listener.link("live");
      listener.snapshot(snapshot);
    };
    mine.onclose = lost;
  }

  /** Closed, or silent: a dead network does not say that it is dead. */
  function lose(mine: WebSocket): void {
    if (mine !== socket || closed) return;
    clearTimeout(silence);
    socket = null;
    mine.onmessage = null;
    mine.close();
    listener.link("lost");
    again = setTimeout(open, wait);
    wait = Math.min(LONGEST_WAIT_MS, wait * 2);
  }

  function hurry(): void {
    if (socket) return;
    wait = 250;
    open();
  }

  function hide(): void {
    if (document.visibilityState === "visible") hurry();
  }

  window.addEventListener("online", hurry);
  document.addEventListener("visibilitychange", hide);
  open();
  return () => {
    closed = true;
    clearTimeout(silence);
    clearTimeout(again);
    window.removeEventListener("online", hurry);
    document.removeEventListener("visibilitychange", hide);
    socket?.close();
  };
}
