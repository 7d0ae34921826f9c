"""The rows of the supply meter's and the main breaker's tables."""

import itertools
import math

import pytest

from ohmstead.core.plant.protection import ITALIAN_CONTRACT, TYPE_C, Breaker, ContractSwitch, breaker_trip_s


def _seconds_to_trip(step, load, limit_s: float, dt_s: float = 1.0) -> float:
    """Seconds until ``step(load, dt)`` says it opened; infinite when it holds for ``limit_s``."""
    for tick in range(1, round(limit_s / dt_s) + 1):
        if step(load, dt_s):
            return tick * dt_s
    return math.inf


@pytest.mark.parametrize(
    "share, trips_after_s",
    [(0.5, math.inf), (1.10, math.inf), (1.11, 182 * 60), (1.27, 182 * 60), (1.28, 120), (2.0, 120)],
)
@pytest.mark.req("G-129", "EV-308")
def test_supply_meter_trips_by_its_contract_table(share: float, trips_after_s: float) -> None:
    switch = ContractSwitch(10_000.0, ITALIAN_CONTRACT)
    assert _seconds_to_trip(switch.step, share * 10_000.0, 12_000) == trips_after_s
    assert switch.closed is math.isinf(trips_after_s)


@pytest.mark.parametrize(
    "multiple, soonest_s, latest_s",
    [
        (1.00, math.inf, math.inf),
        (1.13, math.inf, math.inf),
        (1.45, 60.0, 3600.0),
        (2.00, 60.0, 3600.0),
        (2.55, 1.0, 60.0),
        (4.99, 0.1, 60.0),
        (5.00, 0.0, 0.1),
        (10.0, 0.0, 0.1),
    ],
)
@pytest.mark.req("G-129", "EV-308")
def test_main_breaker_trips_by_the_type_c_points(multiple: float, soonest_s: float, latest_s: float) -> None:
    breaker = Breaker(25.0, TYPE_C)
    tripped = _seconds_to_trip(breaker.step, [0.0, multiple * 25.0, 0.0], 7200, 0.1 if multiple > 2.5 else 1.0)
    assert soonest_s <= tripped <= latest_s


def test_breaker_curve_falls_with_every_ampere() -> None:
    times = [breaker_trip_s(1.14 + 0.01 * n, TYPE_C) for n in range(390)]
    assert all(fast <= slow for slow, fast in itertools.pairwise(times))


def test_breaker_remembers_heat_and_cools_down() -> None:
    warm = Breaker(25.0)
    _seconds_to_trip(warm.step, [2.55 * 25, 0, 0], 40)
    hot_left = _seconds_to_trip(warm.step, [2.55 * 25, 0, 0], 100)
    cool = Breaker(25.0)
    _seconds_to_trip(cool.step, [2.55 * 25, 0, 0], 40)
    _seconds_to_trip(cool.step, [10.0, 0, 0], 3600)
    cool_left = _seconds_to_trip(cool.step, [2.55 * 25, 0, 0], 100)
    assert hot_left == 20
    assert cool_left == 60


def test_one_overloaded_pole_opens_all() -> None:
    breaker = Breaker(25.0)
    assert breaker.step([0.0, 0.0, 200.0], 0.02)
    assert not breaker.closed


def test_export_never_trips_the_supply_meter() -> None:
    switch = ContractSwitch(3_000.0)
    assert _seconds_to_trip(switch.step, -9_000.0, 600) == math.inf


def test_kettle_minutes_apart_do_not_add_up() -> None:
    switch = ContractSwitch(3_000.0)
    for _ in range(20):
        assert _seconds_to_trip(switch.step, 4_500.0, 100) == math.inf
        assert _seconds_to_trip(switch.step, 1_000.0, 120) == math.inf
