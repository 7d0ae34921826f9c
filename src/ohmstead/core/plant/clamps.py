"""What the converters of a sampling front end see: the scene, and what lies between it and each column.

A scene says which voltages stand at the terminals and which current flows in the conductor of each transformer, as RMS
phasors of the mains frequency; clamps say which conductor a transformer really sits on, which way round, its gain and
phase error, where it clips.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

VOLTAGE_HARMONICS: Mapping[int, float] = {5: 0.015, 7: 0.01, 11: 0.006}
CURRENT_HARMONICS: Mapping[int, float] = {3: 0.12, 9: 0.04, 15: 0.02}
"""Shares of the fundamental. The two have no order in common, so that they carry no power together."""


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
