"""The loop from one window to the quantities of each point; see ``quantities`` for what they mean."""

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ohmstead.core.metrology.spreading import HARMONICS

LEAST_A, PER_DECADE, DECADES = 1e-3, 100, 7
"""The grid of currents over which phase errors are tabulated: logarithmic, from a milliampere to ten kiloamperes."""
NOTHING = 1e-9
VOLTAGE, CURRENT, POWER, REACTIVE, APPARENT, NON_ACTIVE, FACTOR, DISPLACEMENT, THD_VOLTAGE, THD_CURRENT = range(10)
ROWS = 10


@njit(cache=True, nogil=True)
def derive(
    wiring: NDArray[np.float64],
    columns: NDArray[np.int64],
    gains: NDArray[np.float64],
    leads: NDArray[np.float64],
    products: NDArray[np.float64],
    rms: NDArray[np.float64],
    phasors: NDArray[np.complex64],
    groups: NDArray[np.float32],
    out: NDArray[np.float64],
) -> None:
    """Fill ``out`` (ROWS, points). ``leads`` (points, currents of the grid, or 0) are phase errors in radians."""
    points, terminals = wiring.shape
    for point in range(points):
        column, gain = columns[point], gains[point]
        current = rms[column] * abs(gain)
        power = square = 0.0
        for one in range(terminals):
            power += wiring[point, one] * products[one, column]
            for other in range(terminals):
                square += wiring[point, one] * wiring[point, other] * products[one, other]
        power *= gain
        lead = _lead(leads[point], current) if leads.shape[1] else 0.0
        reactive = displacement = voltages = 0.0
        for order in range(1, HARMONICS + 1):
            driving = 0j
            for terminal in range(terminals):
                driving += wiring[point, terminal] * phasors[terminal, order]
            flowing = gain * phasors[column, order]
            if lead != 0.0:
                turned = flowing * _back(lead / order)
                power += (driving * (turned - flowing).conjugate()).real
                flowing = turned
            if order == 1:
                reactive = (driving * flowing.conjugate()).imag
                size = abs(driving) * abs(flowing)
                displacement = (driving * flowing.conjugate()).real / size if size > NOTHING else np.nan
                out[THD_VOLTAGE, point] = abs(driving)
            else:
                voltages += driving.real**2 + driving.imag**2
        voltage = math.sqrt(max(square, 0.0))
        apparent = voltage * current
        out[VOLTAGE, point], out[CURRENT, point] = voltage, current
        out[POWER, point], out[REACTIVE, point], out[APPARENT, point] = power, reactive, apparent
        out[NON_ACTIVE, point] = math.sqrt(max(apparent**2 - power**2, 0.0))
        out[FACTOR, point] = power / apparent if apparent > NOTHING else np.nan
        out[DISPLACEMENT, point] = displacement
        fundamental = out[THD_VOLTAGE, point]
        out[THD_VOLTAGE, point] = math.sqrt(voltages) / fundamental if fundamental > NOTHING else np.nan
        out[THD_CURRENT, point] = _distortion(groups[column])


@njit(cache=True)
def _back(angle: float) -> complex:
    """The turn back by a small ``angle``, by its series: 3e-6 off at 11 degrees."""
    square = angle * angle
    return complex(1.0 - square / 2 + square * square / 24, angle * (square / 6 - 1.0))


@njit(cache=True)
def _lead(table: NDArray[np.float64], current: float) -> float:
    place = (math.log10(max(current, LEAST_A)) - math.log10(LEAST_A)) * PER_DECADE
    before = min(int(place), len(table) - 2)
    return float(table[before] + min(place - before, 1.0) * (table[before + 1] - table[before]))


@njit(cache=True)
def _distortion(orders: NDArray[np.float32]) -> float:
    """Harmonics to the 40th as a part of the fundamental (IEC 61000-4-7)."""
    total = 0.0
    for order in range(2, HARMONICS + 1):
        total += np.float64(orders[order]) ** 2
    return math.sqrt(total) / orders[1] if orders[1] > NOTHING else np.nan
