/** The state of a charger for people: a text key, a colour and whether a car is there. */
import check from "icon:check";
import alert from "icon:circle-alert";
import hourglass from "icon:hourglass";
import pause from "icon:pause";
import sun from "icon:sun";
import calendar from "icon:calendar-clock";
import plug from "icon:plug";
import zap from "icon:zap";
import type { Charger } from "@/api/types.ts";

export interface Look {
  key: string;
  icon: string;
  colour: string;
}

const LOOKS: Record<Charger["state"], readonly [icon: string, colour: string]> = {
  initialising: [hourglass, "var(--muted)"],
  incomplete_installation: [alert, "var(--waiting)"],
  not_enabled: [pause, "var(--muted)"],
  out_of_service: [alert, "var(--fault)"],
  not_connected: [plug, "var(--muted)"],
  waiting_authorisation: [hourglass, "var(--waiting)"],
  waiting_transaction_confirmation: [hourglass, "var(--waiting)"],
  connected_no_current: [hourglass, "var(--waiting)"],
  connected_waiting_vehicle: [hourglass, "var(--waiting)"],
  pre_charge_test: [hourglass, "var(--waiting)"],
  charging: [zap, "var(--car)"],
  suspended: [pause, "var(--waiting)"],
  complete: [check, "var(--export)"],
  error: [alert, "var(--fault)"],
  updating: [hourglass, "var(--muted)"],
};

export function look(charger: Charger): Look {
  if (silent(charger)) {
    return { key: "ui.state.silent", icon: alert, colour: "var(--fault)" };
  }
  if (charger.errors.length > 0) {
    return { key: "ui.state.error", icon: alert, colour: "var(--fault)" };
  }
  if (!charger.enabled && charger.state !== "error" && charger.state !== "out_of_service") {
    return { key: "ui.state.not_enabled", icon: pause, colour: "var(--muted)" };
  }
  if (charger.paused && charger.connected && charger.state !== "error" && !waits(charger)) {
    return { key: "ui.state.paused", icon: pause, colour: "var(--waiting)" };
  }
  if (charger.state === "suspended" && charger.grant?.limited_by === "green") {
    return { key: "ui.state.no_sun", icon: sun, colour: "var(--waiting)" };
  }
  if (charger.state === "not_enabled" && charger.enabled) {
    return { key: "ui.state.program_off", icon: calendar, colour: "var(--muted)" };
  }
  const [icon, colour] = LOOKS[charger.state];
  return { key: `ui.state.${charger.state}`, icon, colour };
}

/** Whether a car is there that nobody has authorised. */
export function waits(charger: Charger): boolean {
  return charger.state === "waiting_authorisation" && charger.quality === "good";
}

/** Whether something is wrong with it, as against a car that waits or was told to. */
export function broken(charger: Charger): boolean {
  return charger.quality !== "good" || charger.state === "error" || charger.state === "out_of_service";
}

/** Whether nothing is heard of it; its last reason is then one of the wire, for the details. */
export function silent(charger: Charger): boolean {
  return charger.quality === "missing" || charger.quality === "stale";
}
