"""A whole building: laws, stories, trips, counters."""

import hashlib
import math
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ohmstead.core.model.evse import BoardCommands, PilotMode
from ohmstead.core.model.quantities import PHASES
from ohmstead.core.plant.appliances import KettleSettings
from ohmstead.core.plant.loads import Load, powers
from ohmstead.core.plant.settings import (
    CAR_7_KW,
    ChargerSettings,
    CircuitSettings,
    Cue,
    Cycle,
    Daily,
    LoadSettings,
    SolarSettings,
    WorldSettings,
)
from ohmstead.core.plant.world import World
from tests.exploring import examples

HOUSE = WorldSettings(
    start=datetime(2026, 6, 21, 9, tzinfo=UTC),
    seed=7,
    voltage_wander=0.01,
    circuits=(CircuitSettings("oven", ("L2",)), CircuitSettings("pump", cable_r_ohm=0.1)),
    loads=(
        LoadSettings("base", {"L1": 300, "L2": 200, "L3": 250}, power_factor=0.95, noise=0.1),
        LoadSettings("fridge", {"L1": 120}, pattern=Cycle(40, 50)),
        LoadSettings("roast", {"L2": 2200}, pattern=Daily(((9 * 3600 + 60, 60),)), circuit="oven"),
        LoadSettings("well", {"L1": 500, "L2": 500, "L3": 500}, power_factor=0.8, pattern=False, circuit="pump"),
    ),
    solar=SolarSettings(6000, 5000, 0.6),
    chargers=(
        ChargerSettings("garage", plugged=True),
        ChargerSettings("yard", ("L2", "L3", "L1"), car=CAR_7_KW),
    ),
    story=(Cue(30, "plug", "yard"), Cue(90, "on", "well"), Cue(100, "unplug", "garage")),
)
OFFER = BoardCommands(PilotMode.PWM, 26.6667, permit_close=True)
QUIET = WorldSettings(start=HOUSE.start, loads=(LoadSettings("house", {}),))


def _play(world: World, seconds: int, dt_s: float = 0.1) -> str:
    """Run with both chargers on offer; returns a digest of all that was seen."""
    digest = hashlib.sha256()
    for tick in range(round(seconds / dt_s)):
        if tick % 5 == 0:
            for name in ("garage", "yard"):
                world.board(name).command(OFFER)
        world.step(dt_s)
        for point in world.points:
            digest.update(repr(world.measure(point)).encode())
        for name in ("garage", "yard"):
            digest.update(repr(world.board(name).snapshot(world.instant)).encode())
    digest.update(repr(world.events).encode())
    return digest.hexdigest()


@pytest.mark.req("G-129")
def test_same_seed_tells_the_same_story() -> None:
    assert _play(World(HOUSE), 120) == _play(World(HOUSE), 120)


@pytest.mark.req("G-129")
def test_another_seed_tells_another_story() -> None:
    assert _play(World(HOUSE), 5) != _play(World(replace(HOUSE, seed=8)), 5)


@pytest.mark.req("G-129")
def test_the_story_does_not_depend_on_the_callers_step() -> None:
    fine, coarse = World(HOUSE), World(HOUSE)
    for _ in range(1200):
        fine.step(0.1)
    for _ in range(12):
        coarse.step(10.0)
    assert fine.events == coarse.events
    for point in fine.points:
        assert fine.measure(point).energy_import_j == pytest.approx(coarse.measure(point).energy_import_j, abs=1)


@pytest.mark.req("G-129")
def test_at_every_step_branches_add_up_to_the_grid() -> None:
    world = World(replace(HOUSE, loads=tuple(replace(load, circuit="pump") for load in HOUSE.loads)))
    for tick in range(1500):
        if tick % 5 == 0:
            world.board("garage").command(OFFER)
            world.board("yard").command(OFFER)
        world.step(0.1)
        grid = world.measure("grid")
        branches = [world.measure(point) for point in world.points if point != "grid"]
        for k in (0, 1, 2):
            assert sum(b.phases[k].power_w for b in branches) == pytest.approx(grid.phases[k].power_w, abs=1e-3)
            total_var = sum(b.phases[k].reactive_power_var for b in branches)
            assert total_var == pytest.approx(grid.phases[k].reactive_power_var, abs=1e-3)
    assert {e.kind for e in world.events} >= {"car.plugged", "contactor.closed", "load.on", "car.unplugged"}


