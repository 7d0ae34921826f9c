"""Which of our tables fits a meter nobody has named: what its registers say in, tables and how well they fit out.

Where the maker published a code for the model, that decides. Else a table is believed when what it makes of the
registers is what a mains looks like: voltage, frequency, a sum that is the sum of its phases, a power that voltage
and current can carry. Several tables can fit, since families share their registers.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from ohmstead.core.model.quantities import Quality
from ohmstead.core.model.readings import PhaseReading
from ohmstead.protocols.meters.codec import MeterValues, decode
from ohmstead.protocols.meters.table import MeterTable

VOLTAGES: tuple[tuple[float, float], ...] = ((100.0, 140.0), (200.0, 260.0), (262.0, 300.0), (320.0, 380.0))
"""Between a phase and neutral, in the grids that are built: 120, 230, 277 and 347 V."""
FREQUENCIES = (45.0, 65.0)
DEAD_V = 10.0
"""A terminal with less has no wire."""
SLACK_W = 20.0
SHARE = 0.03
"""How far the sum may be from the sum of the phases, whose registers are read one after the other."""
TELLING = 3
"""So many agreements of different kinds are no accident."""


@dataclass(frozen=True, slots=True)
class Fit:
    """A table that may be the meter's. ``agreements`` counts the kinds of evidence, ``dead`` its empty terminals."""

    table: MeterTable
    agreements: int
    dead: int

    @property
    def rank(self) -> tuple[int, int]:
        """Greater is better; equal ranks cannot be told apart."""
        return self.agreements, -self.dead

    @property
    def telling(self) -> bool:
        """Whether an accident is out of the question."""
        return self.agreements >= TELLING


def fit(table: MeterTable, blocks: Sequence[Sequence[int]]) -> Fit | None:
    """How well ``table`` fits what was read by its plan; ``None`` when something contradicts it, or nothing speaks
    for it. Raises ValueError when the blocks are not those of the plan."""
    values = decode(table, blocks)
    if values.quality is not Quality.GOOD:
        return None
    wired = [t for t in values.terminals if t.voltage_v is not None and abs(t.voltage_v) >= DEAD_V]
    kinds = (_voltage(wired), _frequency(values), _sum(values), _carried(wired), _factor(wired))
    if False in kinds or kinds[0] is None or (kinds[1] is None and kinds[2] is None):
        return None
    return Fit(table, sum(kind is True for kind in kinds), len(values.terminals) - len(wired))


def best(fits: Sequence[Fit]) -> tuple[Fit, ...]:
    """Those that fit best, one or several."""
    top = max((each.rank for each in fits), default=(0, 0))
    return tuple(each for each in fits if each.rank == top)


def _voltage(wired: Sequence[PhaseReading]) -> bool | None:
    """Whether each terminal with a wire shows a mains voltage, all of the same kind."""
    seen = [t.voltage_v for t in wired if t.voltage_v is not None]
    return any(all(low <= v <= high for v in seen) for low, high in VOLTAGES) if seen else None


def _frequency(values: MeterValues) -> bool | None:
    hertz = values.frequency_hz
    return None if hertz is None else FREQUENCIES[0] <= hertz <= FREQUENCIES[1]


def _sum(values: MeterValues) -> bool | None:
    """Whether the power is the sum of the phases; that of one phase proves nothing."""
    powers = [t.power_w for t in values.terminals if t.power_w is not None]
    if len(powers) < 2 or len(powers) < len(values.terminals) or values.power_w is None:
        return None
    flowing = sum(abs(power) for power in powers)
    near = abs(values.power_w - sum(powers)) <= SLACK_W + SHARE * flowing
    return (flowing > SLACK_W or None) if near else False


def _carried(wired: Sequence[PhaseReading]) -> bool | None:
    """Whether voltage and current can carry the power."""
    seen = [_apparent(t) for t in wired]
    flowing = [(abs(t.power_w), va) for t, va in zip(wired, seen, strict=True) if t.power_w is not None and va]
    if any(power > SLACK_W + (1 + 2 * SHARE) * va for power, va in flowing):
        return False
    return True if any(va > SLACK_W for _, va in flowing) else None


def _factor(wired: Sequence[PhaseReading]) -> bool | None:
    """Whether the power factor is that of power, voltage and current. Meters differ in its sign and in small loads."""
    agreed = [
        abs(abs(t.power_w) / va - abs(t.power_factor)) < 2 * SHARE
        for t in wired
        if t.power_w is not None and t.power_factor is not None and (va := _apparent(t) or 0.0) > 10 * SLACK_W
    ]
    return True if agreed and all(agreed) else None


def _apparent(terminal: PhaseReading) -> float | None:
    if terminal.voltage_v is None or terminal.current_a is None:
        return None
    return terminal.voltage_v * abs(terminal.current_a)
