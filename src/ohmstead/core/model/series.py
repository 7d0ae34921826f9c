"""Series: what is recorded of each channel, and what is asked back.

Besides energy and power a channel has gauges: voltage, current, power, reactive power and power factor of each phase
that its meter tells, and the power factor in total.

What the supply's meter counts besides electricity is kept in series of its own beside the meter's: ``grid.gas`` and
``grid.water`` count millilitres where others count joules, ``grid.demand`` and ``grid.demand-peak`` have a power only.
So have ``grid.flicker-1`` to ``-3``, thousandths of the severity (Pst) of each phase over ten minutes in the place of
watts; it stands from the end of its ten minutes until the next one is known.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # a site starts without numpy; it is loaded when history is first read
    import numpy as np
    from numpy.typing import NDArray

from ohmstead.core.model.quantities import PHASES, Phase
from ohmstead.core.model.readings import Supply, UtilityCounter


class Span(StrEnum):
    """The resolutions of a series. Days, weeks from Monday and months are those of the site's own zone (G-002).

    Seconds, 5 minutes, hours and days are kept (``KEPT``); the others are made of them when asked for (G-009).
    """

    SECOND = "1s"
    FIVE_MINUTES = "5min"
    QUARTER = "15min"
    HOUR = "1h"
    DAY = "1d"
    WEEK = "1w"
    MONTH = "1mo"


KEPT = (Span.SECOND, Span.FIVE_MINUTES, Span.HOUR, Span.DAY)
"""The spans that are recorded."""


@dataclass(frozen=True, slots=True)
class SeriesPoint:
    """One interval of one channel.

    Energies are differences of the cumulative counters over the interval, so the points of any range add up to
    one subtraction. Power is the time-weighted mean and the extremes seen. An interval without data is absent.
    """

    start: datetime
    energy_import_j: int | None
    energy_export_j: int | None
    power_mean_w: float | None
    power_min_w: float | None
    power_max_w: float | None


@dataclass(frozen=True, slots=True)
class Series:
    """A stretch of one channel's history, points in ascending order, gaps left out."""

    channel: str
    span: Span
    start: datetime
    end: datetime
    points: tuple[SeriesPoint, ...]


DEMAND, DEMAND_PEAK = "demand", "demand-peak"
"""The running quarter of an hour, and the highest of the month."""
_VOLUMES = ("gas", "water", "gas-2", "water-2", "gas-3", "water-3", "gas-4", "water-4")


def utilities(channel: str, supply: Supply) -> Iterator[tuple[str, UtilityCounter]]:
    """The meters behind that of ``channel`` with the names of their series; a second one of a kind is ``gas-2``."""
    seen: dict[str, int] = {}
    for one in supply.utilities:
        seen[one.kind] = nth = seen.get(one.kind, 0) + 1
        yield f"{channel}.{one.kind}" if nth == 1 else f"{channel}.{one.kind}-{nth}", one


FLICKER = ("flicker-1", "flicker-2", "flicker-3")
"""Of phases L1 to L3."""
FLICKER_STEPS = 1000
"""So many are a severity of one: powers are kept to a tenth of a watt, which would be too coarse for it."""


def tells_flicker(series: str) -> bool:
    """Whether ``series`` has a severity instead of a power."""
    return owner(series) is not None and series.rpartition(".")[2] in FLICKER


def owner(series: str) -> str | None:
    """The channel beside which ``series`` is kept; ``None`` when it is not of that kind."""
    channel, dot, beside = series.rpartition(".")
    return channel if dot and beside in (*_VOLUMES, DEMAND, DEMAND_PEAK, *FLICKER) else None


def counts_volume(series: str) -> bool:
    """Whether ``series`` counts millilitres instead of joules."""
    return owner(series) is not None and series.rpartition(".")[2] in _VOLUMES


class Measure(StrEnum):
    """What is known of each interval; the names are those of ``SeriesPoint``."""

    IMPORT = "energy_import_j"
    EXPORT = "energy_export_j"
    MEAN = "power_mean_w"
    LOW = "power_min_w"
    HIGH = "power_max_w"


class GaugeKind(StrEnum):
    """What a gauge shows."""

    POWER = "power_w"
    VOLTAGE = "voltage_v"
    CURRENT = "current_a"
    POWER_FACTOR = "power_factor"
    REACTIVE_POWER = "reactive_power_var"


GAUGE_DIGITS: Mapping[GaugeKind, int] = {
    GaugeKind.POWER: 1,
    GaugeKind.VOLTAGE: 1,
    GaugeKind.CURRENT: 3,
    GaugeKind.POWER_FACTOR: 3,
    GaugeKind.REACTIVE_POWER: 0,
}
"""After the point, as they are kept."""


@dataclass(frozen=True, slots=True)
class Gauge:
    """One electrical quantity of a channel, of one phase or (``None``) of the whole device."""

    kind: GaugeKind
    phase: Phase | None = None


GAUGES: tuple[Gauge, ...] = (
    Gauge(GaugeKind.POWER_FACTOR),
    *(Gauge(kind, phase) for kind in GaugeKind for phase in PHASES),
)
"""All that are kept. The power of the whole device is a measure of its own, as voltage and current have no total."""


@dataclass(frozen=True, slots=True, eq=False)
class Gauged:
    """A gauge over some intervals: time-weighted mean and the extremes seen, NaN where it is not known."""

    mean: "NDArray[np.float64]"
    low: "NDArray[np.float64]"
    high: "NDArray[np.float64]"


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """A stretch of one channel's history in columns of equal length, in ascending order, gaps left out.

    ``start_ms`` is when each interval begins, in milliseconds UTC. Values are NaN where they are not known; energies
    are whole joules, exact up to 2**53. A gauge that is nowhere known is absent.
    """

    start_ms: "NDArray[np.int64]"
    values: "Mapping[Measure, NDArray[np.float64]]"
    gauges: Mapping[Gauge, Gauged] = field(default_factory=dict)
    covered_ms: "NDArray[np.float64] | None" = None
    """For how long power was known in each interval of a roll-up; only when all measures were asked for."""
