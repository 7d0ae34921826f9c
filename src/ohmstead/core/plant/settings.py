"""What a simulated building consists of. All values are frozen; the world keeps what changes.

Power is positive when consumed, watts at nominal conditions; seconds are counted from the start of the world
unless a field says otherwise.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from ohmstead.core.model.evse import BoardCommands
from ohmstead.core.model.quantities import PHASES, GridType, Phase
from ohmstead.core.model.readings import UtilityKind
from ohmstead.core.plant.appliances import ApplianceSettings
from ohmstead.core.plant.flaws import Flaw
from ohmstead.core.plant.protection import ITALIAN_CONTRACT, TYPE_C, BreakerCurve, ContractTable

GRID = "grid"
"""The measuring point at the head of the building; every other point hangs below it."""

DELTA: GridType = "3x230"
"""The grid type without a neutral: its loads hang between two conductors, which a phase names as a code (EM-151)."""

SUPPLIES: Mapping[GridType, tuple[float, float, tuple[Phase, ...]]] = {
    "1x230": (230.0, 50.0, PHASES[:1]),
    "3x400+N": (230.0, 50.0, PHASES),
    DELTA: (230.0 / math.sqrt(3), 50.0, PHASES),
    "2x120/240": (120.0, 60.0, PHASES[:2]),
    "3x120/208": (120.0, 60.0, PHASES),
    "3x277/480": (277.0, 60.0, PHASES),
    "3x347/600": (347.0, 60.0, PHASES),
}
"""Volts to neutral, on a delta grid to the star point of the supply; hertz, and phases."""


@dataclass(frozen=True, slots=True)
class CarSettings:
    """One vehicle as EV-306 wants them: its own phases, limit, reaction and bad habits.

    ``lag_s`` is the dead time from a new offer to the first change of current, then the current moves by
    ``ramp_a_per_s`` (by default 8 A/s, or what it takes to be there 5 s after the offer). ``overdraw`` 1.26 draws 126 %
    of the offer. ``ignores_stop`` keeps drawing when PWM ends. ``charged_kwh`` is in the battery at each arrival.
    ``pilot_ohm`` is what stands between its pilot and earth instead of the resistors of its states; ``leakage_ma`` a DC
    residual current while it is connected. A ``simplified`` one has no switch in its pilot: it shows C from the moment
    it is plugged in and draws 10 A when there is voltage. One that ``sleeps_s`` without an offer looks at the pilot
    again only when that has been F or off. A ``phase_shy`` one that finds other phases live than before, without having
    been unplugged, draws no more until it is.
    """

    phases: int = 3
    max_current_a: float = 16.0
    lag_s: float = 2.0
    ramp_a_per_s: float | None = None
    min_current_a: float = 6.0
    battery_kwh: float = 60.0
    charged_kwh: float = 20.0
    efficiency: float = 0.9
    power_factor: float = 0.995
    ventilation: bool = False
    overdraw: float = 1.0
    ignores_stop: bool = False
    diode_ok: bool = True
    pilot_ohm: float | None = None
    leakage_ma: float = 0.0
    simplified: bool = False
    sleeps_s: float | None = None
    phase_shy: bool = False


CAR_11_KW = CarSettings()
"""Three phases, 16 A."""

CAR_7_KW = CarSettings(phases=1, max_current_a=32.0, battery_kwh=40.0, charged_kwh=10.0)
"""One phase, 32 A."""


@dataclass(frozen=True, slots=True)
class CtSettings:
    """Current transformers at the supply, ``count`` of them, one around the conductor of each terminal of a board.

    ``gain_error`` is the largest share, ``angle_error_deg`` the largest angle by which one may be wrong; ``noise_a``
    what it wanders. ``voltage`` tells whether the board measures voltage, and so power. ``paired`` is for a remote.
    """

    count: int = 3
    voltage: bool = True
    gain_error: float = 0.01
    angle_error_deg: float = 2.0
    noise_a: float = 0.02
    seed: int = 1
    paired: bool = True


@dataclass(frozen=True, slots=True)
class ChargerSettings:
    """One EVSE board at the end of its own cable, and the car that visits it.

    ``phases`` names the site phase behind each terminal of the board, in order. ``cable_rating_a`` is coded in
    the plug of a loose cable; ``None`` means a tethered one.
    """

    name: str
    phases: tuple[Phase, ...] = PHASES
    rated_current_a: float = 32.0
    cable_r_ohm: float = 0.04
    cable_rating_a: float | None = None
    car: CarSettings = CAR_11_KW
    plugged: bool = False
    parent: str = GRID
    lease_s: float = 1.0
    """How long the board trusts its host's last word; real boards of our profile have 1 s. A longer one makes a long
    story cheaper, for the pilot loop may then turn more seldom; infinity is a board without a lease."""
    switches_phases: bool = False
    """Whether terminals 2 and 3 have a contactor of their own."""
    boots_with: BoardCommands | None = None
    """What a board without a lease does after a start, before a host speaks."""
    ct: CtSettings | None = None
    """Current transformers on the board's own input."""
    radio_ct: CtSettings | None = None
    """Current transformers with a radio."""


