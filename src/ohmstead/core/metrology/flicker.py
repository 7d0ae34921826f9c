"""Flicker of voltages: the severity Pst that people would see in the light of a lamp, over ten minutes.

The chain is that of IEC 61000-4-15: the square of the voltage against its own level of half a minute, a band from
0.05 Hz to 35 Hz (42 Hz at 60 Hz), the response of a filament lamp and of an eye to it, squared, smoothed over 300 ms.
That sensation, 1 at the threshold of perception, is ranked over ten minutes; five of its percentiles make Pst. All
filters run at about 1,000 values a second, each the mean of some squared samples.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ohmstead.core.metrology.long_flicker import INTERVAL_S
from ohmstead.core.model.sampled import FlickerSeverity

Real = NDArray[np.float64]

RATE_HZ = 1_000.0
SETTLE_S = 20.0
"""What the filters need from their start until they tell the truth."""
ENOUGH = 0.95
"""Share of the ten minutes that must have been seen for a value."""
_LEVEL_S, _SMOOTH_S = 27.3, 0.3
_CALIBRATION_HZ = 8.8
_EVERY = 10
"""One sensation in so many is kept for the ranking."""
_LEAST = 0.05
"""Part of the nominal voltage below which nothing shines."""
_RANKS = (
    (0.0314, (0.1,)),
    (0.0525, (0.7, 1.0, 1.5)),
    (0.0657, (2.2, 3.0, 4.0)),
    (0.28, (6.0, 8.0, 10.0, 13.0, 17.0)),
    (0.08, (30.0, 50.0, 80.0)),
)
"""Weight, and percent of the time for which the sensation is above each level (their mean counts)."""


@dataclass(frozen=True, slots=True)
class Lamp:
    """The response of lamp and eye (Table 1 of the standard), and the depth in percent that is just seen at 8.8 Hz."""

    k: float
    damping_hz: float
    centre_hz: float
    zero_hz: float
    pole_hz: float
    second_pole_hz: float
    seen_percent: float


LAMP_230 = Lamp(1.74802, 4.05981, 9.15494, 2.27979, 1.22535, 21.9, 0.250)
LAMP_120 = Lamp(1.6357, 4.167375, 9.077169, 2.939902, 1.394468, 17.31512, 0.321)
LONG_LAMPS_V = 125.0
"""Up to this nominal voltage the lamp is that of 120 V; a terminal of a delta grid of 230 V is above it."""
BAND_HZ: Mapping[int, float] = {50: 35.0, 60: 42.0}


class Flicker:
    """Follows the voltages of one stream."""

    def __init__(self, voltages: int, rate_hz: float, nominal_hz: int, nominal_v: float) -> None:
        """``rate_hz`` samples a second of each voltage."""
        self._rate_hz = rate_hz
        self._parts = max(1, round(rate_hz / RATE_HZ))
        self._slow_hz = rate_hz / self._parts
        lamp = LAMP_120 if nominal_v <= LONG_LAMPS_V else LAMP_230
        self._sections, self._scale = _chain(lamp, BAND_HZ[nominal_hz], self._slow_hz)
        self._least = (_LEAST * nominal_v) ** 2
        self._memory = np.zeros((voltages, len(self._sections) + 3, 2))
        self._sum = np.zeros(voltages)
        self._counted = np.zeros(2, np.int64)
        self._ranked = np.zeros((voltages, int(INTERVAL_S * self._slow_hz / _EVERY) + 64), np.float32)
        self._kept = 0
        self._settled_s = 0.0
        self._ends_s: float | None = None

    def add(self, samples: NDArray[np.float32], ends_s: float) -> FlickerSeverity | None:
        """What ten minutes that end within ``samples`` (n, voltages) show; the last of them was taken at ``ends_s``."""
        length_s = len(samples) / self._rate_hz
        if self._ends_s is None:
            self._ends_s = _next(ends_s - length_s)
        before_s = self._ends_s - (ends_s - length_s)
        if not 0.0 <= before_s <= INTERVAL_S + length_s:  # the clock was set
            self._kept, self._ends_s = 0, _next(ends_s)
            self._sense(samples)
            return None
        place = round(before_s * self._rate_hz)
        if place > len(samples):
            self._sense(samples)
            return None
        self._sense(samples[:place])
        told = self._told(self._ends_s)
        self._ends_s += INTERVAL_S
        self._kept = 0
        self._sense(samples[place:])
        return told

    def skip(self) -> None:
        """Samples are missing here: the filters begin anew; what was ranked of these ten minutes stays."""
        self._memory[:] = 0.0
        self._sum[:] = 0.0
        self._counted[:] = 0
        self._settled_s = 0.0

    def _sense(self, samples: NDArray[np.float32]) -> None:
        if not len(samples):
            return
        settling = max(0, math.ceil((SETTLE_S - self._settled_s) * self._rate_hz))
        for part, kept in ((samples[:settling], False), (samples[settling:], True)):
            if len(part):
                place = sense(
                    part, self._parts, self._sections, self._scale, self._slow_hz, self._least,
                    self._memory, self._sum, self._counted, self._ranked, self._kept,
                )  # fmt: skip
                self._kept = place if kept else self._kept
        self._settled_s += len(samples) / self._rate_hz

    def _told(self, ended_s: float) -> FlickerSeverity:
        if self._kept < ENOUGH * INTERVAL_S * self._slow_hz / _EVERY:
            return FlickerSeverity(ended_s, (None,) * len(self._ranked))
        return FlickerSeverity(ended_s, tuple(severity(row[: self._kept]) for row in self._ranked))


def severity(sensations: NDArray[np.float32]) -> float:
    """Pst of the sensations of ten minutes."""
    wanted = [percent for _, percents in _RANKS for percent in percents]
    levels = dict(zip(wanted, np.percentile(sensations, [100 - each for each in wanted]), strict=True))
    total = sum(weight * float(np.mean([levels[each] for each in percents])) for weight, percents in _RANKS)
    return math.sqrt(max(total, 0.0))


def _next(at_s: float) -> float:
    """The first full ten minutes after ``at_s``, on the clock."""
    return (math.floor(at_s / INTERVAL_S) + 1) * INTERVAL_S


def _chain(lamp: Lamp, highest_hz: float, rate_hz: float) -> tuple[Real, float]:
    """Second-order sections (k, 5: b0, b1, b2, a1, a2) of the band and of the lamp, and what makes the seen 1."""
    turn = 2 * math.pi
    warped = 2 * rate_hz * math.tan(math.pi * highest_hz / rate_hz)
    highest = [
        (0.0, 0.0, warped**2, 1.0, 2 * math.sin(math.pi * (2 * n + 1) / 12) * warped, warped**2) for n in range(3)
    ]
    slow = turn * 0.05
    centre, zero = turn * lamp.centre_hz, turn * lamp.zero_hz
    one, other = turn * lamp.pole_hz, turn * lamp.second_pole_hz
    analogue = [
        (0.0, 1.0, 0.0, 0.0, 1.0, slow),
        *highest,
        (0.0, lamp.k * centre, 0.0, 1.0, 2 * turn * lamp.damping_hz, centre**2),
        (0.0, 1 / zero, 1.0, 1 / (one * other), 1 / one + 1 / other, 1.0),
    ]
    sections = np.array([_bilinear(*each, rate_hz) for each in analogue])
    response = abs(_response(sections, _CALIBRATION_HZ, rate_hz)) * lamp.seen_percent / 100
    ripple = 1 / math.hypot(1.0, 2 * turn * _CALIBRATION_HZ * _SMOOTH_S)
    return sections, 1.0 / (response**2 / 2 * (1 + ripple))


def _bilinear(
    b2: float, b1: float, b0: float, a2: float, a1: float, a0: float, rate_hz: float
) -> tuple[float, float, float, float, float]:
    """(b2 s² + b1 s + b0) / (a2 s² + a1 s + a0) as a digital section."""
    c = 2 * rate_hz
    whole = a2 * c * c + a1 * c + a0
    return (
        (b2 * c * c + b1 * c + b0) / whole,
        (2 * b0 - 2 * b2 * c * c) / whole,
        (b2 * c * c - b1 * c + b0) / whole,
        (2 * a0 - 2 * a2 * c * c) / whole,
        (a2 * c * c - a1 * c + a0) / whole,
    )


def _response(sections: Real, hertz: float, rate_hz: float) -> complex:
    back = complex(math.cos(2 * math.pi * hertz / rate_hz), -math.sin(2 * math.pi * hertz / rate_hz))
    total = 1 + 0j
    for b0, b1, b2, a1, a2 in sections:
        total *= (b0 + b1 * back + b2 * back**2) / (1 + a1 * back + a2 * back**2)
    return total


@njit(cache=True, nogil=True)
def sense(
    samples: NDArray[np.float32],
    parts: int,
    sections: Real,
    scale: float,
    rate_hz: float,
    least: float,
    memory: Real,
    sums: Real,
    counted: NDArray[np.int64],
    ranked: NDArray[np.float32],
    kept: int,
) -> int:
    """Put sensations of ``samples`` (n, voltages) into ``ranked`` from ``kept`` on; how many it then holds.

    ``memory`` (voltages, sections + 3, 2): two numbers of each section, then level and smoothing. ``counted``: samples
    in the present mean, and means since one was kept.
    """
    many, steps = samples.shape[1], len(sections)
    follow, smooth = 1.0 / (_LEVEL_S * rate_hz), 1.0 - math.exp(-1.0 / (_SMOOTH_S * rate_hz))
    for number in range(len(samples)):
        for voltage in range(many):
            value = np.float64(samples[number, voltage])
            sums[voltage] += value * value
        counted[0] += 1
        if counted[0] < parts:
            continue
        counted[0] = 0
        counted[1] += 1
        keep = counted[1] >= _EVERY and kept < ranked.shape[1]
        for voltage in range(many):
            square = sums[voltage] / parts
            sums[voltage] = 0.0
            own = memory[voltage]
            own[steps, 1] += 1.0
            # while it is young the level is the plain mean so far
            own[steps, 0] += (square - own[steps, 0]) * max(follow, 1.0 / own[steps, 1])
            value = np.float64(square / own[steps, 0] - 1.0 if own[steps, 0] > least else 0.0)
            for place in range(steps):
                section = sections[place]
                out = section[0] * value + own[place, 0]
                own[place, 0] = section[1] * value - section[3] * out + own[place, 1]
                own[place, 1] = section[2] * value - section[4] * out
                value = out
            own[steps + 1, 0] += (value * value * scale - own[steps + 1, 0]) * smooth
            if keep:
                ranked[voltage, kept] = own[steps + 1, 0]
        if counted[1] >= _EVERY:
            counted[1] = 0
            kept += 1 if keep else 0
    return kept
