"""Power over windows to import and export counters in whole numbers, without drift.

Counters count microjoules. What a window leaves of the last one is carried into the next, so that a year of windows is
off by no more than one of them. A load's power is summed over its points before it is split by sign, since one phase
may give back what another takes.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

MICRO = 1_000_000
Real = NDArray[np.float64]
Whole = NDArray[np.int64]


class Counters:
    """Import and export of each point, then of each load; ``loads`` name their points by place."""

    def __init__(self, points: int, loads: Sequence[Sequence[int]] = ()) -> None:
        """All zero."""
        self._sums = np.zeros((points + len(loads), points))
        self._sums[:points] = np.eye(points)
        for row, load in enumerate(loads, start=points):
            self._sums[row, list(load)] = 1.0
        self._counted = np.zeros((2, len(self._sums)), np.int64)
        self._carried = np.zeros((2, len(self._sums)))

    def add(self, power_w: Real, duration_s: float) -> None:
        """Count ``power_w`` of each point over ``duration_s``; finite numbers."""
        energy = self._sums @ power_w * (duration_s * MICRO)
        self._carried[0] += np.maximum(energy, 0.0)
        self._carried[1] += np.maximum(-energy, 0.0)
        whole = np.floor(self._carried)
        self._counted += whole.astype(np.int64)
        self._carried -= whole

    @property
    def import_j(self) -> Whole:
        """Whole joules, points first, then loads."""
        return np.asarray(self._counted[0] // MICRO)

    @property
    def export_j(self) -> Whole:
        """Whole joules, points first, then loads."""
        return np.asarray(self._counted[1] // MICRO)