@dataclass(frozen=True, slots=True)
class CircuitSettings:
    """A measuring point with the loads behind it, fed from ``parent`` over its own cable."""

    name: str
    phases: tuple[Phase, ...] = PHASES
    parent: str = GRID
    cable_r_ohm: float = 0.0


@dataclass(frozen=True, slots=True)
class Cycle:
    """On for ``on_s``, off for ``off_s``, for ever; where in its cycle a load starts comes from the seed."""

    on_s: float
    off_s: float


@dataclass(frozen=True, slots=True)
class Daily:
    """On at ``(start, duration)`` seconds of each UTC day."""

    spans: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class LoadSettings:
    """One consumer. ``pattern`` is ``True`` (always on), ``False`` (only by command), a cycle or a day plan.

    ``noise`` is the share by which the power wanders, a new value every second.
    """

    name: str
    watts: Mapping[Phase, float]
    power_factor: float = 1.0
    noise: float = 0.0
    pattern: bool | Cycle | Daily = True
    circuit: str = GRID


@dataclass(frozen=True, slots=True)
class SolarSettings:
    """An inverter with flat panels. ``cloudiness`` 0 is a clear sky, 1 lets clouds take nearly all."""

    peak_w: float
    inverter_w: float
    cloudiness: float = 0.0
    name: str = "solar"
    phases: tuple[Phase, ...] = PHASES


@dataclass(frozen=True, slots=True)
class BatterySettings:
    """A battery behind an inverter that keeps the grid at ``target_w`` by itself, from its own look at the grid.

    ``efficiency`` is there and back, halves of it each way; ``lag_s`` the time in which its power covers 63 % of a
    change. ``reserve`` is the charge it never discharges below. ``standby_w`` comes out of what it holds.
    """

    capacity_kwh: float
    charge_w: float
    discharge_w: float
    charge: float = 0.5
    reserve: float = 0.05
    efficiency: float = 0.9
    lag_s: float = 2.0
    target_w: float = 0.0
    standby_w: float = 0.0
    name: str = "battery"
    phases: tuple[Phase, ...] = PHASES


@dataclass(frozen=True, slots=True)
class WeatherSettings:
    """The air outside: its mean over the day, and how far the warmest hour is from the coldest, in °C."""

    mean_c: float = 15.0
    swing_c: float = 8.0


@dataclass(frozen=True, slots=True)
class Draw:
    """Gas or water taken each UTC day from ``start_s`` on for ``for_s`` seconds, ``volume_m3`` in all."""

    start_s: float
    for_s: float
    volume_m3: float


@dataclass(frozen=True, slots=True)
class UtilitySettings:
    """A gas or water meter that gives a pulse for every ``pulse_m3``."""

    name: str
    kind: UtilityKind
    start_m3: float = 0.0
    pulse_m3: float = 0.01
    draws: tuple[Draw, ...] = ()


@dataclass(frozen=True, slots=True)
class Cue:
    """Something that happens by itself at a second of the story.

    ``auto`` gives a load back to its own pattern, ``draw`` lets it draw ``watts``, ``hurt`` gives a
    charger or its car a ``flaw`` and ``heal`` takes all flaws off; ``cut`` and ``restore`` are about the mains.
    """

    at_s: float
    action: Literal["plug", "unplug", "on", "off", "auto", "draw", "hurt", "heal", "cut", "restore"]
    target: str = GRID
    watts: Mapping[Phase, float] = field(default_factory=dict)
    flaw: Flaw | None = None


@dataclass(frozen=True, slots=True)
class WorldSettings:
    """A whole building on its supply. ``None`` for the fuse or the contract leaves that protection out."""

    start: datetime
    seed: int = 1
    latitude: float = 41.9
    longitude: float = 12.5
    grid_type: GridType = "3x400+N"
    """On a delta grid the phases of loads, circuits and inverters are codes: L1 is between L1 and L3, L2 between L2
    and L3, L3 between L1 and L2. So is that of a car on one phase; one on three draws from each conductor alike."""
    voltage_wander: float = 0.0
    """Share by which the supply's voltage wanders slowly around nominal, e.g. 0.01."""
    supply_r_ohm: float = 0.05
    """Of each phase conductor of the supply cable, and of its neutral."""
    main_fuse_a: float | None = 25.0
    breaker_curve: BreakerCurve = TYPE_C
    contract_w: float | None = None
    contract_table: ContractTable = ITALIAN_CONTRACT
    circuits: tuple[CircuitSettings, ...] = ()
    loads: tuple[LoadSettings, ...] = ()
    appliances: tuple[ApplianceSettings, ...] = ()
    solar: SolarSettings | None = None
    battery: BatterySettings | None = None
    utilities: tuple[UtilitySettings, ...] = ()
    weather: WeatherSettings = WeatherSettings()
    chargers: tuple[ChargerSettings, ...] = ()
    story: tuple[Cue, ...] = ()
    counters_j: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    """Import and export counters the meters start with, by point."""
    boards_on_s: float = 0.0
    """How long the chargers' boards have been on at the start."""
