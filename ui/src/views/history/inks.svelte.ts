/** Colours of the palette as a canvas needs them, and when they change. */
import { theme } from "@/state/theme.svelte.ts";

/** `colour`, which may speak of custom properties, as it is at `place`. */
export function resolved(place: Element, colour: string): string {
  const probe = document.createElement("i");
  probe.style.color = colour;
  place.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}

/** Changes whenever the device or the person goes from light to dark or back; read it where a canvas is painted. */
export function inks(): { readonly turned: string } {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  let turned = $state(0);
  $effect(() => {
    const repaint = (): void => void turned++;
    dark.addEventListener("change", repaint);
    return () => dark.removeEventListener("change", repaint);
  });
  return {
    get turned() {
      return `${theme.chosen} ${turned}`;
    },
  };
}
