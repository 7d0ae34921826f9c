"""Where a measuring window begins and ends, and how much each sample counts in it.

A window is ten cycles of a 50 Hz mains, twelve of a 60 Hz one (IEC 61000-4-30), whatever number of samples that is: its
borders fall between samples. A hard border there would smear each harmonic over its neighbours. So the rectangle is
convolved with a short cubic B-spline: the spectrum of the window keeps its exact zeros at all multiples of the
bin distance, what aliases is suppressed, and at each sample the weights of neighbouring windows add up to one, so
that no energy falls between two windows and none is counted twice.
"""

from numba import njit

KNOT = 2.0
"""Distance of the spline's knots in samples."""
REACH = 4
"""Samples on both sides of a border that count in part."""
CYCLES = {50: 10, 60: 12}
"""Cycles of a window for each nominal frequency."""
BAND = {50: (42.5, 57.5), 60: (51.0, 69.0)}
"""Hertz in which a mains is followed (IEC 61000-4-30 class A)."""


@njit(cache=True)
def rise(distance: float) -> float:
    """From 0 far before a border to 1 far behind it, ``distance`` in samples from the border."""
    x = distance / KNOT
    if x <= -2.0:
        return 0.0
    if x >= 2.0:
        return 1.0
    total = (x + 2.0) ** 4
    if x > -1.0:
        total -= 4.0 * (x + 1.0) ** 4
    if x > 0.0:
        total += 6.0 * x**4
    if x > 1.0:
        total -= 4.0 * (x - 1.0) ** 4
    return total / 24.0
