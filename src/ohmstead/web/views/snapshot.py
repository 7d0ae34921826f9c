"""The live picture: the snapshot (frozen in ``docs/api.md``) and the changes that follow it on the socket.

Missing is ``null`` with a quality, never 0. Units end the names; energies are whole joules.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from pydantic import Field
from pydantic.config import JsonDict
from pydantic.json_schema import SkipJsonSchema

from ohmstead.core.model.chargers import ChargerState, ChargingMode, MeterState, SuspensionReason
from ohmstead.core.model.details import Place, Quantity
from ohmstead.core.model.evse import IecState
from ohmstead.core.model.faults import ErrorCode, OcppError
from ohmstead.core.model.quantities import Phase, Quality, Role
from ohmstead.core.model.readings import UtilityKind
from ohmstead.web.views.authorization import AUTHORIZATION_EXAMPLE, AuthorizationView
from ohmstead.web.views.base import ReasonView, View, shaped

PHASE_EXAMPLE: JsonDict = {
    "voltage_v": 231.2,
    "current_a": 3.1,
    "power_w": 612.0,
    "reactive_power_var": 85.0,
    "power_factor": 0.99,
}
UTILITY_EXAMPLE: JsonDict = {"kind": "gas", "volume_m3": 981.443, "series": "grid.gas"}
SUPPLY_EXAMPLE: JsonDict = {
    "demand_w": 1850.0,
    "demand_peak_w": 3695.0,
    "utilities": [UTILITY_EXAMPLE],
}
DETAILS_EXAMPLE: JsonDict = {
    "apparent_power_va": {"total": 408.2, "L1": 618.0},
    "voltage_v": {"L1-L2": 400.3},
    "current_a": {"N": 0.4},
    "thd_current_percent": {"L1": 7.5},
}
BATTERY_EXAMPLE: JsonDict = {
    "charge_percent": 63.0,
    "health_percent": 97.5,
    "capacity_j": 36_000_000,
    "available_j": 22_680_000,
}
CHANNEL_EXAMPLE: JsonDict = {
    "name": "Grid",
    "role": "grid",
    "quality": "good",
    "age_s": 0.2,
    "power_w": 400.0,
    "reactive_power_var": 85.0,
    "power_factor": 0.98,
    "frequency_hz": 50.01,
    "energy_import_j": 18_000_000_000,
    "energy_export_j": 5_400_000_000,
    "phases": {"L1": PHASE_EXAMPLE},
    "supply": SUPPLY_EXAMPLE,
    "details": DETAILS_EXAMPLE,
    "battery": None,
    "problem": None,
    "notes": [],
}
LOST_EXAMPLE: JsonDict = {
    "name": "Oven",
    "role": "load",
    "quality": "stale",
    "age_s": 14.8,
    "power_w": None,
    "reactive_power_var": None,
    "power_factor": None,
    "frequency_hz": None,
    "energy_import_j": 61_200_000,
    "energy_export_j": None,
    "phases": {},
    "supply": None,
    "details": {},
    "battery": None,
    "problem": {"key": "device.lost", "params": {"device": "Oven"}},
    "notes": [],
}
GRANT_EXAMPLE: JsonDict = {
    "current_a": 10.0,
    "phases": ["L1"],
    "limited_by": "main_fuse.L1",
    "reason": {"key": "limit.main_fuse", "params": {"phase": "L1", "available_a": 10.0}},
    "expires_at": "2026-06-21T10:15:13Z",
}
SESSION_EXAMPLE: JsonDict = {
    "id": "garage-20260621-080103",
    "connected_at": "2026-06-21T08:01:03Z",
    "energy_j": 40_320_000,
    "duration_s": 8040,
}
METER_EXAMPLE: JsonDict = {
    "device": "garage-meter",
    "name": "Garage meter",
    "state": "good",
    "power_w": 2300.0,
    "energy_j": 7_200_000_000,
    "phases": {"L1": PHASE_EXAMPLE},
}
ERROR_EXAMPLE: JsonDict = {
    "code": "V1",
    "since": "2026-06-21T10:14:50Z",
    "detail": {"key": "fault.overload", "params": {"drawn_a": 20.8, "offered_a": 16.0}},
    "gone": True,
    "latched": False,
    "unplug": True,
    "attempt": True,
    "blinks": 2,
    "ocpp": "OverCurrentFailure",
}
CHARGER_EXAMPLE: JsonDict = {
    "name": "Garage",
    "quality": "good",
    "state": "charging",
    "iec_state": "C2",
    "connected": True,
    "contactor_closed": True,
    "power_w": 2300.0,
    "energy_j": 7_200_000_000,
    "meter": METER_EXAMPLE,
    "session": SESSION_EXAMPLE,
    "authorization": AUTHORIZATION_EXAMPLE,
    "grant": GRANT_EXAMPLE,
    "enabled": True,
    "mode": "fast",
    "paused": False,
    "user_limit_a": None,
    "session_limit_a": None,
    "installation_limit_a": 16.0,
    "minimum_current_a": 6.0,
    "hardware_max_a": 32.0,
    "cable_max_a": None,
    "offered_a": 10.0,
    "phases": {"L1": PHASE_EXAMPLE},
    "phases_used": ["L1"],
    "problem": None,
    "suspended": None,
    "errors": [],
    "error_counts": {"V1": 1},
}
FLOWS_EXAMPLE: JsonDict = {
    "grid_w": 400.0,
    "production_w": 4200.0,
    "battery_w": -1000.0,
    "consumption_w": 3600.0,
    "unmeasured_w": 110.0,
    "measured_w": 3490.0,
}
ATTENTION_EXAMPLE: JsonDict = {
    "code": "device.lost",
    "owner": "oven",
    "severity": "warning",
    "reason": {"key": "device.lost", "params": {"device": "Oven"}},
}


class PhaseView(View):
    """One phase as measured."""

    model_config = shaped(PHASE_EXAMPLE)

    voltage_v: float | None = Field(description="Phase to neutral")
    current_a: float | None = Field(description="A magnitude unless the meter gives a sign")
    power_w: float | None = Field(description="Active power, positive towards the load")
    reactive_power_var: float | None
    power_factor: float | None


class UtilityView(View):
    """A gas or water meter behind the supply's."""

    model_config = shaped(UTILITY_EXAMPLE)

    kind: UtilityKind
    volume_m3: float = Field(description="As that meter shows it")
    series: str = Field(description="Where its history is kept, for /api/v1/series")


