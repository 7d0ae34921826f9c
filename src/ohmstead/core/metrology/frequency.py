"""The mains frequency of a stretch of samples: a coarse look, then the phase between the halves of a window."""

import cmath
import math

import numpy as np
from numpy.typing import NDArray

from ohmstead.core.metrology.kernels import fundamental
from ohmstead.core.metrology.windows import BAND

_ROUNDS = 3
_ENOUGH = 3e-5
"""A round leaves about the square of what it changed: after so small a change a part in 1e9."""


def coarse(samples: NDArray[np.float32], rate_hz: float, nominal_hz: int) -> float | None:
    """The strongest component of ``samples`` (one voltage, some cycles) in the band, within 1 Hz; ``None``: none is."""
    low, high = BAND[nominal_hz]
    trial = np.arange(low - 1.5, high + 2.0, 0.5)
    taper = np.hanning(len(samples))
    wave = np.exp(-2j * np.pi * np.outer(trial, np.arange(len(samples))) / rate_hz)
    strength = np.abs(wave @ (taper * (samples - samples.mean())))
    best = int(np.argmax(strength))
    if strength[best] <= 0 or best in (0, len(trial) - 1):
        return None
    return float(trial[best])


def refine(
    rows: NDArray[np.float32], column: int, first: int, start: float, cycles: int, guess_hz: float, rate_hz: float
) -> float:
    """The frequency of the ``cycles`` that begin at ``start``, from a guess within 2 Hz."""
    frequency = guess_hz
    for _ in range(_ROUNDS):
        length = cycles * rate_hz / frequency
        turn = 2 * math.pi * frequency / rate_hz
        one = fundamental(rows, column, first, start, start + length / 2, turn)
        other = fundamental(rows, column, first, start + length / 2, start + length, turn)
        if one == 0 or other == 0:
            return guess_hz
        change = cmath.phase(other / one) / (math.pi * length) * rate_hz
        frequency += change
        if abs(change) < _ENOUGH * frequency:
            break
    return frequency
