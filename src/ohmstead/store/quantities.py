"""How quantities are named where history is kept: a number each, and how many of its units make one of the measure's.

Roll-ups have energies, power and what tells how long it held (``COLUMNS``), and per gauge its mean, extremes and how
long it held (``Slot``). Of seconds only the values themselves are kept, under the names of the means.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ohmstead.core.model.quantities import PHASES, Phase
from ohmstead.core.model.series import GAUGES, Gauge, GaugeKind, Measure

TIMES, IMPORT, EXPORT, MEAN, LOW, HIGH, COVERED, IMPORT_END, EXPORT_END = range(9)
"""``TIMES`` and the power (as ``MEAN``) are those of seconds."""

COLUMNS: Mapping[int, str] = {
    IMPORT: "import_j",
    EXPORT: "export_j",
    MEAN: "power_mean_mw",
    LOW: "power_min_mw",
    HIGH: "power_max_mw",
    COVERED: "covered_ms",
    IMPORT_END: "import_end_j",
    EXPORT_END: "export_end_j",
}
"""The quantities of a roll-up besides its gauges, and their columns in its table."""

MEASURES: Mapping[Measure, int] = {
    Measure.IMPORT: IMPORT,
    Measure.EXPORT: EXPORT,
    Measure.MEAN: MEAN,
    Measure.LOW: LOW,
    Measure.HIGH: HIGH,
}
"""The quantity behind each measure."""

POWER_SCALE = 1000
"""Power of the whole device is kept in mW."""

PHASE_QUANTITIES = (
    GaugeKind.POWER,
    GaugeKind.VOLTAGE,
    GaugeKind.CURRENT,
    GaugeKind.POWER_FACTOR,
    GaugeKind.REACTIVE_POWER,
)
"""What is kept of each phase, in the order in which a packed row holds it."""
FIRST_PHASE_QUANTITIES = PHASE_QUANTITIES[:4]
"""What rows held before layouts named it."""

SCALES: Mapping[GaugeKind, int] = {
    GaugeKind.POWER: 10,
    GaugeKind.VOLTAGE: 10,
    GaugeKind.CURRENT: 1000,
    GaugeKind.POWER_FACTOR: 1000,
    GaugeKind.REACTIVE_POWER: 1,
}
"""Gauges are kept as whole numbers: 0.1 W, 0.1 V, 1 mA, 0.001, 1 var."""

GAUGE_MAX = 2**31 - 2
"""The largest whole number of a gauge; beyond it a value cannot be true and counts as missing."""

_FIRST = 16
_PLACES: Mapping[Phase | None, int] = {None: 0, "L1": 1, "L2": 2, "L3": 3}


@dataclass(frozen=True, slots=True)
class Slot:
    """Where a gauge is kept: its number, and those of its four quantities."""

    number: int
    gauge: Gauge

    @property
    def mean(self) -> int:
        """Its time-weighted mean, or the values themselves of seconds."""
        return _FIRST + 4 * self.number

    @property
    def low(self) -> int:
        """The smallest value seen."""
        return self.mean + 1

    @property
    def high(self) -> int:
        """The largest value seen."""
        return self.mean + 2

    @property
    def held(self) -> int:
        """For how many milliseconds it was known."""
        return self.mean + 3

    @property
    def codes(self) -> tuple[int, int, int, int]:
        """All four."""
        return self.mean, self.low, self.high, self.held

    @property
    def scale(self) -> int:
        """How many units make 1 W, V or A."""
        return SCALES[self.gauge.kind]


SLOTS: Mapping[Gauge, Slot] = {
    gauge: Slot(4 * PHASE_QUANTITIES.index(gauge.kind) + _PLACES[gauge.phase], gauge) for gauge in GAUGES
}
BY_NUMBER: Mapping[int, Slot] = {slot.number: slot for slot in SLOTS.values()}
POWERS = tuple(SLOTS[Gauge(GaugeKind.POWER, phase)] for phase in PHASES)
"""Of a device on one phase the power of that phase is that of the whole device. A sealed day of seconds, or a chunk of
roll-ups, in which it always is keeps it once: as that of the device, and a column under ``held`` tells of it, which is
empty when it held as long as the device's."""
WHOLE: Mapping[int, int] = {
    code: whole for slot in POWERS for code, whole in zip(slot.codes, (MEAN, LOW, HIGH, COVERED), strict=True)
}
"""What of the whole device stands for each quantity of such a phase."""
BY_CODE: Mapping[int, Slot] = {code: slot for slot in POWERS for code in slot.codes}
FINER_W = POWER_SCALE // SCALES[GaugeKind.POWER]
"""So many units of the whole device's power make one of a phase's."""
ALL = (*COLUMNS, *(code for slot in SLOTS.values() for code in slot.codes))
"""Every quantity of a roll-up."""


def slots(quantities: Iterable[GaugeKind]) -> tuple[Slot, ...]:
    """The gauges of some quantities."""
    wanted = set(quantities)
    return tuple(slot for gauge, slot in SLOTS.items() if gauge.kind in wanted)


def scale(code: int) -> int:
    """How many units of a quantity make one of what people read."""
    if code >= _FIRST:
        slot = BY_NUMBER[(code - _FIRST) // 4]
        return 1 if code == slot.held else slot.scale
    return POWER_SCALE if code in (MEAN, LOW, HIGH) else 1


def source(code: int) -> int:
    """The quantity of seconds of which ``code`` is the mean or an extreme."""
    return _FIRST + (code - _FIRST) // 4 * 4 if code >= _FIRST else MEAN if code in (LOW, HIGH) else code


def is_low(code: int) -> bool:
    """Whether ``code`` is the smallest value of something."""
    return code == LOW if code < _FIRST else (code - _FIRST) % 4 == 1


def shown(measures: Sequence[Measure], gauges: Sequence[Slot]) -> Iterator[int]:
    """What must be fetched to answer a question."""
    yield from (MEASURES[measure] for measure in measures)
    for slot in gauges:
        yield from (slot.mean, slot.low, slot.high)
