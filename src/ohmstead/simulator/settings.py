"""Which devices a simulated building has on its wires, besides the physics of its world."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from ohmstead.core.model.boards import BoardDriver
from ohmstead.core.model.evse import CtInput
from ohmstead.core.model.quantities import PHASES, Phase, Role
from ohmstead.core.plant.clamps import ClampSettings, Scene
from ohmstead.core.plant.settings import WorldSettings


@dataclass(frozen=True, slots=True)
class MeterSpec:
    """A meter of a real model at a point of the world. Devices with the same ``wire`` share one TCP port."""

    key: str
    """Its name in ``site.toml``."""
    point: str
    table: str
    """Its model in ``protocols/meters``."""
    wire: str
    unit: int = 1
    role: Role = Role.LOAD
    phases: tuple[Phase, ...] = PHASES
    """The site's phase behind each of its terminals, in order."""
    name: str = ""


@dataclass(frozen=True, slots=True)
class SourceSpec:
    """A meter that speaks JSON, on a TCP port of its own or, with ``broker``, by publishing to an MQTT broker."""

    key: str
    """Its name in ``site.toml``, and in its topics."""
    point: str
    speaks: Literal["shelly", "tasmota", "json"]
    broker: tuple[str, int] | None = None
    """Host and port; without it the meter answers HTTP."""
    password: str = ""
    """What it wants to be asked with; a Shelly by digest, a Tasmota in the query."""
    role: Role = Role.LOAD
    phases: tuple[Phase, ...] = PHASES
    """The site's phase behind each of its terminals, in order; one or three."""
    name: str = ""
    publish_s: float = 1.0
    """How often it publishes to its broker."""
    port: int = 0
    """Where it answers HTTP; 0 is a free one."""

    @property
    def component(self) -> str:
        """What a Shelly calls its meter."""
        return "em:0" if len(self.phases) == 3 else "pm1:0"


@dataclass(frozen=True, slots=True)
class Clamp:
    """How one terminal of a meter was connected: the conductor of its voltage, that of its clamp, and which way round.

    Without ``current`` the clamp is not plugged in.
    """

    voltage: Phase
    current: Phase | None
    turned: bool = False


@dataclass(frozen=True, slots=True)
class InverterSpec:
    """A SunSpec inverter (model 1 and one that measures) at a point that feeds, with model 713 where a battery is."""

    key: str
    point: str
    wire: str
    unit: int = 1
    name: str = ""
    role: Role = Role.PRODUCTION
    model: int = 103
    phases: tuple[Phase, ...] = PHASES
    """The site's phase behind each of its terminals, in order."""


@dataclass(frozen=True, slots=True)
class SunspecMeterSpec:
    """A SunSpec meter (models 1 and one of 201 to 214) at a point of the world."""

    key: str
    point: str
    wire: str
    unit: int = 1
    name: str = ""
    role: Role = Role.LOAD
    model: int = 203
    phases: tuple[Phase, ...] = PHASES


@dataclass(frozen=True, slots=True)
class SupplyMeterSpec:
    """The grid operator's meter, which speaks by itself on its P1 port every ``rhythm_s`` seconds."""

    key: str
    point: str
    wire: str
    name: str = ""
    phases: tuple[Phase, ...] = PHASES
    rhythm_s: int = 1
    utilities: tuple[str, ...] = ()
    """The gas and water meters whose counters it passes on."""


@dataclass(frozen=True, slots=True)
class SlotsSpec:
    """Transformers of a Power Box around the conductors of one point: a slot (from 1) for each of ``phases``.

    Those in ``reversed`` sit the wrong way round, and the box is told so.
    """

    key: str
    point: str
    slots: tuple[int, ...]
    role: Role = Role.LOAD
    name: str = ""
    phases: tuple[Phase, ...] = PHASES
    reversed: tuple[int, ...] = ()
    ct_type: str = "SCT01 50/100/200 A"


@dataclass(frozen=True, slots=True)
class PowerBoxSpec:
    """One Power Box with all its circuits."""

    wire: str
    unit: int
    circuits: tuple[SlotsSpec, ...]


@dataclass(frozen=True, slots=True)
class ClampedSpec:
    """A circuit on a sampling front end: one transformer around the conductor of each of ``phases``.

    ``clamps`` say how each was really put on; those beyond are as they should be. ``points`` are their columns there,
    from 1. ``told`` is what ``site.toml`` says of each transformer beside its column.
    """

    key: str
    point: str
    points: tuple[int, ...]
    phases: tuple[Phase, ...] = PHASES
    role: Role = Role.LOAD
    name: str = ""
    rating_a: float = 100.0
    clamps: tuple[ClampSettings, ...] = ()
    told: tuple[Mapping[str, object], ...] = ()


@dataclass(frozen=True, slots=True)
class FrontEndSpec:
    """A sampling front end on a TCP port of its own. ``scene`` stands still in place of the world, where given.

    The converters of its currents reach to ``reach`` times a circuit's rating, as a peak.
    """

    circuits: tuple[ClampedSpec, ...]
    rate_hz: float = 8_000.0
    format: Literal["i16", "i24", "f32"] = "i16"
    reach: float = 2.0
    scene: Scene | None = None
    nominal_hz: int = 50


CardReaderKind = Literal["pn532", "rc522"]


