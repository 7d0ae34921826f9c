"""The demo is worth watching, and the pace keeps real time."""

from dataclasses import replace

import pytest

from ohmstead.core.model.evse import BoardCommands, PilotMode
from ohmstead.core.plant.settings import ChargerSettings, WorldSettings
from ohmstead.core.plant.world import World
from ohmstead.simulator.building import Building
from ohmstead.simulator.demo import demo
from ohmstead.simulator.pace import CATCH_UP_S, Pace


def test_within_any_minute_of_the_first_hours_flows_change_by_half_a_kilowatt() -> None:
    world = World(demo().world)
    for _ in range(120):
        seen = []
        for _ in range(12):
            world.step(5.0)
            seen.append(world.measure("grid").power_w)
        assert max(seen) - min(seen) > 500


def test_the_boards_of_a_building_with_a_past_have_been_on_for_longer_than_its_day() -> None:
    fresh, old = World(demo().world), World(demo(counters_j={"grid": (1, 1)}).world)
    assert [fresh.board(name).uptime_s for name in ("garage", "yard")] == [0, 0]
    assert all(old.board(name).uptime_s > 2 * 86_400 for name in ("garage", "yard"))


def test_both_cars_arrive_in_the_first_half_minute_and_want_to_charge() -> None:
    world = World(demo().world)
    for _ in range(120):
        for name in ("garage", "yard"):
            world.board(name).command(BoardCommands(PilotMode.PWM, 10.0, permit_close=True, lock=True))
        world.step(0.5)
    assert all(world.board(name).contact for name in ("garage", "yard"))
    assert world.energised


def test_the_demo_breaker_trips_when_nobody_controls() -> None:
    world = World(demo().world)
    for _ in range(7200):
        for name in ("garage", "yard"):
            world.board(name).command(BoardCommands(PilotMode.PWM, 53.3, permit_close=True, lock=True))
        world.step(0.5)
    assert {"supply.tripped", "breaker.tripped"} & {event.kind for event in world.events}


def test_the_sun_shines_and_the_house_alone_stays_within_its_contract() -> None:
    world = World(replace(demo().world, story=()))
    produced = []
    for _ in range(7200):
        world.step(1.0)
        produced.append(-world.measure("solar").power_w)
    assert world.energised
    assert min(produced) > 100
    assert max(produced) > 2500


def test_the_pace_neither_drifts_nor_lives_through_a_long_sleep() -> None:
    world = World(demo().world)
    now = 100.0
    pace = Pace(world, lambda: now)
    for _ in range(777):
        now += 0.0213
        pace.sync()
    assert world.instant.monotonic_s == pytest.approx(777 * 0.0213, abs=0.002)
    before = world.instant.monotonic_s
    now += 8 * 3600
    pace.sync()
    assert world.instant.monotonic_s == pytest.approx(before + CATCH_UP_S, abs=0.002)
    now += 0.5
    pace.sync()
    assert world.instant.monotonic_s == pytest.approx(before + CATCH_UP_S + 0.5, abs=0.002)


def test_a_world_of_many_chargers_is_not_moved_by_each_of_their_reads() -> None:
    start = demo().world.start
    world = World(WorldSettings(start, chargers=tuple(ChargerSettings(f"c{number}") for number in range(100))))
    now = 0.0
    pace, moved = Pace(world, lambda: now), set[float]()
    for _ in range(1000):
        now += 0.001
        moved.add(pace.sync().instant.monotonic_s)
        assert now - world.instant.monotonic_s <= 0.010 + 1e-6
    assert 50 <= len(moved) <= 101


def test_a_device_stands_once() -> None:
    settings = demo()
    with pytest.raises(ValueError, match="each device its own key"):
        Building(replace(settings, meters=settings.meters * 2))
