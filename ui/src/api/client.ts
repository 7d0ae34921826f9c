/** The REST half of the API. Every failure is a Refusal that can be shown to a person. */
import type {
  AccessPoint,
  AlwaysOn,
  ApiError,
  Bench,
  BenchDeed,
  Balance,
  Breakdown,
  CableBody,
  Card,
  ChargerSettings,
  ChangeMemberBody,
  Cluster,
  ClusterRoleBody,
  CommandBody,
  ConfirmedPoint,
  Ethernet,
  EventPage,
  FittingTransformer,
  Heat,
  JudgedCable,
  Hotspot,
  JoinWifi,
  Label,
  Learning,
  LivePoint,
  LoadBody,
  LoadConfiguration,
  LoadRefusal,
  MeterModel,
  Panel,
  PanelButton,
  Mobile,
  Networks,
  NewMemberBody,
  Period,
  PowerQuality,
  Prices,
  Proposal,
  Series,
  SessionDetail,
  Sessions,
  SessionWhy,
  Setting,
  Site,
  SiteCommandBody,
  Span,
  FiledReport,
  Surplus,
  Validation,
  VehicleMeter,
  Verification,
  VoltageReading,
  WeekPlan,
  WeekPlanBody,
  WhatIf,
} from "./types.ts";

export type RefusalKind = "offline" | "login" | "forbidden" | "refused";

export class Refusal extends Error {
  constructor(
    readonly kind: RefusalKind,
    readonly error: ApiError | null,
  ) {
    super(error?.text ?? kind);
  }
}

let language = "en";

/** The language in which the server words its errors. */
export function speak(chosen: string): void {
  language = chosen;
}

/** With `last` it is sent to its end even when the screen is closed meanwhile. */
async function call<T>(method: string, path: string, body?: unknown, signal?: AbortSignal, last = false): Promise<T> {
  const headers: Record<string, string> = { accept: "application/json", "accept-language": language };
  if (body !== undefined) headers["content-type"] = "application/json";
  let answer: Response;
  try {
    answer = await fetch(`/api/v1${path}`, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      credentials: "same-origin",
      signal,
      keepalive: last,
    });
  } catch (failure) {
    if (signal?.aborted) throw failure;
    throw new Refusal("offline", null);
  }
  if (answer.ok) return (answer.status === 204 ? null : await answer.json()) as T;
  const problem = (await answer.json().catch(() => null)) as { error?: ApiError } | null;
  const kind = answer.status === 401 ? "login" : answer.status === 403 ? "forbidden" : "refused";
  throw new Refusal(answer.status >= 502 ? "offline" : kind, problem?.error ?? null);
}

export const site = (): Promise<Site> => call("GET", "/site");

export function series(
  channels: readonly string[],
  span: Span,
  from: Date,
  to: Date,
  signal?: AbortSignal,
  quantities: readonly string[] = [],
): Promise<Series> {
  const query = new URLSearchParams({ span, from: from.toISOString(), to: to.toISOString() });
  if (quantities.length) query.set("quantities", quantities.join(","));
  for (const channel of channels) query.append("channel", channel);
  return call("GET", `/series?${query}`, undefined, signal);
}

export const breakdown = (from: Date, to: Date, signal?: AbortSignal): Promise<Breakdown> =>
  call("GET", `/breakdown?${new URLSearchParams({ from: from.toISOString(), to: to.toISOString() })}`, undefined, signal);

export const heatmap = (channel: string, year: number, signal?: AbortSignal): Promise<Heat> =>
  call("GET", `/heatmap?${new URLSearchParams({ channel, year: String(year) })}`, undefined, signal);

export const balance = (period: Period): Promise<Balance> => call("GET", `/balance?period=${period}`);

export const alwaysOn = (): Promise<AlwaysOn> => call("GET", "/always-on");

export function events(before: number | null, limit = 50): Promise<EventPage> {
  const query = new URLSearchParams({ limit: String(limit) });
  if (before != null) query.set("before", String(before));
  return call("GET", `/events?${query}`);
}

export const command = (charger: string, body: CommandBody): Promise<unknown> =>
  call("POST", `/chargers/${encodeURIComponent(charger)}/commands`, body);

const ofCharger = (charger: string, what: string): string => `/chargers/${encodeURIComponent(charger)}/${what}`;

export const programs = (charger: string): Promise<WeekPlan> => call("GET", ofCharger(charger, "programs"));

