"""Always-on: what the house draws day and night (G-114, EM-245).

Of a day it is the 5th percentile of its five-minute means of consumption (288, or 276 and 300 when the clock changes):
grid + production + battery, so that a night on the battery counts like any other. What is shown is the median of the
last seven days. An hour without power or without readings lowers neither: 12 of 288 are less than 5 %.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from statistics import median, quantiles

DAYS = 7
SLOT_S = 300
LEAST_SHARE = 0.75
"""A day of which less was recorded says nothing."""


def consumption(means_w: Sequence[Mapping[int, float | None]]) -> dict[int, float]:
    """The consumption of each interval of which every source has told; each is a mapping of interval to mean watts."""
    if not means_w:
        return {}
    told: dict[int, float] = {}
    for at in set[int].intersection(*(set(one) for one in means_w)):
        powers = [one[at] for one in means_w]
        known = [power for power in powers if power is not None]
        if len(known) == len(powers):
            told[at] = sum(known)
    return told


def of_days(bounds: Sequence[int], consumed_w: Mapping[int, float]) -> list[float | None]:
    """Always-on of each day between two ``bounds`` in unix seconds; ``None`` where too little was recorded."""
    return [
        of_day([consumed_w[at] for at in range(start, end, SLOT_S) if at in consumed_w], (end - start) // SLOT_S)
        for start, end in pairwise(bounds)
    ]


def of_day(means_w: Sequence[float], slots: int) -> float | None:
    """The 5th percentile of the means that there are, of so many ``slots``; never below 0."""
    if len(means_w) < max(2.0, LEAST_SHARE * slots):
        return None
    return max(0.0, quantiles(means_w, n=20, method="inclusive")[0])


def shown(days_w: Sequence[float | None]) -> float | None:
    """The median of the days that say something."""
    known = [day for day in days_w[-DAYS:] if day is not None]
    return median(known) if known else None
