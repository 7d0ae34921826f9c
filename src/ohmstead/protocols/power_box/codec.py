"""The Power Box's registers as readings of its slots, and back for servers (G-001).

A slot's power is positive towards the load: the box turns a transformer that is marked as reversed by itself. A slot
without a voltage has a current and no power. What cannot be true is ``None``, and the first such register is named.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from ohmstead.core.model.quantities import Quality
from ohmstead.core.model.readings import PhaseReading
from ohmstead.core.model.reasons import Reason
from ohmstead.protocols.meters.codec import LIMITS
from ohmstead.protocols.power_box.table import ALL, PHASES, SLOTS, Association, Row, table
from ohmstead.protocols.registers import Image, number, width, words_of

_NONE = 0
"""The association of a slot that has no voltage."""


@dataclass(frozen=True, slots=True)
class Slot:
    """How one slot is installed. ``ct_type`` is the name of its transformer, if it is a known one."""

    association: Association | None = None
    ct_type: str | None = None


@dataclass(frozen=True, slots=True)
class PowerBoxSetup:
    """What stays: the slots in order, and what the box says about itself."""

    slots: tuple[Slot, ...]
    serial: str = ""
    firmware: tuple[int, int] = (0, 0)
    problem: Reason | None = None

    @property
    def recent(self) -> bool:
        """Whether the firmware has the map that the table draws."""
        return self.firmware >= table().minimum_firmware


@dataclass(frozen=True, slots=True)
class BusDevice:
    """A device on the box's own bus, the box itself included; ``slots`` (from 0) in the order of its channels."""

    type: int
    serial: str
    firmware: tuple[int, int]
    slots: tuple[int, ...]

    @property
    def name(self) -> str | None:
        """What it is, if it is of a known type."""
        return table().bus.types.get(self.type)


@dataclass(frozen=True, slots=True)
class SlotValues:
    """One look at one slot, the voltage of its phase included."""

    values: PhaseReading = field(default_factory=PhaseReading)
    energy_import_j: int | None = None
    energy_export_j: int | None = None


@dataclass(frozen=True, slots=True)
class PowerBoxValues:
    """One look at the whole box: the voltages of its terminals, and its slots in order."""

    frequency_hz: float | None = None
    voltages: tuple[float | None, ...] = (None,) * PHASES
    slots: tuple[SlotValues, ...] = (SlotValues(),) * SLOTS
    quality: Quality = Quality.GOOD
    problem: Reason | None = None


def decode_setup(blocks: Sequence[Sequence[int]]) -> PowerBoxSetup:
    """How the box is installed, from the blocks of ``table().blocks(live=False)``.

    An association that the table does not know is no association, and ``problem`` names it. Raises ValueError for a
    device of another model, or blocks of other sizes.
    """
    words = _Words(blocks, live=False)
    model, _, low, high = words.whole("serial")
    if model != table().model:
        raise ValueError(f"model {table().model} expected, got {model}")
    minor, major = words.whole("firmware")
    problem = None
    slots = []
    for index, (bits, kind) in enumerate(zip(words.whole("association"), words.whole("ct_type"), strict=True)):
        association = table().associations.get(bits)
        if association is None and bits != _NONE and problem is None:
            params: dict[str, str | int | float] = {"device": table().name, "slot": index + 1, "came": bits}
            problem = Reason("power_box.association", params)
        slots.append(Slot(association, table().ct_types.get(kind)))
    return PowerBoxSetup(tuple(slots), _serial(model, low, high), (major, minor), problem)


def decode_bus(blocks: Sequence[Sequence[int]]) -> tuple[BusDevice, ...]:
    """What hangs on the box, from the blocks of ``table().bus_blocks()``; slots that no box has are left out.

    Raises ValueError for blocks of other sizes.
    """
    bus = table().bus
    if [len(block) for block in blocks] != [bus.step] * bus.count:
        raise ValueError(f"{bus.count} blocks of {bus.step} registers were planned")
    found = []
    for words in blocks:
        if words[0]:
            channels = (words[bus.channel(index)] for index in range(min(words[bus.slots], bus.most)))
            slots = tuple(slot for slot in channels if slot < SLOTS)
            found.append(BusDevice(words[0], _serial(words[0], words[2], words[3]), (words[5], words[4]), slots))
    return tuple(found)


