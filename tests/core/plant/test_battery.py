"""A battery keeps the grid at its target, and never gives more than it got."""

import math
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ohmstead.core.plant.battery import Battery
from ohmstead.core.plant.settings import BatterySettings, LoadSettings, WorldSettings
from ohmstead.core.plant.world import World

OWN = BatterySettings(10.0, 4000.0, 3000.0, charge=0.5, efficiency=0.9, lag_s=2.0)
HOUSE = WorldSettings(
    start=datetime(2026, 6, 21, 9, tzinfo=UTC),
    supply_r_ohm=0.0,
    loads=(LoadSettings("house", {}),),
    battery=OWN,
    main_fuse_a=None,
)


def settled(watts: float, own: BatterySettings = OWN, seconds: float = 40.0) -> World:
    world = World(replace(HOUSE, battery=own))
    world.set_watts("house", {"L1": watts})
    world.step(seconds)
    return world


@pytest.mark.parametrize("watts", [2000.0, -2500.0, 300.0])
def test_what_the_house_takes_or_gives_the_battery_gives_or_takes(watts: float) -> None:
    world = settled(watts)
    assert world.measure("grid").power_w == pytest.approx(0.0, abs=1)
    assert world.measure("battery").power_w == pytest.approx(-watts, abs=1)


def test_it_follows_with_its_lag() -> None:
    world = World(HOUSE)
    world.step(1.0)
    world.set_watts("house", {"L1": 1000.0})
    shares = []
    for _ in range(6):
        world.step(1.0)
        shares.append(-world.measure("battery").power_w / 1000.0)
    assert shares == pytest.approx([1 - math.exp(-n / 2) for n in range(1, 7)], abs=0.01)


def test_beyond_its_power_the_grid_carries_the_rest() -> None:
    assert settled(5000.0).measure("grid").power_w == pytest.approx(2000, abs=1)
    assert settled(-6000.0).measure("grid").power_w == pytest.approx(-2000, abs=1)


def test_it_never_goes_below_its_reserve_nor_above_its_capacity() -> None:
    low = settled(3000.0, replace(OWN, charge=0.06, reserve=0.05), 600.0)
    assert low.battery is not None
    assert low.battery.charge == pytest.approx(0.05, abs=1e-6)
    assert low.measure("battery").power_w == pytest.approx(0, abs=1e-6)
    high = settled(-3000.0, replace(OWN, charge=0.99), 600.0)
    assert high.battery is not None
    assert high.battery.charge == pytest.approx(1.0, abs=1e-6)
    assert high.measure("grid").power_w == pytest.approx(-3000, abs=1)


def test_without_mains_it_rests_and_watches_a_minute_before_it_works_again() -> None:
    world = settled(2000.0)
    world.cut_mains()
    held = world.battery.stored_j if world.battery else 0.0
    world.step(30.0)
    assert world.battery is not None
    assert world.battery.stored_j == held
    world.restore_mains()
    world.step(50.0)
    assert world.measure("battery").power_w == 0
    world.step(60.0)
    assert world.measure("battery").power_w == pytest.approx(-2000, abs=5)


def test_a_battery_that_stands_by_loses_what_its_electronics_take() -> None:
    world = settled(0.0, replace(OWN, standby_w=10.0), 3600.0)
    assert world.battery is not None
    held = 0.5 * 36e6 - world.battery.stored_j
    got = world.measure("battery").energy_import_j * math.sqrt(0.9)
    assert held + got == pytest.approx(36_000, abs=2)


@given(st.lists(st.tuples(st.floats(-8000, 8000), st.integers(1, 400)), min_size=1, max_size=12), st.floats(0.5, 1.0))
@settings(max_examples=40, deadline=None)
def test_every_joule_in_and_out_is_accounted_for_and_none_comes_from_nothing(rows, efficiency: float) -> None:
    world = World(replace(HOUSE, battery=replace(OWN, efficiency=efficiency)))
    assert world.battery is not None
    before = world.battery.stored_j
    for watts, seconds in rows:
        world.set_watts("house", {"L2": watts})
        world.step(float(seconds))
    seen, each_way = world.measure("battery"), math.sqrt(efficiency)
    change = world.battery.stored_j - before
    assert change == pytest.approx(seen.energy_import_j * each_way - seen.energy_export_j / each_way, abs=4)
    assert 0.05 * world.battery.capacity_j - 1 <= world.battery.stored_j <= world.battery.capacity_j + 1
    assert seen.energy_export_j <= seen.energy_import_j * efficiency + before + 2


@given(st.floats(0.0, 60.0), st.floats(-9000, 9000))
@settings(max_examples=60, deadline=None)
def test_its_own_control_is_steady_at_any_lag(lag_s: float, watts: float) -> None:
    battery = Battery(replace(OWN, lag_s=lag_s))
    last = abs(watts)
    for _ in range(200):
        battery.correct(watts + battery.power_w)
        battery.hold(True, 1.0)
        rest = abs(watts + battery.power_w)
        assert rest <= last + 1e-6
        last = rest
