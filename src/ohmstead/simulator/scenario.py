"""A scenario file: the shape of a TOML file that describes a simulated building and what happens in it.

Keys that ``site.toml`` has too keep their name and meaning; ``wire`` stands for ``connect``, for the simulator finds
the address. Every model refuses unknown keys; what its parts must have in common is looked at in
:mod:`ohmstead.simulator.scenario_checks`. The page for people is ``docs/simulator.md``.
"""

from typing import Annotated, Literal

from pydantic import Field, Tag, model_validator

from ohmstead.core.model.modes import ChargingMode
from ohmstead.core.model.naming import Key
from ohmstead.core.model.phases import PhaseSwitching
from ohmstead.core.model.quantities import MINIMUM_CURRENT_A, GridType, Phase
from ohmstead.core.model.readings import UtilityKind
from ohmstead.core.model.setting_values import Phases
from ohmstead.core.plant.settings import GRID
from ohmstead.simulator.scenario_devices import DevicePart, WirePart
from ohmstead.simulator.scenario_values import (
    DAYS,
    Amps,
    Celsius,
    Day,
    Name,
    Names,
    Ohms,
    Part,
    Positive,
    Share,
    SinceStart,
    Start,
    TimeOfDay,
    Watts,
    Zone,
    tagged,
)
from ohmstead.simulator.settings import CardReaderKind, Trouble


class SitePart(Part):
    """The place and its supply contract; ``latitude`` and ``longitude`` say where the sun stands."""

    name: Name
    timezone: Zone
    grid_type: GridType = "3x400+N"
    main_fuse_a: float | None = Field(default=None, ge=MINIMUM_CURRENT_A, le=2000)
    contract_power_w: float | None = Field(default=None, ge=500, le=2_000_000)
    latitude: float = Field(default=41.9, ge=-90, le=90)
    longitude: float = Field(default=12.5, ge=-180, le=180)


class SupplyPart(Part):
    """The street: by what share its voltage wanders, and the resistance of each conductor up to the house."""

    voltage_wander: float = Field(default=0.0, ge=0, le=0.1)
    cable_ohm: Ohms = 0.05


class WeatherPart(Part):
    """Sky and air of the day: clouds from 0 to 1, the mean temperature, and its swing between night and day."""

    cloudiness: Share = 0.0
    mean_c: Celsius = 15.0
    swing_c: float = Field(default=8.0, ge=0, le=40)


class CircuitPart(Part):
    """A measuring point with its own cable; with a limit, one that the site's chargers keep."""

    phases: Phases | None = None
    parent: str = GRID
    cable_ohm: Ohms = 0.0
    limit_a: float | None = Field(default=None, ge=MINIMUM_CURRENT_A, le=2000)
    limit_w: float | None = Field(default=None, ge=500, le=2_000_000)
    fallback_current_a: float = Field(default=0.0, ge=0, le=2000)

    @property
    def limited(self) -> bool:
        """Whether the site's chargers keep a limit here."""
        return self.limit_a is not None or self.limit_w is not None


class SpanPart(Part):
    """A time of day, and for how long."""

    at: TimeOfDay
    for_s: float = Field(gt=0, le=86_400)


class CyclePart(Part):
    """On and off for ever; where in the cycle it begins comes from the seed."""

    on_s: float = Field(gt=0, le=86_400)
    off_s: float = Field(gt=0, le=86_400)


class _Load(Part):
    circuit: str = GRID


class PlainLoad(_Load):
    """Draws what it is told: always (``on = true``), by command (``false``), in a cycle, or at times of the day."""

    kind: Literal["plain"] = "plain"
    power_w: dict[Phase, Watts] = Field(default_factory=dict)
    power_factor: float = Field(default=1.0, gt=0, le=1)
    noise: Share = 0.0
    on: bool | None = None
    cycle: CyclePart | None = None
    daily: tuple[SpanPart, ...] | None = None

    @model_validator(mode="after")
    def _one_pattern(self) -> "PlainLoad":
        if sum(each is not None for each in (self.on, self.cycle, self.daily)) > 1:
            raise ValueError("one of on, cycle and daily")
        return self


