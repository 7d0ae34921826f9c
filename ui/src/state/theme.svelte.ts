/** Light or dark: the stored choice, or what the device says. */

export type Theme = "auto" | "light" | "dark";
export const THEMES: readonly Theme[] = ["auto", "light", "dark"];

const stored = localStorage.getItem("theme");
let chosen = $state<Theme>(THEMES.find((theme) => theme === stored) ?? "auto");

export const theme = {
  get chosen(): Theme {
    return chosen;
  },
};

export function choose(next: Theme): void {
  chosen = next;
  localStorage.setItem("theme", next);
  paint();
}

export function paint(): void {
  const root = document.documentElement;
  if (chosen === "auto") root.removeAttribute("data-theme");
  else root.dataset.theme = chosen;
}
