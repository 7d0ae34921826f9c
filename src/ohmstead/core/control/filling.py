"""Progressive filling: all rise together; who is full, or meets a full resource, stops; the others go on.

For a given set of chargers the result is the max-min fair one (Bertsekas and Gallager, Data Networks, 6.5.2): no share
can grow without taking from one that is not larger. All that still rise stand at one level, so each resource is full
at a level of its own that only goes up while others stop below it: a heap finds the next one.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heapreplace
from math import inf

from ohmstead.core.model.changing import quick

TINY = 1e-9


@quick
@dataclass(frozen=True, slots=True)
class Demand:
    """What one charger asks for: at most ``most_a``; one ampere takes ``weights[resource]`` from each resource."""

    name: str
    most_a: float
    weights: Mapping[str, float]
    priority: int = 0
    """4 goes first, 0 last (EV-146)."""


@quick
@dataclass(frozen=True, slots=True)
class Level:
    """Where a demand stopped, and the resource that stopped it; ``None`` at its own most."""

    current_a: float
    bound_by: str | None = None


def fill(demands: Sequence[Demand], capacity: Mapping[str, float]) -> dict[str, Level]:
    """The max-min fair levels in ampere, without a minimum. A resource missing in ``capacity`` does not bind."""
    rising: defaultdict[str, float] = defaultdict(float)
    users: defaultdict[str, list[Demand]] = defaultdict(list)
    for demand in demands:
        for name, weight in demand.weights.items():
            if weight > 0 and name in capacity:
                rising[name] += weight
                users[name].append(demand)
    left = {name: max(0.0, capacity[name]) for name in rising}
    levels: dict[str, Level] = {}

    def stop(demand: Demand, level: Level) -> None:
        levels[demand.name] = level
        for name, weight in demand.weights.items():
            if weight > 0 and name in left:
                left[name] -= level.current_a * weight
                rising[name] -= weight

    full_at = [(left[name] / weight, name) for name, weight in rising.items()]
    heapify(full_at)
    for demand in sorted(demands, key=lambda one: one.most_a):
        while full_at and full_at[0][0] < demand.most_a - TINY:
            _, name = full_at[0]
            going = [user for user in users[name] if user.name not in levels]
            if not going:
                heappop(full_at)
                continue
            level = max(0.0, left[name] / rising[name])
            if level > full_at[0][0] + TINY:
                heapreplace(full_at, (level, name))
                continue
            heappop(full_at)
            for user in going:
                stop(user, Level(min(level, user.most_a), name))
        if demand.name not in levels:
            stop(demand, Level(max(0.0, demand.most_a)))
    return levels


def room(demand: Demand, left: Mapping[str, float]) -> Level:
    """What ``demand`` could take alone of what is ``left``, and the resource that bounds it; infinite without one."""
    most, tight = inf, None
    for name, weight in demand.weights.items():
        if weight > 0 and name in left and left[name] / weight < most:
            most, tight = left[name] / weight, name
    return Level(most, tight)


def take(left: dict[str, float], demand: Demand, current_a: float) -> None:
    """Let ``demand`` have ``current_a`` of what is ``left``."""
    for name, weight in demand.weights.items():
        if name in left:
            left[name] -= current_a * weight
