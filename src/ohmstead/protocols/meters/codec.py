"""A meter's registers as electrical values: blocks of words in, :class:`MeterValues` out, and back for servers.

What a meter marks as not available (NaN, or the pattern its table names) becomes ``None``. What cannot be true is
``None`` too, makes the whole reading bad, and is explained: register, value, allowed range, and, when the words
make sense in another order, that order.
"""

import math
import operator
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

from ohmstead.core.model.changing import changed, quick
from ohmstead.core.model.details import Details, Place, Quantity
from ohmstead.core.model.quantities import Quality
from ohmstead.core.model.readings import PhaseReading
from ohmstead.core.model.reasons import Reason
from ohmstead.protocols.meters.table import ENERGIES, Block, MeterTable, Point
from ohmstead.protocols.registers import Image, Order, words_of

LIMITS: Mapping[str, tuple[float, float, str]] = {
    "voltage_v": (-1000.0, 1000.0, "-1000 to 1000 V"),
    "current_a": (-6000.0, 6000.0, "-6000 to 6000 A"),
    "power_w": (-3e6, 3e6, "-3000 to 3000 kW"),
    "reactive_power_var": (-3e6, 3e6, "-3000 to 3000 kvar"),
    "power_factor": (-1.001, 1.001, "-1 to 1"),
    "frequency_hz": (40.0, 70.0, "40 to 70 Hz"),
    "energy_import": (0.0, 3.6e15, "0 to 1 000 000 000 kWh"),
    "energy_export": (0.0, 3.6e15, "0 to 1 000 000 000 kWh"),
    "apparent_power_va": (-3e6, 3e6, "-3000 to 3000 kVA"),
    "reactive_energy_import": (0.0, 1e12, "0 to 1 000 000 000 kvarh"),
    "reactive_energy_export": (0.0, 1e12, "0 to 1 000 000 000 kvarh"),
    "apparent_energy": (0.0, 1e12, "0 to 1 000 000 000 kVAh"),
    "thd_voltage_percent": (0.0, 1000.0, "0 to 1000 %"),
    "thd_current_percent": (0.0, 1000.0, "0 to 1000 %"),
    "demand_w": (-3e6, 3e6, "-3000 to 3000 kW"),
    "demand_peak_w": (-3e6, 3e6, "-3000 to 3000 kW"),
    "neutral_current_a": (-6000.0, 6000.0, "-6000 to 6000 A"),
    "voltage_12_v": (-2000.0, 2000.0, "-2000 to 2000 V"),
    "voltage_23_v": (-2000.0, 2000.0, "-2000 to 2000 V"),
    "voltage_31_v": (-2000.0, 2000.0, "-2000 to 2000 V"),
}
"""Beyond these no low-voltage meter can be right: twice the largest transformer-fed building, not one house."""

SMALLEST = 1e-30
"""A number nearer to zero, but not zero, is no measurement: it is what words in the wrong order look like."""

_CONVINCING: Mapping[str, tuple[float, float]] = {"voltage_v": (50.0, 1000.0), "frequency_hz": (40.0, 70.0)}
"""What another order must show before it is proposed."""


@quick
@dataclass(frozen=True, slots=True)
class MeterValues:
    """One look at a meter, by its own terminals. Sums belong to the whole device."""

    power_w: float | None = None
    reactive_power_var: float | None = None
    power_factor: float | None = None
    frequency_hz: float | None = None
    energy_import_j: int | None = None
    energy_export_j: int | None = None
    terminals: tuple[PhaseReading, ...] = ()
    quality: Quality = Quality.GOOD
    problem: Reason | None = None
    notes: tuple[Reason, ...] = ()
    """What was decided between sources that differ; no fault."""
    details: Details = field(default_factory=dict)


def decode(table: MeterTable, blocks: Sequence[Sequence[int]]) -> MeterValues:
    """The values in ``blocks``, one per block of ``plan(table)``. Raises ValueError when their sizes differ from it.

    Counters in floats of kWh are turned into joules exactly and rounded to the nearest: a 32-bit float of
    100 000 kWh still steps by 28 kJ, which is the meter's own resolution.
    """
    words = _Words(_planned(table, blocks))
    found: dict[tuple[int | None, str], float | int | None] = {}
    problem: Reason | None = None
    notes: list[Reason] = []
    for point in table.points:
        taken, raw = _taken(table, point, words)
        if _absent(taken, raw):
            value = None
        elif _plausible(taken, raw):
            value = _scaled(taken, raw)
            if taken != point:
                notes.append(_decided(table, point, taken, value))
        else:
            value = None
            problem = problem or _explain(table, point, raw, words)
        found[point.terminal, point.quantity] = value
    quality = Quality.BAD if problem else Quality.GOOD
    if problem is None and all(value is None for value in found.values()):
        quality, problem = Quality.MISSING, Reason("meter.empty", {"meter": table.name})
    return changed(_values(table, found), quality=quality, problem=problem, notes=tuple(notes))