def test_a_phase_rotated_single_phase_car_draws_from_the_sites_phase() -> None:
    world = World(replace(HOUSE, solar=None, story=(Cue(0, "plug", "yard"),)))
    for _ in range(100):
        world.board("yard").command(OFFER)
        world.step(0.2)
    currents = [row.current_a for row in world.measure("yard").phases]
    assert currents == pytest.approx([0.0, 16.0, 0.0], abs=0.01)
    assert world.board("yard").snapshot(world.instant).currents_a == pytest.approx((16.0, 0.0, 0.0), abs=0.01)


@given(st.lists(st.tuples(st.floats(-5000, 5000), st.floats(0.001, 3.0)), min_size=1, max_size=20))
@examples(40)
def test_counters_never_go_backwards_and_keep_every_joule(rows) -> None:
    world = World(replace(QUIET, supply_r_ohm=0.0, main_fuse_a=None))
    expected_in = expected_out = 0.0
    last = (0, 0)
    for watts, seconds in rows:
        world.set_watts("house", {"L1": watts, "L3": 100.0})
        world.step(seconds)
        whole = round(seconds, 6)
        expected_in += max(watts + 100.0, 0.0) * whole
        expected_out += max(-watts - 100.0, 0.0) * whole
        grid = world.measure("grid")
        assert grid.energy_import_j >= last[0]
        assert grid.energy_export_j >= last[1]
        last = (grid.energy_import_j, grid.energy_export_j)
    assert last[0] == pytest.approx(expected_in, abs=1.01)
    assert last[1] == pytest.approx(expected_out, abs=1.01)


def test_a_meters_total_is_balanced_over_its_phases() -> None:
    world = World(replace(QUIET, supply_r_ohm=0.0))
    world.set_watts("house", {"L1": 1000.0, "L2": -1000.0})
    world.step(60.0)
    grid = world.measure("grid")
    assert (grid.energy_import_j, grid.energy_export_j) == (0, 0)
    assert (grid.phases[0].energy_import_j, grid.phases[1].energy_export_j) == (60_000, 60_000)


@pytest.mark.req("G-001")
def test_export_is_negative_at_the_grid_and_solar_feeds() -> None:
    world = World(replace(QUIET, start=datetime(2026, 6, 21, 11, tzinfo=UTC), solar=SolarSettings(6000, 5000)))
    world.step(120.0)
    assert world.measure("grid").power_w == pytest.approx(-4800, abs=300)
    assert world.measure("grid").phases[0].current_a < 0


def test_each_second_the_circuits_draw_what_their_loads_and_machines_say() -> None:
    loads = (
        LoadSettings("steady", {"L1": 300.0}, circuit="kitchen"),
        LoadSettings("restless", {"L1": 500.0, "L2": 100.0}, noise=0.2, circuit="kitchen"),
        LoadSettings("fridge", {"L1": 120.0}, pattern=Cycle(7.0, 11.0), circuit="kitchen"),
        LoadSettings("lamp", {"L2": 60.0}, pattern=Daily(((5, 8), (86_395, 9))), circuit="hall"),
        LoadSettings("blinker", {"L2": 40.0}, noise=0.3, pattern=Cycle(3.0, 4.0), circuit="hall"),
    )
    kettle = KettleSettings("kettle", phase="L2", circuit="hall", starts=(9,))
    circuits = tuple(CircuitSettings(name, PHASES) for name in ("kitchen", "hall"))
    world = World(
        WorldSettings(datetime(2026, 6, 21, tzinfo=UTC), circuits=circuits, loads=loads, appliances=(kettle,), seed=7)
    )
    asked = {load.name: Load(load, 7) for load in loads}
    boiled = 0
    for second in range(1, 60):
        world.step(1.0)
        if second == 20:
            world.switch("fridge", True)
            asked["fridge"].forced = True
        if second == 30:
            world.set_watts("steady", {"L1": 800.0})
            asked["steady"].set_powers(powers({"L1": 800.0}))
        drawn = {circuit.name: 0j for circuit in circuits}
        for load in asked.values():
            drawn[load.settings.circuit] += sum(load.drawn(second, second) or ())
        seen = {name: world.measure(name).power_w for name in drawn}
        assert seen["kitchen"] == pytest.approx(drawn["kitchen"].real, abs=0.01)
        boiled += seen["hall"] > 1500
        assert seen["hall"] - (2200.0 if seen["hall"] > 1500 else 0.0) == pytest.approx(drawn["hall"].real, abs=0.01)
    told = [(event.kind, event.target) for event in world.events]
    assert {("load.on", "kettle"), ("load.on", "lamp"), ("load.off", "lamp"), ("load.off", "blinker")} <= set(told)
    assert boiled > 30


