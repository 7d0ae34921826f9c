"""A public year of a household for the benchmark of the store: the same numbers on every machine.

Thirty circuits with what real ones have: a standby that drifts a little, appliances that switch on for minutes to hours
and draw with some unrest, cycling fridges and pumps, a grid meter and sun by day. Power as most meters tell it, to
0.1 W. The 5 minutes of the year are drawn by the same rules as the 10 s of its last 30 days.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

CHANNELS = 30
BEGIN = datetime(2025, 3, 11, 23, tzinfo=UTC)
YEAR_DAYS = 365
FINE_DAYS = 30
COARSE_S = 300
FINE_S = 10
_SEED = 20_250_311
_SUN_PEAK_W = 4200.0
_APPLIANCES_W = (60.0, 150.0, 400.0, 800.0, 1400.0, 2000.0)


@dataclass(frozen=True, slots=True)
class Grid:
    """Equally spaced values of all channels: ``values[channel]`` in W, the first at ``first_s``, ``step_s`` apart."""

    first_s: int
    step_s: int
    values: NDArray[np.float64]

    @property
    def starts_s(self) -> NDArray[np.int64]:
        """When each interval begins, in seconds UTC."""
        return self.first_s + self.step_s * np.arange(self.values.shape[1], dtype=np.int64)


def names() -> tuple[str, ...]:
    """The channels."""
    return tuple(f"circuit-{number:02}" for number in range(CHANNELS))


def year(days: int = YEAR_DAYS) -> Grid:
    """5 minutes of ``days`` days."""
    return _grid(round(BEGIN.timestamp()), COARSE_S, days * 86_400 // COARSE_S, np.random.default_rng(_SEED))


def month(days: int = FINE_DAYS, year_days: int = YEAR_DAYS) -> Grid:
    """10 s of the last ``days`` days of the year."""
    first = round(BEGIN.timestamp()) + (year_days - days) * 86_400
    return _grid(first, FINE_S, days * 86_400 // FINE_S, np.random.default_rng(_SEED + 1))


def _grid(first: int, step: int, count: int, dice: np.random.Generator) -> Grid:
    at = first + step * np.arange(count)
    values = np.array([_circuit(number, at, step, dice) for number in range(CHANNELS - 2)])
    sun = np.maximum(0.0, np.sin((at % 86_400 / 86_400 - 0.27) * 2 * np.pi)) * _SUN_PEAK_W
    clouds = np.clip(1 - np.abs(_walk(count, step, dice, 0.3)), 0.2, 1.0)
    produced = -sun * clouds
    grid = values.sum(0) + produced + dice.normal(0, 2.0, count)
    return Grid(first, step, np.round(np.vstack((values, produced, grid)), 1))


def _circuit(number: int, at: NDArray[np.int64], step: int, dice: np.random.Generator) -> NDArray[np.float64]:
    """One load: standby, then what is switched on, then the unrest of what is measured."""
    count = len(at)
    on = np.zeros(count)
    every_s, lasts_s = (
        (3600.0, 900.0) if number % 5 == 0 else (3600.0 * dice.uniform(4, 30), 3600 * dice.uniform(0.2, 2))
    )
    begins = np.cumsum(dice.exponential(every_s / step, int(2 * count * step / every_s) + 10).astype(np.int64) + 1)
    for begin in begins[begins < count]:
        on[begin : begin + 1 + int(dice.exponential(lasts_s / step))] = dice.choice(_APPLIANCES_W)
    standby = dice.uniform(0.5, 40) * (1 + 0.02 * _walk(count, step, dice, 1.0))
    return np.asarray(standby + on * (1 + dice.normal(0, 0.004, count)) + dice.normal(0, 0.15, count))


def _walk(count: int, step: int, dice: np.random.Generator, size: float) -> NDArray[np.float64]:
    """A slow unrest of about ``size``, over hours."""
    knots = max(4, count * step // 7200)
    return np.asarray(np.interp(np.linspace(0, knots - 1, count), np.arange(knots), dice.normal(0, size, knots)))