def decode_details(table: MeterTable, seen: Mapping[Block, Sequence[int]]) -> tuple[Details, tuple[Reason, ...]]:
    """What is read at a slower turn, by quantity and terminal, from the blocks that were read.

    Values are rounded to thousandths. One whose block is lacking is left out; one that cannot be true is left out and
    noted: it is no measure of whether the meter can be trusted with the power.
    """
    words = _Words(seen)
    found: dict[Quantity, dict[Place, float]] = {}
    notes: list[Reason] = []
    for point in table.details:
        if point.detail is None or not words.has(point):
            continue
        raw = table.raw(point, words.at(point))
        if _absent(point, raw):
            continue
        if _plausible(point, raw):
            quantity, place = point.detail
            found.setdefault(quantity, {})[place] = round(_scaled(point, raw), 3)
        else:
            notes.append(Reason("meter.detail", _implausible(table, point, raw)))
    return found, tuple(notes)


def encode(table: MeterTable, values: MeterValues, gap: Sequence[int] = (0,)) -> Image:
    """The registers a meter of this model shows for ``values``, for servers; gaps hold ``gap``, again and again.

    A missing value becomes NaN or the table's pattern; a missing detail of a model that cannot say so is 0, as in a
    meter that is new. Raises ValueError where the model cannot say that another is missing, and OverflowError where a
    value does not fit.
    """
    cells: dict[int, int] = {}
    for point in table.points:
        cells |= dict(enumerate(_words_for(table, point, _value(values, point)), point.register))
    for point in table.details:
        detail = _detail(values, point)
        if detail is None and point.type[0] != "f" and not point.not_available:
            detail = 0
        cells |= dict(enumerate(_words_for(table, point, detail), point.register))
    blocks = sorted((*table.blocks, *table.detail_blocks), key=lambda b: b.start)
    return tuple((b.start, tuple(cells.get(b.start + i, gap[i % len(gap)]) for i in range(b.count))) for b in blocks)


def _planned(table: MeterTable, blocks: Sequence[Sequence[int]]) -> Mapping[Block, Sequence[int]]:
    sizes, planned = [len(block) for block in blocks], [block.count for block in table.blocks]
    if sizes != planned:
        raise ValueError(f"blocks of {planned} registers were planned, got {sizes}")
    return dict(zip(table.blocks, blocks, strict=True))


class _Words:
    """The words behind each register that was read."""

    def __init__(self, seen: Mapping[Block, Sequence[int]]) -> None:
        self._pairs = tuple(seen.items())

    def has(self, point: Point) -> bool:
        return any(block.start <= point.register and point.end <= block.start + block.count for block, _ in self._pairs)

    def at(self, point: Point) -> tuple[int, ...]:
        for block, words in self._pairs:
            if block.start <= point.register and point.end <= block.start + block.count:
                return tuple(words[point.register - block.start : point.end - block.start])
        raise ValueError(f"register {point.register} was not planned")


def _taken(table: MeterTable, point: Point, words: _Words) -> tuple[Point, int | float]:
    """Where the quantity of ``point`` is read: as the table says unless that cannot be true and another source can."""
    raws = [(p, table.raw(p, words.at(p))) for p in table.readings_of(point)]
    own, raw = raws[0]
    if _absent(own, raw) or _plausible(own, raw):
        return own, raw
    can_be = ((p, r) for p, r in raws[1:] if not _absent(p, r) and _plausible(p, r))
    return next(can_be, (own, raw))


def _decided(table: MeterTable, point: Point, taken: Point, value: float) -> Reason:
    (conflict,) = (c for c in table.conflicts if c.point == point and c.instead == taken)
    return Reason(
        "meter.other_source",
        {
            "meter": table.name,
            "quantity": _named(point),
            "register": taken.register,
            "value": f"{value:.6g}",
            "source": conflict.source,
        },
    )


def _named(point: Point) -> str:
    return point.quantity if point.terminal is None else f"{point.quantity} L{point.terminal + 1}"


def _absent(point: Point, raw: int | float) -> bool:
    return math.isnan(raw) if isinstance(raw, float) else raw in point.not_available


def _plausible(point: Point, raw: int | float) -> bool:
    if math.isinf(raw) or 0 < abs(raw) < SMALLEST:
        return False
    low, high, _ = LIMITS[point.quantity]
    return low <= raw * (point.scale.numerator / point.scale.denominator) <= high


def _scaled(point: Point, raw: int | float) -> float | int:
    if point.quantity in ENERGIES:
        return _nearest(*_product(raw, point.scale.numerator, point.scale.denominator))
    return raw * point.scale.numerator / point.scale.denominator