@dataclass(frozen=True, slots=True)
class BoardSpec:
    """The board of one of the world's chargers, whose name is its key in ``site.toml`` too."""

    charger: str
    wire: str
    unit: int = 1
    max_current_a: float = 16.0
    """The installation limit that ``site.toml`` names."""
    name: str = ""
    mode: str = "fast"
    fallback_current_a: float = 0.0
    driver: BoardDriver = "modbus-board"
    """What kind of board it is."""
    card_reader: CardReaderKind | None = None
    """The chip that hangs beside it, on a TCP port of its own."""
    display: bool = True
    """Whether its front panel has a display with five buttons, or one button."""
    phase_switching: str = "off"


@dataclass(frozen=True, slots=True)
class LimitSpec:
    """What an installer writes down of the circuit at ``point``: the limits that its chargers keep.

    The device with the role ``circuit`` at that point is its meter.
    """

    key: str
    """Its name in ``site.toml``."""
    point: str
    limit_a: float | None = None
    limit_w: float | None = None
    reserve_a: float = 0.0
    fallback_current_a: float = 0.0


WireKind = Literal["tcp", "tcp+rtu", "serial"]


@dataclass(frozen=True, slots=True)
class WireSpec:
    """How the devices of a wire are reached. ``baud`` is the pace of the serial line, also behind a gateway."""

    name: str
    kind: WireKind = "tcp"
    port: int = 0
    """0 is a free one."""
    baud: int = 9600
    parity: Literal["none", "even", "odd"] = "none"

    @property
    def character_s(self) -> float:
        """How long one character takes on the line; nothing on a network."""
        return 0.0 if self.kind == "tcp" else (10 + (self.parity != "none")) / self.baud


@dataclass(frozen=True, slots=True)
class Happening:
    """What befalls a device at a second of the story: a trouble, its end, or a counter that begins again.

    Without a device it befalls the supply: its voltages stand at these parts of what they are, for ``for_s``.
    """

    at_s: float
    device: str | None = None
    trouble: "Trouble | None" = None
    reset: bool = False
    voltage: Mapping[Phase, float] = field(default_factory=dict)
    for_s: float = 0.0


@dataclass(frozen=True, slots=True)
class CtSpec:
    """The current transformers of a board as the grid meter of the site; the world's charger must have them."""

    key: str
    charger: str
    input: CtInput
    name: str = ""


@dataclass(frozen=True, slots=True)
class BuildingSettings:
    """A world and everything that stands on its wires. A wire that is not named is Modbus TCP on a free port."""

    site_name: str
    timezone: str
    world: WorldSettings
    meters: tuple[MeterSpec, ...] = ()
    inverters: tuple[InverterSpec, ...] = ()
    boards: tuple[BoardSpec, ...] = ()
    sunspec_meters: tuple[SunspecMeterSpec, ...] = ()
    supply_meters: tuple[SupplyMeterSpec, ...] = ()
    power_boxes: tuple[PowerBoxSpec, ...] = ()
    wires: tuple[WireSpec, ...] = ()
    happenings: tuple[Happening, ...] = ()
    sources: tuple[SourceSpec, ...] = ()
    front_ends: tuple[FrontEndSpec, ...] = ()
    cts: tuple[CtSpec, ...] = ()
    limits: tuple[LimitSpec, ...] = ()
    networks: bool = False
    """Whether the site's machine has a wire, a radio and a modem, simulated too."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a device answers: ``host`` is the path of a serial port, whose ``line`` says how its characters look."""

    host: str
    port: int
    unit: int
    scheme: str = "tcp"
    line: str = ""

    @property
    def connect(self) -> str:
        """As ``site.toml`` writes it."""
        if self.scheme == "serial":
            return f"serial://{self.host}?{self.line}"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"


class Trouble(StrEnum):
    """What can go wrong with a device, or with its wire."""

    SILENT = "silent"
    """It takes requests and never answers."""
    SLOW = "slow"
    """It answers after two seconds."""
    REFUSED = "refused"
    """Its port takes no connection; on a shared wire this concerns all its devices."""
    GARBAGE = "garbage"
    """It answers with bytes that are no Modbus."""
    SHORT = "short"
    """Its answers lack their last register."""
    OTHER_UNIT = "other_unit"
    """Its answers name another unit."""
    OTHER_TRANSACTION = "other_transaction"
    """Its answers belong to requests that nobody made."""
    GARBLED = "garbled"
    """One bit of each answer is flipped, another one each time."""
    HALF_OPEN = "half_open"
    """Its wire's connections are dead although they look alive; a new one is answered."""
    BUS_SHORT = "bus_short"
    """Its wire is shorted: no device on it answers."""
    EXCEPTION = "exception"
    """It answers that it cannot: Modbus exception 4, a failure of its own."""
    FLOOD = "flood"
    """After each answer it goes on and says far more than it was asked for."""
    FROZEN = "frozen"
    """Its registers stand still."""
    NAN = "nan"
    """Its registers say: not available."""
    OVERFLOW = "overflow"
    """Its registers hold infinite or absurdly large numbers."""
    ROLLOVER = "rollover"
    """Its import counter ends at the next power of ten of kWh, and goes on from zero."""
    CLOCK_SKEW = "clock_skew"
    """Its own clock is an hour ahead."""
    WRONG_ORDER = "wrong_order"
    """Its numbers have their words (or bytes, where there is one word) the other way round."""
