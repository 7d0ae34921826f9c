/** Short names for the wire types; all of them come from the server's schema. */
import type { components } from "./schema.ts";

type Schemas = components["schemas"];

export type Snapshot = Schemas["SnapshotView"];
export type LiveChange = Schemas["LiveChange"];
export type Channel = Schemas["ChannelView"];
export type Details = Channel["details"];
export type Charger = Schemas["ChargerView"];
export type Flows = Schemas["FlowsView"];
export type Reason = Schemas["ReasonView"];
export type Attention = Schemas["AttentionView"];
export type PhaseValues = Schemas["PhaseView"];
export type Site = Schemas["SiteView"];
export type Series = Schemas["SeriesView"];
export type Columns = Schemas["SeriesColumns"];
export type Span = Schemas["Span"];
export type Balance = Schemas["BalanceView"];
export type Period = Balance["period"];
export type AlwaysOn = Schemas["AlwaysOnView"];
export type EventPage = Schemas["EventPage"];
export type Happening = Schemas["EventView"];
export type Validation = Schemas["ValidationView"];
export type ValidationPoint = Schemas["ValidationPointView"];
export type VoltageReading = Schemas["VoltageReadingView"];
export type Verification = Schemas["VerificationView"];
export type PowerQuality = Schemas["PowerQualityView"];
export type MeterModel = Schemas["MeterModelView"];
export type SiteCommandBody = Schemas["SetGridLimitCommand"] | Schemas["SetGridMeterCommand"];
export type ApiError = Schemas["ErrorView"];
export type Card = Schemas["CardView"];
export type Learning = Schemas["LearningView"];
export type Sessions = Schemas["SessionsView"];
export type Charge = Schemas["ChargeView"];
export type ChargeGroup = Schemas["GroupView"];
export type SessionDetail = Schemas["SessionDetailView"];
export type Prices = Schemas["PricesView"];
export type AuthorizationMode = Schemas["AuthorizationView"]["mode"];
export type Role = Schemas["Role"];
export type CommandBody =
  | Schemas["RecoverCommand"]
  | Schemas["AuthorizeCommand"]
  | Schemas["RejectCommand"]
  | Schemas["SetAuthorizationCommand"]
  | Schemas["EnableCommand"]
  | Schemas["SetModeCommand"]
  | Schemas["SetUserLimitCommand"]
  | Schemas["PauseCommand"]
  | Schemas["SetSessionLimitCommand"]
  | Schemas["PairCtCommand"];
