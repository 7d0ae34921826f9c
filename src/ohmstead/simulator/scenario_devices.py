"""The wires and the devices of a scenario file: how each is reached, what it measures and what it speaks."""

from typing import Annotated, Literal

from pydantic import Field, Tag

from ohmstead.core.model.points import Slot
from ohmstead.core.model.quantities import Role
from ohmstead.core.model.setting_values import Phases
from ohmstead.core.plant.settings import GRID
from ohmstead.simulator.scenario_values import Broker, Name, Part, tagged


class WirePart(Part):
    """How devices are reached. ``serial`` is a pseudo terminal; ``port`` 0 is a free one."""

    kind: Literal["tcp", "tcp+rtu", "serial"] = "tcp"
    port: int = Field(default=0, ge=0, le=65_535)
    baud: Literal[9600, 19_200, 38_400, 57_600, 115_200] | None = None
    parity: Literal["none", "even", "odd"] = "none"


class _Meter(Part):
    point: str = GRID
    name: Name | None = None
    phases: Phases | None = None


class _Device(_Meter):
    wire: str | None = None
    unit: int = Field(default=1, ge=1, le=247)


class ModbusDevice(_Device):
    """A meter of a real model."""

    driver: Literal["modbus"]
    meter: str
    role: Role


class SunspecPart(_Device):
    """An inverter, a battery or a meter by SunSpec; ``model`` is one of its role when left out."""

    driver: Literal["sunspec"]
    role: Role
    model: int | None = None


class P1Device(_Device):
    """The supply meter's own telegrams, with those of the gas and water meters behind it."""

    driver: Literal["p1"]
    role: Literal[Role.GRID] = Role.GRID
    rhythm_s: Literal[1, 10] = 1
    utilities: tuple[str, ...] = ()


class PowerBoxDevice(_Device):
    """Slots of a Power Box around the conductors of one point; those of one wire and unit are one box.

    ``reversed`` are slots whose transformer is the wrong way round and is marked so in the box.
    """

    driver: Literal["power-box"]
    role: Role
    slots: tuple[Slot, ...] = Field(min_length=1, max_length=28)
    reversed: tuple[Slot, ...] = ()
    ct_type: str = "SCT01 50/100/200 A"


class ClampPart(Part):
    """How a transformer of a sampling front end was put on, as ``ClampSettings`` of the plant has it."""

    gain: float = Field(default=1.0, ge=0.1, le=10)
    phase_error_deg: float = Field(default=0.0, ge=-10, le=10)
    reversed: bool = False
    sits_on: int | None = Field(default=None, ge=1, le=28)
    open: bool = False
    dc_a: float = Field(default=0.0, ge=-1000, le=1000)
    clips_at_a: float = Field(default=10_000.0, gt=0, le=10_000)
    inrush: float = Field(default=0.0, ge=0, le=20)


class SamplesDevice(_Device):
    """Transformers on a sampling front end, one for each phase; those of one wire are one front end."""

    driver: Literal["samples"]
    role: Role
    rating_a: float = Field(default=100.0, gt=0, le=5000)
    clamps: tuple[ClampPart, ...] = Field(default=(), max_length=3)


class SourcePart(_Meter):
    """A meter that speaks JSON: it answers HTTP on a port of its own, or publishes to a ``broker``.

    ``shelly`` and ``tasmota`` do either; ``http`` and ``mqtt`` are somebody's own making.
    """

    driver: Literal["shelly", "tasmota", "http", "mqtt"]
    role: Role
    broker: Broker | None = None
    port: int = Field(default=0, ge=0, le=65_535)
    password: str = Field(default="", max_length=80)
    publish_s: float = Field(default=1.0, ge=0.1, le=300)


WiredPart = ModbusDevice | SunspecPart | P1Device | PowerBoxDevice | SamplesDevice
"""What hangs on a wire, which others may share."""
DevicePart = Annotated[
    Annotated[ModbusDevice, Tag("modbus")]
    | Annotated[SunspecPart, Tag("sunspec")]
    | Annotated[P1Device, Tag("p1")]
    | Annotated[PowerBoxDevice, Tag("power-box")]
    | Annotated[SamplesDevice, Tag("samples")]
    | Annotated[SourcePart, Tag("shelly")]
    | Annotated[SourcePart, Tag("tasmota")]
    | Annotated[SourcePart, Tag("http")]
    | Annotated[SourcePart, Tag("mqtt")],
    tagged("driver"),
]
