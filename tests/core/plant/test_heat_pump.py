"""A heat pump runs by the weather, starts with a surge, melts its frost, and makes no heat from nothing."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ohmstead.core.plant.appliances import HeatPumpSettings
from ohmstead.core.plant.heat_pump import DEFROST_S, HeatPump
from ohmstead.core.plant.household import Now
from ohmstead.core.plant.settings import WeatherSettings, WorldSettings
from ohmstead.core.plant.world import World

OWN = HeatPumpSettings("pump", power_w=2000.0, loss_w_per_k=200.0)
WATER = 4186.0


def world_at(mean_c: float, own: HeatPumpSettings = OWN, hour: int = 0) -> World:
    start = datetime(2026, 1, 10, hour, tzinfo=UTC)
    return World(
        WorldSettings(start, supply_r_ohm=0.0, appliances=(own,), weather=WeatherSettings(mean_c, 0.0), longitude=0.0)
    )


def run_s(mean_c: float, hours: int = 5) -> tuple[float, int]:
    """Seconds that the compressor ran, and how often it started."""
    world = world_at(mean_c)
    ran = 0
    for _ in range(hours * 3600):
        world.step(1.0)
        ran += world.measure("grid").power_w > 500
    return ran, sum(event.kind == "load.on" for event in world.events)


def test_the_colder_it_is_the_longer_it_runs_and_above_the_heating_limit_not_at_all() -> None:
    (warm, _), (cool, starts), (cold, _) = run_s(19.0), run_s(8.0), run_s(-2.0)
    assert warm == 0
    assert 0 < cool < cold <= 5 * 3600
    assert 0 < starts <= 6 * 5


@pytest.mark.parametrize("outside, wanted", [(2.0, 3.9), (-7.0, 3.1), (7.0, 4.6)])
def test_its_performance_is_that_of_units_on_the_market(outside: float, wanted: float) -> None:
    assert HeatPump(OWN).performance(outside) == pytest.approx(wanted, abs=0.15)


def test_its_compressor_starts_with_a_surge_that_lasts_a_fraction_of_a_second() -> None:
    world = world_at(0.0)
    world.switch("pump", True)
    world.step(1.0)
    running = OWN.power_w / OWN.power_factor / 3 / 230
    assert world.measure("grid").phases[0].current_a == pytest.approx(5 * running, rel=0.01)
    world.step(0.29)
    assert world.measure("grid").phases[0].current_a == pytest.approx(5 * running, rel=0.01)
    world.step(0.02)
    assert world.measure("grid").phases[0].current_a == pytest.approx(running, rel=0.01)


def test_the_surge_is_in_the_counter_whatever_the_steps() -> None:
    fine, coarse = world_at(0.0), world_at(0.0)
    for world in (fine, coarse):
        world.switch("pump", True)
    for _ in range(600):
        fine.step(0.1)
    coarse.step(60.0)
    assert fine.measure("grid").energy_import_j == pytest.approx(coarse.measure("grid").energy_import_j, abs=1)


def test_in_the_cold_it_turns_round_after_an_hour_of_running_and_melts_its_frost() -> None:
    world = world_at(-3.0)
    low = 0
    for _ in range(4 * 3600):
        world.step(1.0)
        low += 1100 < world.measure("grid").power_w < 1300
    assert low >= DEFROST_S
    mild = world_at(9.0)
    for _ in range(4 * 3600):
        mild.step(1.0)
        assert not 1100 < mild.measure("grid").power_w < 1300


def test_hot_water_is_made_in_summer_too() -> None:
    world = world_at(24.0, HeatPumpSettings("pump", power_w=2000.0, hot_water=(3600,)))
    world.step(7200.0)
    assert 0.4e6 < world.measure("grid").energy_import_j < 8.4e6
    assert [event.kind for event in world.events] == ["load.on", "load.off"]


@given(st.floats(-15.0, 14.0), st.integers(1200, 20_000))
@settings(max_examples=15, deadline=None)
def test_heat_given_is_heat_stored_and_taken_and_never_more_than_the_air_allows(outside: float, seconds: int) -> None:
    pump = HeatPump(OWN)
    began, electric = pump.tank_c, 0.0
    for second in range(seconds):
        drawn = pump.drawn(Now(second, second % 86_400, float(second) + 0.5, outside))
        electric += sum(part.real for part in drawn) if drawn else 0.0
    stored = (pump.tank_c - began) * OWN.buffer_litres * WATER
    assert pump.heat_j == pytest.approx(stored + pump.taken_j, rel=1e-6, abs=10)
    assert pump.heat_j <= electric * pump.performance(outside) + 1
