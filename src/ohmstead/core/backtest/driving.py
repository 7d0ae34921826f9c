"""``drive``: a car through days with somebody deciding its current, at every minute and whenever a wait is over.

The physics of it: a power holds for its minute; the car follows at once and draws what it is offered, up to what it can
take, until it has what it wanted. What is green of it follows G-017.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from ohmstead.core.backtest.days import MINUTE_S, Days, Prices, Visit, Watts
from ohmstead.core.backtest.outcome import JOULES_PER_KWH, Outcome
from ohmstead.core.model.quantities import Phase

TELL_MIN = 1440
"""Progress is told once a day of the story."""


@dataclass(slots=True)
class Look:
    """What is to be seen at a moment, ``second`` after the start; one object, filled anew each time.

    ``base_w`` is the grid without the car, per phase; ``None`` where nobody measured. ``drawn_a`` flows on each of
    ``flowing``; ``left_j`` is what the car still takes.
    """

    second: int
    base_w: Watts | None
    battery_w: float | None
    visit: Visit | None
    number: int
    drawn_a: float = 0.0
    flowing: tuple[Phase, ...] = ()
    left_j: float = 0.0


class Decider(Protocol):
    """Says what the car may draw."""

    def decide(self, look: Look) -> tuple[float, tuple[Phase, ...], int | None]:
        """Amperes, the phases they may flow on, and the second at which to be asked again at the latest."""
        ...


def drive(
    name: str,
    days: Days,
    visits: Sequence[Visit],
    decider: Decider,
    prices: Prices | None,
    told: Callable[[int], object] = lambda minutes: None,
) -> Outcome:
    """All of ``days`` with ``visits``, which follow each other; ``told`` hears how many minutes are done."""
    outcome = Outcome.begun(name, days.minutes, priced=prices is not None)
    coming = iter(visits)
    visit = next(coming, None)
    look = Look(0, None, None, None, 0)
    for minute, (base, battery) in enumerate(days.looks()):
        if minute % TELL_MIN == 0:
            told(minute)
        if look.visit is not None and minute >= look.visit.leaves:
            _leave(look, outcome)
        if look.visit is None and visit is not None and minute >= visit.arrives:
            look.visit, look.left_j, look.number = visit, visit.wanted_j, look.number + 1
            outcome.visits += 1
            visit = next(coming, None)
        look.base_w, look.battery_w = base, battery
        outcome.unknown_min += base is None
        _minute(look, minute, days.volts, decider, prices, outcome)
    if look.visit is not None:
        _leave(look, outcome)
    told(days.minutes)
    return outcome


def _minute(look: Look, minute: int, volts: float, decider: Decider, prices: Prices | None, outcome: Outcome) -> None:
    at, ends = minute * MINUTE_S, (minute + 1) * MINUTE_S
    while at < ends:
        look.second = at
        granted_a, phases, again = decider.decide(look)
        outcome.calls += 1
        until = ends if again is None else min(ends, max(at + 1, again))
        visit = look.visit
        if visit is None or granted_a < visit.min_a or look.left_j <= 0:
            look.drawn_a, look.flowing = 0.0, ()
        else:
            flowing = tuple(phase for phase in visit.phases if phase in phases)
            outcome.cycles += look.drawn_a <= 0
            outcome.switches += bool(look.flowing) and look.flowing != flowing
            look.drawn_a, look.flowing = min(granted_a, visit.max_a), flowing
            _draw(look, until - at, volts, prices, outcome)
        at = until


def _draw(look: Look, for_s: int, volts: float, prices: Prices | None, outcome: Outcome) -> None:
    power_w = look.drawn_a * volts * len(look.flowing)
    energy_j = min(power_w * for_s, look.left_j)
    grid_w = power_w if look.base_w is None else max(0.0, sum(look.base_w) + power_w)
    green_j = energy_j * max(0.0, 1.0 - grid_w / power_w) if power_w > 0 else 0.0
    look.left_j -= energy_j
    minute = look.second // MINUTE_S
    outcome.hours_j[minute // 60] += energy_j
    outcome.energy_j += energy_j
    outcome.green_j += green_j
    if prices is not None and outcome.cost is not None:
        cost = (energy_j - green_j) * prices.grid[minute] + green_j * prices.green[minute]
        outcome.cost += cost / JOULES_PER_KWH


def _leave(look: Look, outcome: Outcome) -> None:
    outcome.missed_j += look.left_j
    outcome.short += look.left_j > 1000.0
    look.visit, look.drawn_a, look.flowing, look.left_j = None, 0.0, (), 0.0
