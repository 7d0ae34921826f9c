"""Share what there is equally: progressive filling over resources that chargers have in common (EV-150).

Every charger that fits with its 6 A takes them, in the order given; then all rise together until one reaches what
it may take at most, or a resource is used up; those it binds stop there and the others go on. For a fixed set of
chargers the result is the max-min fair one. Who does not fit gets 0.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf

from ohmstead.core.model.changing import quick
from ohmstead.core.model.quantities import MINIMUM_CURRENT_A

_TINY = 1e-9


@quick
@dataclass(frozen=True, slots=True)
class Demand:
    """What one charger asks for: at most ``most_a``; one ampere takes ``weights[resource]`` from each resource."""

    name: str
    most_a: float
    weights: Mapping[str, float]


@quick
@dataclass(frozen=True, slots=True)
class Share:
    """What it gets; ``bound_by`` names the resource that ended it, ``None`` when it got ``most_a``."""

    current_a: float
    bound_by: str | None = None


def share(demands: Sequence[Demand], capacity: Mapping[str, float]) -> dict[str, Share]:
    """One Share per demand, not rounded. A resource that is missing in ``capacity`` does not bind."""
    left = dict(capacity)
    shares: dict[str, Share] = {}
    rising: list[Demand] = []
    for demand in demands:
        if demand.most_a < MINIMUM_CURRENT_A:
            shares[demand.name] = Share(0.0)
            continue
        tight = _tightest(demand, left)
        if tight is not None and left[tight] < MINIMUM_CURRENT_A * demand.weights[tight] - _TINY:
            shares[demand.name] = Share(0.0, tight)
            continue
        _take(left, demand, MINIMUM_CURRENT_A)
        shares[demand.name] = Share(MINIMUM_CURRENT_A)
        rising.append(demand)
    while rising:
        before = len(rising)
        rising = _rise(rising, shares, left)
        if len(rising) == before:
            break
    return shares


def left_over(
    demands: Sequence[Demand], shares: Mapping[str, Share], capacity: Mapping[str, float]
) -> dict[str, float]:
    """What remains of ``capacity`` when every demand takes its share."""
    left = dict(capacity)
    for demand in demands:
        _take(left, demand, shares[demand.name].current_a)
    return left


def room(demand: Demand, left: Mapping[str, float]) -> Share:
    """What ``demand`` could take alone of what is ``left``, and the resource that bounds it."""
    tight = _tightest(demand, left)
    return Share(inf) if tight is None else Share(left[tight] / demand.weights[tight], tight)


def _tightest(demand: Demand, left: Mapping[str, float]) -> str | None:
    shared = [name for name, weight in demand.weights.items() if name in left and weight > 0]
    return min(shared, key=lambda name: left[name] / demand.weights[name], default=None)


def _take(left: dict[str, float], demand: Demand, current_a: float) -> None:
    for name, weight in demand.weights.items():
        if name in left:
            left[name] -= current_a * weight


def _rise(rising: list[Demand], shares: dict[str, Share], left: dict[str, float]) -> list[Demand]:
    """Raise all of ``rising`` by the largest equal step; return those that may go on."""
    together = {name: sum(demand.weights.get(name, 0.0) for demand in rising) for name in left}
    steps = [demand.most_a - shares[demand.name].current_a for demand in rising]
    steps += [left[name] / weight for name, weight in together.items() if weight > 0]
    step = max(0.0, min(steps))
    goes_on = []
    for demand in rising:
        _take(left, demand, step)
        shares[demand.name] = Share(shares[demand.name].current_a + step)
    for demand in rising:
        current = shares[demand.name].current_a
        if current >= demand.most_a - _TINY:
            continue
        full = [name for name, w in demand.weights.items() if w > 0 and left.get(name, w) <= _TINY * (w + 1)]
        if full:
            shares[demand.name] = Share(current, full[0])
        else:
            goes_on.append(demand)
    return goes_on
