"""The words of a meter's table: where each quantity stands in the registers, and which reads fetch them all.

The shape of the TOML behind it is drawn in ``docs/add-a-meter.md``.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

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
UNITS["energy_export"] = UNITS["energy_import"]


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
    blocks: tuple[Block, ...] = field(init=False)

    def __post_init__(self) -> None:
        """Plan the reads once."""
        object.__setattr__(self, "blocks", _plan(self))

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


def _plan(table: MeterTable) -> tuple[Block, ...]:
    blocks: list[Block] = []
    wanted = [reading for point in table.points for reading in table.readings_of(point)]
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
