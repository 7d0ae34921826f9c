/** What is known of the house right now: the latest snapshot, how the link is, and the site's settings. */
import * as api from "@/api/client.ts";
import { listen, type LinkState } from "@/api/live.ts";
import type { Attention, Channel, Charger, Flows, Role, Site, Snapshot } from "@/api/types.ts";

const RANK = ["viewer", "user", "installer", "owner"] as const;

let snapshot = $state.raw<Snapshot | null>(null);
let link = $state<LinkState>("connecting");
let locked = $state(false);
let site = $state.raw<Site | null>(null);
let close: (() => void) | null = null;

export const house = {
  get snapshot(): Snapshot | null {
    return snapshot;
  },
  get flows(): Flows | null {
    return snapshot?.flows ?? null;
  },
  get attention(): readonly Attention[] {
    return snapshot?.attention ?? [];
  },
  get link(): LinkState {
    return link;
  },
  /** True when the house wants to know who is asking. */
  get locked(): boolean {
    return locked;
  },
  /** True while what is shown is not of now. */
  get stale(): boolean {
    return link !== "live";
  },
  get at(): Date | null {
    return snapshot ? new Date(snapshot.at) : null;
  },
  get site(): Site | null {
    return site;
  },
  get zone(): string | undefined {
    return site?.timezone;
  },
  get mayOperate(): boolean {
    return !site || RANK.indexOf(site.caller.role) >= RANK.indexOf("user");
  },
  get mayOwn(): boolean {
    return site != null && site.caller.role === "owner";
  },
  get mayInstall(): boolean {
    return site != null && RANK.indexOf(site.caller.role) >= RANK.indexOf("installer");
  },
  channels(role: Role): [string, Channel][] {
    return Object.entries(snapshot?.channels ?? {}).filter(([, channel]) => channel.role === role);
  },
  get chargers(): [string, Charger][] {
    return Object.entries(snapshot?.chargers ?? {});
  },
  /** The name people gave a channel or charger. */
  name(id: string): string {
    return snapshot?.channels[id]?.name ?? snapshot?.chargers[id]?.name ?? id;
  },
};

/** Opens the house; called at the start and again after signing in. */
export async function enter(): Promise<void> {
  close?.();
  link = "connecting";
  close = listen({
    snapshot: (latest) => (snapshot = latest),
    link: (state) => {
      const changed = state !== link;
      link = state;
      if (changed) void settings();
    },
  });
  await settings();
}

/** Reads the site as it is set up, once more after a change. */
export async function settings(): Promise<void> {
  try {
    site = await api.site();
    locked = false;
  } catch (failure) {
    if (failure instanceof api.Refusal && failure.kind === "login") leave();
  }
}

/** Closes the house and forgets what it showed. */
export function leave(): void {
  close?.();
  close = null;
  locked = true;
  snapshot = null;
  site = null;
}
