"""Sites of a published generator: three levels, chargers with phases and priorities, from a seed and nothing else.

A site has a supply, groups of some ten chargers each on a feeder, and in each group two boards. A board's breaker
bears half, a feeder 40 % and the supply 30 % of what would hang below it if every car took all its charger can, or up
to twice as much, by site; house loads take up to 40 % of the supply's phases and not the same of each. Half of the cars
charge on one phase, and their chargers are wired rotated in turn, as a careful electrician does.
"""

import random
from dataclasses import dataclass

from ohmstead.core.control.filling import Demand

PHASES = ("L1", "L2", "L3")
MOST_A = (16.0, 32.0)
GROUP = 10
BEARS = {"board": 0.5, "feeder": 0.4, "supply": 0.3}


@dataclass(frozen=True, slots=True)
class Crowd:
    """Demands in the order of plug-in, and what each circuit has left on each phase."""

    demands: tuple[Demand, ...]
    capacity: dict[str, float]


def crowd(chargers: int, seed: int, priorities: int = 5) -> Crowd:
    """A site of ``chargers`` chargers; the same for the same ``seed``."""
    chance = random.Random(seed)
    demands = []
    hanging: dict[str, float] = {}
    for number in range(chargers):
        group, board = number // GROUP, number % GROUP // (GROUP // 2)
        circuits = ("supply", f"feeder-{group}", f"board-{group}-{board}")
        rotated = tuple(PHASES[(number + turn) % 3] for turn in range(3))
        phases = rotated[:1] if chance.random() < 0.5 else rotated
        most_a = chance.choice(MOST_A)
        weights = {f"{circuit}.{phase}": 1.0 for circuit in circuits for phase in phases}
        for circuit in circuits:
            for phase in PHASES:
                hanging[f"{circuit}.{phase}"] = hanging.get(f"{circuit}.{phase}", 0.0) + most_a
        demands.append(Demand(f"c{number}", most_a, weights, chance.randrange(priorities)))
    capacity, ample = {}, chance.uniform(1.0, 2.0)
    for name, amperes in hanging.items():
        least = 16.0 if name.startswith("board") else 20.0
        bears_a = max(least, ample * BEARS[name.split("-")[0].split(".")[0]] * amperes)
        capacity[name] = bears_a * (1.0 - chance.uniform(0.0, 0.4)) if name.startswith("supply") else bears_a
    chance.shuffle(demands)
    return Crowd(tuple(demands), capacity)
