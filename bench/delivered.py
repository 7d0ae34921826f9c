"""Power delivered on 400 sites, beside sharing that does not know phases and beside first come, first served.

All three share the same sites in the same run, held to the same limits of every phase of every circuit:

- equal split: one budget for all, that of the fullest phase; every car costs one unit whatever its phases, and when
  there is not 6 A for each, nobody charges (the way of SmartEVSE's load balancing, by its published source).
- first come: one car after the other takes as much as is left on the fullest of three phases of each of its circuits,
  which is what circuits without phases know (the way of evcc's circuits, by its published source).

Both are written anew here after what their documentation and source say; neither program itself is run. Ours is
averaged over a full turn. Ratios are watts of ours to watts of theirs, summed over all sites.
"""

from collections.abc import Mapping

from bench.crowds import PHASES, Crowd, crowd
from bench.figures import Figure
from ohmstead.core.control.sharing import Rules, allocate
from ohmstead.core.control.turns import SLOT_S, Turns
from ohmstead.core.model.quantities import MINIMUM_CURRENT_A

SITES = 400
SIZES = (3, 5, 8, 12, 20)
VOLTS = 230.0


def run() -> list[Figure]:
    """The two ratios, and how many of the cars charge with each."""
    sites = [crowd(SIZES[seed % len(SIZES)], 1000 + seed, priorities=1) for seed in range(SITES)]
    ours = sum(_ours(site) for site in sites)
    equal = sum(_watts(site, _equal_split(site)) for site in sites)
    first = sum(_watts(site, _first_come(site)) for site in sites)
    return [
        Figure("delivered.vs_equal_split", ours / equal, "x", ">= 1", "equal split", ours / equal, runs=SITES),
        Figure("delivered.vs_first_come", ours / first, "x", ">= 1", "first come", ours / first, runs=SITES),
    ]


def _ours(site: Crowd) -> float:
    slots = len(site.demands)
    turns, total_w = Turns(), 0.0
    for slot in range(slots):
        shares, turns = allocate(site.demands, site.capacity, Rules(), turns, SLOT_S * slot)
        total_w += _watts(site, {name: share.current_a for name, share in shares.items()})
    return total_w / slots


def _equal_split(site: Crowd) -> dict[str, float]:
    """The least that any circuit leaves to each of its cars, whatever the phases; nobody charges below 6 A."""
    most = {one.name: one.most_a for one in site.demands}
    users = {circuit: [one for one in site.demands if _on(one.weights, circuit)] for circuit in _circuits(site)}
    for circuit, cars in users.items():
        left, going = _fullest(site.capacity, circuit), sorted(cars, key=lambda one: one.most_a)
        while going:
            share = left / len(going)
            one = going.pop(0)
            current = min(one.most_a, share)
            left -= current
            most[one.name] = min(most[one.name], current)
        if any(most[one.name] < MINIMUM_CURRENT_A for one in cars):
            for one in cars:
                most[one.name] = 0.0
    return most


def _first_come(site: Crowd) -> dict[str, float]:
    """In the order of plug-in as much as is left in each circuit, where the fullest phase counts for all."""
    left = {circuit: _fullest(site.capacity, circuit) for circuit in _circuits(site)}
    given = {}
    for one in site.demands:
        circuits = [circuit for circuit in left if _on(one.weights, circuit)]
        current = min(one.most_a, *(left[circuit] for circuit in circuits))
        given[one.name] = current if current >= MINIMUM_CURRENT_A else 0.0
        for circuit in circuits:
            left[circuit] -= given[one.name]
    return given


def _circuits(site: Crowd) -> list[str]:
    return sorted({name.rpartition(".")[0] for name in site.capacity})


def _on(weights: Mapping[str, float], circuit: str) -> bool:
    return any(f"{circuit}.{phase}" in weights for phase in PHASES)


def _fullest(capacity: Mapping[str, float], circuit: str) -> float:
    return min(capacity[f"{circuit}.{phase}"] for phase in PHASES)


def _watts(site: Crowd, amperes: Mapping[str, float]) -> float:
    per_phase = {one.name: len({name.rpartition(".")[2] for name in one.weights}) for one in site.demands}
    return sum(VOLTS * per_phase[name] * a for name, a in amperes.items())
