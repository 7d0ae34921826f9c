"""The sun in the car and the wear of its contactor, beside evcc's default rules on the same days and the same car.

Four fortnights of a family's house, one in each season, with a car on one phase that is at home on some days and away
on others; both are shown the same minutes. Ours is the shipped `decide()` on Green (Solar), asked once a second while
the car charges, as a site does, and else at each minute and the end of each wait; evcc's thresholds and timers are
written anew from the notes on its public source (`bench/evcc.py`), the program itself is not run. The solar share is
the part of the car's energy that was not imported. `gain` is ours less evcc's in points; `ours` and `cycles` stand
beside theirs, and `energy` is how much green energy the car got, as a ratio to theirs.
"""

from datetime import date

from bench.broken import Broken
from bench.evcc import Evcc
from bench.figures import Figure
from ohmstead.core.backtest.driving import Decider, Look, drive
from ohmstead.core.backtest.outcome import Outcome, joined
from ohmstead.core.backtest.simulated import Family, family_days, family_visits, house_of
from ohmstead.core.backtest.strategies import SOLAR, Deciding
from ohmstead.core.model.quantities import Phase

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
        decider = EachSecond(Deciding(SOLAR, house_of(family, "Bench"), family.charger, built))
        ours.append(drive("ours", built, visits, decider, None))
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


class EachSecond:
    """Asks a decider as a running site does while the car charges."""

    def __init__(self, decider: Decider) -> None:
        """``decider`` is asked more often than it wants."""
        self._decider = decider

    def decide(self, look: Look) -> tuple[float, tuple[Phase, ...], int | None]:
        """What it says, and to be asked again in a second."""
        current_a, phases, again = self._decider.decide(look)
        return current_a, phases, look.second + 1 if current_a > 0 else again


def _sum(outcomes: list[Outcome], days: int) -> Outcome:
    minutes = days * 1440
    return joined("all", [(number * minutes, one) for number, one in enumerate(outcomes)], minutes * len(outcomes))
