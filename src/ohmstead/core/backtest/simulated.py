"""A family's house and car for as many days as wanted, the same for the same seed: sun, household, comings and goings.

The sun is that of ``core.plant`` on a flat roof, each day with weather of its own; the household has a base, a fridge,
meals, washing, and in the cold months a heat pump. Watts per phase at the middle of each minute.
"""

from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from math import cos, pi
from zoneinfo import ZoneInfo

from astral import Observer
from astral.sun import elevation

from ohmstead.core.backtest.days import Days, Visit
from ohmstead.core.model.quantities import JOULES_PER_KWH, PHASES, Phase
from ohmstead.core.model.settings import Settings
from ohmstead.core.plant.noise import drift, label, unit
from ohmstead.core.plant.solar import clear_sky_w_m2, cloud_factor

DAY_MIN = 1440
_KNOT_MIN = 10
"""The sun's height is asked so often and drawn straight between."""
_PERFORMANCE = 0.86
_WORKDAYS_AWAY = (0, 1, 3)
"""Monday, Tuesday, Thursday; on the other two the car stays at home."""


@dataclass(frozen=True, slots=True)
class Family:
    """Where the house stands and what is on its roof and in its garage. ``trip_kwh`` is what a day of driving takes."""

    zone: str = "Europe/Rome"
    latitude: float = 41.9
    longitude: float = 12.5
    peak_w: float = 6_000.0
    seed: int = 1
    phases: tuple[Phase, ...] = ("L1",)
    max_a: float = 16.0
    trip_kwh: float = 11.0
    charger: str = "garage"


def family_days(family: Family, first: date, count: int, told: Callable[[int], object] = lambda minutes: None) -> Days:
    """``count`` days from the local midnight of ``first`` on, 24 h each; ``told`` hears how many minutes are done."""
    start = midnight(first, family.zone)
    sun = sunshine(family, start, count, told)
    columns = tuple(array("d", bytes(8 * len(sun))) for _ in PHASES)
    for minute, solar_w in enumerate(sun):
        for column, used_w in zip(columns, _household(family, start, minute), strict=True):
            column[minute] = used_w - solar_w / 3
    return Days(start, (columns[0], columns[1], columns[2]))


def sunshine(
    family: Family, start: datetime, count: int, told: Callable[[int], object] = lambda minutes: None
) -> "array[float]":
    """What the roof gives in each minute of ``count`` days, all phases together."""
    observer, given = Observer(family.latitude, family.longitude), array("d")
    weather = family.seed ^ label("weather")
    height = elevation(observer, start)
    for day in range(count):
        told(day * DAY_MIN)
        clouds = min(1.0, 1.3 * unit(weather, day))
        for knot in range(0, DAY_MIN, _KNOT_MIN):
            minute = day * DAY_MIN + knot
            after = elevation(observer, start + timedelta(minutes=minute + _KNOT_MIN))
            for step in range(_KNOT_MIN):
                light = clear_sky_w_m2(height + (after - height) * (step + 0.5) / _KNOT_MIN)
                if light:
                    light *= cloud_factor(family.seed, (minute + step) * 60.0 + 30.0, clouds)
                given.append(family.peak_w * _PERFORMANCE * light / 1000.0)
            height = after
    return given


def family_visits(family: Family, days: Days) -> tuple[Visit, ...]:
    """The car's stays at home: away on three workdays a week and for some hours of the week's end."""
    zone = ZoneInfo(family.zone)
    visits: list[Visit] = []
    comes, trips = 0, 1.0
    local = days.start.astimezone(zone).date()
    for number in range(days.minutes // DAY_MIN):
        day = local + timedelta(days=number)
        away = _away(family, day, number)
        if away is None:
            continue
        goes, back = (days.minute(midnight(day, family.zone, at)) for at in away)
        if comes < goes <= days.minutes:
            wanted_j = trips * family.trip_kwh * JOULES_PER_KWH * (0.7 + 0.6 * unit(family.seed, label("trip"), number))
            visits.append(Visit(comes, goes, wanted_j, family.phases, family.max_a))
        comes, trips = back, 1.0 if day.weekday() in _WORKDAYS_AWAY else 0.6
    return tuple(visits)


def house_of(family: Family, name: str) -> Settings:
    """The site that this is: a grid meter, a main breaker, and one charger on the car's phases."""
    return Settings.model_validate(
        {
            "site": {"name": name[:80], "timezone": family.zone, "main_fuse_a": 40},
            "devices": {"grid": {"driver": "plant", "connect": "plant://grid", "role": "grid"}},
            "chargers": {
                family.charger: {
                    "board": {"driver": "plant", "connect": f"plant://{family.charger}"},
                    "max_current_a": family.max_a,
                    "phases": list(family.phases),
                }
            },
        }
    )


def midnight(day: date, zone: str, minute: int = 0) -> datetime:
    """The UTC of so many minutes of wall time after the midnight that ``day`` begins with."""
    return datetime.combine(day, time(minute // 60, minute % 60), ZoneInfo(zone)).astimezone(UTC)


def _away(family: Family, day: date, number: int) -> tuple[int, int] | None:
    """When the car goes and comes back, in minutes of the day."""
    late = round(40 * unit(family.seed, label("late"), number))
    if day.weekday() in _WORKDAYS_AWAY:
        return 7 * 60 + late, 17 * 60 + 30 + late
    if day.weekday() == 5:
        return 15 * 60 + late, 18 * 60 + late
    return None


def _household(family: Family, start: datetime, minute: int) -> Sequence[float]:
    """What the house draws on each phase."""
    seed, day, of_day = family.seed, minute // DAY_MIN, minute % DAY_MIN
    base = 120.0 + 60.0 * drift(seed ^ label("base"), minute, 45.0)
    one = base + (90.0 if (minute + 7) % 50 < 18 else 0.0)
    two, three = 0.7 * base, 0.5 * base
    if 6 * 60 + 40 <= of_day < 7 * 60 + 30 and unit(seed, label("kettle"), minute // 4) < 0.35:
        two += 1900.0
    if 18 * 60 <= of_day < 20 * 60 and unit(seed, label("oven"), minute // 3) < 0.4:
        three += 2100.0
    if 18 * 60 <= of_day < 23 * 60:
        one += 260.0
    if day % 3 == 0 and 10 * 60 <= of_day < 12 * 60:
        two += 1800.0 if of_day < 10 * 60 + 25 else 140.0
    cold = 0.5 + 0.5 * cos(2 * pi * (start + timedelta(days=day)).timetuple().tm_yday / 365.0)
    if unit(seed, label("heat"), minute // 20) < 0.75 * cold - 0.1:
        one, two, three = one + 500.0, two + 500.0, three + 500.0
    return one, two, three
