/** Which way energy goes where it can go both ways, in words; empty where it cannot, or stands still. */
import type { Role } from "@/api/types.ts";
import { t } from "@/state/words.svelte.ts";

const IDLE_W = 15;

export function direction(role: Role, power: number | null): string {
  if (power == null || Math.abs(power) < IDLE_W) return "";
  if (role === "grid") return t(power > 0 ? "ui.flow.import" : "ui.flow.export");
  if (role === "battery") return t(power > 0 ? "ui.flow.battery.out" : "ui.flow.battery.in");
  return "";
}
