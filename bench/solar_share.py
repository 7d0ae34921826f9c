"""The sun in the car and the wear of its contactor, beside evcc's default rules on the same days and the same car.

Four fortnights of a family's house, one in each season, with a car on one phase that is at home on some days and away
on others; both are shown the same minutes. Ours is the shipped `decide()` on Green (Solar); evcc's thresholds and
timers are written anew from the notes on its public source (`bench/evcc.py`), the program itself is not run. The solar
share is the part of the car's energy that was not imported, by each minute. `gain` is ours less evcc's in points;
`ours` and `cycles` stand beside theirs, and `energy` is how much green energy the car got, as a ratio to theirs.
"""

import os
from datetime import date

from bench.broken import Broken
from bench.evcc import Evcc
from bench.figures import Figure
from ohmstead.core.backtest.driving import drive
from ohmstead.core.backtest.outcome import Outcome, joined
from ohmstead.core.backtest.simulated import Family, family_days, family_visits, house_of
from ohmstead.core.backtest.strategies import SOLAR
from ohmstead.site.side_by_side import side_by_side

FORTNIGHTS = (date(2025, 3, 10), date(2025, 6, 9), date(2025, 9, 8), date(2025, 12, 8))
DAYS = 14


def run(fortnights: tuple[date, ...] = FORTNIGHTS, days: int = DAYS) -> list[Figure]:
    """Solar share, cycles and green energy of both. Raises Broken when there was no sun to share."""
    family = Family()
    ours: list[Outcome] = []
    theirs: list[Outcome] = []
    for first in fortnights:
        built = family_days(family, first, days)
        visits = family_visits(family, built)
        place = (house_of(family, "Bench"), family.charger)
        ours += side_by_side((SOLAR,), built, visits, None, place, os.cpu_count() or 1)
        theirs.append(drive("evcc", built, visits, Evcc(family.phases, built.volts), None))
    mine, other = _sum(ours, days), _sum(theirs, days)
    if mine.solar_share is None or other.solar_share is None or not other.cycles:
        raise Broken("solar-share: no car was charged, so the days do not count")
    share, other_share = 100 * mine.solar_share, 100 * other.solar_share
    runs = len(fortnights) * days
    return [
        Figure("solar-share.gain", share - other_share, "points", ">= 0", "evcc's rules", None, runs),
        Figure("solar-share.ours", share, "%", None, f"evcc's rules: {other_share:.1f} %", share / other_share, runs),
        Figure(
            "solar-share.cycles", mine.cycles, "closings", None, f"evcc's rules: {other.cycles}",
            mine.cycles / other.cycles, runs,
        ),
        Figure(
            "solar-share.energy", mine.green_j / other.green_j, "x", None, "evcc's rules", mine.green_j / other.green_j,
            runs,
        ),
    ]  # fmt: skip


def _sum(outcomes: list[Outcome], days: int) -> Outcome:
    minutes = days * 1440
    return joined("all", [(number * minutes, one) for number, one in enumerate(outcomes)], minutes * len(outcomes))
