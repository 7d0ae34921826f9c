/** A day's explanations as parts of a band from 0 to 1, each with the colour of what it says. */
import type { SessionWhy } from "@/api/types.ts";

type Told = SessionWhy["told"][number];
export type Look = "charging" | "sun" | "supply" | "waiting" | "off";

export interface Part {
  readonly key: string;
  readonly from: number;
  readonly to: number;
  readonly look: Look;
  readonly told: Told;
}

const SUPPLY = new Set(["main_fuse", "contract_power", "grid_meter_lost", "grid_meter_stale", "resume_wait", "ramp"]);
const OFF = new Set(["not_enabled", "not_connected", "paused", "program_off"]);

export function look(told: Told): Look {
  const name = told.limited_by.split(".")[0] ?? "";
  if (OFF.has(name)) return "off";
  if (told.current_a <= 0) return "waiting";
  if (name === "green") return "sun";
  return SUPPLY.has(name) ? "supply" : "charging";
}

/** The parts between `first` and `last`, oldest first; what still holds ends `now`. */
export function parts(sessions: readonly SessionWhy[], first: Date, last: Date, now: Date): Part[] {
  const place = (at: number): number => (at - first.getTime()) / (last.getTime() - first.getTime());
  return sessions.flatMap((session) => {
    const end = session.ended_at ? Date.parse(session.ended_at) : now.getTime();
    return session.told.flatMap((told, index) => {
      const next = session.told[index + 1];
      const from = Math.max(0, place(Date.parse(told.at)));
      const to = Math.min(1, place(next ? Date.parse(next.at) : end));
      return to > from ? [{ key: `${session.session} ${told.at}`, from, to, look: look(told), told }] : [];
    });
  });
}
