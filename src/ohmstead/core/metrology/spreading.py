"""The grid on which samples at any moment of a cycle become bins at exact multiples of the mains frequency.

Samples fall on other moments in each cycle. Each is spread onto the nearest points of a grid over *one* cycle with a
Kaiser-Bessel kernel, all cycles of the window on top of each other; a small discrete Fourier transform of that grid,
folded by its symmetries and divided by the transform of the kernel, is the transform of the samples themselves at each
harmonic (non-uniform fast Fourier transform; Dutt and Rokhlin 1993, Fessler and Sutton 2003). Twisted once round the
window beforehand, the same gives the bins beside each harmonic that IEC 61000-4-7 groups with it.
"""

import numpy as np
from numpy.typing import NDArray

GRID = 256
"""Points in one cycle."""
TAPS = 4
"""Grid points on which a sample lands; with the shape below an error of about 2e-5 of the largest component."""
STEPS = 1024
"""Rows of the kernel's table between two grid points; in between it is interpolated."""
HARMONICS = 40
"""The highest order (IEC 61000-4-7)."""
SHAPE = np.pi * TAPS * (1 - (HARMONICS + 0.5) / GRID)


def kernel_table() -> NDArray[np.float64]:
    """What each tap takes, by where between two grid points the sample lies: (``STEPS`` + 1, ``TAPS``)."""
    part = np.arange(STEPS + 1)[:, None] / STEPS
    distance = np.arange(TAPS)[None, :] - (TAPS / 2 - 1) - part
    inside = np.clip(1 - (2 * distance / TAPS) ** 2, 0.0, None)
    table: NDArray[np.float64] = np.i0(SHAPE * np.sqrt(inside)) / np.i0(SHAPE)
    return table


QUARTER = GRID // 4
CLASSES = 4
"""Cosines of even and of odd orders, then sines of even and of odd ones: each has its own symmetry in the cycle."""


def transform() -> NDArray[np.float32]:
    """What each order takes of a folded grid, freed of the kernel: (``CLASSES``, ``HARMONICS`` / 2 + 1, 65).

    Order ``2 n`` stands in row ``n`` of the even classes, order ``2 n + 1`` in that of the odd ones.
    """
    order = np.arange(HARMONICS + 2)
    squared = SHAPE**2 - (np.pi * TAPS * order / GRID) ** 2
    kernel = TAPS * np.sinh(np.sqrt(squared)) / np.sqrt(squared) / np.i0(SHAPE)
    angle = 2 * np.pi * order[:, None] * np.arange(QUARTER + 1)[None, :] / GRID
    cosines, sines = np.cos(angle) / kernel[:, None], np.sin(angle) / kernel[:, None]
    return np.stack([cosines[::2], cosines[1::2], sines[::2], sines[1::2]]).astype(np.float32)