class KettleLoad(_Load):
    """Boils water at times of the day, or when it is switched on."""

    kind: Literal["kettle"]
    phase: Phase = "L1"
    power_w: float = Field(default=2200.0, gt=0, le=3680)
    litres: float = Field(default=1.0, gt=0, le=5)
    daily: tuple[TimeOfDay, ...] = ()


class OvenLoad(_Load):
    """Keeps its temperature for a while of the day, or while it is switched on."""

    kind: Literal["oven"]
    phase: Phase = "L1"
    power_w: float = Field(default=2500.0, ge=1000, le=5000)
    setpoint_c: float = Field(default=180.0, ge=50, le=280)
    daily: tuple[SpanPart, ...] = ()


class WashingMachineLoad(_Load):
    """Runs its program at times of the day, or when it is switched on."""

    kind: Literal["washing-machine"]
    phase: Phase = "L1"
    heater_w: float = Field(default=2000.0, ge=500, le=3000)
    motor_w: float = Field(default=600.0, ge=100, le=1500)
    wash_c: float = Field(default=40.0, ge=20, le=90)
    daily: tuple[TimeOfDay, ...] = ()


class HeatPumpLoad(_Load):
    """Heats the house by the weather."""

    kind: Literal["heat-pump"]
    phases: Phases | None = None
    power_w: float = Field(default=2200.0, ge=200, le=50_000)
    power_factor: float = Field(default=0.9, gt=0.5, le=1)
    loss_w_per_k: float = Field(default=220.0, gt=0, le=20_000)
    room_c: float = Field(default=20.0, ge=5, le=30)
    flow_c: float = Field(default=35.0, ge=25, le=65)
    buffer_litres: float = Field(default=300.0, ge=50, le=10_000)
    inrush: float = Field(default=5.0, ge=1, le=10)
    inrush_s: float = Field(default=0.3, gt=0, lt=1)
    hot_water: tuple[TimeOfDay, ...] = ()
    tank_litres: float = Field(default=200.0, ge=20, le=10_000)


LoadPart = Annotated[
    Annotated[PlainLoad, Tag("plain")]
    | Annotated[KettleLoad, Tag("kettle")]
    | Annotated[OvenLoad, Tag("oven")]
    | Annotated[WashingMachineLoad, Tag("washing-machine")]
    | Annotated[HeatPumpLoad, Tag("heat-pump")],
    tagged("kind", "plain"),
]


class SolarPart(Part):
    """Panels and their inverter: the measuring point ``solar``. How cloudy it is says the weather."""

    peak_w: Positive
    inverter_w: Positive
    phases: Phases | None = None


class BatteryPart(Part):
    """A battery whose inverter keeps the grid at ``target_w`` by itself: the measuring point ``battery``."""

    capacity_kwh: float = Field(gt=0, le=10_000)
    charge_w: Positive
    discharge_w: Positive
    charge: Share = 0.5
    reserve: Share = 0.05
    efficiency: float = Field(default=0.9, gt=0.3, le=1)
    lag_s: float = Field(default=2.0, ge=0, le=60)
    target_w: Watts = 0.0
    standby_w: float = Field(default=0.0, ge=0, le=1000)
    phases: Phases | None = None


class DrawPart(SpanPart):
    """Gas or water that is taken in that time."""

    litres: float = Field(gt=0, le=1e6)


class UtilityPart(Part):
    """A gas or water meter with pulses."""

    kind: UtilityKind
    start_m3: float = Field(default=0.0, ge=0, le=1e6)
    pulse_litres: float = Field(default=10.0, gt=0, le=1000)
    daily: tuple[DrawPart, ...] = ()


