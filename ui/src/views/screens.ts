/** The screens that come when they are asked for, by view; each brings its own code, styles and texts. */
import type { Component } from "svelte";
import type { Route } from "@/state/route.ts";

export type Screen = Component<Record<string, never>>;

export const SCREENS: Partial<Record<Route["view"], () => Promise<{ default: Screen }>>> = {
  circuits: () => import("@/views/circuits/Circuits.svelte"),
  history: () => import("@/views/history/History.svelte"),
  chargers: () => import("@/views/chargers/Chargers.svelte"),
  charger_settings: () => import("@/views/charger-settings/ChargerSettings.svelte"),
  label: () => import("@/views/label/Label.svelte"),
  events: () => import("@/views/events/Events.svelte"),
  cards: () => import("@/views/cards/Cards.svelte"),
  panel: () => import("@/views/panel/Panel.svelte"),
  sessions: () => import("@/views/sessions/Sessions.svelte"),
  session: () => import("@/views/sessions/Session.svelte"),
  quality: () => import("@/views/quality/Quality.svelte"),
  settings: () => import("@/views/settings/Settings.svelte"),
  networks: () => import("@/views/networks/Networks.svelte"),
  cluster: () => import("@/views/cluster/Cluster.svelte"),
  loads: () => import("@/views/loads/Loads.svelte"),
  validation: () => import("@/views/validation/Validation.svelte"),
  wiring: () => import("@/views/wiring/Wiring.svelte"),
  "what-if": () => import("@/views/what-if/WhatIf.svelte"),
  login: () => import("@/views/login/Login.svelte"),
};