class SupplyView(View):
    """What only the supply's own meter counts."""

    model_config = shaped(SUPPLY_EXAMPLE)

    demand_w: float | None = Field(description="Mean import of the running quarter of an hour")
    demand_peak_w: float | None = Field(description="The highest such mean of the month")
    utilities: tuple[UtilityView, ...]


class BatteryView(View):
    """What a battery holds."""

    model_config = shaped(BATTERY_EXAMPLE)

    charge_percent: float | None = Field(description="State of charge, of what can be used")
    health_percent: float | None = Field(description="What is left of the capacity it had when new")
    capacity_j: int | None
    available_j: int | None


class ChannelView(View):
    """One load, source or meter."""

    model_config = shaped(CHANNEL_EXAMPLE, LOST_EXAMPLE)

    name: str = Field(description="What people read")
    role: Role = Field(description="Which flow it belongs to")
    quality: Quality = Field(description="How far the values can be trusted")
    age_s: float | None = Field(
        description="Age of the reading at the frame's own `at`; an entry whose age alone moved is not sent again"
    )
    power_w: float | None
    reactive_power_var: float | None
    power_factor: float | None
    frequency_hz: float | None
    energy_import_j: int | None = Field(description="The site's own counter, it never goes backwards")
    energy_export_j: int | None = Field(description="The site's own counter, it never goes backwards")
    phases: Mapping[Phase, PhaseView]
    supply: SupplyView | None = Field(description="Null for a meter that counts none of it")
    details: Mapping[Quantity, Mapping[Place, float]] = Field(
        description="What only some meters tell, by quantity and place; read a few times a minute"
    )
    battery: BatteryView | None = Field(description="Null for what is no battery")
    problem: ReasonView | None = Field(description="Why values are missing")
    notes: tuple[ReasonView, ...] = Field(
        description="What was decided while reading, such as between sources that differ; no fault"
    )


class FlowsView(View):
    """Power of the site. Import, production, battery discharge and consumption are positive.

    All of one moment: grid + production + battery = consumption = measured + unmeasured.
    """

    model_config = shaped(FLOWS_EXAMPLE)

    grid_w: float | None
    production_w: float | None
    battery_w: float | None
    consumption_w: float | None
    unmeasured_w: float | None = Field(description="Consumption that no measured load explains")
    measured_w: float | None = Field(description="Consumption of the measured circuits and the chargers")


class GrantView(View):
    """What a charger may take, who set it, and until when."""

    model_config = shaped(GRANT_EXAMPLE)

    current_a: float = Field(description="Per phase; 0 means no charging")
    phases: tuple[Phase, ...]
    limited_by: str = Field(description="The limit that won, such as main_fuse.L1")
    reason: ReasonView
    expires_at: datetime


class SessionView(View):
    """From plug-in to unplug."""

    model_config = shaped(SESSION_EXAMPLE)

    id: str
    connected_at: datetime
    energy_j: int | None = Field(
        description="By the vehicle meter where there is one, null until it was heard; else by the board"
    )
    duration_s: int = Field(description="Effective charging time: seconds with the contactor closed")


class VehicleMeterView(View):
    """The external meter of a charger. Power and phases of the charger are the meter's while it tells them."""

    model_config = shaped(METER_EXAMPLE)

    device: str = Field(description="The key in site.toml")
    name: str = Field(description="What people read")
    state: MeterState = Field(
        description="starting: may still be silent; late: silent for a moment; lost: error D9, charging is suspended"
    )
    power_w: float | None
    energy_j: int | None = Field(description="What the site has counted of it; it never goes backwards")
    phases: Mapping[Phase, PhaseView]


