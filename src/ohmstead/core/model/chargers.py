"""A charger and its session, as control and people see them (EV-044, EV-045, G-052)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from ohmstead.core.model.authorization import NOBODY, Authorization, AuthorizationMode
from ohmstead.core.model.changing import quick
from ohmstead.core.model.departure import Departure
from ohmstead.core.model.evse import IecState
from ohmstead.core.model.faults import ErrorCode
from ohmstead.core.model.modes import NO_PROGRAMS, SOLAR, ChargingMode, DefaultMode, GreenOptions, Program
from ohmstead.core.model.panel import STANDARD, PanelOptions
from ohmstead.core.model.phases import PhasesSeen, PhaseSwitching
from ohmstead.core.model.quantities import Phase, Quality
from ohmstead.core.model.readings import PhaseReading
from ohmstead.core.model.reasons import Reason
from ohmstead.core.model.time import Instant

Earthing = Literal["tn", "tt", "it"]
"""How the supply is earthed (G-087); on an IT supply the earth cannot be tested."""

WakeUp = Literal["off", "once", "patient"]
"""How a vehicle that does not ask is woken; the profiles stand in ``core.charging.wake_up``."""


class ChargerState(StrEnum):
    """The states of EV-044, in the order of a charge; which one holds when is told in ``core.charging.states``."""

    INITIALISING = "initialising"
    INCOMPLETE_INSTALLATION = "incomplete_installation"
    NOT_ENABLED = "not_enabled"
    OUT_OF_SERVICE = "out_of_service"
    NOT_CONNECTED = "not_connected"
    WAITING_AUTHORISATION = "waiting_authorisation"
    WAITING_TRANSACTION_CONFIRMATION = "waiting_transaction_confirmation"
    """Only where an OCPP central system has to confirm."""
    CONNECTED_NO_CURRENT = "connected_no_current"
    """Only with load management or OCPP (EV-046): there was no energy for this car yet."""
    CONNECTED_WAITING_VEHICLE = "connected_waiting_vehicle"
    PRE_CHARGE_TEST = "pre_charge_test"
    CHARGING = "charging"
    SUSPENDED = "suspended"
    """With one :class:`SuspensionReason`."""
    COMPLETE = "complete"
    ERROR = "error"
    """With at least one :class:`ChargerError`."""
    UPDATING = "updating"


class SuspensionReason(StrEnum):
    """Why charging is suspended: exactly one of the six of EV-045."""

    INVALID_PROGRAM = "invalid_program"
    ENERGY_NOT_AVAILABLE = "energy_not_available"
    GREEN_ENERGY_NOT_AVAILABLE = "green_energy_not_available"
    VENTILATION = "ventilation"
    DEVICE_NOT_ENABLED = "device_not_enabled"
    """Only in OCPP mode."""
    PAUSED = "paused"


@dataclass(frozen=True, slots=True)
class ChargerError:
    """One of the 18 errors of ``core.model.faults`` that holds now.

    ``detail`` says what was seen. ``latched``: it has come back too often to end by itself. ``gone``: its cause is
    gone, only its clearing rule is not met yet.
    """

    code: ErrorCode
    since: Instant
    detail: Reason
    latched: bool = False
    gone: bool = False


@dataclass(frozen=True, slots=True)
class ChargerOptions:
    """What a person has set on one charger. Pause and session limit live until it is unplugged (G-024, G-051).

    ``programs`` are exactly six, of which ``default_mode`` takes the place while none is active (EV-111, EV-112).
    """

    enabled: bool = True
    mode: ChargingMode = "fast"
    user_limit_a: float | None = None
    paused: bool = False
    session_limit_a: float | None = None
    authorization: AuthorizationMode = "none"
    priority: int | None = None
    """0 to 4 (EV-146); ``None`` as the installer set it."""
    green: GreenOptions = SOLAR
    programs: tuple[Program, ...] = NO_PROGRAMS
    default_mode: DefaultMode = "fast"
    panel: PanelOptions = STANDARD
    departure: Departure | None = None
    """A target that lives until the car is unplugged."""
    phase_switching: PhaseSwitching = "off"
    keep_phases: bool = False
    """The car that is there is not to be switched; until it is unplugged."""


@quick
@dataclass(frozen=True, slots=True)
class Session:
    """From plug-in to unplug (G-052). ``charging_s`` is the effective time with the contactor closed.

    ``energy_j`` is ``None`` as long as a vehicle meter that accounts it has not been heard, and where nobody measures.
    """

    id: str
    charger: str
    connected_at: Instant
    energy_j: int | None = 0
    charging_s: float = 0.0
    green_j: int | None = None
    """What of it came from the site's own sources (G-017)."""
    authorization: str | None = None
    """``None``, ``App`` or ``RFID:<number>``, once it was given (G-072)."""
    switchings: int = 0
    """How often it was switched between one phase and three."""


MeterState = Literal["good", "starting", "late", "lost"]
"""Of a vehicle meter: ``starting`` may still be silent (G-039), ``late`` is silent for a moment, ``lost`` is D9."""


@dataclass(frozen=True, slots=True)
class VehicleMeter:
    """The external meter that accounts what a charger delivers (EV-175). Values stand only while it is good."""

    device: str
    state: MeterState
    power_w: float | None = None
    phases: Mapping[Phase, PhaseReading] = field(default_factory=dict)


@quick
@dataclass(frozen=True, slots=True)
class ChargerReading:
    """One look at a charger of any kind, electrical values rotated to the *site's* phases.

    ``phases`` holds voltage, current and power where the charger measures them. ``phases_used`` are those the
    car has been seen to draw from in this session, ``None`` while unknown. ``offered_a`` is what the pilot
    offers now, the bound of what the car may draw at once. ``meter`` is its vehicle meter, if it has one: what is
    protected goes by the board's own ``phases``, what is accounted by the meter alone (G-079).
    """

    charger: str
    at: Instant
    quality: Quality
    state: ChargerState
    iec_state: IecState | None = None
    connected: bool | None = None
    contactor_closed: bool = False
    offered_a: float | None = None
    hardware_max_a: float | None = None
    cable_max_a: float | None = None
    phases: Mapping[Phase, PhaseReading] = field(default_factory=dict)
    phases_used: tuple[Phase, ...] | None = None
    power_w: float | None = None
    energy_j: int | None = None
    session: Session | None = None
    problem: Reason | None = None
    meter: VehicleMeter | None = None
    suspended: SuspensionReason | None = None
    """Set exactly while ``state`` is suspended."""
    errors: tuple[ChargerError, ...] = ()
    """All that hold, the most severe first (G-040)."""
    error_counts: Mapping[ErrorCode, int] = field(default_factory=dict)
    """How often each was raised in the charger's life."""
    authorization: Authorization = NOBODY
    switching: PhasesSeen | None = None
    """Only where the phases can be switched."""
