"""Waveforms of a building as converters see them: pure rendering, a stretch of samples at a time.

Phases go on from stretch to stretch without a jump, and the same settings tell the same story.
"""

import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ohmstead.core.plant.clamps import ClampSettings, Scene, WaveSettings
from ohmstead.core.plant.noise import label

Real = NDArray[np.float64]

INRUSH_S = 0.06
_GROWN_A = 0.5
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIXING = (
    (np.uint64(30), np.uint64(0xBF58476D1CE4E5B9)),
    (np.uint64(27), np.uint64(0x94D049BB133111EB)),
    (np.uint64(31), np.uint64(1)),
)


class Waves:
    """The memory of a rendering: where in the cycle it is, and which currents have just begun."""

    def __init__(self, settings: WaveSettings) -> None:
        """At sample 0, at the crest of a phasor without angle."""
        self._settings = settings
        self._turned = 0.0
        self._sample = 0
        self._sizes: list[float] = [0.0] * len(settings.clamps)
        self._begun: list[tuple[float, float]] = [(0.0, 0.0)] * len(settings.clamps)
        self._levels: Mapping[int, float] = {}
        self._disturbed = 0

    def disturb(self, levels: Mapping[int, float], seconds: float) -> None:
        """For so long from now on, voltages of terminals (from 0) stand at that part of what the scene says."""
        self._levels, self._disturbed = levels, round(seconds * self._settings.rate_hz)

    def reclamp(self, clamps: tuple[ClampSettings, ...]) -> None:
        """Go on with as many other clamps."""
        self._settings = replace(self._settings, clamps=clamps)

    def render(self, scene: Scene, count: int) -> Real:
        """(count, terminals + transformers) in V and A, during which ``scene`` holds."""
        settings = self._settings
        turn = math.tau * scene.frequency_hz / settings.rate_hz
        angle: Real = self._turned + turn * np.arange(count, dtype=float)
        self._turned = (self._turned + turn * count) % math.tau
        columns = [
            _wave(volts, angle, settings.voltage_harmonics) + settings.voltage_noise_v * self._noise(~number, count)
            for number, volts in enumerate(scene.voltages)
        ]
        for terminal, level in self._levels.items() if self._disturbed else ():
            if terminal < len(columns):
                columns[terminal][: self._disturbed] *= level
        self._disturbed = max(0, self._disturbed - count)
        for number, clamp in enumerate(settings.clamps):
            columns.append(self._clamped(number, clamp, scene, angle))
        self._sample += count
        return np.stack(columns, axis=1)

    def _clamped(self, number: int, clamp: ClampSettings, scene: Scene, angle: Real) -> Real:
        count = len(angle)
        current = 0j if clamp.open else scene.currents[number if clamp.sits_on is None else clamp.sits_on]
        factor = -clamp.gain if clamp.reversed else clamp.gain
        lead = np.exp(1j * math.radians(clamp.phase_error_deg))
        wave: Real = _wave(current * factor * complex(lead), angle, clamp.harmonics)
        wave *= self._swelling(number, clamp, abs(current), count)
        wave += clamp.dc_a + clamp.noise_a * self._noise(number, count)
        return np.asarray(np.clip(wave, -clamp.clips_at_a, clamp.clips_at_a))

    def _swelling(self, number: int, clamp: ClampSettings, size: float, count: int) -> Real:
        """By what a current that has just grown is larger."""
        if clamp.inrush and size > self._sizes[number] + _GROWN_A:
            self._begun[number] = (float(self._sample), (size - self._sizes[number]) / size)
        self._sizes[number] = size
        since, share = self._begun[number]
        if not share:
            return np.ones(count)
        age_s = (self._sample - since + np.arange(count)) / self._settings.rate_hz
        return np.asarray(1.0 + clamp.inrush * share * np.exp(-age_s / INRUSH_S))

    def _noise(self, column: int, count: int) -> Real:
        """Numbers of variance 1, the same in every run: hashed (splitmix64) from seed, column and sample."""
        key = np.uint64(label(f"waves {self._settings.seed} {column}"))
        mixed = (np.arange(self._sample, self._sample + count, dtype=np.uint64) * _GOLDEN) ^ key
        for shift, factor in _MIXING:
            mixed = (mixed ^ (mixed >> shift)) * factor
        flat: Real = (mixed >> np.uint64(11)).astype(float) / 2.0**52 - 1.0
        return np.asarray(flat * math.sqrt(3))


def _wave(phasor: complex, angle: Real, harmonics: Mapping[int, float]) -> Real:
    """The phasor and its harmonics over the angles of the mains, each harmonic at its crest with the fundamental's."""
    own = angle + math.atan2(phasor.imag, phasor.real)
    peak = math.sqrt(2) * abs(phasor)
    wave = peak * np.cos(own)
    for order, share in harmonics.items():
        wave += peak * share * np.cos(order * own)
    return np.asarray(wave)