export const setPrograms = (charger: string, plan: WeekPlanBody): Promise<WeekPlan> =>
  call("PUT", ofCharger(charger, "programs"), plan);

export const chargerSettings = (charger: string): Promise<ChargerSettings> => call("GET", ofCharger(charger, "settings"));

export const setSetting = (charger: string, key: string, value: Setting["value"]): Promise<Setting> =>
  call("PUT", ofCharger(charger, `settings/${key}`), { value });

export const setVehicleMeter = (charger: string, body: VehicleMeter): Promise<unknown> =>
  call("PUT", ofCharger(charger, "vehicle-meter"), body);

export const removeVehicleMeter = (charger: string): Promise<unknown> => call("DELETE", ofCharger(charger, "vehicle-meter"));

export const setSurplus = (surplus: Surplus): Promise<Surplus> => call("PUT", "/site/surplus", surplus);

export async function timeline(charger: string, from: Date, to: Date, signal?: AbortSignal): Promise<readonly SessionWhy[]> {
  const query = new URLSearchParams({ from: from.toISOString(), to: to.toISOString() });
  const path = `${ofCharger(charger, "timeline")}?${query}`;
  return (await call<{ sessions: SessionWhy[] }>("GET", path, undefined, signal)).sessions;
}

export const setUp = (body: SiteCommandBody): Promise<unknown> => call("POST", "/site/commands", body);

export const meterModels = async (): Promise<readonly MeterModel[]> =>
  (await call<{ models: MeterModel[] }>("GET", "/meters")).models;

const test = (charger: string): string => `/chargers/${encodeURIComponent(charger)}/verification`;

export const verification = (charger: string): Promise<Verification> => call("GET", test(charger));

export const verify = (charger: string): Promise<Verification> => call("POST", test(charger));

export const powerQuality = (device: string): Promise<PowerQuality> =>
  call("GET", `/power-quality/${encodeURIComponent(device)}`);

export function proposal(device: string, mainsKnown: boolean, heaters: readonly string[]): Promise<Proposal> {
  const query = new URLSearchParams({ mains_known: String(mainsKnown) });
  for (const heater of heaters) query.append("heater", heater);
  return call("GET", `/power-quality/${encodeURIComponent(device)}/proposal?${query}`);
}

export const confirmWiring = (device: string, points: readonly ConfirmedPoint[]): Promise<unknown> =>
  call("POST", `/power-quality/${encodeURIComponent(device)}/proposal`, { points });

export const validation = (): Promise<Validation> => call("GET", "/validation");

export const filedReports = (): Promise<readonly FiledReport[]> => call("GET", "/validation/reports");

export const measured = (body: Pick<VoltageReading, "target" | "phase" | "against" | "voltage_v">): Promise<Validation> =>
  call("POST", "/validation/readings", body);

export const measureAgain = (body: { what: "grid" | "everything" }): Promise<Validation> =>
  call("POST", "/validation/again", body);

const months = (month: string, charger: string | null): string =>
  `month=${month}${charger == null ? "" : `&charger=${encodeURIComponent(charger)}`}`;

export const sessions = (month: string, charger: string | null): Promise<Sessions> =>
  call("GET", `/charging-sessions?${months(month, charger)}`);

export const session = (id: string): Promise<SessionDetail> => call("GET", `/charging-sessions/${encodeURIComponent(id)}`);

/** Where the sessions of a month are as a file. */
export const exported = (month: string, charger: string | null): string => `/api/v1/charging-sessions.csv?${months(month, charger)}`;

export const beginCountersAnew = (charger: string): Promise<unknown> =>
  call("POST", `/chargers/${encodeURIComponent(charger)}/counters/anew`, {});

export const whatIf = (): Promise<WhatIf> => call("GET", "/what-if");

export const compareWays = (charger: string, days: number): Promise<WhatIf> => call("POST", "/what-if", { charger, days });

export const prices = (): Promise<Prices> => call("GET", "/prices");

export const setPrice = (body: { per_kwh: string; green_per_kwh: string | null; currency: string }): Promise<Prices> =>
  call("POST", "/prices", body);

export const panel = (charger: string): Promise<Panel> => call("GET", ofCharger(charger, "panel"));

export const pressPanel = (
  charger: string,
  body: { hand: string; held: PanelButton[]; knock?: boolean; mute?: boolean },
): Promise<Panel> => call("POST", ofCharger(charger, "panel"), body, undefined, body.held.length === 0);

export const bench = (): Promise<Bench> => call("GET", "/bench");

