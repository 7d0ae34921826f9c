"""The grid of three phases without a neutral, 3 x 230 V: who may clamp where, and what stands for its current.

Two transformers, on L1 and L2, measure all of a three-phase load (two wattmeters). A load between two phases has one,
and its code is not always the conductor it sits on (EM-146 to EM-150).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ohmstead.core.model.quantities import Phase

CURRENT_SHARE = 0.6
"""1/√3 is 57.7 %: capacity is reckoned as 3 × 230 V × I where √3 × 230 V × I can flow (EM-147, G-094)."""


@dataclass(frozen=True, slots=True)
class Clamp:
    """Around which conductor to clamp, and which code to configure."""

    conductor: Phase
    code: Phase


SINGLE_PHASE: Mapping[frozenset[Phase], Clamp] = {
    frozenset[Phase]({"L1", "L3"}): Clamp("L1", "L1"),
    frozenset[Phase]({"L2", "L3"}): Clamp("L2", "L2"),
    frozenset[Phase]({"L1", "L2"}): Clamp("L1", "L3"),
}
"""By the two conductors that the load hangs between."""
THREE_PHASE: tuple[Clamp, Clamp] = (Clamp("L1", "L1"), Clamp("L2", "L2"))


def maximum_current_a(breaker_a: float) -> float:
    """What to enter as the maximum current behind a main breaker of ``breaker_a``."""
    return round(CURRENT_SHARE * breaker_a, 1)


def measures(codes: Sequence[Phase]) -> bool:
    """Whether points with these codes measure one load and nothing twice: one, all of one code, or L1 and L2."""
    return len(set(codes)) == 1 or (len(codes) == 2 and set(codes) == {"L1", "L2"})
