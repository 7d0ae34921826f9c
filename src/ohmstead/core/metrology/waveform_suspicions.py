"""What the currents of a front end tell about its transformers: too small, not connected, a direct current beside.

A suspicion is told only after it has held for ten seconds without a break, so that what starts or is switched does not
raise one. Nothing is corrected by it.
"""

import cmath
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ohmstead.core.metrology.analyser import Window
from ohmstead.core.model.sampled import PointWiring

Flags = NDArray[np.bool_]

LASTS_S = 10.0
OVER_RANGE = 1.1
"""A current beyond this share of the rating: the transformer is too small (G-117)."""
DIRECT_SHARE, DIRECT_A = 0.1, 0.2
"""No transformer passes a direct current; one of this share of the RMS value, and at least so many amperes, is none of
the conductor's alternating current, but a converter that is off centre or a rectified half wave."""
ALIKE, FLOWING_A, NOTHING_A = 0.15, 1.0, 0.05
"""Two phases of a balanced load differ by no more than this share, and draw so much; a third draws less than that."""
TURN_DEG, STRAY_DEG = 120.0, 15.0


@dataclass(frozen=True, slots=True)
class Suspicion:
    """By point: its transformer is too small, a direct current flows beside, it is not connected."""

    too_large: Flags
    direct: Flags
    open: Flags


class Suspicions:
    """Follows the points of one stream."""

    def __init__(self, wirings: Sequence[PointWiring], loads: Sequence[Sequence[int]], voltages: int) -> None:
        """``loads`` name the points of each circuit by their place in ``wirings``."""
        self._columns = np.array([wiring.column + voltages for wiring in wirings], np.int64)
        self._gains = np.array([wiring.gain for wiring in wirings])
        self._ratings = np.array([OVER_RANGE * (wiring.rating_a or math.inf) for wiring in wirings])
        self._threes = [
            tuple(places)
            for places in loads
            if len(places) == 3 and len({wirings[place].code for place in places}) == 3
        ]
        self._held_s = np.zeros((3, len(wirings)))

    def see(self, window: Window, current_a: NDArray[np.float64]) -> None:
        """One window, with the RMS current of each point."""
        direct_a = np.abs(window.mean[self._columns] * self._gains)
        seen = (
            current_a > self._ratings,
            (direct_a > DIRECT_A) & (direct_a > DIRECT_SHARE * current_a),
            self._open(window, current_a),
        )
        for row, flags in enumerate(seen):
            self._held_s[row] = np.where(flags, self._held_s[row] + window.duration_s, 0.0)

    @property
    def now(self) -> Suspicion:
        """What has held for long enough."""
        too_large, direct, unplugged = self._held_s >= LASTS_S
        return Suspicion(too_large, direct, unplugged)

    def _open(self, window: Window, current_a: NDArray[np.float64]) -> Flags:
        """A load that draws the same from two phases, a third of a turn apart, draws it from the third as well.

        A motor that has lost a phase draws half a turn apart, and is not meant.
        """
        found = np.zeros(len(self._columns), np.bool_)
        for places in self._threes:
            still, one, other = sorted(places, key=lambda place: current_a[place])
            alike = current_a[other] - current_a[one] <= ALIKE * current_a[other]
            if current_a[still] < NOTHING_A and current_a[one] > FLOWING_A and alike:
                first, second = (complex(window.phasors[self._columns[place], 1]) for place in (one, other))
                apart_deg = abs(math.degrees(cmath.phase(first / second)))
                found[still] = abs(apart_deg - TURN_DEG) < STRAY_DEG
        return found
