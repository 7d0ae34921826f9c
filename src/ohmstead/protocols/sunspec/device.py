"""A SunSpec device's map: where its models stand, and a whole map for servers.

The map starts with "SunS" at 40000, 50000 or 0. Models follow each other, each with its number and length, until
number 0xFFFF.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from ohmstead.protocols.meters.codec import MeterValues
from ohmstead.protocols.registers import REGISTERS, Image
from ohmstead.protocols.sunspec.measuring import shown
from ohmstead.protocols.sunspec.models import encode, model

BASES: tuple[int, ...] = (40_000, 50_000, 0)
"""Where a map may start, in the order to try."""
MARK: tuple[int, ...] = (0x5375, 0x6E53)
"""ASCII "SunS"."""
COMMON, INVERTER_THREE_PHASE, END = 1, 103, 0xFFFF
MODELS_AT_MOST = 64


@dataclass(frozen=True, slots=True)
class Placed:
    """A model found in a device: its number, the register of its ID, and its length after the two header words."""

    id: int
    register: int
    length: int

    @property
    def next(self) -> int:
        """The register of the following model's ID."""
        return self.register + 2 + self.length


def placed(register: int, header: Sequence[int]) -> Placed | None:
    """The model whose ID and length stand in ``header``; ``None`` at the end of the map.

    Raises ValueError when the model would leave the register space.
    """
    number_of_model, length = header[0], header[1]
    if number_of_model == END:
        return None
    found = Placed(number_of_model, register, length)
    if length == 0 or found.next > REGISTERS - 2:
        raise ValueError(f"model {number_of_model} at register {register} has an impossible length of {length}")
    return found


@dataclass(frozen=True, slots=True)
class InverterPlate:
    """What a served device says about itself in model 1."""

    manufacturer: str
    model: str
    version: str
    serial: str


def inverter_image(plate: InverterPlate, values: MeterValues, base: int = BASES[0]) -> Image:
    """The whole map of an inverter with models 1 and 103 that shows ``values``, for servers."""
    return map_of(plate, (shown(INVERTER_THREE_PHASE, values),), base)


def map_of(plate: InverterPlate, models: Sequence[Sequence[int]], base: int = BASES[0]) -> Image:
    """The whole map of a device that has model 1 and these, for servers."""
    about = encode(
        model(COMMON), {"Mn": plate.manufacturer, "Md": plate.model, "Vr": plate.version, "SN": plate.serial}
    )
    return ((base, (*MARK, *about, *(word for words in models for word in words), END, 0)),)
