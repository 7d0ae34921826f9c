/** The REST half of the API. Every failure is a Refusal that can be shown to a person. */
import type {
  AlwaysOn,
  ApiError,
  Balance,
  Card,
  CommandBody,
  EventPage,
  Learning,
  MeterModel,
  Period,
  PowerQuality,
  Prices,
  Series,
  SessionDetail,
  Sessions,
  Site,
  SiteCommandBody,
  Span,
  Validation,
  Verification,
  VoltageReading,
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

async function call<T>(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
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
): Promise<Series> {
  const query = new URLSearchParams({ span, from: from.toISOString(), to: to.toISOString() });
  for (const channel of channels) query.append("channel", channel);
  return call("GET", `/series?${query}`, undefined, signal);
}

export const balance = (period: Period): Promise<Balance> => call("GET", `/balance?period=${period}`);

export const alwaysOn = (): Promise<AlwaysOn> => call("GET", "/always-on");

export function events(before: number | null, limit = 50): Promise<EventPage> {
  const query = new URLSearchParams({ limit: String(limit) });
  if (before != null) query.set("before", String(before));
  return call("GET", `/events?${query}`);
}

export const command = (charger: string, body: CommandBody): Promise<unknown> =>
  call("POST", `/chargers/${encodeURIComponent(charger)}/commands`, body);

export const setUp = (body: SiteCommandBody): Promise<unknown> => call("POST", "/site/commands", body);

export const meterModels = async (): Promise<readonly MeterModel[]> =>
  (await call<{ models: MeterModel[] }>("GET", "/meters")).models;

const test = (charger: string): string => `/chargers/${encodeURIComponent(charger)}/verification`;

export const verification = (charger: string): Promise<Verification> => call("GET", test(charger));

export const verify = (charger: string): Promise<Verification> => call("POST", test(charger));

export const powerQuality = (device: string): Promise<PowerQuality> =>
  call("GET", `/power-quality/${encodeURIComponent(device)}`);

export const validation = (): Promise<Validation> => call("GET", "/validation");

export const measured = (body: Pick<VoltageReading, "target" | "phase" | "against" | "voltage_v">): Promise<Validation> =>
  call("POST", "/validation/readings", body);

export const measureAgain = (body: { what: "grid" | "everything" }): Promise<Validation> =>
  call("POST", "/validation/again", body);

const months = (month: string, charger: string | null): string =>
  `month=${month}${charger == null ? "" : `&charger=${encodeURIComponent(charger)}`}`;

export const sessions = (month: string, charger: string | null): Promise<Sessions> =>
  call("GET", `/sessions?${months(month, charger)}`);

export const session = (id: string): Promise<SessionDetail> => call("GET", `/sessions/${encodeURIComponent(id)}`);

/** Where the sessions of a month are as a file. */
export const exported = (month: string, charger: string | null): string => `/api/v1/sessions.csv?${months(month, charger)}`;

export const beginCountersAnew = (charger: string): Promise<unknown> =>
  call("POST", `/chargers/${encodeURIComponent(charger)}/counters/anew`, {});

export const prices = (): Promise<Prices> => call("GET", "/prices");

export const setPrice = (body: { per_kwh: string; green_per_kwh: string | null; currency: string }): Promise<Prices> =>
  call("POST", "/prices", body);

export const cards = (): Promise<{ cards: Card[]; most: number }> => call("GET", "/cards");

export const addCard = (body: { id: string; name: string }): Promise<Card> => call("POST", "/cards", body);

export const changeCard = (id: string, body: { name?: string; blocked?: boolean }): Promise<Card> =>
  call("PATCH", `/cards/${id}`, body);

export const removeCard = (id: string): Promise<unknown> => call("DELETE", `/cards/${id}`);

const learn = (charger: string): string => `/chargers/${encodeURIComponent(charger)}/learning`;

export const learning = (charger: string): Promise<Learning> => call("GET", learn(charger));

export const learnCard = (charger: string): Promise<Learning> => call("POST", learn(charger), {});

export const forgetLearning = (charger: string): Promise<unknown> => call("DELETE", learn(charger));

export const login = (name: string, password: string): Promise<unknown> => call("POST", "/login", { name, password });

export const logout = (): Promise<unknown> => call("POST", "/logout");
