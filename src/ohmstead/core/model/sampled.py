"""What is measured from samples: how a front end is wired, and what a second, or a closer look, shows.

These cross a pipe between two processes as JSON; nothing here needs numpy. Values stand in V, A, W, var, VA, Hz, s and
J; distortion and unbalance are shares. What has no meaning, such as a factor where nothing flows, is ``None``.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from ohmstead.core.model.quantities import NOMINAL_VOLTAGE_V, GridType, Phase, Role
from ohmstead.core.model.readings import PhaseReading
from ohmstead.core.model.reasons import Reason

NOMINAL_V: Mapping[GridType, float] = {
    "1x230": 230.0,
    "3x400+N": 230.0,
    "3x230": 230.0 / math.sqrt(3),
    "2x120/240": 120.0,
    "3x120/208": 120.0,
    "3x277/480": 277.0,
    "3x347/600": 347.0,
}
"""Of each terminal against the reference of the front end."""


def nominal_v(grid_type: GridType) -> float:
    """What a charger measures between its terminals and its neutral; without one in the supply, between two phases."""
    return NOMINAL_VOLTAGE_V if grid_type == "3x230" else NOMINAL_V[grid_type]


VOLTAGE_BAND = (0.9, 1.1)
"""Of the nominal voltage: where a supply should be (EN 50160)."""
CLOCK_SET_S = 1e9
"""Seconds since 1970 below which no clock of a front end can truly be."""
MOST_POINTS = 28
"""Measuring points of one front end (EM-153)."""


@dataclass(frozen=True, slots=True)
class PointWiring:
    """One measuring point: its current column from 0, its code, and its transformer."""

    column: int
    code: Phase
    rating_a: float | None = None
    gain: float = 1.0
    phase_error: tuple[tuple[float, float], ...] = ()
    """(amperes, degrees) by which it leads."""
    reversed: bool = False


@dataclass(frozen=True, slots=True)
class Wiring:
    """What a worker is told once: where the front end is, and what hangs on it."""

    host: str
    port: int
    grid_type: GridType
    circuits: Mapping[str, tuple[PointWiring, ...]]
    roles: Mapping[str, Role] = field(default_factory=dict)
    timezone: str = "UTC"
    """Of the site: when it is night there."""


@dataclass(frozen=True, slots=True)
class PointValues:
    """One point over a second."""

    column: int
    code: Phase
    voltage_v: float
    current_a: float
    power_w: float
    reactive_power_var: float
    apparent_power_va: float
    non_active_power_va: float
    power_factor: float | None
    displacement_factor: float | None
    thd_voltage: float | None
    thd_current: float | None
    clipped: bool = False
    too_large: bool = False
    """Its current has been beyond its transformer's range for a while (G-117)."""
    direct: bool = False
    """A direct current has been beside it for a while, which no transformer passes."""
    open: bool = False
    """The other two phases of a balanced load have been flowing for a while, and this one shows nothing."""


@dataclass(frozen=True, slots=True)
class CircuitValues:
    """A load or source over a second; the energies count from the worker's start."""

    power_w: float
    reactive_power_var: float
    power_factor: float | None
    energy_import_j: int
    energy_export_j: int
    phases: Mapping[Phase, PhaseReading]
    points: tuple[PointValues, ...]


DisturbanceKind = Literal["dip", "swell", "interruption"]


@dataclass(frozen=True, slots=True)
class VoltageEvent:
    """A disturbance of the supply (IEC 61000-4-30) at the terminals, counted from 0."""

    kind: DisturbanceKind
    terminals: tuple[int, ...]
    began_s: float
    """Seconds since 1970, or since the front end's start where its clock is not set."""
    duration_s: float
    extreme_v: float
    """The residual voltage of a dip or an interruption, the highest of a swell."""
    whole: bool = True
    """False where it is not over, or samples went missing before it was: it lasts longer."""


@dataclass(frozen=True, slots=True)
class FlickerSeverity:
    """Pst of each terminal over ten minutes (IEC 61000-4-15); ``None`` where too little of them was seen."""

    ended_s: float
    """Seconds since 1970, or since the front end's start where its clock is not set."""
    pst: tuple[float | None, ...]
    flagged: bool = False
    """A dip, swell or interruption fell into it, which is another thing than flicker (IEC 61000-4-30)."""


@dataclass(frozen=True, slots=True)
class Second:
    """What one front end measured in about a second; ``measured_s`` of ``length_s`` had all its samples."""

    length_s: float
    measured_s: float
    frequency_hz: float | None
    terminals_v: tuple[float, ...]
    line_voltages_v: tuple[float | None, ...]
    unbalance_negative: float | None
    unbalance_zero: float | None
    clockwise: bool | None
    clipped: tuple[int, ...]
    """Columns whose converter was at its end, voltages first."""
    circuits: Mapping[str, CircuitValues]
    disturbances: tuple[VoltageEvent, ...] = ()
    """Those that ended since the last second."""
    running: tuple[VoltageEvent, ...] = ()
    """Those that are not over."""
    flicker: FlickerSeverity | None = None
    """In the second in which ten minutes ended."""
    lost: int = 0
    """Samples that never came, since the start of the connection."""
    spoiled: int = 0
    """Frames with a wrong checksum, likewise."""


@dataclass(frozen=True, slots=True)
class Spectrum:
    """One column over the last window: RMS of the subgroups of orders 0 to 40, and its phasor against terminal 1."""

    name: str
    phase: Phase | None
    unit: Literal["V", "A"]
    rms: float
    harmonics: tuple[float, ...]
    phasor: tuple[float, float]
    waveform: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class CloseLook:
    """Voltages and the points of one circuit in detail; the waveforms begin together, ``step_s`` apart."""

    frequency_hz: float
    step_s: float
    voltages: tuple[Spectrum, ...]
    currents: tuple[Spectrum, ...]
    nominal_hz: int = 50


@dataclass(frozen=True, slots=True)
class ProposedPoint:
    """What the data say about one point; see ``ohmstead.core.commissioning.detection``."""

    circuit: str
    column: int
    phase: Phase | None
    reversed: bool
    rating: float
    sure: bool
    reason: Reason


@dataclass(frozen=True, slots=True)
class ProposedWiring:
    """A proposal for the circuits of a front end, from ``seconds`` of observation. Nothing is changed by it."""

    seconds: float
    points: tuple[ProposedPoint, ...]
    coverage: Mapping[Phase, float]
    """Which part of each conductor's changes the circuits explain."""
    residual_a: Mapping[Phase, float] = field(default_factory=dict)
    """RMS of what they do not."""
    mains: tuple[ProposedPoint, ...] = ()
    """The same for the three points of the supply itself."""
    night_s: float = 0.0
    """How long the supply was watched in the dark."""


@dataclass(frozen=True, slots=True)
class PowerQuality:
    """All that is known of the power at one device and the voltages that drive it."""

    device: str
    at: datetime
    grid_type: GridType
    second: Second
    values: CircuitValues
    look: CloseLook
    supply: str = ""
    """The device that tells what concerns the supply of all that share the front end."""
    disturbances: tuple[VoltageEvent, ...] = ()
    """The latest of the supply that are over, the last first."""
    flicker: tuple[FlickerSeverity, ...] = ()
    """Of the last day, the last first."""