class ChargerErrorView(View):
    """One of the 18 errors, while it holds."""

    model_config = shaped(ERROR_EXAMPLE)

    code: ErrorCode = Field(description="I of the installation, V of the vehicle, D of the charger itself")
    since: datetime
    detail: ReasonView = Field(description="What was seen")
    gone: bool = Field(description="Whether its cause is gone, only its rule is not met yet")
    latched: bool = Field(description="It came back too often and now needs a recovery attempt")
    unplug: bool = Field(description="Whether the vehicle must be unplugged")
    attempt: bool = Field(description="Whether a recovery attempt ends it, with the vehicle unplugged where it must be")
    blinks: int = Field(description="Flashes of the light in one group: 1, 2 or 3")
    ocpp: OcppError = Field(description="Its name in OCPP 1.6")


class ChargerView(View):
    """A charger, the car at it, what it may take and what people have set on it."""

    model_config = shaped(CHARGER_EXAMPLE)

    name: str = Field(description="What people read")
    quality: Quality
    state: ChargerState
    iec_state: IecState | None = Field(description="IEC 61851-1 state of the control pilot")
    connected: bool | None = Field(description="Whether a car is plugged in; null when not known")
    contactor_closed: bool
    power_w: float | None
    energy_j: int | None = Field(description="Delivered in the charger's life, by its vehicle meter if it has one")
    meter: VehicleMeterView | None = Field(
        description="The external meter that accounts the energy; null where the board's own measurement does"
    )
    session: SessionView | None
    authorization: AuthorizationView
    grant: GrantView | None
    enabled: bool
    mode: ChargingMode
    paused: bool
    user_limit_a: float | None = Field(description="Kept until changed; per phase")
    session_limit_a: float | None = Field(description="Kept until the car is unplugged; per phase")
    installation_limit_a: float = Field(description="Wiring and breaker of this charger; per phase")
    minimum_current_a: float = Field(description="The smallest current a car can be offered")
    hardware_max_a: float | None
    cable_max_a: float | None = Field(description="Rating of the plugged cable; null for a tethered one")
    offered_a: float | None = Field(description="What the pilot offers the car now")
    phases: Mapping[Phase, PhaseView]
    phases_used: tuple[Phase, ...] | None = Field(
        description="Phases the car was seen to draw from; null while unknown"
    )
    problem: ReasonView | None = Field(description="Why it cannot charge, or why values are missing")
    suspended: SuspensionReason | None = Field(description="Set exactly while the state is suspended")
    errors: tuple[ChargerErrorView, ...] = Field(description="All that hold, the most severe first")
    error_counts: Mapping[ErrorCode, int] = Field(description="How often each was raised in the charger's life")


class AttentionView(View):
    """Something that holds now and a person should know."""

    model_config = shaped(ATTENTION_EXAMPLE)

    code: str
    owner: str = Field(description="The device or charger it concerns, or site")
    severity: Literal["info", "warning", "fault"]
    reason: ReasonView


class SnapshotView(View):
    """The whole site at one instant: the answer of /api/v1/snapshot and the first frame of /api/v1/live."""

    model_config = shaped(
        {
            "at": "2026-06-21T10:15:03Z",
            "site": "via-roma-12",
            "flows": FLOWS_EXAMPLE,
            "channels": {"grid": CHANNEL_EXAMPLE, "oven": LOST_EXAMPLE},
            "chargers": {"garage": CHARGER_EXAMPLE},
            "attention": [ATTENTION_EXAMPLE],
        }
    )

    at: datetime
    site: str = Field(description="The site's id")
    flows: FlowsView
    channels: Mapping[str, ChannelView] = Field(description="By the key of the device in site.toml")
    chargers: Mapping[str, ChargerView] = Field(description="By the key of the charger in site.toml")
    attention: tuple[AttentionView, ...]


def _without_default(schema: JsonDict) -> None:
    schema.pop("default", None)


class LiveChange(View):
    """Every further frame of /api/v1/live. What did not change is absent; an entry that is there is whole."""

    model_config = shaped({"at": "2026-06-21T10:15:04Z", "channels": {"grid": CHANNEL_EXAMPLE}})

    at: datetime
    flows: FlowsView | SkipJsonSchema[None] = Field(default=None, json_schema_extra=_without_default)
    channels: Mapping[str, ChannelView] | SkipJsonSchema[None] = Field(
        default=None, json_schema_extra=_without_default, description="Only those that changed"
    )
    chargers: Mapping[str, ChargerView] | SkipJsonSchema[None] = Field(
        default=None, json_schema_extra=_without_default, description="Only those that changed"
    )
    attention: tuple[AttentionView, ...] | SkipJsonSchema[None] = Field(
        default=None, json_schema_extra=_without_default, description="The whole list, when it changed"
    )
