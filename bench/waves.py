"""Waveforms whose truth is known: harmonics of any mains frequency, noise, and a converter's steps."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RATE_HZ = 8_000.0
RANGE_A = 100.0
VOLT_STEP = 800 / 65_536
AMPERE_STEP = 4 * RANGE_A / 65_536
"""16 bits over +-400 V, and over +-200 A for a transformer of 100 A."""


@dataclass(frozen=True)
class Wave:
    """Samples (n, columns), and the RMS phasors (columns, 41) they are made of."""

    samples: NDArray[np.float32]
    phasors: NDArray[np.complex128]
    frequency_hz: float

    @property
    def rms(self) -> NDArray[np.float64]:
        """Of each column."""
        return np.asarray(np.sqrt((np.abs(self.phasors) ** 2).sum(1)))

    @property
    def power_w(self) -> NDArray[np.float64]:
        """Of each voltage with each current."""
        return np.asarray(np.einsum("vh,ch->vc", self.phasors[:3], self.phasors[3:].conj()).real)

    @property
    def reactive_var(self) -> NDArray[np.float64]:
        """Of the fundamental, each voltage with each current."""
        return np.imag(self.phasors[:3, 1, None] * self.phasors[3:, 1].conj()[None, :])

    @property
    def apparent_va(self) -> NDArray[np.float64]:
        """Of each voltage with each current."""
        return self.rms[:3, None] * self.rms[None, 3:]

    @property
    def thd(self) -> NDArray[np.float64]:
        """Of each column."""
        return np.asarray(np.sqrt((np.abs(self.phasors[:, 2:]) ** 2).sum(1)) / np.abs(self.phasors[:, 1]))


def house(
    frequency_hz: float,
    seconds: float,
    *,
    seed: int = 0,
    currents: int = 28,
    amperes: tuple[float, float] = (0.001 * RANGE_A, RANGE_A),
    converter: bool = True,
) -> Wave:
    """Three voltages and ``currents`` with harmonics, currents spread evenly over the logarithm of ``amperes``."""
    chance = np.random.default_rng(seed)
    phasors = np.zeros((3 + currents, 41), complex)
    spread = np.geomspace(*amperes, currents) if currents else np.zeros(0)
    for column in range(3):
        phasors[column, 1] = 230 * np.exp(1j * (0.3 - 2 * np.pi / 3 * column))
        for order in (3, 5, 7, 11, 13):
            phasors[column, order] = 230 * chance.uniform(0, 0.04) * np.exp(1j * chance.uniform(0, 6.28))
    for column, current in enumerate(spread, start=3):
        phasors[column, 1] = np.exp(1j * chance.uniform(0, 6.28))
        for order in (3, 5, 7, 9, 11, 15, 25, 39, 40):
            phasors[column, order] = chance.uniform(0, 0.3) * np.exp(1j * chance.uniform(0, 6.28))
        phasors[column] *= current / np.sqrt((np.abs(phasors[column]) ** 2).sum())
    return render(phasors, frequency_hz, seconds, converter=converter, seed=seed)


def render(
    phasors: NDArray[np.complex128], frequency_hz: float, seconds: float, *, converter: bool = False, seed: int = 0
) -> Wave:
    """``phasors`` as samples; with a ``converter``, noise of one step and rounding to its steps."""
    angle = 2 * np.pi * frequency_hz * np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    orders = np.flatnonzero(np.any(phasors, axis=0))
    turning = np.exp(1j * np.outer(angle, orders))
    crest = np.where(orders == 0, 1.0, np.sqrt(2))
    exact = ((turning * crest) @ phasors[:, orders].T).real
    if converter:
        steps = np.where(np.arange(exact.shape[1]) < 3, VOLT_STEP, AMPERE_STEP)
        noise = np.random.default_rng(seed + 1).normal(0.0, 0.5, exact.shape)
        exact = np.round(exact / steps + noise) * steps
    return Wave(exact.astype(np.float32), phasors, frequency_hz)
