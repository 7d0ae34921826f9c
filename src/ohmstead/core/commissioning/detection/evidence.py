"""What was seen, in the form the search works on: changes of currents from window to window.

A load that switches changes the current of its own circuit and of one mains conductor by the same phasor, whatever
else flows, whatever its power factor. So only changes are looked at. They are phasors in A RMS, all against one
reference (the voltage of terminal 1), at least twice a second, at most some thousands of them.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Phasors = NDArray[np.complex128]
Real = NDArray[np.float64]

QUIET_A = 0.08
"""Changes below this are noise of the transformers; between two windows a house is mostly quieter."""
ACTIVE_A = 0.25
"""A circuit counts as active when its current changed by this more than once."""


@dataclass(frozen=True, slots=True)
class Observation:
    """Windows in order: terminal voltages (n, 3) in V, mains (n, 3) and circuits (n, c) in A; ``dark`` (n) bool: no
    sun."""

    volts: Phasors
    mains: Phasors
    circuits: Phasors
    dark: NDArray[np.bool_]

    def __post_init__(self) -> None:
        """Refuse arrays that do not belong together: raises ValueError."""
        n = len(self.volts)
        shapes = (self.volts.shape, self.mains.shape, self.circuits.shape[:1], self.dark.shape)
        if shapes != ((n, 3), (n, 3), (n,), (n,)):
            raise ValueError(f"shapes {shapes}; wanted (n, 3), (n, 3), (n, circuits), (n)")


@dataclass(frozen=True, slots=True)
class Steps:
    """Changes that rise out of the noise: mains (k, 3), circuits (k, c) in A; ``volts`` (3): mean directions of
    terminals."""

    mains: Phasors
    circuits: Phasors
    growth: Real
    """(k, c): how much each circuit's current grew, A; negative where a load went off."""
    volts: Phasors

    @property
    def active(self) -> NDArray[np.bool_]:
        """(c): which circuits did enough to be judged."""
        return np.asarray((np.abs(self.circuits) >= ACTIVE_A).sum(axis=0) >= 2)


def steps(seen: Observation) -> Steps:
    """The changes between neighbouring windows in which anything happened.

    A load that switches in the middle of a window shows half its change there and half in the next: both are used,
    since mains and circuits are measured over the same window.
    """
    mains, circuits = np.diff(seen.mains, axis=0), np.diff(seen.circuits, axis=0)
    happened = (np.abs(circuits).max(axis=1, initial=0.0) > QUIET_A) | (np.abs(mains).max(axis=1) > 2 * QUIET_A)
    growth = np.diff(np.abs(seen.circuits), axis=0)
    turned = seen.volts / np.maximum(np.abs(seen.volts), 1e-9)
    return Steps(mains[happened], circuits[happened], growth[happened], turned.mean(axis=0))