export const doAtBench = (deed: BenchDeed): Promise<Bench> => call("POST", "/bench", deed);

export const cards = (): Promise<{ cards: Card[]; most: number }> => call("GET", "/cards");

export const addCard = (body: { id: string; name: string }): Promise<Card> => call("POST", "/cards", body);

export const changeCard = (id: string, body: { name?: string; blocked?: boolean }): Promise<Card> =>
  call("PATCH", `/cards/${id}`, body);

export const removeCard = (id: string): Promise<unknown> => call("DELETE", `/cards/${id}`);

const learn = (charger: string): string => `/chargers/${encodeURIComponent(charger)}/learning`;

export const learning = (charger: string): Promise<Learning> => call("GET", learn(charger));

export const learnCard = (charger: string): Promise<Learning> => call("POST", learn(charger), {});

export const forgetLearning = (charger: string): Promise<unknown> => call("DELETE", learn(charger));

export const label = (charger: string): Promise<Label> => call("GET", ofCharger(charger, "label"));

export const cluster = (): Promise<Cluster> => call("GET", "/cluster");

export const setClusterRole = (body: Partial<ClusterRoleBody> & Pick<ClusterRoleBody, "role">): Promise<Cluster> =>
  call("PUT", "/cluster/role", body);

export const changeCluster = (body: { limit_a?: number | null; name?: string | null }): Promise<Cluster> =>
  call("PATCH", "/cluster", body);

const ofMember = (key: string): string => `/cluster/members/${encodeURIComponent(key)}`;

export const addMember = (body: Partial<NewMemberBody> & Pick<NewMemberBody, "key" | "connect" | "max_current_a">): Promise<Cluster> =>
  call("POST", "/cluster/members", body);

export const changeMember = (
  key: string,
  body: Partial<ChangeMemberBody>,
): Promise<Cluster> => call("PATCH", ofMember(key), body);

export async function removeMember(key: string): Promise<Cluster> {
  await call("DELETE", ofMember(key));
  return cluster();
}

export const openPairing = (): Promise<Cluster> => call("POST", "/cluster/pairing", {});

export const networks = (): Promise<Networks> => call("GET", "/networks");

export const scanNetworks = async (): Promise<readonly AccessPoint[]> =>
  (await call<{ points: AccessPoint[] }>("POST", "/networks/scan", {})).points;

export const joinWifi = (body: JoinWifi): Promise<Networks> => call("PUT", "/networks/wifi", body);

export const setEthernet = (body: Ethernet): Promise<Networks> => call("PUT", "/networks/ethernet", body);

export const setMobile = (body: Mobile): Promise<Networks> => call("PUT", "/networks/mobile", body);

export const setHotspot = (body: Hotspot): Promise<Networks> => call("PUT", "/networks/hotspot", body);

const LOADS = "/load-configuration";

export const loadConfiguration = (): Promise<LoadConfiguration> => call("GET", LOADS);

export const configureLoads = (body: LoadBody): Promise<LoadConfiguration> => call("PUT", LOADS, body);

export const examineLoads = (body: LoadBody): Promise<{ refusals: LoadRefusal[]; warnings: LoadRefusal[] }> =>
  call("POST", `${LOADS}/examine`, body);

export const applyLoads = (): Promise<LoadConfiguration> => call("POST", `${LOADS}/apply`, {});

export const livePoints = async (): Promise<readonly LivePoint[]> =>
  (await call<{ points: LivePoint[] }>("GET", `${LOADS}/live`)).points;

/** Lets a transformer blink; `null` ends it, which reaches the house even while the screen closes. */
export const identify = (box: string, point: number | null): Promise<LoadConfiguration> =>
  call("POST", `${LOADS}/identify`, { box, point }, undefined, point == null);

/** Says that a load runs which shows nothing. */
export const loadRuns = (load: string): Promise<LoadConfiguration> => call("POST", `${LOADS}/running`, { load, running: true });

export const fittingTransformer = (breaker_a: number, bus_bar: boolean, new_three_phase: boolean): Promise<FittingTransformer> =>
  call("GET", `/wiring/transformer?${new URLSearchParams({ breaker_a: `${breaker_a}`, bus_bar: `${bus_bar}`, new_three_phase: `${new_three_phase}` })}`);

export const checkCable = (cable: CableBody): Promise<JudgedCable> => call("POST", "/wiring/cable", cable);

export const login = (name: string, password: string): Promise<unknown> => call("POST", "/login", { name, password });

export const logout = (): Promise<unknown> => call("POST", "/logout");
