"""The words of a meter's table: where each quantity stands in the registers, and which reads fetch them all.

The shape of the TOML behind it is drawn in ``docs/add-a-meter.md``.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

from ohmstead.core.model.details import BETWEEN, Place, Quantity
from ohmstead.core.model.quantities import PHASES
from ohmstead.protocols.registers import NumberType, Order, number, width

TERMINAL_QUANTITIES: tuple[str, ...] = ("voltage_v", "current_a", "power_w", "reactive_power_var", "power_factor")
"""What a meter can say about one of its terminals."""
DEVICE_QUANTITIES: tuple[str, ...] = (
    "power_w",
    "reactive_power_var",
    "power_factor",
    "frequency_hz",
    "energy_import",
    "energy_export",
)
"""What it can say about all of them together."""
ENERGIES: frozenset[str] = frozenset({"energy_import", "energy_export"})
TERMINAL_DETAILS: dict[str, Quantity] = {
    "apparent_power_va": Quantity.APPARENT_POWER_VA,
    "energy_import": Quantity.ENERGY_IMPORT_J,
    "energy_export": Quantity.ENERGY_EXPORT_J,
    "reactive_energy_import": Quantity.REACTIVE_ENERGY_IMPORT_VARH,
    "reactive_energy_export": Quantity.REACTIVE_ENERGY_EXPORT_VARH,
    "thd_voltage_percent": Quantity.THD_VOLTAGE_PERCENT,
    "thd_current_percent": Quantity.THD_CURRENT_PERCENT,
}
"""What it may say about a terminal besides, read at a slower turn."""
DEVICE_DETAILS: dict[str, tuple[Quantity, Place]] = {
    "apparent_power_va": (Quantity.APPARENT_POWER_VA, "total"),
    "reactive_energy_import": (Quantity.REACTIVE_ENERGY_IMPORT_VARH, "total"),
    "reactive_energy_export": (Quantity.REACTIVE_ENERGY_EXPORT_VARH, "total"),
    "apparent_energy": (Quantity.APPARENT_ENERGY_VAH, "total"),
    "thd_voltage_percent": (Quantity.THD_VOLTAGE_PERCENT, "total"),
    "thd_current_percent": (Quantity.THD_CURRENT_PERCENT, "total"),
    "demand_w": (Quantity.DEMAND_W, "total"),
    "demand_peak_w": (Quantity.DEMAND_PEAK_W, "total"),
    "neutral_current_a": (Quantity.CURRENT_A, "N"),
    "voltage_12_v": (Quantity.VOLTAGE_V, BETWEEN[0]),
    "voltage_23_v": (Quantity.VOLTAGE_V, BETWEEN[1]),
    "voltage_31_v": (Quantity.VOLTAGE_V, BETWEEN[2]),
}
"""What it may say about all of them together besides."""
WITH_UNIT: frozenset[str] = ENERGIES | {"reactive_energy_import", "reactive_energy_export", "apparent_energy"}
"""Quantities whose unit must be said."""

UNITS: dict[str, dict[str, Fraction]] = {
    "voltage_v": {"V": Fraction(1), "mV": Fraction(1, 1000), "kV": Fraction(1000)},
    "current_a": {"A": Fraction(1), "mA": Fraction(1, 1000)},
    "power_w": {"W": Fraction(1), "kW": Fraction(1000)},
    "reactive_power_var": {"var": Fraction(1), "kvar": Fraction(1000)},
    "power_factor": {"1": Fraction(1), "%": Fraction(1, 100)},
    "frequency_hz": {"Hz": Fraction(1)},
    "energy_import": {
        "J": Fraction(1),
        "Wh": Fraction(3600),
        "kWh": Fraction(3_600_000),
        "MWh": Fraction(3_600_000_000),
    },
}
_REACTIVE = {"varh": Fraction(1), "kvarh": Fraction(1000)}
UNITS |= {
    "energy_export": UNITS["energy_import"],
    "apparent_power_va": {"VA": Fraction(1), "kVA": Fraction(1000)},
    "reactive_energy_import": _REACTIVE,
    "reactive_energy_export": _REACTIVE,
    "apparent_energy": {"VAh": Fraction(1), "kVAh": Fraction(1000)},
    "thd_voltage_percent": {"%": Fraction(1)},
    "thd_current_percent": {"%": Fraction(1)},
    "demand_w": UNITS["power_w"],
    "demand_peak_w": UNITS["power_w"],
    "neutral_current_a": UNITS["current_a"],
    "voltage_12_v": UNITS["voltage_v"],
    "voltage_23_v": UNITS["voltage_v"],
    "voltage_31_v": UNITS["voltage_v"],
}


@dataclass(frozen=True, slots=True)
class Point:
    """One quantity in a meter's registers. ``terminal`` counts from 0; ``None`` is the device as a whole."""

    quantity: str
    terminal: int | None
    register: int
    type: NumberType
    scale: Fraction
    """What one count of the register is worth in the house's unit (energies: joules)."""
    not_available: frozenset[int] = frozenset()
    """Raw values that say: nothing measured here."""

    @property
    def end(self) -> int:
        """The register after the last."""
        return self.register + width(self.type)

    @property
    def detail(self) -> tuple[Quantity, Place] | None:
        """What it tells and of what place, if it is one of the quantities that are read at a slower turn."""
        if self.terminal is None:
            return DEVICE_DETAILS.get(self.quantity)
        quantity = TERMINAL_DETAILS.get(self.quantity)
        return None if quantity is None else (quantity, PHASES[self.terminal])