def identify(slot: int, on: bool) -> tuple[int, tuple[int, ...]]:
    """Where and what to write to let the transformer at ``slot`` (from 0) show itself. Raises ValueError beyond 27."""
    return table().identify + _slot(slot), (int(on),)


def associate(slot: int, association: Association | None) -> tuple[int, tuple[int, ...]]:
    """Where and what to write to give the current of ``slot`` (from 0) the voltage of a phase, or none.

    Raises ValueError beyond 27.
    """
    words = {known: word for word, known in table().associations.items()}
    return table().rows["association"].at(_slot(slot)), (_word(words, association),)


def equip(slot: int, ct_type: str) -> tuple[int, tuple[int, ...]]:
    """Where and what to write to say which transformer is at ``slot`` (from 0).

    Raises ValueError beyond 27 or for a type that the table does not know.
    """
    words = {name: word for word, name in table().ct_types.items()}
    if ct_type not in words:
        raise ValueError(f"{ct_type!r}: one of {', '.join(words)} expected")
    return table().rows["ct_type"].at(_slot(slot)), (words[ct_type],)


def save() -> tuple[int, tuple[int, ...]]:
    """Where and what to write so that the box keeps what was written before over a power cut."""
    return table().save, (1,)


def decode(setup: PowerBoxSetup, blocks: Sequence[Sequence[int]], slots: Sequence[int] = ALL) -> PowerBoxValues:
    """One look, from the blocks of ``table().blocks(True, slots)``; other slots stay empty.

    Raises ValueError for blocks of other sizes.
    """
    words = _Words(blocks, live=True, slots=slots)
    voltages = tuple(words.value("voltage_v", index) for index in range(PHASES))
    found = [SlotValues()] * SLOTS
    for index in slots:
        placed = setup.slots[index].association
        found[index] = SlotValues(
            PhaseReading(
                voltage_v=None if placed is None else voltages[placed.terminal],
                current_a=words.value("current_a", index),
                power_w=None if placed is None else words.value("power_w", index),
            ),
            energy_import_j=None if placed is None else words.energy("energy_import", index),
            energy_export_j=None if placed is None else words.energy("energy_export", index),
        )
    frequency = words.value("frequency_hz", 0)
    quality = Quality.BAD if words.problem else Quality.GOOD
    return PowerBoxValues(frequency, voltages, tuple(found), quality, words.problem)


def encode(setup: PowerBoxSetup, values: PowerBoxValues, devices: Sequence[BusDevice] = ()) -> Image:
    """The registers of a box that is installed and measures like this, for servers; gaps and missing energies hold 0.

    Raises ValueError for a serial number that the box or a device on its bus cannot have.
    """
    known = table()
    bits = {association: word for word, association in known.associations.items()}
    kinds = {name: word for word, name in known.ct_types.items()}
    plate = _plate(known.model, setup.serial)
    shown: dict[str, Callable[[int], float | int | None]] = {
        "voltage_v": lambda i: values.voltages[i],
        "current_a": lambda i: values.slots[i].values.current_a,
        "power_w": lambda i: values.slots[i].values.power_w,
        "frequency_hz": lambda i: values.frequency_hz,
        "energy_import": lambda i: values.slots[i].energy_import_j or 0,
        "energy_export": lambda i: values.slots[i].energy_export_j or 0,
        "association": lambda i: _word(bits, setup.slots[i].association),
        "ct_type": lambda i: _word(kinds, setup.slots[i].ct_type),
        "serial": (known.model, 0, *plate).__getitem__,
        "firmware": setup.firmware[::-1].__getitem__,
    }
    cells: dict[int, int] = {}
    for name, row in known.rows.items():
        for index in range(row.count):
            cells |= dict(enumerate(_raw_words(row, shown[name](index)), row.at(index)))
    for block, device in zip(known.bus_blocks(), devices, strict=False):
        cells |= dict(enumerate(_described(device), block.start))
    parts = (*known.blocks(live=True), *known.blocks(live=False), *known.bus_blocks())
    blocks = sorted(parts, key=lambda b: b.start)
    return tuple((b.start, tuple(cells.get(b.start + i, 0) for i in range(b.count))) for b in blocks)


