"""The sun over the house."""

import itertools
from datetime import UTC, datetime

import pytest

from ohmstead.core.plant.noise import drift, unit
from ohmstead.core.plant.settings import SolarSettings
from ohmstead.core.plant.solar import Inverter, clear_sky_w_m2, cloud_factor


def _inverter(hour: int, cloudiness: float = 0.0) -> Inverter:
    return Inverter(
        SolarSettings(6000, 5000, cloudiness),
        datetime(2026, 6, 21, hour, tzinfo=UTC),
        latitude=41.9,
        longitude=12.5,
        seed=3,
    )


@pytest.mark.parametrize("elevation, irradiance", [(-10, 0), (0, 0), (30, 490), (60, 890), (90, 1037)])
def test_clear_sky_by_haurwitz(elevation: float, irradiance: float) -> None:
    assert clear_sky_w_m2(elevation) == pytest.approx(irradiance, abs=3)


@pytest.mark.req("G-129", "EV-308")
def test_night_gives_nothing_and_noon_more_than_morning() -> None:
    assert _inverter(0).power_w(0.0) == 0
    assert 500 < _inverter(6).power_w(0.0) < _inverter(11).power_w(0.0)


def test_the_inverter_gives_no_more_than_it_can() -> None:
    huge = Inverter(SolarSettings(20_000, 5000), datetime(2026, 6, 21, 11, tzinfo=UTC), 41.9, 12.5, 1)
    assert huge.power_w(0.0) == 5000


def test_clouds_only_take_light_and_differ_by_seed() -> None:
    factors = [cloud_factor(1, second, 0.8) for second in range(7200)]
    assert 0.05 <= min(factors) < 0.6
    assert 0.8 < max(factors) <= 1.0
    assert factors != [cloud_factor(2, second, 0.8) for second in range(7200)]


def test_power_moves_smoothly_over_the_minutes() -> None:
    inverter = _inverter(8)
    seen = [inverter.power_w(second) for second in range(600)]
    assert max(abs(b - a) for a, b in itertools.pairwise(seen)) < 2.0


def test_noise_is_even_and_the_same_in_every_run() -> None:
    values = [unit(5, n) for n in range(10_000)]
    assert sum(values) / len(values) == pytest.approx(0.5, abs=0.02)
    assert unit(5, 1, 2) != unit(5, 2, 1)
    assert all(-1 <= drift(9, t / 7, 3.0) <= 1 for t in range(1000))
