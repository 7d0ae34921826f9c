/** The address now, and moving between addresses without loading the page again. */
import { match, type Route } from "./route.ts";

let address = $state.raw(new URL(location.href));

export const router = {
  get route(): Route {
    return match(address.pathname);
  },
  get path(): string {
    return address.pathname;
  },
  get query(): URLSearchParams {
    return address.searchParams;
  },
};

/** Goes to `to`; `replace` keeps the way back as it was. */
export function go(to: string, replace = false): void {
  const before = address.pathname;
  if (replace) history.replaceState(null, "", to);
  else history.pushState(null, "", to);
  address = new URL(location.href);
  if (address.pathname !== before) window.scrollTo(0, 0);
}

/** Follows clicks on inner links, and the browser's own back and forward. */
export function follow(): void {
  window.addEventListener("popstate", () => (address = new URL(location.href)));
  document.addEventListener("click", (event) => {
    if (event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = (event.target as Element | null)?.closest("a");
    if (!link || link.target || link.hasAttribute("download") || link.origin !== location.origin) return;
    if (link.pathname.startsWith("/api/") || link.getAttribute("href")?.startsWith("#")) return;
    event.preventDefault();
    go(link.href);
  });
}
