/** Lets a shown number glide to its new value instead of jumping, unless the person wants no motion. */
import { untrack } from "svelte";

type Value = number | null | undefined;

const GLIDE_MS = 450;
const still = matchMedia("(prefers-reduced-motion: reduce)");

/** The eased value of what `target` gives. Missing values, first values and hidden pages do not glide. */
export function eased(target: () => Value): { readonly now: Value } {
  let now = $state<Value>(untrack(target));

  $effect(() => {
    const to = target();
    const from = untrack(() => now);
    if (to == null || from == null || to === from || still.matches || document.hidden) {
      now = to;
      return;
    }
    const begin = performance.now();
    let frame = requestAnimationFrame(function step(at: number): void {
      const part = Math.min(1, Math.max(0, (at - begin) / GLIDE_MS));
      now = part < 1 ? from + (to - from) * (1 - (1 - part) ** 3) : to;
      if (part < 1) frame = requestAnimationFrame(step);
    });
    return () => cancelAnimationFrame(frame);
  });

  return {
    get now() {
      return now;
    },
  };
}