class CarPart(Part):
    """The car that visits a charger, as ``CarSettings`` of the plant has it."""

    phases: int = Field(default=3, ge=1, le=3)
    max_current_a: float = Field(default=16.0, ge=MINIMUM_CURRENT_A, le=80)
    lag_s: float = Field(default=2.0, ge=0, le=5)
    ramp_a_per_s: float | None = Field(default=None, gt=0, le=1000)
    min_current_a: float = Field(default=6.0, ge=6, le=16)
    battery_kwh: float = Field(default=60.0, gt=0, le=1000)
    charged_kwh: float = Field(default=20.0, ge=0, le=1000)
    efficiency: float = Field(default=0.9, gt=0.5, le=1)
    power_factor: float = Field(default=0.995, gt=0.5, le=1)
    ventilation: bool = False
    overdraw: float = Field(default=1.0, ge=0.5, le=2)
    ignores_stop: bool = False
    diode_ok: bool = True
    phase_shy: bool = False


class VisitPart(Part):
    """When the car comes and leaves, on all days or some; leaving earlier in the day than coming is after a night."""

    comes: TimeOfDay
    leaves: TimeOfDay
    days: tuple[Day, ...] = Field(default=DAYS, min_length=1)


class ChargerPart(Part):
    """A charger with its board on a wire, and its car."""

    wire: str | None = None
    unit: int = Field(default=1, ge=1, le=247)
    name: Name | None = None
    board: Literal["modbus-board", "phoenix-ev-cc", "evse-din"] = "modbus-board"
    max_current_a: Amps = 16.0
    mode: ChargingMode = "fast"
    fallback_current_a: float = Field(default=0.0, ge=0, le=80)
    rated_current_a: Amps = 32.0
    phases: Phases | None = None
    parent: str = GRID
    cable_ohm: Ohms = 0.04
    cable_rating_a: Literal[13, 20, 32, 63] | None = None
    switches_phases: bool = False
    phase_switching: PhaseSwitching = "off"
    card_reader: CardReaderKind | None = None
    display: bool = True
    car: CarPart = CarPart()
    plugged: bool = False
    visits: tuple[VisitPart, ...] = ()


class CounterPart(Part):
    """What the meters of a point have counted before the start."""

    import_kwh: float = Field(default=0.0, ge=0, le=1e9)
    export_kwh: float = Field(default=0.0, ge=0, le=1e9)


class DisturbPart(Part):
    """The supply dips or swells: parts of its voltage by phase, as sampling front ends see it."""

    voltage: dict[Phase, Annotated[float, Field(ge=0, le=1.5)]] = Field(min_length=1)
    for_s: float = Field(gt=0, le=3600)


class EventPart(Part):
    """What happens at one moment; several things may stand together."""

    at: SinceStart
    switch: dict[str, bool | Literal["auto"]] = Field(default_factory=dict)
    power_w: dict[str, dict[Phase, Watts]] = Field(default_factory=dict)
    plug: Names = ()
    unplug: Names = ()
    mains: Literal["cut", "back"] | None = None
    disturb: DisturbPart | None = None
    trouble: dict[str, Trouble] = Field(default_factory=dict)
    mend: Names = ()
    reset_counter: Names = ()
    hurt: dict[str, str] = Field(default_factory=dict)
    heal: Names = ()


class Scenario(Part):
    """The whole file."""

    title: Name
    about: str = ""
    start: Start
    seed: int = Field(default=1, ge=0, le=2**63 - 1)
    site: SitePart
    supply: SupplyPart = SupplyPart()
    weather: WeatherPart = WeatherPart()
    circuits: dict[Key, CircuitPart] = Field(default_factory=dict)
    loads: dict[Key, LoadPart] = Field(default_factory=dict)
    solar: SolarPart | None = None
    battery: BatteryPart | None = None
    utilities: dict[Key, UtilityPart] = Field(default_factory=dict)
    wires: dict[Key, WirePart] = Field(default_factory=dict)
    devices: dict[Key, DevicePart] = Field(default_factory=dict)
    chargers: dict[Key, ChargerPart] = Field(default_factory=dict)
    counters: dict[Key, CounterPart] = Field(default_factory=dict)
    events: tuple[EventPart, ...] = ()
