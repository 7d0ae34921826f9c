"""Houses for finding phases: circuits that switch by themselves, what no circuit measures, sun, a battery, crooked
clamps.

Phasors of one window each, with truth. A published generator: the same number gives the same house.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ohmstead.core.commissioning.detection.evidence import Observation

WINDOW_S = 0.2
BATTERY_LAG_S = 2.0
PHASES = np.exp(-2j * np.pi / 3 * np.arange(3))


@dataclass(frozen=True)
class House:
    """``terminal`` (c) and ``factor`` (c): each circuit's truth; ``mains_terminal``, ``mains_sign`` (3) of the
    mains."""

    seen: Observation
    terminal: NDArray[np.int64]
    factor: NDArray[np.float64]
    mains_terminal: NDArray[np.int64]
    mains_sign: NDArray[np.float64]


KINDS: dict[str, tuple[tuple[float, float], tuple[float, float], tuple[float, float]]] = {
    "resistive": ((200, 3_000), (-2, 3), (20, 400)),
    "electronics": ((30, 400), (-25, 10), (10, 300)),
    "motor": ((150, 1_500), (35, 65), (60, 600)),
    "capacitive": ((60, 300), (-75, -40), (30, 400)),
    "cycling": ((400, 2_500), (-2, 12), (8, 40)),
}
"""Watts (or VA), degrees by which the current lags, seconds that it stays on or off."""


def build(
    seed: int, *, minutes: float = 10.0, circuits: int = 24, sun: bool = False, mains_known: bool = True
) -> House:
    """A house in daylight with ``sun``: a three-phase or single-phase inverter, and often a battery."""
    chance = np.random.default_rng(seed)
    n = int(minutes * 60 / WINDOW_S)
    volts = 230 * PHASES[None, :] * (1 + 0.004 * _walk(chance, n)[:, None])
    true = np.zeros((n, circuits), complex)
    terminal = chance.integers(0, 3, circuits)
    column = 0
    while column < circuits:
        if column + 3 <= circuits and chance.random() < 0.08:
            terminal[column : column + 3] = chance.permutation(3)
            one = _load(chance, n, "motor")
            for each in range(3):
                true[:, column + each] = 3 * one / 3 * PHASES[terminal[column + each]]
            column += 3
        else:
            kind = str(chance.choice(list(KINDS), p=[0.3, 0.3, 0.15, 0.1, 0.15]))
            true[:, column] = _load(chance, n, kind) * PHASES[terminal[column]]
            column += 1
    mains = np.zeros((n, 3), complex)
    np.add.at(mains.T, terminal, true.T)
    for phase in range(3):
        for kind in ("electronics", "resistive"):
            if chance.random() < 0.7:
                mains[:, phase] += _load(chance, n, kind) * PHASES[phase]
        mains[:, phase] += 0.05 * _walk(chance, n) * PHASES[phase]
    if sun:
        mains -= _sun(chance, mains)
    factor = np.where(chance.random(circuits) < 0.3, -1.0, 1.0)
    crooked = (1 + chance.normal(0, 0.005, circuits)) * np.exp(1j * np.radians(chance.normal(0, 1.0, circuits)))
    shown = true * crooked * factor + _noise(chance, (n, circuits))
    mains_terminal, mains_sign = np.arange(3), np.ones(3)
    if not mains_known:
        mains_terminal = chance.permutation(3)
        mains_sign = np.where(chance.random(3) < 0.3, -1.0, 1.0)
    straight = (1 + chance.normal(0, 0.005, 3)) * np.exp(1j * np.radians(chance.normal(0, 1.0, 3)))
    clamps = mains[:, mains_terminal] * straight * mains_sign + _noise(chance, (n, 3))
    seen = Observation(volts, clamps, shown, np.full(n, not sun))
    return House(seen, terminal, factor, mains_terminal, mains_sign)


def _walk(chance: np.random.Generator, n: int) -> NDArray[np.float64]:
    steps = chance.normal(0, 0.05, n)
    walk = np.cumsum(steps)
    return np.asarray(walk - np.linspace(0, walk[-1], n))


def _noise(chance: np.random.Generator, shape: tuple[int, ...]) -> NDArray[np.complex128]:
    return np.asarray(chance.normal(0, 0.005, shape) + 1j * chance.normal(0, 0.005, shape))


def _load(chance: np.random.Generator, n: int, kind: str) -> NDArray[np.complex128]:
    """One appliance against its own voltage: A RMS, negative angle where it lags; some never switch in this time."""
    watts, lag, stays = KINDS[kind]
    power = np.exp(chance.uniform(*np.log(watts)))
    angle = np.radians(chance.uniform(*lag))
    on = np.zeros(n)
    state, at = chance.random() < 0.4, 0
    pace = np.exp(chance.uniform(*np.log(stays)))
    while at < n:
        length = max(1, int(chance.exponential(pace) / WINDOW_S))
        on[at : at + length] = state
        edge = at + length
        if edge < n:
            on[edge] = chance.random()
        at, state = edge + 1, not state
    level = 1 + 0.03 * _walk(chance, n)
    current: NDArray[np.complex128] = power / 230 * on * level * np.exp(-1j * angle)
    return current


def _sun(chance: np.random.Generator, mains: NDArray[np.complex128]) -> NDArray[np.complex128]:
    """What an inverter under passing clouds, and perhaps a battery that levels the house, pushes back."""
    n = len(mains)
    clouds = np.clip(0.6 + 0.08 * _walk(chance, n), 0.05, 1.0)
    amperes = chance.uniform(4, 14) * clouds
    pushed = np.zeros((n, 3), complex)
    phases = range(3) if chance.random() < 0.5 else [int(chance.integers(0, 3))]
    for phase in phases:
        pushed[:, phase] = amperes * PHASES[phase]
    if chance.random() < 0.5:
        one, held = int(chance.integers(0, 3)), 0.0
        wanted = ((mains - pushed) * PHASES.conj()).real.sum(axis=1)
        for window, amount in enumerate(wanted):
            held += (np.clip(amount, -12.0, 12.0) - held) * WINDOW_S / BATTERY_LAG_S
            pushed[window, one] += held * PHASES[one]
    return pushed