def _values(table: MeterTable, found: Mapping[tuple[int | None, str], Any]) -> MeterValues:
    names = [f.name for f in fields(PhaseReading)]
    if table.phases == 1:
        both = {
            **{k[1]: v for k, v in found.items() if k[0] == 0},
            **{k[1]: v for k, v in found.items() if k[0] is None},
        }
        terminals: tuple[PhaseReading, ...] = (PhaseReading(**{name: both.get(name) for name in names}),)
    else:
        terminals = tuple(PhaseReading(**{name: found.get((t, name)) for name in names}) for t in range(table.phases))
    return MeterValues(
        power_w=found.get((None, "power_w")),
        reactive_power_var=found.get((None, "reactive_power_var")),
        power_factor=found.get((None, "power_factor")),
        frequency_hz=found.get((None, "frequency_hz")),
        energy_import_j=found.get((None, "energy_import")),
        energy_export_j=found.get((None, "energy_export")),
        terminals=terminals,
    )


def _value(values: MeterValues, point: Point) -> float | int | None:
    if point.terminal is None:
        name = f"{point.quantity}_j" if point.quantity in ENERGIES else point.quantity
        value: float | int | None = getattr(values, name)
        return value
    if point.terminal >= len(values.terminals):
        return None
    terminal: float | None = getattr(values.terminals[point.terminal], point.quantity)
    return terminal


def _detail(values: MeterValues, point: Point) -> float | int | None:
    quantity, place = point.detail or (None, None)
    return None if quantity is None or place is None else values.details.get(quantity, {}).get(place)


def _words_for(table: MeterTable, point: Point, value: float | int | None) -> tuple[int, ...]:
    floating = point.type[0] == "f"
    raw: float | int
    if value is None:
        if not floating and not point.not_available:
            raise ValueError(f"{table.key} has no way to say that {point.quantity} is missing")
        raw = math.nan if floating else max(point.not_available)
    elif floating:
        raw = operator.truediv(*_counts(value, point)) if math.isfinite(value) else value
        raw = 0.0 if abs(raw) < 2 * SMALLEST else raw
    else:
        raw = _nearest(*_counts(value, point))
    return words_of(raw, point.type, table.word_order, table.byte_order)


def _counts(value: float | int, point: Point) -> tuple[int, int]:
    """What the register of ``point`` counts for ``value``, exactly."""
    return _product(value, point.scale.denominator, point.scale.numerator)


def _product(value: float | int, times: int, by: int) -> tuple[int, int]:
    """``value`` times ``times`` by ``by`` as two integers: exact as a Fraction, at a tenth of its price."""
    over, under = value.as_integer_ratio()
    return over * times, under * by


def _nearest(over: int, under: int) -> int:
    """The whole number nearest to ``over`` / ``under``; of two the even one, as ``round`` has it."""
    if under < 0:
        over, under = -over, -under
    whole, rest = divmod(over, under)
    return whole + (2 * rest > under or (2 * rest == under and whole % 2 == 1))


def _explain(table: MeterTable, point: Point, raw: int | float, words: _Words) -> Reason:
    params = _implausible(table, point, raw)
    other = _other_order(table, words)
    if other is None:
        return Reason("meter.implausible", params)
    instead = other.raw(point, words.at(point)) * float(point.scale)
    return Reason(
        "meter.implausible_order",
        {**params, "word_order": other.word_order, "byte_order": other.byte_order, "instead": f"{instead:.6g}"},
    )


def _implausible(table: MeterTable, point: Point, raw: int | float) -> dict[str, str | int | float]:
    return {
        "meter": table.name,
        "register": point.register,
        "quantity": _named(point),
        "value": f"{raw * float(point.scale):.6g}",
        "allowed": LIMITS[point.quantity][2],
    }


def _other_order(table: MeterTable, words: _Words) -> MeterTable | None:
    """The same table in another order, if every value then is plausible and one of them is convincing."""
    orders: tuple[Order, Order] = ("big", "little")
    for word_order, byte_order in ((w, b) for w in orders for b in orders):
        if (word_order, byte_order) == (table.word_order, table.byte_order):
            continue
        other = replace(table, word_order=word_order, byte_order=byte_order)
        raws = [(p, other.raw(p, words.at(p))) for p in table.points]
        seen = [(p, raw) for p, raw in raws if not _absent(p, raw)]
        if all(_plausible(p, raw) for p, raw in seen) and any(_convincing(p, raw) for p, raw in seen):
            return other
    return None


def _convincing(point: Point, raw: int | float) -> bool:
    low, high = _CONVINCING.get(point.quantity, (math.inf, math.inf))
    return low <= abs(raw * float(point.scale)) <= high
