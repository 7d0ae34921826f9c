"""A charger as people and programs see it, in each snapshot."""

from collections.abc import Mapping
from datetime import datetime

from pydantic import Field
from pydantic.config import JsonDict

from ohmstead.core.model.chargers import ChargerState, MeterState, SuspensionReason
from ohmstead.core.model.evse import IecState
from ohmstead.core.model.faults import ErrorCode, OcppError
from ohmstead.core.model.modes import ChargingMode
from ohmstead.core.model.quantities import Phase, Quality
from ohmstead.web.views.authorization import AUTHORIZATION_EXAMPLE, AuthorizationView
from ohmstead.web.views.base import ReasonView, View, shaped
from ohmstead.web.views.modes import (
    DEPARTURE_PLAN_EXAMPLE,
    EXPLANATION_EXAMPLE,
    GREEN_EXAMPLE,
    DeparturePlanView,
    ExplanationView,
    GreenView,
)
from ohmstead.web.views.phases import PHASES_EXAMPLE, PhaseSwitchingView

PHASE_EXAMPLE: JsonDict = {
    "voltage_v": 231.2,
    "current_a": 3.1,
    "power_w": 612.0,
    "reactive_power_var": 85.0,
    "power_factor": 0.99,
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
    "green_energy_j": 30_240_000,
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
    "green": GREEN_EXAMPLE,
    "explanation": EXPLANATION_EXAMPLE,
    "paused": False,
    "user_limit_a": None,
    "session_limit_a": None,
    "departure": DEPARTURE_PLAN_EXAMPLE,
    "priority": 2,
    "installation_limit_a": 16.0,
    "minimum_current_a": 6.0,
    "hardware_max_a": 32.0,
    "cable_max_a": None,
    "offered_a": 10.0,
    "phases": {"L1": PHASE_EXAMPLE},
    "phases_used": ["L1"],
    "phase_switching": PHASES_EXAMPLE,
    "problem": None,
    "suspended": None,
    "errors": [],
    "error_counts": {"V1": 1},
}


class PhaseView(View):
    """One phase as measured."""

    model_config = shaped(PHASE_EXAMPLE)

    voltage_v: float | None = Field(description="Phase to neutral")
    current_a: float | None = Field(description="A magnitude unless the meter gives a sign")
    power_w: float | None = Field(description="Active power, positive towards the load")
    reactive_power_var: float | None
    power_factor: float | None


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
    green_energy_j: int | None = Field(description="What of it was not imported; null until the grid meter was heard")
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
    green: GreenView = Field(description="How Green charges, chosen or by a program")
    explanation: ExplanationView | None = Field(description="Null before the first decision")
    paused: bool
    user_limit_a: float | None = Field(description="Kept until changed; per phase")
    session_limit_a: float | None = Field(description="Kept until the car is unplugged; per phase")
    departure: DeparturePlanView | None = Field(description="What is to be in the car by when; until it is unplugged")
    priority: int = Field(description="4 goes first, 0 last")
    installation_limit_a: float = Field(description="Wiring and breaker of this charger; per phase")
    minimum_current_a: float = Field(description="The smallest current a car can be offered")
    hardware_max_a: float | None
    cable_max_a: float | None = Field(description="Rating of the plugged cable; null for a tethered one")
    offered_a: float | None = Field(description="What the pilot offers the car now")
    phases: Mapping[Phase, PhaseView]
    phases_used: tuple[Phase, ...] | None = Field(
        description="Phases the car was seen to draw from; null while unknown"
    )
    phase_switching: PhaseSwitchingView | None = Field(description="Null where the board cannot switch its phases")
    problem: ReasonView | None = Field(description="Why it cannot charge, or why values are missing")
    suspended: SuspensionReason | None = Field(description="Set exactly while the state is suspended")
    errors: tuple[ChargerErrorView, ...] = Field(description="All that hold, the most severe first")
    error_counts: Mapping[ErrorCode, int] = Field(description="How often each was raised in the charger's life")
