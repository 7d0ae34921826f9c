/** Which screen stands at which address. */

export interface Route {
  view:
    | "home"
    | "circuits"
    | "history"
    | "chargers"
    | "charger_settings"
    | "label"
    | "events"
    | "quality"
    | "cards"
    | "sessions"
    | "session"
    | "settings"
    | "networks"
    | "cluster"
    | "loads"
    | "validation"
    | "wiring"
    | "panel"
    | "what-if"
    | "login"
    | "nowhere";
  /** What the address names within the view, `oven` in `/circuits/oven`. */
  id: string | null;
  /** The month of `sessions`, the id of a `session`. */
  part?: string;
}

const MONTH = /^20\d\d-(0[1-9]|1[0-2])$/;
const VIEWS = new Set(["cards", "circuits", "history", "chargers", "events", "quality", "settings", "networks", "cluster", "loads", "validation", "wiring", "what-if", "login"]);

const OF_CHARGER = new Map<string, Route["view"]>([["settings", "charger_settings"], ["panel", "panel"], ["label", "label"]]);

/** `/circuits/oven` → circuits, oven. */
export function match(path: string): Route {
  const [view = "", id, ...rest] = path.replace(/^\/|\/$/g, "").split("/");
  if (view === "" && id === undefined) return { view: "home", id: null };
  const inner = sessions(view, id, rest) ?? charger(view, id, rest);
  if (inner) return inner;
  if (!VIEWS.has(view) || rest.length) return { view: "nowhere", id: null };
  try {
    return { view: view as Route["view"], id: id === undefined ? null : decodeURIComponent(id) };
  } catch {
    return { view: "nowhere", id: null };
  }
}

/** `/sessions/2026-11`, `/chargers/garage/sessions/2026-11` or the same with the id of a session. */
function sessions(view: string, id: string | undefined, rest: string[]): Route | null {
  if (view === "sessions" && rest.length === 0) {
    return id === undefined || MONTH.test(id) ? { view: "sessions", id: null, part: id } : null;
  }
  if (view !== "chargers" || id === undefined || rest[0] !== "sessions" || rest.length > 2) return null;
  try {
    const [charger, part] = [decodeURIComponent(id), rest[1] === undefined ? undefined : decodeURIComponent(rest[1])];
    const month = part === undefined || MONTH.test(part);
    return { view: month ? "sessions" : "session", id: charger, part };
  } catch {
    return null;
  }
}

/** `/chargers/garage/settings`, `/chargers/garage/panel` and `/chargers/garage/label`. */
function charger(view: string, id: string | undefined, rest: string[]): Route | null {
  const screen = rest.length === 1 ? OF_CHARGER.get(rest[0] ?? "") : undefined;
  if (view !== "chargers" || id === undefined || screen === undefined) return null;
  try {
    return { view: screen, id: decodeURIComponent(id) };
  } catch {
    return null;
  }
}
