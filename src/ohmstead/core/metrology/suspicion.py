"""What speaks against a transformer, from its current and those beside it: too small (G-117), or open (G-116).

In: the currents of one load's points at a moment. Out: the memory, and who is under suspicion. A current of nothing is
no evidence by itself, as the load may be off: it needs neighbours of the same load that carry current all the while.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

OVER_RANGE, OVER_RANGE_S = 1.1, 10.0
NOTHING_A, FLOWS_A, OPEN_S = 0.02, 1.0, 600.0
"""No more than noise, and what counts as a current beside it; for so long."""


@dataclass(frozen=True, slots=True)
class Suspicion:
    """Since when, in seconds of a clock that only moves forward, each point (by number) has been beyond or empty."""

    beyond: Mapping[int, float] = field(default_factory=dict)
    empty: Mapping[int, float] = field(default_factory=dict)

    def too_small(self, point: int, now_s: float) -> bool:
        """Whether it has been beyond its range for long enough."""
        return point in self.beyond and now_s - self.beyond[point] >= OVER_RANGE_S

    def open(self, point: int, now_s: float) -> bool:
        """Whether it has shown nothing for long enough while others measured."""
        return point in self.empty and now_s - self.empty[point] >= OPEN_S


def watched(
    before: Suspicion, currents: Mapping[int, float | None], ratings: Mapping[int, float | None], now_s: float
) -> Suspicion:
    """One look at the points of a load, in ampere; ``None`` where none was measured, which ends a suspicion."""
    beyond = {
        point: before.beyond.get(point, now_s)
        for point, current in currents.items()
        if current is not None and (rating := ratings.get(point)) is not None and current > OVER_RANGE * rating
    }
    empty = {}
    for point, current in currents.items():
        beside = [other for number, other in currents.items() if number != point and other is not None]
        if current is not None and current <= NOTHING_A and any(other >= FLOWS_A for other in beside):
            empty[point] = before.empty.get(point, now_s)
    return Suspicion(beyond, empty)
