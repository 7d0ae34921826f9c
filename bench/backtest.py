"""A year of looking back: a family's house and car, every minute of 365 days, decided as the site decides.

The house is simulated, with weather, meals, washing and a heat pump; the car is on Green (Solar), which has most waits.
The shipped `decide()` is called at each of the 525,600 minutes and whenever one of its waits is over: those calls are
counted in `backtest.calls`. `backtest.year` is the time from the days to the outcome, on all processors of the machine,
as `ohmstead backtest` goes about it; making the days is outside.
"""

import os
import time
from datetime import date

from bench.broken import Broken
from bench.figures import Figure
from ohmstead.core.backtest.simulated import Family, family_days, family_visits, house_of
from ohmstead.core.backtest.strategies import SOLAR
from ohmstead.site.side_by_side import side_by_side

FIRST = date(2025, 1, 1)
DAYS = 365
DAY_MIN = 1440
LEAST_KWH_A_DAY = 0.5


def run(days: int = DAYS, first: date = FIRST) -> list[Figure]:
    """Seconds for a year, and how many decisions that were. Raises Broken when the car fared badly."""
    family = Family()
    built = family_days(family, first, days)
    visits = family_visits(family, built)
    began_s = time.perf_counter()
    place = (house_of(family, "Bench"), family.charger)
    (outcome,) = side_by_side((SOLAR,), built, visits, None, place, os.cpu_count() or 1)
    took_s = (time.perf_counter() - began_s) * DAYS / days
    if outcome.calls < days * DAY_MIN:
        raise Broken(f"backtest: {outcome.calls} decisions, one a minute are {days * DAY_MIN}")
    if outcome.energy_kwh < LEAST_KWH_A_DAY * days or not outcome.cycles:
        raise Broken(f"backtest: the car got {outcome.energy_kwh:.1f} kWh in {days} days, so the year does not count")
    return [
        Figure("backtest.year", took_s, "s", "<= 30", runs=1),
        Figure("backtest.calls", outcome.calls * DAYS / days, "calls", runs=1),
    ]
