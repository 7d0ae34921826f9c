"""Sunshine to alternating power: sun's elevation, Haurwitz clear sky, clouds from the seed, inverter limit.

Clear sky: Haurwitz 1945, global horizontal irradiance = 1098 · cos z · exp(−0.057 / cos z) W/m², z the zenith.
"""

import math
from datetime import datetime, timedelta

from astral import Observer
from astral.sun import elevation

from ohmstead.core.plant.noise import drift
from ohmstead.core.plant.settings import SolarSettings

_PERFORMANCE = 0.86
"""Alternating power per rated power at 1000 W/m²: temperature, cables, inverter."""
_KNOT_S = 60
"""The sun's elevation is asked once a minute and drawn straight between."""
_RECONNECT_S = 60.0
"""An inverter watches the mains this long before it feeds again (EN 50549-1)."""


def clear_sky_w_m2(elevation_deg: float) -> float:
    """Global horizontal irradiance under a clear sky."""
    cos_zenith = math.sin(math.radians(elevation_deg))
    return 1098.0 * cos_zenith * math.exp(-0.057 / cos_zenith) if cos_zenith > 1e-3 else 0.0


def cloud_factor(seed: int, at_s: float, cloudiness: float) -> float:
    """Share of the clear sky's light that passes: slow weather and quick clouds, between 0.05 and 1."""
    if not cloudiness:
        return 1.0
    veil = 0.5 + 0.35 * drift(seed ^ 0xC10D, at_s, 1800.0) + 0.3 * drift(seed ^ 0xFA57, at_s, 40.0)
    return max(0.05, 1.0 - cloudiness * min(max(veil, 0.0), 1.0))


class Inverter:
    """An inverter that feeds what the sun gives, and nothing without mains (anti-islanding)."""

    __slots__ = ("_knots", "_observer", "_seed", "_settings", "_start", "_wait_s")

    def __init__(self, settings: SolarSettings, start: datetime, latitude: float, longitude: float, seed: int) -> None:
        """``start`` is the UTC time of the world's second 0."""
        self._settings = settings
        self._start = start
        self._observer = Observer(latitude, longitude)
        self._seed = seed
        self._wait_s = 0.0
        self._knots: dict[int, float] = {}

    def watch(self, energised: bool, dt_s: float) -> None:
        """Let time pass for the mains supervision."""
        self._wait_s = max(0.0, self._wait_s - dt_s) if energised else _RECONNECT_S

    def power_w(self, at_s: float) -> float:
        """Power fed at second ``at_s`` of the world, all phases together; never negative."""
        if self._wait_s > 0.0:
            return 0.0
        light = clear_sky_w_m2(self._elevation(at_s))
        if not light:
            return 0.0
        light *= cloud_factor(self._seed, at_s, self._settings.cloudiness)
        return min(self._settings.peak_w * _PERFORMANCE * light / 1000.0, self._settings.inverter_w)

    def _elevation(self, at_s: float) -> float:
        knot = int(at_s // _KNOT_S)
        share = at_s / _KNOT_S - knot
        return self._knot(knot) * (1.0 - share) + self._knot(knot + 1) * share

    def _knot(self, knot: int) -> float:
        known = self._knots.get(knot)
        if known is None:
            if len(self._knots) > 4:
                self._knots.clear()
            known = elevation(self._observer, self._start + timedelta(seconds=knot * _KNOT_S))
            self._knots[knot] = known
        return known
