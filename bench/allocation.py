"""What sharing costs with 5, 32, 100 and 1,000 chargers in a three-level tree, and how far it is from the best.

The crowds are those of ``bench.crowds``, with five priorities. The best there is: on 200 sites of five chargers of one
priority, in each slot of a full turn, whoever has the turn keeps what it has, whoever needs no turn stays, and every
set of those who wait is tried in what is left, each filled max-min fair with 6 A for everybody in it. The gap is what
ours delivers less than the best of these, in per cent.
"""

import statistics
import time
from collections.abc import Mapping, Sequence
from itertools import combinations

from bench.crowds import crowd
from bench.figures import Figure
from ohmstead.core.control.filling import Demand, fill
from ohmstead.core.control.sharing import Rules, allocate, left_over
from ohmstead.core.control.turns import SLOT_S, Turns
from ohmstead.core.model.quantities import MINIMUM_CURRENT_A

GOALS_MS: Mapping[int, float] = {5: 0.2, 32: 1.0, 100: 3.0, 1000: 50.0}
TIMES = {5: 400, 32: 200, 100: 100, 1000: 20}
GAP_SITES, GAP_CHARGERS = 200, 5


def run() -> list[Figure]:
    """Median time of one allocation per size, and the gap."""
    figures = []
    for size, goal in GOALS_MS.items():
        took = _times(size, TIMES[size])
        figures.append(Figure(f"allocation.{size}", statistics.median(took), "ms", f"<= {goal:g}", runs=len(took)))
    figures.append(Figure("allocation.gap", _gap(), "%", "<= 1", peer="exhaustive search", runs=GAP_SITES))
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


def _gap() -> float:
    """By how many per cent the amperes of full turns stay below those of the best company in every slot."""
    ours = best = 0.0
    for seed in range(GAP_SITES):
        site = crowd(GAP_CHARGERS, seed, priorities=1)
        turns = Turns()
        for slot in range(GAP_CHARGERS):
            shares, turns = allocate(site.demands, site.capacity, Rules(), turns, SLOT_S * slot)
            holders = [one for one in site.demands if one.name in turns.since]
            left = left_over(holders, shares, site.capacity)
            held = sum(shares[one.name].current_a for one in holders)
            ours += sum(share.current_a for share in shares.values())
            others = [one for one in site.demands if one not in holders]
            stays = [one for one in others if shares[one.name].current_a > 0 and shares[one.name].turn_until_s is None]
            best += held + _best(stays, [one for one in others if one not in stays], left)
    return 100 * (1 - ours / best)


def _best(stays: Sequence[Demand], waiting: Sequence[Demand], capacity: Mapping[str, float]) -> float:
    """The most amperes that ``stays`` and any set of ``waiting`` take, everybody having 6 A at least."""
    sets = ([*stays, *some] for size in range(len(waiting) + 1) for some in combinations(waiting, size))
    return max(sum(_filled(chosen, capacity)) for chosen in sets)


def _filled(chosen: Sequence[Demand], capacity: Mapping[str, float]) -> list[float]:
    levels = [level.current_a for level in fill(chosen, capacity).values()]
    return levels if min(levels, default=0.0) >= MINIMUM_CURRENT_A - 1e-9 else []
