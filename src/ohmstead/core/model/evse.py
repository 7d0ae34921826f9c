"""An EVSE board as the host sees it, whatever wire it speaks.

The board owns what must be faster than 100 ms; the host grants permission under a lease
(``docs/protocols/evse-board.md``). States follow IEC 61851-1: A no vehicle, B connected, C charging,
D charging with ventilation, E no pilot power, F board not available; the digit says whether the pilot is a
steady voltage (1) or carries PWM (2).
"""

from dataclasses import dataclass
from enum import IntFlag, StrEnum
from typing import Literal

from ohmstead.core.model.changing import quick
from ohmstead.core.model.time import Instant

PilotLevel = Literal["A", "B", "C", "D", "E", "F"]
"""What the control pilot's high side shows, measured by the board."""

IecState = Literal["A1", "A2", "B1", "B2", "C1", "C2", "D1", "D2", "E", "F"]

CtInput = Literal["wired", "remote"]
"""Current transformers of a board at the grid connection: on its own terminals, or a remote that reports by radio."""

CtLink = Literal["wired", "unpaired", "pairing", "heard", "lost"]
"""How a board stands with the transformers of an input; only a remote knows others than ``wired``."""

PhaseCount = Literal[1, 3]
"""How many of its terminals a board that switches phases has connected: the first, or all."""

Triple = tuple[float | None, float | None, float | None]
"""Values on the board's own terminals 1, 2, 3 (not yet rotated to the site's phases)."""


class PilotMode(StrEnum):
    """What the host asks the board to put on the control pilot."""

    STEADY = "steady"
    """Constant +12/9/6 V, no offer (X1)."""
    PWM = "pwm"
    FAULT = "fault"
    """State F, −12 V."""
    OFF = "off"
    """State E, 0 V."""


class BoardFault(IntFlag):
    """Faults a board reports by itself; each has opened the contactor already."""

    NONE = 0
    LEASE_LOST = 1
    PILOT_SHORT = 2
    DIODE = 4
    OVER_CURRENT = 8
    RESIDUAL_CURRENT = 16
    CONTACTOR_WELDED = 32
    CONTACTOR_STUCK_OPEN = 64
    OVER_TEMPERATURE = 128
    PROXIMITY = 256
    LOCK = 512
    EARTH = 1024
    """The earth test failed three times within 10 s (G-037)."""
    SUPPLY_REVERSED = 2048
    """Line and neutral are swapped at the input."""
    SENSOR_TEST = 4096
    """The residual-current sensor failed its test."""
    HARDWARE = 8192
    """The board says that it is broken."""
    PILOT = 16384
    """The pilot shows a level of no state, or the board says no more than that."""

    @property
    def names(self) -> str:
        """The single faults in it, in lower case."""
        return "+".join(str(fault.name).lower() for fault in self)


SelfTest = Literal["none", "running", "passed", "failed"]
"""How far a board's own test before a charge is (G-035); ``none`` since the contactor was closed last."""


@dataclass(frozen=True, slots=True)
class BoardIdentity:
    """What a board is and can do. ``rated_current_a`` and ``phases`` are the hardware limit."""

    profile_version: int
    vendor: str
    model: str
    serial: str
    firmware: str
    rated_current_a: float
    phases: int
    socket: bool = False
    starts_with_a: float | None = None
    """What it offers by itself after a start, before a host speaks; ``None`` for nothing."""
    switches_phases: bool = False
    """It can leave terminals 2 and 3 open, so that a vehicle charges on one phase."""


@quick
@dataclass(frozen=True, slots=True)
class BoardSnapshot:
    """One coherent look at a board. Electrical values are per terminal; what it does not measure is ``None``."""

    at: Instant
    pilot: PilotLevel
    pilot_mode: PilotMode
    duty_percent: float
    """Duty on the wire now, 0 when steady at low, 100 when steady at high."""
    contactor_closed: bool
    proximity_a: float | None
    """Cable rating read at plug-in; ``None`` for a tethered cable."""
    currents_a: Triple
    voltages_v: Triple
    power_w: float | None
    energy_j: int | None
    """Lifetime energy delivered, counted by the board."""
    faults: BoardFault
    temperature_c: float | None
    lease_left_s: float | None
    """``None`` for a board without a lease: what it was told last stands until it is told otherwise."""
    uptime_s: float | None
    """``None`` for a board that does not tell since when it runs."""
    present: BoardFault = BoardFault.NONE
    """Those of ``faults`` whose cause is there now, the others are only latched; none where a board cannot tell."""
    locked: bool | None = None
    """Feedback of the socket's lock; ``None`` without one."""
    self_test: SelfTest | None = None
    residual_ma: float | None = None
    """DC residual current."""
    proximity_ohm: float | None = None
    """Resistance of the proximity contact now; ``None`` for a tethered cable and boards that only tell the rating."""
    phases: PhaseCount | None = None
    """What a board that switches phases has connected, by feedback; ``None`` on the way, and for all others."""


@dataclass(frozen=True, slots=True)
class GridCt:
    """What a board knows of the grid connection by one of its inputs (G-133).

    Values are per transformer, ``None`` where it has none; power is signed, import positive, and only there where the
    board measures the voltage of the same conductor. ``age_s`` is how old they are at the answer, ``None`` when
    nothing was ever measured.
    """

    link: CtLink
    sample: int
    """Counts the measurements; the same number stands for the same values."""
    age_s: float | None
    currents_a: Triple
    voltages_v: Triple = (None, None, None)
    powers_w: Triple = (None, None, None)
    remote: int | None = None
    """Number of the remote that is paired."""
    signal_dbm: int | None = None


@quick
@dataclass(frozen=True, slots=True)
class BoardCommands:
    """Everything the host asks of a board, sent whole each time; sending it renews the lease, where there is one."""

    pilot_mode: PilotMode
    duty_percent: float
    permit_close: bool
    clear_faults: bool = False
    self_test: bool = False
    """Test sensor, contacts and earth while the contactor is open (G-035)."""
    lock: bool = False
    ventilated: bool = False
    """State D may be served (G-034)."""
    earth_test: bool = True
    """False on an IT supply (G-037)."""
    one_phase: bool = False
    """Terminals 2 and 3 are to be open; a board with the ability does it once its contactor is open."""