Decision = Literal["value", "counters", "grid", "source"]
"""Who decides between two sources: the value that is read (the table's own unless it cannot be true), the counters
(which of two grows with the sign of the power), the grid of register addresses, or the better of the sources."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """Where two sources say different things about one quantity: what the table goes by, and what the other says."""

    point: Point
    instead: Point
    source: str
    decide: Decision


@dataclass(frozen=True, slots=True)
class Block:
    """Registers that are read in one request."""

    function: int
    start: int
    count: int


@dataclass(frozen=True, slots=True)
class Identify:
    """How a scan recognises the model: the words that stand at ``register``.

    ``until``, where given, has one word for each of ``expect``: a family whose codes go from the one to the other.
    """

    register: int
    expect: tuple[int, ...]
    function: int
    until: tuple[int, ...] = ()
    count: int = 0
    """Registers that must be read at once, where the meter gives no fewer; 0 for as many as are compared."""

    @property
    def block(self) -> Block:
        """The request that fetches the words."""
        return Block(self.function, self.register, max(self.count, len(self.expect)))

    def fits(self, words: Sequence[int]) -> bool:
        """Whether ``words``, read from ``register`` on, are this model's."""
        pairs = zip(self.expect, self.until or self.expect, words, strict=False)
        return len(words) >= len(self.expect) and all(low <= word <= high for low, high, word in pairs)


@dataclass(frozen=True, slots=True)
class MeterTable:
    """One meter model."""

    key: str
    name: str
    source: str
    phases: int
    function: int
    points: tuple[Point, ...]
    word_order: Order = "big"
    byte_order: Order = "big"
    max_gap: int = 0
    max_block: int = 125
    identify: Identify | None = None
    conflicts: tuple[Conflict, ...] = ()
    details: tuple[Point, ...] = ()
    """What is read at a slower turn, so that the power comes as often as without it."""
    blocks: tuple[Block, ...] = field(init=False)
    detail_blocks: tuple[Block, ...] = field(init=False)
    """The requests for those details that the others do not bring along."""

    def __post_init__(self) -> None:
        """Plan the reads once."""
        wanted = [reading for point in self.points for reading in self.readings_of(point)]
        blocks = _plan(self, wanted)
        inside = {p for p in self.details for b in blocks if b.start <= p.register and p.end <= b.start + b.count}
        object.__setattr__(self, "blocks", blocks)
        object.__setattr__(self, "detail_blocks", _plan(self, [p for p in self.details if p not in inside]))

    def raw(self, point: Point, words: tuple[int, ...]) -> int | float:
        """The number at ``point``, in the meter's own unit."""
        return number(words, point.type, self.word_order, self.byte_order)

    def readings_of(self, point: Point) -> tuple[Point, ...]:
        """``point``, and where else its quantity may stand if that cannot be true."""
        others = (c.instead for c in self.conflicts if c.decide == "value" and c.point == point)
        return (point, *others)


def plan(table: MeterTable) -> tuple[Block, ...]:
    """The requests that fetch every point: neighbours up to ``max_gap`` apart share one, up to ``max_block`` long."""
    return table.blocks


def _plan(table: MeterTable, wanted: Iterable[Point]) -> tuple[Block, ...]:
    blocks: list[Block] = []
    for point in sorted(wanted, key=lambda p: (p.register, p.end)):
        last = blocks[-1] if blocks else None
        if (
            last is not None
            and point.register - (last.start + last.count) <= table.max_gap
            and point.end - last.start <= table.max_block
        ):
            blocks[-1] = Block(table.function, last.start, max(last.count, point.end - last.start))
        else:
            blocks.append(Block(table.function, point.register, point.end - point.register))
    return tuple(blocks)
