"""The air outside at a second of the story: a day's wave, warmest at three in the afternoon by the sun, and drift."""

import math

from ohmstead.core.plant.noise import drift, label
from ohmstead.core.plant.settings import WeatherSettings

_WARMEST_S = 15 * 3600
_DAY_S = 86_400
_DRIFT_C = 1.5
_DRIFT_S = 3 * 3600.0


def outside_c(weather: WeatherSettings, seed: int, second: int, second_of_day: int, longitude: float) -> float:
    """Degrees Celsius; ``second_of_day`` is of the UTC day, the sun stands highest at noon less 4 minutes a degree."""
    by_the_sun = second_of_day + longitude * 240.0
    wave = 0.5 * weather.swing_c * math.cos(2 * math.pi * (by_the_sun - _WARMEST_S) / _DAY_S)
    return weather.mean_c + wave + _DRIFT_C * drift(seed ^ label("air"), second, _DRIFT_S)
