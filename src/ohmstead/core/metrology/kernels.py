"""The two loops that look at every sample; everything else sees windows.

Samples are rows of ``LANES`` floats, voltages first, then currents, zeros after. Each loop runs over whole rows, which
the compiler turns into vector instructions.
"""

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ohmstead.core.metrology.spreading import GRID, STEPS, TAPS
from ohmstead.core.metrology.windows import REACH, rise

LANES = 32
"""Floats in a row: three voltages, 28 currents, one to spare."""
_RELAXED = {"contract", "reassoc", "nsz", "arcp"}
_CHUNK = 64


@njit(cache=True, fastmath=_RELAXED, nogil=True)
def gather(
    rows: NDArray[np.float32],
    first: int,
    start: float,
    end: float,
    cycles: int,
    voltages: int,
    table: NDArray[np.float64],
    grid: NDArray[np.float32],
    products: NDArray[np.float64],
    sums: NDArray[np.float64],
    peaks: NDArray[np.float32],
    halves: NDArray[np.float64],
) -> None:
    """Look at each sample of the window from ``start`` to ``end``; ``rows[0]`` is sample ``first``.

    Fills ``grid`` (GRID, 3·LANES): the samples by their moment in the cycle, plain, and twisted once round the window
    (cosine, sine); ``products`` (voltages + 1, LANES): sums of each voltage with each column, last the squares;
    ``sums`` (LANES); ``peaks`` (LANES): largest magnitude; ``halves`` (2·cycles, voltages): squares per half cycle.
    """
    length = end - start
    low = math.ceil(start) - REACH
    high = math.floor(end) + REACH
    grid[:] = 0.0
    products[:] = 0.0
    sums[:] = 0.0
    peaks[:] = 0.0
    halves[:] = 0.0
    part = np.zeros((voltages + 2, LANES), np.float32)
    twisted = np.zeros(3 * LANES, np.float32)
    turn = 2 * math.pi / length
    cosine, sine = math.cos(turn * (low - start)), -math.sin(turn * (low - start))
    step_cosine, step_sine = math.cos(turn), -math.sin(turn)
    pending = 0
    for sample in range(low, high + 1):
        weight = 1.0
        if sample - start < REACH:
            weight = rise(sample - start)
        if end - sample < REACH:
            weight -= rise(sample - end)
        row = rows[sample - first]
        for voltage in range(voltages):
            factor = np.float32(weight) * row[voltage]
            for lane in range(LANES):
                part[voltage, lane] += factor * row[lane]
        heavy = np.float32(weight)
        near_cosine, near_sine = np.float32(cosine), np.float32(sine)
        for lane in range(LANES):
            value = row[lane]
            weighted = heavy * value
            part[voltages, lane] += weighted * value
            part[voltages + 1, lane] += weighted
            peaks[lane] = max(peaks[lane], abs(value))
            twisted[lane] = weighted
            twisted[LANES + lane] = weighted * near_cosine
            twisted[2 * LANES + lane] = weighted * near_sine
        turned = (sample - start) / length * cycles
        place = (turned - math.floor(turned)) * GRID
        base = int(place)
        between = (place - base) * STEPS
        line = int(between)
        rest = between - line
        for tap in range(TAPS):
            share = np.float32(table[line, tap] + rest * (table[line + 1, tap] - table[line, tap]))
            point = grid[(base + tap - (TAPS // 2 - 1)) & (GRID - 1)]
            for lane in range(3 * LANES):
                point[lane] += share * twisted[lane]
        _halve(row, turned, length, cycles, voltages, halves)
        cosine, sine = cosine * step_cosine - sine * step_sine, cosine * step_sine + sine * step_cosine
        pending += 1
        if pending == _CHUNK:
            _settle(part, products, sums)
            pending = 0
    _settle(part, products, sums)


@njit(cache=True, fastmath=_RELAXED, inline="always")
def _halve(
    row: NDArray[np.float32], turned: float, length: float, cycles: int, voltages: int, halves: NDArray[np.float64]
) -> None:
    """Share the squares of a sample, which lasts from half a sample before to half a sample after, between halves."""
    width = 2 * cycles / length
    left, right = 2 * turned - width / 2, 2 * turned + width / 2
    one, other = math.floor(left), math.floor(right)
    in_other = (right - other) / width if other > one else 0.0
    for voltage in range(voltages):
        square = np.float64(row[voltage]) * row[voltage]
        if 0 <= one < 2 * cycles:
            halves[one, voltage] += (1.0 - in_other) * square
        if other > one and 0 <= other < 2 * cycles:
            halves[other, voltage] += in_other * square


@njit(cache=True, fastmath=_RELAXED, inline="always")
def _settle(part: NDArray[np.float32], products: NDArray[np.float64], sums: NDArray[np.float64]) -> None:
    """Move what single precision has summed over a few samples into double precision."""
    many = products.shape[0]
    for line in range(many):
        for lane in range(LANES):
            products[line, lane] += part[line, lane]
    for lane in range(LANES):
        sums[lane] += part[many, lane]
    part[:] = 0.0


@njit(cache=True, nogil=True)
def fundamental(rows: NDArray[np.float32], column: int, first: int, start: float, end: float, turn: float) -> complex:
    """What of ``column`` turns by ``turn`` radians a sample, from ``start`` to ``end``, against sample 0."""
    low, high = math.ceil(start) - REACH, math.floor(end) + REACH
    real = imaginary = 0.0
    cosine, sine = math.cos(turn * low), math.sin(turn * low)
    step_cosine, step_sine = math.cos(turn), math.sin(turn)
    for sample in range(low, high + 1):
        weight = rise(sample - start) - rise(sample - end)
        value = weight * rows[sample - first, column]
        real += value * cosine
        imaginary -= value * sine
        cosine, sine = cosine * step_cosine - sine * step_sine, cosine * step_sine + sine * step_cosine
    return complex(real, imaginary)