class _Words:
    """The words behind each row that was read, each value held against what can be true."""

    def __init__(self, blocks: Sequence[Sequence[int]], live: bool, slots: Sequence[int] = ALL) -> None:
        planned = table().blocks(live, slots)
        sizes, wanted = [len(block) for block in blocks], [block.count for block in planned]
        if sizes != wanted:
            raise ValueError(f"blocks of {wanted} registers were planned, got {sizes}")
        self._cells: dict[int, int] = {}
        for block, words in zip(planned, blocks, strict=True):
            self._cells |= dict(enumerate(words, block.start))
        self.problem: Reason | None = None

    def whole(self, name: str) -> list[int]:
        row = table().rows[name]
        return [self._cells[row.at(index)] for index in range(row.count)]

    def value(self, name: str, index: int) -> float | None:
        raw, row = self._raw(name, index)
        return None if raw is None else raw * float(row.scale)

    def energy(self, name: str, index: int) -> int | None:
        raw, row = self._raw(name, index)
        return None if raw is None else round(Fraction(raw) * row.scale)

    def _raw(self, name: str, index: int) -> tuple[int | float | None, Row]:
        row = table().rows[name]
        first = row.at(index)
        cells = [self._cells[at] for at in range(first, first + width(row.type))]
        raw = number(cells, row.type, table().word_order)
        if math.isnan(raw):
            return None, row
        low, high, allowed = LIMITS[name]
        if low <= raw * float(row.scale) <= high:
            return raw, row
        params: dict[str, str | int | float] = {
            "meter": table().name,
            "register": row.at(index),
            "quantity": name if row.count == 1 else f"{name} {index + 1}",
            "value": f"{raw * float(row.scale):.6g}",
            "allowed": allowed,
        }
        self.problem = self.problem or Reason("meter.implausible", params)
        return None, row


def _slot(slot: int) -> int:
    if not 0 <= slot < SLOTS:
        raise ValueError(f"slot {slot}: 0 to {SLOTS - 1} expected")
    return slot


def _described(device: BusDevice) -> list[int]:
    bus = table().bus
    words = [0] * bus.step
    words[0] = device.type
    words[bus.slots] = len(device.slots)
    words[2:6] = (*_plate(device.type, device.serial), *device.firmware[::-1])
    for index, slot in enumerate(device.slots):
        words[bus.channel(index)] = slot
    return words


def _serial(model: int, low: int, high: int) -> str:
    return f"{model:04d}{high << 16 | low:06d}"


def _plate(model: int, serial: str) -> tuple[int, int]:
    """The two words of a serial number, the less significant first."""
    if not serial.isdecimal() or not serial.startswith(f"{model:04d}") or len(serial) < 10:
        raise ValueError(f"serial {serial!r}: {model} and a number expected")
    number_on_plate = int(serial[4:])
    return number_on_plate & 0xFFFF, number_on_plate >> 16


def _raw_words(row: Row, value: float | int | None) -> tuple[int, ...]:
    if value is None:
        return words_of(math.nan, row.type, table().word_order)
    scaled = Fraction(value) / row.scale if math.isfinite(value) else value
    return words_of(float(scaled) if row.type[0] == "f" else round(scaled), row.type, table().word_order)


def _word(words: Mapping[Any, int], wanted: object) -> int:
    return _NONE if wanted is None else words[wanted]
