/** Which screen stands at which address. */

export interface Route {
  view:
    | "home"
    | "circuits"
    | "history"
    | "chargers"
    | "events"
    | "quality"
    | "settings"
    | "loads"
    | "validation"
    | "login"
    | "nowhere";
  /** What the address names within the view, `oven` in `/circuits/oven`. */
  id: string | null;
}

const VIEWS = new Set(["circuits", "history", "chargers", "events", "quality", "settings", "loads", "validation", "login"]);

/** `/circuits/oven` → circuits, oven. */
export function match(path: string): Route {
  const [view = "", id, ...rest] = path.replace(/^\/|\/$/g, "").split("/");
  if (view === "" && id === undefined) return { view: "home", id: null };
  if (!VIEWS.has(view) || rest.length) return { view: "nowhere", id: null };
  try {
    return { view: view as Route["view"], id: id === undefined ? null : decodeURIComponent(id) };
  } catch {
    return { view: "nowhere", id: null };
  }
}
