"""Which devices a simulated building has on its wires, besides the physics of its world."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from ohmstead.core.model.evse import CtInput
from ohmstead.core.model.quantities import PHASES, Phase, Role
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
    """A SunSpec inverter (models 1 and 103) at the world's solar point."""

    key: str
    point: str
    wire: str
    unit: int = 1
    name: str = ""


@dataclass(frozen=True, slots=True)
class BoardSpec:
    """The board of one of the world's chargers, whose name is its key in ``site.toml`` too."""

    charger: str
    wire: str
    unit: int = 1
    max_current_a: float = 16.0
    """The installation limit that ``site.toml`` names."""
    name: str = ""


@dataclass(frozen=True, slots=True)
class CtSpec:
    """The current transformers of a board as the grid meter of the site; the world's charger must have them."""

    key: str
    charger: str
    input: CtInput
    name: str = ""


@dataclass(frozen=True, slots=True)
class BuildingSettings:
    """A world and everything that stands on its wires."""

    site_name: str
    timezone: str
    world: WorldSettings
    meters: tuple[MeterSpec, ...] = ()
    inverters: tuple[InverterSpec, ...] = ()
    boards: tuple[BoardSpec, ...] = ()
    sources: tuple[SourceSpec, ...] = ()
    cts: tuple[CtSpec, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """Where a device answers."""

    host: str
    port: int
    unit: int
    scheme: str = "tcp"

    @property
    def connect(self) -> str:
        """As ``site.toml`` writes it."""
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
    FROZEN = "frozen"
    """Its registers stand still."""
    NAN = "nan"
    """Its registers say: not available."""
    OVERFLOW = "overflow"
    """Its registers hold infinite or absurdly large numbers."""
    WRONG_ORDER = "wrong_order"
    """Its numbers have their words (or bytes, where there is one word) the other way round."""
