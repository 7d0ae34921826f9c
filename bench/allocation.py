"""What sharing costs with 5, 32, 100 and 1,000 chargers in a three-level tree, and how far it is from the best.

The crowds are those of ``bench.crowds``, with five priorities. The best there is: on small sites of five chargers of
one priority every company of them is tried, filled anew here as evenly as its limits allow, and counts if each has 6
A at least; what is compared is power. ``allocation.gap_even`` are sites where all five can charge at once: how much
is not where that one fair filling has it. The others are sites where they cannot and take turns, looked at in each
slot of a full turn. For ``allocation.gap`` whoever has the turn takes all it can (EV-151), and every company of the
others is tried in what that leaves; ours gives the next in turn all it can, too, where the best may divide it. For
``allocation.gap_turns`` it need only be one of those who charge: so much does it cost that turns are as EV-151 wants
them.
"""

import statistics
import time
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, count, islice

from bench.crowds import Crowd, crowd
from bench.figures import Figure
from ohmstead.core.control.filling import Demand
from ohmstead.core.control.sharing import Rules, allocate, left_over
from ohmstead.core.control.turns import SLOT_S, Turns
from ohmstead.core.model.quantities import MINIMUM_CURRENT_A

GOALS_MS: Mapping[int, float] = {5: 0.2, 32: 1.0, 100: 3.0, 1000: 50.0}
TIMES = {5: 400, 32: 200, 100: 100, 1000: 20}
GAP_SITES, GAP_CHARGERS = 200, 5
_TINY = 1e-9


def run() -> list[Figure]:
    """Median time of one allocation per size, and the gaps."""
    figures = []
    for size, goal in GOALS_MS.items():
        took = _times(size, TIMES[size])
        figures.append(Figure(f"allocation.{size}", statistics.median(took), "ms", f"<= {goal:g}", runs=len(took)))
    gaps = {
        "gap": _gap(GAP_SITES, turn_takes_all=True),
        "gap_turns": _gap(GAP_SITES, turn_takes_all=False),
        "gap_even": _gap_even(GAP_SITES),
    }
    for name, gap in gaps.items():
        goal_percent = "<= 0.001" if name == "gap_even" else None
        figures.append(Figure(f"allocation.{name}", gap, "%", goal_percent, peer="exhaustive search", runs=GAP_SITES))
    return figures


def _times(size: int, times: int) -> list[float]:
    """Milliseconds of each of ``times`` allocations in a row, a minute apart, on ten different sites."""
    took = []
    sites = [crowd(size, seed) for seed in range(10)]
    turns = [Turns() for _ in sites]
    for number in range(times):
        place = number % len(sites)
        began = time.perf_counter()
        _, turns[place] = allocate(sites[place].demands, sites[place].capacity, Rules(), turns[place], 60.0 * number)
        took.append(1000 * (time.perf_counter() - began))
    return took


def _gap(sites: int, turn_takes_all: bool) -> float:
    """By how many per cent the power in full turns stays below that of the best company in every slot."""
    ours = best = 0.0
    for site in islice(_sites(crowded=True), sites):
        turns = Turns()
        for slot in range(GAP_CHARGERS):
            shares, turns = allocate(site.demands, site.capacity, Rules(), turns, SLOT_S * slot)
            amperes = {name: share.current_a for name, share in shares.items()}
            ours += _power(site, amperes)
            holding = {name: amperes[name] for name in turns.since}
            if turn_takes_all:
                left = left_over([one for one in site.demands if one.name in holding], shares, site.capacity)
                others = [one for one in site.demands if one.name not in holding]
                best += _power(site, holding) + max(
                    (_power(site, one) for one in _companies(others, left)), default=0.0
                )
            else:
                companies = _companies(site.demands, site.capacity)
                best += max(_power(site, one) for one in companies if holding.keys() <= one.keys())
    return 100 * (1 - ours / best)


def _gap_even(sites: int) -> float:
    """How many per cent of the power are not where the fair filling has them."""
    astray = best = 0.0
    for site in islice(_sites(crowded=False), sites):
        shares, _ = allocate(site.demands, site.capacity, Rules(), Turns(), 0.0)
        fair = _filled(site.demands, site.capacity)
        astray += _power(site, {name: abs(shares[name].current_a - amperes) for name, amperes in fair.items()})
        best += _power(site, fair)
    return 100 * astray / best


def _sites(crowded: bool) -> Iterator[Crowd]:
    """Those where not all can have 6 A at once, or the others."""
    for seed in count():
        site = crowd(GAP_CHARGERS, seed, priorities=1)
        if (min(_filled(site.demands, site.capacity).values()) < MINIMUM_CURRENT_A - _TINY) is crowded:
            yield site


def _power(site: Crowd, amperes: Mapping[str, float]) -> float:
    """In amperes of all phases together, what the cars of a site draw."""
    phases = {one.name: len({name.rpartition(".")[2] for name in one.weights}) for one in site.demands}
    return sum(phases[name] * current_a for name, current_a in amperes.items())


def _companies(demands: Sequence[Demand], capacity: Mapping[str, float]) -> Iterator[Mapping[str, float]]:
    """The amperes of each set of ``demands`` that can charge at once."""
    for size in range(1, len(demands) + 1):
        for chosen in combinations(demands, size):
            filled = _filled(chosen, capacity)
            if min(filled.values()) >= MINIMUM_CURRENT_A - _TINY:
                yield filled


def _filled(company: Sequence[Demand], capacity: Mapping[str, float]) -> dict[str, float]:
    """All rise together until one has what it asks for or a limit is full; whom that concerns stops, the others go on.

    The slow way, which shares nothing with ``core.control.filling``.
    """
    amperes, left, going = dict.fromkeys((one.name for one in company), 0.0), dict(capacity), list(company)
    while going:
        weights = {name: sum(one.weights.get(name, 0.0) for one in going) for name in left}
        rise = min(one.most_a - amperes[one.name] for one in going)
        rise = min(rise, *(left[name] / weight for name, weight in weights.items() if weight > 0))
        for one in going:
            amperes[one.name] += rise
        left = {name: amount - rise * weights[name] for name, amount in left.items()}
        full = {name for name, amount in left.items() if amount <= _TINY}
        going = [
            one
            for one in going
            if amperes[one.name] < one.most_a - _TINY and not any(one.weights.get(name) for name in full)
        ]
    return amperes
