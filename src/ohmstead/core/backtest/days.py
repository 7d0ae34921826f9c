"""What a backtest goes through: the house minute by minute without its car, and the visits of the car."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import repeat
from math import isnan, nan

from ohmstead.core.model.charges import Tariff
from ohmstead.core.model.quantities import Phase

MINUTE_S = 60
Watts = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Days:
    """Minutes from ``start`` (UTC, a full minute) on; in each a power holds for its 60 s.

    ``base_w`` is what flows at the grid connection on L1, L2 and L3 without cars, import positive. ``battery_w`` is
    what the house's battery discharges, negative while it charges; it is in ``base_w`` already, and stays as it was.
    NaN stands where nobody measured.
    """

    start: datetime
    base_w: tuple[Sequence[float], Sequence[float], Sequence[float]]
    battery_w: Sequence[float] | None = None
    volts: float = 230.0

    def __post_init__(self) -> None:
        """Refuse columns of different lengths: raises ValueError."""
        lengths = {len(column) for column in (*self.base_w, self.battery_w or self.base_w[0])}
        if len(lengths) > 1:
            raise ValueError(f"days: got columns of {sorted(lengths)} minutes; allowed: all of one length")

    @property
    def minutes(self) -> int:
        """How many there are."""
        return len(self.base_w[0])

    def at(self, minute: int) -> datetime:
        """When ``minute`` begins."""
        return self.start + timedelta(minutes=minute)

    def minute(self, at: datetime) -> int:
        """The minute that holds ``at``, which may lie outside."""
        return int((at - self.start).total_seconds() // MINUTE_S)

    def between(self, first: int, last: int) -> "Days":
        """The minutes from ``first`` up to ``last``."""
        one, two, three = (column[first:last] for column in self.base_w)
        battery = None if self.battery_w is None else self.battery_w[first:last]
        return Days(self.at(first), (one, two, three), battery, self.volts)

    def looks(self) -> Iterator[tuple[Watts | None, float | None]]:
        """Of each minute the grid without cars and the battery; ``None`` where nobody measured."""
        battery = repeat(nan, self.minutes) if self.battery_w is None else self.battery_w
        for one, two, three, discharged in zip(*self.base_w, battery, strict=True):
            known = one + two + three
            yield None if isnan(known) else (one, two, three), None if isnan(discharged) else discharged


@dataclass(frozen=True, slots=True)
class Visit:
    """A car from minute ``arrives`` up to minute ``leaves`` that takes ``wanted_j`` in all, if it gets them.

    It draws the same on each of ``phases``, at most ``max_a`` and nothing below ``min_a``.
    """

    arrives: int
    leaves: int
    wanted_j: float
    phases: tuple[Phase, ...]
    max_a: float
    min_a: float = 6.0


@dataclass(frozen=True, slots=True)
class Prices:
    """What a kilowatt-hour costs in each minute: of the grid, and of the site's own sun."""

    grid: Sequence[float]
    green: Sequence[float]


def prices(tariff: Tariff, days: Days) -> Prices | None:
    """The prices of ``tariff`` in each minute of ``days``; ``None`` when there is none for the first."""
    starts = [one.valid_from for one in tariff.prices]
    if not starts or starts[0] > days.start:
        return None
    grid: list[float] = []
    green: list[float] = []
    index = bisect_right(starts, days.start) - 1
    while len(grid) < days.minutes:
        price = tariff.prices[index]
        ends = days.minutes if index + 1 == len(starts) else min(days.minutes, days.minute(starts[index + 1]))
        own = price.per_kwh if price.green_per_kwh is None else price.green_per_kwh
        grid += [float(price.per_kwh)] * (ends - len(grid))
        green += [float(own)] * (ends - len(green))
        index += 1
    return Prices(grid, green)
