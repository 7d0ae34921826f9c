"""Waveforms of a building as converters see them: pure rendering, a stretch of samples at a time.

A scene says which voltages stand at the terminals and which current flows in the conductor of each transformer, as RMS
phasors of the mains frequency; clamps say what lies between that and a column: which conductor it really sits on, which
way round, its gain and phase error, where it clips. Phases go on from stretch to stretch without a jump.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ohmstead.core.plant.noise import label

Real = NDArray[np.float64]

VOLTAGE_HARMONICS: Mapping[int, float] = {5: 0.015, 7: 0.01, 11: 0.006}
CURRENT_HARMONICS: Mapping[int, float] = {3: 0.12, 9: 0.04, 15: 0.02}
"""Shares of the fundamental. The two have no order in common, so that they carry no power together."""
INRUSH_S = 0.06
_GROWN_A = 0.5


@dataclass(frozen=True, slots=True)
class Scene:
    """One moment: Hz, volts at each terminal, amperes in the conductor of each transformer."""

    frequency_hz: float
    voltages: tuple[complex, ...]
    currents: tuple[complex, ...]


@dataclass(frozen=True, slots=True)
class ClampSettings:
    """How one column came to be. ``sits_on`` names another transformer's conductor, as after swapped plugs."""

    gain: float = 1.0
    phase_error_deg: float = 0.0
    """By how much it leads."""
    reversed: bool = False
    sits_on: int | None = None
    open: bool = False
    """The secondary is not connected: hum, and no current."""
    dc_a: float = 0.0
    clips_at_a: float = math.inf
    noise_a: float = 0.002
    inrush: float = 0.0
    """How many times its new value a current that begins to flow has at first."""
    harmonics: Mapping[int, float] = field(default_factory=lambda: CURRENT_HARMONICS)


@dataclass(frozen=True, slots=True)
class WaveSettings:
    """All columns of one front end."""

    rate_hz: float
    clamps: tuple[ClampSettings, ...]
    voltage_harmonics: Mapping[int, float] = field(default_factory=lambda: VOLTAGE_HARMONICS)
    voltage_noise_v: float = 0.02
    seed: int = 1


class Waves:
    """The memory of a rendering: where in the cycle it is, and which currents have just begun."""

    def __init__(self, settings: WaveSettings) -> None:
        """At sample 0, at the crest of a phasor without angle."""
        self._settings = settings
        self._turned = 0.0
        self._sample = 0
        self._sizes: list[float] = [0.0] * len(settings.clamps)
        self._begun: list[tuple[float, float]] = [(0.0, 0.0)] * len(settings.clamps)
        self._chance = np.random.Generator(np.random.PCG64(label("waves") ^ settings.seed))

    def render(self, scene: Scene, count: int) -> Real:
        """(count, terminals + transformers) in V and A, during which ``scene`` holds."""
        settings = self._settings
        turn = math.tau * scene.frequency_hz / settings.rate_hz
        angle = self._turned + turn * np.arange(count)
        self._turned = (self._turned + turn * count) % math.tau
        columns = [
            _wave(volts, angle, settings.voltage_harmonics) + settings.voltage_noise_v * self._noise(count)
            for volts in scene.voltages
        ]
        for number, clamp in enumerate(settings.clamps):
            columns.append(self._clamped(number, clamp, scene, angle))
        self._sample += count
        return np.stack(columns, axis=1)

    def _clamped(self, number: int, clamp: ClampSettings, scene: Scene, angle: Real) -> Real:
        count = len(angle)
        current = 0j if clamp.open else scene.currents[number if clamp.sits_on is None else clamp.sits_on]
        factor = -clamp.gain if clamp.reversed else clamp.gain
        lead = np.exp(1j * math.radians(clamp.phase_error_deg))
        wave = _wave(current * factor * complex(lead), angle, clamp.harmonics)
        wave *= self._swelling(number, clamp, abs(current), count)
        wave += clamp.dc_a + clamp.noise_a * self._noise(count)
        return np.clip(wave, -clamp.clips_at_a, clamp.clips_at_a)

    def _swelling(self, number: int, clamp: ClampSettings, size: float, count: int) -> Real:
        """By what a current that has just grown is larger."""
        if clamp.inrush and size > self._sizes[number] + _GROWN_A:
            self._begun[number] = (float(self._sample), (size - self._sizes[number]) / size)
        self._sizes[number] = size
        since, share = self._begun[number]
        if not share:
            return np.ones(count)
        age_s = (self._sample - since + np.arange(count)) / self._settings.rate_hz
        return 1.0 + clamp.inrush * share * np.exp(-age_s / INRUSH_S)

    def _noise(self, count: int) -> Real:
        return self._chance.standard_normal(count)


def _wave(phasor: complex, angle: Real, harmonics: Mapping[int, float]) -> Real:
    """The phasor and its harmonics over the angles of the mains, each harmonic at its crest with the fundamental's."""
    own = angle + math.atan2(phasor.imag, phasor.real)
    peak = math.sqrt(2) * abs(phasor)
    wave = peak * np.cos(own)
    for order, share in harmonics.items():
        wave += peak * share * np.cos(order * own)
    return np.asarray(wave)


def delta_currents(
    voltages: Sequence[complex], between: Mapping[tuple[int, int], complex]
) -> tuple[complex, complex, complex]:
    """Currents into the three conductors of loads of so many ohms between two of them; for grids without neutral."""
    flowing = [0j, 0j, 0j]
    for (one, other), ohm in between.items():
        current = (voltages[one] - voltages[other]) / ohm
        flowing[one] += current
        flowing[other] -= current
    return flowing[0], flowing[1], flowing[2]
