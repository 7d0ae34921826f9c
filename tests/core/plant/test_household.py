"""Kettle, oven and washing machine take what their job needs, when it is their time or a hand says so."""

from datetime import UTC, datetime

import pytest

from ohmstead.core.plant.appliances import KettleSettings, OvenSettings, WashingMachineSettings
from ohmstead.core.plant.settings import CircuitSettings, WorldSettings
from ohmstead.core.plant.world import World

START = datetime(2026, 3, 1, 7, 0, tzinfo=UTC)
SEVEN = 7 * 3600


def world_of(*appliances, **more) -> World:
    circuits = (CircuitSettings("kitchen"),)
    return World(
        WorldSettings(start=START, supply_r_ohm=0.0, circuits=circuits, appliances=appliances, **{"seed": 3, **more})
    )


def powers(world: World, seconds: int) -> list[float]:
    found = []
    for _ in range(seconds):
        found.append(world.measure("grid").power_w)
        world.step(1.0)
    return found


@pytest.mark.parametrize("litres, power_w", [(1.0, 2200.0), (1.7, 3000.0), (0.5, 1000.0)])
def test_a_kettle_takes_what_its_water_needs_and_clicks_off(litres: float, power_w: float) -> None:
    world = world_of(KettleSettings("kettle", "L2", power_w, litres, (SEVEN + 60,), "kitchen"))
    world.step(1200.0)
    needed = litres * 4186 * 85 / 0.9
    assert world.measure("kitchen").energy_import_j == pytest.approx(needed, abs=power_w)
    assert next((e.kind, e.at_s) for e in world.events) == ("load.on", 60.0)
    assert world.measure("kitchen").power_w == 0
    assert world.measure("kitchen").phases[1].energy_import_j > 0


def test_a_kettle_boils_once_when_it_is_switched_on_and_stops_when_it_is_switched_off() -> None:
    world = world_of(KettleSettings("kettle"))
    world.switch("kettle", True)
    world.step(2.0)
    assert world.measure("grid").power_w == pytest.approx(2200)
    world.switch("kettle", False)
    world.step(1.0)
    assert world.measure("grid").power_w == 0
    world.switch("kettle", True)
    world.step(900.0)
    assert [event.kind for event in world.events].count("load.on") == 2


def test_an_oven_heats_through_and_then_a_quarter_of_the_time() -> None:
    world = world_of(OvenSettings("oven", power_w=2500.0, setpoint_c=180.0, spans=((SEVEN, 3600.0),)))
    seen = powers(world, 3600)
    heating = [power > 1000 for power in seen]
    assert 480 <= heating.index(False, 1) <= 720
    assert 0.15 < sum(heating[1200:]) / 2400 < 0.35
    assert 2.3e6 < sum(seen) < 4.5e6
    assert powers(world, 60) == [0.0] * 60


def test_an_ovens_heat_is_its_electricity_less_what_its_walls_lose() -> None:
    world = world_of(OvenSettings("oven", spans=((SEVEN, 1800.0),)))
    oven = world._appliances["oven"]
    warm, lost = oven.inside_c, 0.0
    for _ in range(1800):
        lost += 4.0 * (oven.inside_c - 22.0)
        world.step(1.0)
    heat = world.measure("grid").energy_import_j - 40 * 1800
    assert (oven.inside_c - warm) * 8000 == pytest.approx(heat - lost, abs=2600)


def test_a_washing_machine_fills_heats_turns_and_spins_at_the_end() -> None:
    world = world_of(WashingMachineSettings("wash", "L3", starts=(SEVEN + 30,)))
    seen = powers(world, 4500)
    began, ended = (e.at_s for e in world.events)
    assert began == 30.0
    assert 3300 < ended - began < 4000
    heating = [at for at, power in enumerate(seen) if power > 1900]
    assert 100 < heating[0] < 140
    assert 600 < len(heating) < 760
    spin = seen[int(ended) - 60 : int(ended) - 5]
    assert min(spin) > 400
    assert max(spin) > 580
    assert 0.45 * 3.6e6 < sum(seen) < 0.9 * 3.6e6


def test_a_hotter_wash_takes_more_and_a_stopped_machine_nothing() -> None:
    cold, hot = (world_of(WashingMachineSettings("wash", wash_c=c, starts=(SEVEN,))) for c in (30.0, 60.0))
    for world in (cold, hot):
        world.step(7200.0)
    more = hot.measure("grid").energy_import_j - cold.measure("grid").energy_import_j
    assert 30 * 12 * 4186 / 0.9 < more < 1.1 * 30 * 12 * 4186 / 0.9
    stopped = world_of(WashingMachineSettings("wash", starts=(SEVEN,)))
    stopped.step(60.0)
    stopped.switch("wash", False)
    stopped.step(5.0)
    assert stopped.measure("grid").power_w == 0


def test_a_machine_without_voltage_waits_and_goes_on() -> None:
    world = world_of(WashingMachineSettings("wash", starts=(SEVEN,)))
    world.step(300.0)
    world.cut_mains()
    world.step(600.0)
    world.restore_mains()
    world.step(6000.0)
    ended = next(e.at_s for e in world.events if e.kind == "load.off")
    plain = world_of(WashingMachineSettings("wash", starts=(SEVEN,)))
    plain.step(6000.0)
    assert ended == pytest.approx(next(e.at_s for e in plain.events if e.kind == "load.off") + 600, abs=1)


def test_a_machine_and_a_load_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="a name stands once"):
        world_of(KettleSettings("kettle"), KettleSettings("kettle"))


def test_a_machine_draws_what_its_job_takes_and_not_what_it_is_told() -> None:
    with pytest.raises(KeyError):
        world_of(KettleSettings("kettle")).set_watts("kettle", {"L1": 1.0})
