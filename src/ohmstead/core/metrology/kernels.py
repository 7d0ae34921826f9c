"""The loops that look at every sample, and those from their grid to harmonics; everything else sees windows.

Samples are rows of ``LANES`` floats, voltages first, then currents, zeros after. Each loop runs over whole rows, which
the compiler turns into vector instructions.
"""

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ohmstead.core.metrology.spreading import GRID, HARMONICS, QUARTER, STEPS, TAPS
from ohmstead.core.metrology.windows import REACH, rise

LANES = 32
"""Floats in a row: three voltages, 28 currents, one to spare."""
_RELAXED = {"contract", "reassoc", "nsz", "arcp"}
_CHUNK = 64


@njit(cache=True, nogil=True)
def plan(
    start: float,
    end: float,
    cycles: int,
    table: NDArray[np.float64],
    spots: NDArray[np.int64],
    shares: NDArray[np.float32],
) -> int:
    """What each sample from ``start`` to ``end`` counts, the same for all columns; how many samples they are.

    ``spots`` (samples): the first grid point it lands on; ``shares`` (samples, 3 + TAPS): its weight, cosine and sine
    of its place in the window, and its parts on that grid point and the next.
    """
    low, high = math.ceil(start) - REACH, math.floor(end) + REACH
    turn = 2 * math.pi / (end - start)
    cosine, sine = math.cos(turn * (low - start)), -math.sin(turn * (low - start))
    step_cosine, step_sine = math.cos(turn), -math.sin(turn)
    for number in range(high - low + 1):
        sample = low + number
        weight = 1.0
        if sample - start < REACH:
            weight = rise(sample - start)
        if end - sample < REACH:
            weight -= rise(sample - end)
        turned = (sample - start) / (end - start) * cycles
        place = (turned - math.floor(turned)) * GRID
        base = int(place)
        between = (place - base) * STEPS
        line = int(between)
        spots[number] = base - (TAPS // 2 - 1)
        shares[number, 0], shares[number, 1], shares[number, 2] = weight, cosine, sine
        for tap in range(TAPS):
            shares[number, 3 + tap] = table[line, tap] + (between - line) * (table[line + 1, tap] - table[line, tap])
        cosine, sine = cosine * step_cosine - sine * step_sine, cosine * step_sine + sine * step_cosine
    return high - low + 1


@njit(cache=True, fastmath=_RELAXED, nogil=True)
def gather(
    rows: NDArray[np.float32],
    voltages: int,
    spots: NDArray[np.int64],
    shares: NDArray[np.float32],
    grid: NDArray[np.float32],
    products: NDArray[np.float64],
    sums: NDArray[np.float64],
    peaks: NDArray[np.float32],
) -> None:
    """Look at each of ``rows``, which ``spots`` and ``shares`` were planned for.

    Fills ``grid`` (GRID, 3·LANES): the samples by their moment in the cycle, plain, and twisted once round the window
    (cosine, sine); ``products`` (voltages + 1, LANES): sums of each voltage with each column, last the squares;
    ``sums`` (LANES); ``peaks`` (LANES): largest magnitude.
    """
    grid[:] = 0.0
    products[:] = 0.0
    sums[:] = 0.0
    peaks[:] = 0.0
    part = np.zeros((voltages + 2, LANES), np.float32)
    twisted = np.zeros(3 * LANES, np.float32)
    for number in range(len(rows)):
        row, share = rows[number], shares[number]
        weight, cosine, sine = share[0], share[1], share[2]
        for voltage in range(voltages):
            factor = weight * row[voltage]
            for lane in range(LANES):
                part[voltage, lane] += factor * row[lane]
        for lane in range(LANES):
            value = row[lane]
            weighted = weight * value
            part[voltages, lane] += weighted * value
            part[voltages + 1, lane] += weighted
            peaks[lane] = max(peaks[lane], abs(value))
            twisted[lane] = weighted
            twisted[LANES + lane] = weighted * cosine
            twisted[2 * LANES + lane] = weighted * sine
        for tap in range(TAPS):
            point, much = grid[(spots[number] + tap) & (GRID - 1)], share[3 + tap]
            for lane in range(3 * LANES):
                point[lane] += much * twisted[lane]
        if number % _CHUNK == _CHUNK - 1:
            _settle(part, products, sums)
    _settle(part, products, sums)


@njit(cache=True, fastmath=_RELAXED, nogil=True)
def fold(grid: NDArray[np.float32], folded: NDArray[np.float32]) -> None:
    """Put the four points of ``grid`` that are alike but for a sign together: ``folded`` (4, QUARTER + 1, lanes).

    A cosine is the same at both ends of the cycle, a sine the opposite; about the quarter an even order of a cosine and
    an odd one of a sine are the same, the others the opposite. The classes stand as ``spreading.transform`` has them.
    """
    lanes = grid.shape[1]
    for lane in range(lanes):
        start, half = grid[0, lane], grid[2 * QUARTER, lane]
        first, last = grid[QUARTER, lane], grid[3 * QUARTER, lane]
        folded[0, 0, lane], folded[1, 0, lane], folded[2, 0, lane], folded[3, 0, lane] = (
            start + half,
            start - half,
            0,
            0,
        )
        folded[0, QUARTER, lane], folded[3, QUARTER, lane] = first + last, first - last
        folded[1, QUARTER, lane] = folded[2, QUARTER, lane] = 0
    for point in range(1, QUARTER):
        one, end = grid[point], grid[GRID - point]
        before, after = grid[2 * QUARTER - point], grid[2 * QUARTER + point]
        for lane in range(lanes):
            same, other = one[lane] + end[lane], before[lane] + after[lane]
            folded[0, point, lane], folded[1, point, lane] = same + other, same - other
            same, other = one[lane] - end[lane], before[lane] - after[lane]
            folded[2, point, lane], folded[3, point, lane] = same - other, same + other


@njit(cache=True, fastmath=_RELAXED, nogil=True)
def group(
    found: NDArray[np.float32], length: float, phasors: NDArray[np.complex64], groups: NDArray[np.float32]
) -> None:
    """Bins at each harmonic (columns, orders), RMS, and the RMS of each with its two neighbours (IEC 61000-4-7).

    ``found`` (4, HARMONICS / 2 + 1, 3·LANES) is the transform of a folded grid over ``length`` samples.
    """
    scale = np.float32(math.sqrt(2.0) / length)
    for order in range(HARMONICS + 1):
        cosines, sines = found[order & 1, order >> 1], found[2 + (order & 1), order >> 1]
        for column in range(len(phasors)):
            real, imaginary = scale * cosines[column], -scale * sines[column]
            if order == 0:
                real *= np.float32(math.sqrt(0.5))
                imaginary = np.float32(0)
                phasors[column, 0] = real
                groups[column, 0] = abs(real)
                continue
            twisted, turned = column + LANES, column + 2 * LANES
            one, other = cosines[twisted] + sines[turned], cosines[turned] - sines[twisted]
            beside = one * one + other * other
            one, other = cosines[twisted] - sines[turned], cosines[turned] + sines[twisted]
            beside += one * one + other * other
            phasors[column, order] = complex(real, imaginary)
            groups[column, order] = math.sqrt(real * real + imaginary * imaginary + scale * scale * beside)


@njit(cache=True, nogil=True)
def halve(
    rows: NDArray[np.float32], low: int, start: float, end: float, voltages: int, halves: NDArray[np.float64]
) -> None:
    """Fill ``halves`` (half cycles, voltages) with sums of squares; ``rows[0]`` is sample ``low``.

    A sample lasts from half a sample before to half a sample after; where a half cycle ends within it, both get a part.
    """
    halves[:] = 0.0
    width = len(halves) / (end - start)
    for number in range(len(rows)):
        middle = (low + number - start) * width
        left, right = middle - width / 2, middle + width / 2
        one, other = math.floor(left), math.floor(right)
        in_other = (right - other) / width if other > one else 0.0
        for voltage in range(voltages):
            square = np.float64(rows[number, voltage]) * rows[number, voltage]
            if 0 <= one < len(halves):
                halves[one, voltage] += (1.0 - in_other) * square
            if other > one and 0 <= other < len(halves):
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
