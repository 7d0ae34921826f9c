"""The family house that comes with the simulator: on its own wires, on virtual time, through a whole day."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest

from ohmstead.core.model.series import Span
from ohmstead.core.model.snapshot import SiteState
from ohmstead.core.plant.world import World
from ohmstead.drivers.clock import Clock, SystemClock
from ohmstead.drivers.plant import PlantBoard, Stage
from ohmstead.drivers.virtual_time import VirtualClock, run_virtual
from ohmstead.simulator.building import Building
from ohmstead.simulator.scenario_building import building
from ohmstead.simulator.scenario_file import load
from ohmstead.simulator.settings import BuildingSettings
from ohmstead.simulator.site_file import site_toml, somewhere
from ohmstead.site.configuration import parse
from ohmstead.site.house import Site
from ohmstead.site.rehearsal import staged
from ohmstead.site.start import wired
from ohmstead.store.store import Store
from ohmstead.transport.pipe import HOST

PLAN = building(load("family-house-june"))
POINTS: Mapping[str, str] = {
    spec.key: spec.point for spec in (*PLAN.meters, *PLAN.inverters, *PLAN.sunspec_meters, *PLAN.supply_meters)
}
SOURCES = ("solar", "battery")
DAY_S = 86_400.0


@dataclass
class Story:
    """What the house lived through: the states that were published, what was recorded, and what really flowed."""

    states: list[SiteState] = field(default_factory=list)
    recorded_j: dict[str, tuple[int, int]] = field(default_factory=dict)
    flowed_j: dict[str, tuple[int, int]] = field(default_factory=dict)
    failures: dict[str, Mapping[str, int]] = field(default_factory=dict)


def counters(world: World) -> dict[str, tuple[int, int]]:
    """Import and export of each device and charger as its meter counts them: sources count what they give as import."""
    shown: dict[str, tuple[int, int]] = {}
    garage = world.board("garage").snapshot(world.instant).energy_j or 0
    shown["garage"] = (garage, 0)
    for name, point in POINTS.items():
        seen = world.measure(point)
        both = (seen.energy_import_j, seen.energy_export_j)
        shown[name] = both[::-1] if name in SOURCES else both
    return shown


@asynccontextmanager
async def recorded(story: Story, site: Site, url: str, clock: Clock, world: World) -> AsyncIterator[None]:
    """Run ``site`` within the block; then note what was recorded meanwhile, and what had flowed."""
    zone = site.settings.site.timezone
    store = await clock.outside(Store.open(url, "house", zone, gap_s=600.0))
    began, before = clock.now().utc, counters(world)
    site.start()
    await asyncio.sleep(0.5)
    await site.control(store)
    listening = asyncio.create_task(listen(story, site))
    try:
        yield
    finally:
        story.failures = {name: one.failures for name, one in site.statistics().items()}
        for name, (imported, exported) in counters(world).items():
            story.flowed_j[name] = (imported - before[name][0], exported - before[name][1])
        ended = clock.now().utc + timedelta(seconds=10)
        listening.cancel()
        await site.close()
        store = await clock.outside(Store.open(url, "house", zone))
        for name in story.flowed_j:
            points = (
                await clock.outside(store.series(name, Span.FIVE_MINUTES, began - timedelta(hours=1), ended))
            ).points
            story.recorded_j[name] = (
                sum(point.energy_import_j or 0 for point in points),
                sum(point.energy_export_j or 0 for point in points),
            )
        await clock.outside(store.close())


async def listen(story: Story, site: Site) -> None:
    async for state in site.changes():
        story.states.append(state)


async def on_wires(plan: BuildingSettings, clock: Clock, host: str, seconds: float, url: str) -> Story:
    """As in production: every device behind its own protocol, every loop at its own pace."""
    story, house = Story(), Building(plan)
    places = await house.start(host)
    site = wired(parse(site_toml(plan, places), "family house"), clock)
    try:
        async with recorded(story, site, url, clock, house.world):
            await asyncio.sleep(seconds)
            house.sync()
    finally:
        await house.stop()
    return story


async def on_stage(plan: BuildingSettings, clock: VirtualClock, seconds: float, url: str) -> Story:
    """The world behind the ports, looked at every ten seconds: a day in no time."""
    story = Story()
    chargers = tuple(replace(one, lease_s=10.0) for one in plan.world.chargers)
    world = World(replace(plan.world, chargers=chargers))
    stage = Stage(world, clock)
    settings = parse(site_toml(plan, somewhere(plan)), "family house")
    devices = {name: one.model_copy(update={"period_s": 10.0}) for name, one in settings.devices.items()}
    settings = settings.model_copy(update={"devices": devices})
    boards = {name: PlantBoard(stage, name) for name in settings.chargers}
    site = Site(settings, staged(stage, settings, POINTS), boards, clock, tick_s=5.0, record_s=300.0, pilot_s=2.0)
    async with recorded(story, site, url, clock, world):
        await asyncio.sleep(seconds)
        stage.sync()
    return story


def assert_the_books_balance(story: Story, late_s: float, step_j: int) -> None:
    """What was recorded is what flowed, and what came in is what went out."""
    for name, flowed in story.flowed_j.items():
        for direction in (0, 1):
            short_j = flowed[direction] - story.recorded_j[name][direction]
            assert -step_j <= short_j <= 13_800 * late_s + step_j, (name, direction, flowed, story.recorded_j[name])
    seen = [state.snapshot.flows for state in story.states if state.snapshot.flows.consumption_w is not None]
    assert len(seen) > 0.9 * len(story.states)
    for flows in seen:
        assert flows.consumption_w == pytest.approx(flows.grid_w + flows.production_w + flows.battery_w, abs=0.01)
    known = [flows for flows in seen if flows.unmeasured_w is not None]
    assert len(known) > 0.9 * len(seen)
    for flows in known:
        assert flows.measured_w + flows.unmeasured_w == pytest.approx(flows.consumption_w, abs=0.01)
        assert min(flows.unmeasured_w, flows.measured_w) >= -0.01


@pytest.mark.req("EM-349", "EM-346", "EM-246", "EM-243")
def test_minutes_of_the_house_on_its_wires_are_recorded_to_the_last_joule(tmp_path: Path) -> None:
    async def main(clock: VirtualClock) -> Story:
        return await on_wires(PLAN, clock, HOST, 180.0, f"sqlite:///{tmp_path}/house.sqlite")

    story = run_virtual(main, PLAN.world.start)
    assert {name: found for name, found in story.failures.items() if found} == {}
    assert_the_books_balance(story, late_s=2.0, step_j=36_000)
    assert story.flowed_j["garage"][0] > 1_000_000


@pytest.mark.req("EM-349", "G-021")
def test_a_day_of_the_house_closes_its_balance(tmp_path: Path) -> None:
    async def main(clock: VirtualClock) -> Story:
        return await on_stage(PLAN, clock, DAY_S, f"sqlite:///{tmp_path}/house.sqlite")

    story = run_virtual(main, PLAN.world.start)
    assert {name: found for name, found in story.failures.items() if found} == {}
    assert_the_books_balance(story, late_s=12.0, step_j=0)
    net_j = {name: given - taken for name, (given, taken) in story.recorded_j.items()}
    bought_j, spent_j = sum(net_j[name] for name in ("grid", *SOURCES)), net_j["garage"] + net_j["kitchen"]
    assert bought_j > spent_j + net_j["laundry"] + net_j["heat-pump"] > 0
    assert story.flowed_j["garage"][0] / 3.6e6 == pytest.approx(36 / 0.9, rel=0.05)
    assert story.flowed_j["solar"][0] / 3.6e6 > 20
    assert all(min(story.flowed_j[name]) >= 0 for name in story.flowed_j)


def test_over_sockets_the_house_tells_the_same_story_as_on_virtual_time(tmp_path: Path) -> None:
    seconds = 40.0

    async def main(clock: VirtualClock) -> Story:
        return await on_wires(PLAN, clock, HOST, seconds, f"sqlite:///{tmp_path}/virtual.sqlite")

    virtual = run_virtual(main, PLAN.world.start)
    real = asyncio.run(on_wires(PLAN, SystemClock(), "127.0.0.1", seconds, f"sqlite:///{tmp_path}/real.sqlite"))
    assert set(virtual.failures) == set(real.failures)
    for name, (imported, exported) in virtual.flowed_j.items():
        assert real.flowed_j[name][0] == pytest.approx(imported, rel=0.05, abs=15_000), name
        assert real.flowed_j[name][1] == pytest.approx(exported, rel=0.05, abs=15_000), name
    ours, theirs = virtual.states[-1], real.states[-1]
    assert {n: c.quality for n, c in ours.snapshot.channels.items()} == {
        n: c.quality for n, c in theirs.snapshot.channels.items()
    }
    assert ours.snapshot.chargers["garage"].state is theirs.snapshot.chargers["garage"].state
    assert ours.grants["garage"].limited_by == theirs.grants["garage"].limited_by
    assert theirs.snapshot.flows.consumption_w == pytest.approx(ours.snapshot.flows.consumption_w, rel=0.05)