def test_load_set_by_command_is_seen_before_any_time_passes() -> None:
    world = World(QUIET)
    world.set_watts("house", {"L2": 2300.0})
    assert world.measure("grid").phases[1].current_a == pytest.approx(10.05, abs=0.05)


@pytest.mark.req("G-129", "EV-308")
def test_a_tripped_main_breaker_leaves_everything_dead_until_someone_closes_it() -> None:
    world = World(replace(HOUSE, story=()))
    for _ in range(50):
        world.board("garage").command(OFFER)
        world.step(0.2)
    assert world.board("garage").contact
    world.set_watts("base", {"L1": 40_000.0})
    world.step(0.1)
    assert not world.energised
    assert not world.board("garage").contact
    assert all(world.measure(p).power_w == 0 and world.measure(p).phases[0].voltage_v == 0 for p in world.points)
    world.set_watts("base", {})
    world.restore_mains()
    world.step(0.1)
    assert world.energised
    assert world.measure("grid").phases[0].voltage_v > 220
    assert not world.board("garage").contact


@pytest.mark.req("EV-308")
def test_supply_meter_trips_the_building_at_its_contract() -> None:
    world = World(replace(QUIET, contract_w=3000.0, supply_r_ohm=0.0))
    world.set_watts("house", {"L1": 4000.0})
    world.step(119.0)
    assert world.energised
    world.step(2.0)
    assert [event.kind for event in world.events] == ["supply.tripped"]
    assert not world.energised


def test_without_mains_the_sun_feeds_nothing_and_waits_before_it_feeds_again() -> None:
    world = World(replace(QUIET, solar=SolarSettings(6000, 5000)))
    world.step(1.0)
    world.cut_mains()
    world.step(1.0)
    world.restore_mains()
    world.step(30.0)
    assert world.measure("solar").power_w == 0
    world.step(40.0)
    assert world.measure("solar").power_w < -1000


def test_wrong_names_are_told_with_those_that_exist() -> None:
    with pytest.raises(ValueError, match=r"loads.x.circuit: got 'attic'; allowed: grid"):
        World(replace(QUIET, loads=(LoadSettings("x", {}, circuit="attic"),)))
    with pytest.raises(ValueError, match=r"loads.x.watts: got 'L3'; allowed: L2"):
        World(replace(HOUSE, loads=(LoadSettings("x", {"L3": 5.0}, circuit="oven"),), story=()))
    with pytest.raises(ValueError, match="stands twice"):
        World(replace(QUIET, circuits=(CircuitSettings("a"), CircuitSettings("a"))))


def test_frequency_stays_near_fifty_hertz() -> None:
    world = World(QUIET)
    seen = []
    for _ in range(120):
        world.step(1.0)
        seen.append(world.measure("grid").frequency_hz)
    assert all(math.isclose(value, 50.0, abs_tol=0.021) for value in seen)
    assert len(set(seen)) > 50
