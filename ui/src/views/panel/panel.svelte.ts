/** One panel: what the house says of it some times a second, and the buttons that are held here. */
import { untrack } from "svelte";
import * as api from "@/api/client.ts";
import type { Panel, PanelButton } from "@/api/types.ts";
import { failed } from "@/state/commands.ts";
import { house } from "@/state/house.svelte.ts";
import { tell } from "@/state/toast.svelte.ts";

const LOOK_MS = 800;
/** For a while after something was done here it is looked at more often. */
const EAGER_MS = 250;
const EAGER_FOR_MS = 8_000;
const RENEW_MS = 400;
/** After so long without an answer what stands there is not of now. */
const OLD_MS = 2_000;

export interface Hand {
  readonly seen: Panel | null;
  /** When that was told, on the page's own clock. */
  readonly at: number;
  readonly stale: boolean;
  readonly held: ReadonlySet<PanelButton>;
  readonly heldSince: number;
  press(button: PanelButton): void;
  release(button: PanelButton): void;
  letGo(): void;
  knock(): void;
  mute(): void;
  /** Something was done that will soon be seen. */
  eager(): void;
}

/** Watches the panel of `charger` while the calling component lives. */
export function watch(charger: () => string): Hand {
  const hand = crypto.randomUUID?.() ?? String(Math.random());
  let seen = $state.raw<Panel | null>(null);
  let at = $state(0);
  let now = $state(performance.now());
  let held = $state.raw<ReadonlySet<PanelButton>>(new Set());
  let heldSince = $state(0);
  let sending: Promise<void> = Promise.resolve();
  let eagerUntil = 0;

  function take(id: string, panel: Panel): void {
    if (id !== charger()) return;
    [seen, at] = [panel, performance.now()];
  }

  function eager(): void {
    eagerUntil = performance.now() + EAGER_FOR_MS;
  }

  /** One after the other, so that letting go never overtakes pressing. */
  function send(more: { knock?: boolean; mute?: boolean } = {}): void {
    eager();
    const [id, body] = [charger(), { hand, held: [...held], ...more }];
    sending = sending.then(async () => {
      try {
        take(id, await api.pressPanel(id, body));
      } catch (failure) {
        held = new Set();
        tell(failed(failure), null, true);
      }
    });
  }

  function hold(next: ReadonlySet<PanelButton>): void {
    if (held.size === 0) heldSince = performance.now();
    held = next;
    send();
  }

  $effect(() => {
    const id = charger();
    let looking: ReturnType<typeof setTimeout> | undefined;
    let over = false;
    const look = async (): Promise<void> => {
      if (!document.hidden && held.size === 0) {
        try {
          take(id, await api.panel(id));
        } catch (failure) {
          if (!(failure instanceof api.Refusal)) throw failure;
        }
      }
      if (!over) looking = setTimeout(() => void look(), performance.now() < eagerUntil ? EAGER_MS : LOOK_MS);
    };
    untrack(() => void look());
    const ageing = setInterval(() => (now = performance.now()), EAGER_MS);
    const renewing = setInterval(() => held.size && send(), RENEW_MS);
    return () => {
      over = true;
      clearTimeout(looking);
      clearInterval(ageing);
      clearInterval(renewing);
      if (held.size) hold(new Set());
    };
  });

  return {
    get seen() {
      return seen;
    },
    get at() {
      return at;
    },
    get stale() {
      return house.stale || (seen != null && now - at > OLD_MS);
    },
    get held() {
      return held;
    },
    get heldSince() {
      return heldSince;
    },
    press(button) {
      if (!held.has(button)) hold(new Set([...held, button]));
    },
    release(button) {
      if (held.has(button)) hold(new Set([...held].filter((one) => one !== button)));
    },
    letGo() {
      if (held.size) hold(new Set());
    },
    knock: () => send({ knock: true }),
    mute: () => send({ mute: true }),
    eager,
  };
}
