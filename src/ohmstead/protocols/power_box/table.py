"""Where the Power Box keeps its values: ``map.toml`` in, a checked table and the reads that fetch it out."""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from importlib.resources import files
from typing import Any

from ohmstead.protocols.meters.table import UNITS, Block
from ohmstead.protocols.registers import NumberType, Order, width

SLOTS = 28
"""Current transformers on one box."""
ALL: tuple[int, ...] = tuple(range(SLOTS))
PHASES = 3
_GAP = 2
"""Unused registers between two values of a row."""
LIVE: tuple[str, ...] = ("voltage_v", "current_a", "power_w", "frequency_hz", "energy_import", "energy_export")
"""What changes with every look; the others only when somebody changes the installation."""


@dataclass(frozen=True, slots=True)
class Row:
    """A quantity that stands ``count`` times, every ``step`` registers."""

    register: int
    type: NumberType
    step: int
    count: int
    scale: Fraction

    def at(self, index: int) -> int:
        """The first register of the value with this index."""
        return self.register + index * self.step


@dataclass(frozen=True, slots=True)
class Association:
    """The terminal (from 0) whose voltage a slot's current belongs to; ``reversed`` is already in its power."""

    terminal: int
    reversed: bool = False


@dataclass(frozen=True, slots=True)
class BusRow:
    """Where the devices on the box's own bus are described, one every ``step`` registers."""

    register: int
    step: int
    count: int
    slots: int
    channels: int
    further_from: int
    types: Mapping[int, str]

    def channel(self, index: int) -> int:
        """Where the slot of a device's channel stands, counted from the device's first register."""
        return self.channels + index + (index >= self.further_from)

    @property
    def most(self) -> int:
        """Channels that fit into the description of one device."""
        return self.step - self.channels - 1


@dataclass(frozen=True, slots=True)
class PowerBoxTable:
    """The whole map."""

    name: str
    function: int
    word_order: Order
    model: int
    minimum_firmware: tuple[int, int]
    rows: Mapping[str, Row]
    associations: Mapping[int, Association]
    ct_types: Mapping[int, str]
    bus: BusRow
    identify: int
    """The register that lets the first slot's transformer show itself; the others follow."""
    save: int
    """The register that keeps what was written over a power cut."""

    def bus_blocks(self) -> tuple[Block, ...]:
        """The requests that fetch the description of each device on the bus."""
        starts = (self.bus.register + index * self.bus.step for index in range(self.bus.count))
        return tuple(Block(self.function, start, self.bus.step) for start in starts)

    def blocks(self, live: bool, slots: Sequence[int] = ALL) -> tuple[Block, ...]:
        """The requests that fetch what changes all the time of these slots, or the rest of all of them."""
        found: list[Block] = []
        for start, end in sorted(self._spans(live, slots)):
            last = found[-1] if found else None
            if last is not None and start <= last.start + last.count + _GAP:
                found[-1] = Block(self.function, last.start, max(last.count, end - last.start))
            else:
                found.append(Block(self.function, start, end - start))
        return tuple(found)

    def _spans(self, live: bool, slots: Sequence[int]) -> Iterator[tuple[int, int]]:
        for name, row in self.rows.items():
            if (name in LIVE) is live:
                for index in slots if live and row.count == SLOTS else range(row.count):
                    yield row.at(index), row.at(index) + width(row.type)


@cache
def table() -> PowerBoxTable:
    """The table that comes with the house."""
    raw = tomllib.loads((files(__package__) / "map.toml").read_text("utf-8"))
    return PowerBoxTable(
        name=raw["name"],
        function=raw["function"],
        word_order=raw["word_order"],
        model=raw["model"],
        minimum_firmware=(raw["minimum_firmware"][0], raw["minimum_firmware"][1]),
        rows={name: _row(name, entry) for name, entry in raw["registers"].items()},
        associations={
            int(word): Association(entry["phase"] - 1, entry.get("reversed", False))
            for word, entry in raw["associations"].items()
        },
        ct_types={int(word): name for word, name in raw["ct_types"].items()},
        bus=BusRow(**{**raw["bus"], "types": {int(word): name for word, name in raw["bus"]["types"].items()}}),
        identify=raw["identify"]["register"],
        save=raw["save"]["register"],
    )


def _row(name: str, raw: Mapping[str, Any]) -> Row:
    unit = UNITS.get(name, {}).get(raw.get("unit", ""), Fraction(1))
    return Row(raw["register"], raw["type"], raw.get("step", 1), raw.get("count", 1), unit / raw.get("divisor", 1))
