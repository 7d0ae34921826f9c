/** Short names for the wire types; all of them come from the server's schema. */
import type { components } from "./schema.ts";

type Schemas = components["schemas"];

export type Green = Schemas["GreenView"];
export type Program = Schemas["ProgramView"];
export type WeekPlan = Schemas["WeekPlanView"];
export type WeekPlanBody = Schemas["WeekPlanBody"];
export type Surplus = Schemas["SurplusBody"];
export type SessionWhy = Schemas["SessionWhyView"];
export type Snapshot = Schemas["SnapshotView"];
export type LiveChange = Schemas["LiveChange"];
export type Channel = Schemas["ChannelView"];
export type Details = Channel["details"];
export type Charger = Schemas["ChargerView"];
export type Circuit = Schemas["CircuitView"];
export type Flows = Schemas["FlowsView"];
export type Reason = Schemas["ReasonView"];
export type Attention = Schemas["AttentionView"];
export type PhaseValues = Schemas["PhaseView"];
export type Setting = Schemas["SettingView"];
export type ChargerSettings = Schemas["ChargerSettingsView"];
export type VehicleMeter = Schemas["VehicleMeterBody"];
export type Label = Schemas["LabelView"];
export type Cluster = Schemas["ClusterView"];
export type ClusterMember = Schemas["MemberView"];
export type ClusterRoleBody = Schemas["ClusterRoleBody"];
export type ChangeMemberBody = Schemas["ChangeMemberBody"];
export type NewMemberBody = Schemas["AddMemberBody"];
export type Networks = Schemas["NetworksView"];
export type NetworkLink = Schemas["LinkView"];
export type AccessPoint = Schemas["AccessPointView"];
export type StaticIp = Schemas["StaticIpBody"];
export type JoinWifi = Schemas["JoinWifiBody"];
export type Ethernet = Schemas["EthernetBody"];
export type Mobile = Schemas["MobileBody"];
export type Hotspot = Schemas["HotspotBody"];
export type Site = Schemas["SiteView"];
export type Series = Schemas["SeriesView"];
export type Columns = Schemas["SeriesColumns"];
export type Span = Schemas["Span"];
export type Balance = Schemas["BalanceView"];
export type Period = Balance["period"];
export type Breakdown = Schemas["BreakdownView"];
export type Heat = Schemas["HeatMapView"];
export type AlwaysOn = Schemas["AlwaysOnView"];
export type EventPage = Schemas["EventPage"];
export type Happening = Schemas["EventView"];
export type Proposal = Schemas["ProposalView"];
export type ConfirmedPoint = Schemas["ConfirmedPointBody"];
export type FiledReport = Schemas["FiledReportView"];
export type Validation = Schemas["ValidationView"];
export type ValidationPoint = Schemas["ValidationPointView"];
export type VoltageReading = Schemas["VoltageReadingView"];
export type Verification = Schemas["VerificationView"];
export type PowerQuality = Schemas["PowerQualityView"];
export type LoadConfiguration = Schemas["LoadConfigurationView"];
export type LoadBody = Schemas["LoadConfigurationBody"];
export type Load = Schemas["LoadView"];
export type LoadPoint = Schemas["LoadPointView"];
export type LoadRefusal = Schemas["RefusalView"];
export type LivePoint = Schemas["LivePointView"];
export type Box = Schemas["BoxView"];
export type BoxState = Schemas["BoxStateView"];
export type GatewayKind = Schemas["GatewayView"]["kind"];
export type MeterModel = Schemas["MeterModelView"];
export type SiteCommandBody =
  | Schemas["SetGridLimitCommand"]
  | Schemas["SetGridMeterCommand"]
  | Schemas["SetPowerSharingCommand"]
  | Schemas["SetTurnCommand"];
export type FittingTransformer = Schemas["TransformerView"];
export type CableBody = Schemas["CableBody"];
export type JudgedCable = Schemas["CableView"];
export type ApiError = Schemas["ErrorView"];
export type Panel = Schemas["PanelView"];
export type PanelButton = Panel["held"][number];
export type PanelScreen = Schemas["ScreenView"];
export type Wave = Schemas["WaveView"];
export type Bench = Schemas["BenchView"];
export type BenchDeed =
  | Schemas["PlugDeed"]
  | Schemas["UnplugDeed"]
  | Schemas["TapDeed"]
  | Schemas["HurtDeed"]
  | Schemas["HealDeed"]
  | Schemas["SilenceDeed"]
  | Schemas["VoltageDeed"]
  | Schemas["MainsDeed"];
export type Card = Schemas["CardView"];
export type Learning = Schemas["LearningView"];
export type Sessions = Schemas["SessionsView"];
export type Charge = Schemas["ChargeView"];
export type ChargeGroup = Schemas["GroupView"];
export type SessionDetail = Schemas["SessionDetailView"];
export type WhatIf = Schemas["WhatIfView"];
export type Outcome = Schemas["OutcomeView"];
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
  | Schemas["SetGreenCommand"]
  | Schemas["SetUserLimitCommand"]
  | Schemas["PauseCommand"]
  | Schemas["SetSessionLimitCommand"]
  | Schemas["SetDepartureCommand"]
  | Schemas["SetPhasesCommand"]
  | Schemas["KeepPhasesCommand"]
  | Schemas["SetPriorityCommand"]
  | Schemas["PairCtCommand"]
  | Schemas["RestartCommand"]
  | Schemas["FactoryResetCommand"]
  | Schemas["ReleaseManagerCommand"]
  | Schemas["SetButtonSoundCommand"]
  | Schemas["SetBrightnessCommand"]
  | Schemas["SetMenuCodeCommand"]
  | Schemas["SetAdminCodeCommand"];
