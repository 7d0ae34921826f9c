"""Days cut into parts that can be gone through side by side, where no car is there: together they give the same.

What control remembers while nobody is plugged in is how the meter was heard and since when there is sun enough; both
are known again before the next car comes.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ohmstead.core.backtest.days import Days, Prices, Visit

_CALM_MIN = 10
"""Nobody comes so soon after a cut, nor left so shortly before."""
_HOUR_MIN = 60


@dataclass(frozen=True, slots=True)
class Part:
    """Some of the days; ``first`` is the minute of the whole at which it begins."""

    first: int
    days: Days
    visits: tuple[Visit, ...]
    prices: Prices | None


def parts(days: Days, visits: Sequence[Visit], prices: Prices | None, count: int) -> tuple[Part, ...]:
    """``days`` in about ``count`` parts of one length, fewer where there is no calm hour to cut at."""
    cuts = [0]
    for number in range(1, count):
        wanted = number * days.minutes // count
        cut = _calm(visits, wanted - wanted % _HOUR_MIN, days.minutes)
        if cut is not None and cut > cuts[-1]:
            cuts.append(cut)
    return tuple(
        Part(first, days.between(first, last), _within(visits, first, last), _priced(prices, first, last))
        for first, last in zip(cuts, [*cuts[1:], days.minutes], strict=True)
    )


def _calm(visits: Sequence[Visit], hour: int, end: int) -> int | None:
    """The first full hour from ``hour`` on at which no car is there, or about to be."""
    for at in range(hour, end, _HOUR_MIN):
        if not any(one.arrives - _CALM_MIN < at < one.leaves + _CALM_MIN for one in visits):
            return at
    return None


def _within(visits: Sequence[Visit], first: int, last: int) -> tuple[Visit, ...]:
    return tuple(
        replace(one, arrives=one.arrives - first, leaves=one.leaves - first)
        for one in visits
        if first <= one.arrives < last
    )


def _priced(prices: Prices | None, first: int, last: int) -> Prices | None:
    return None if prices is None else Prices(prices.grid[first:last], prices.green[first:last])
