"""The ports over a world inside the process."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from ohmstead.core.model.errors import DeviceUnreachable
from ohmstead.core.model.evse import BoardCommands, BoardFault, PilotMode
from ohmstead.core.model.time import Instant
from ohmstead.core.plant.settings import ChargerSettings, LoadSettings, SolarSettings, WorldSettings
from ohmstead.core.plant.world import World
from ohmstead.drivers.plant import PlantBoard, PlantMeter, Stage

START = datetime(2026, 6, 21, 11, tzinfo=UTC)
OFFER = BoardCommands(PilotMode.PWM, 26.6667, permit_close=True)


class HandClock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.at = Instant(START + timedelta(days=1), 5_000.0)

    def now(self) -> Instant:
        return self.at

    async def outside(self, work):
        return await work

    def move(self, seconds: float) -> None:
        self.at = self.at.plus(seconds)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def stage(clock: HandClock) -> Stage:
    world = World(
        WorldSettings(
            start=START,
            loads=(LoadSettings("house", {"L1": 460.0, "L2": 230.0}),),
            solar=SolarSettings(6000, 5000),
            chargers=(ChargerSettings("garage", plugged=True),),
        )
    )
    return Stage(world, clock)


@pytest.mark.anyio
@pytest.mark.req("EM-346", "EM-349")
async def test_a_meter_reads_the_world_at_the_clocks_now(stage: Stage, clock: HandClock) -> None:
    clock.move(3600.0)
    reading = await PlantMeter(stage, "main", "grid", ("L2",)).read()
    assert reading.at == clock.now()
    assert reading.device == "main"
    assert set(reading.phases) == {"L2"}
    assert reading.energy_export_j == pytest.approx(4200 * 3600, rel=0.1)
    assert stage.world.instant.monotonic_s == 3600.0


@pytest.mark.anyio
async def test_solar_shows_its_production_positive(stage: Stage, clock: HandClock) -> None:
    clock.move(60.0)
    reading = await PlantMeter(stage, "roof", "solar", produces=True).read()
    assert reading.power_w is not None
    assert reading.power_w > 4000
    assert reading.energy_import_j == pytest.approx(reading.power_w * 60, rel=0.05)
    assert reading.energy_export_j == 0
    assert reading.phases["L1"].current_a == pytest.approx(7.0, abs=0.5)


@pytest.mark.anyio
@pytest.mark.req("EM-346", "G-131")
async def test_a_board_charges_under_its_lease_and_opens_without(stage: Stage, clock: HandClock) -> None:
    board = PlantBoard(stage, "garage")
    assert (await board.identify()).phases == 3
    for _ in range(50):
        await board.command(OFFER)
        clock.move(0.25)
    snapshot = await board.read()
    assert snapshot.at == clock.now()
    assert snapshot.contactor_closed
    assert snapshot.currents_a == pytest.approx((16, 16, 16), abs=0.01)
    clock.move(2.0)
    snapshot = await board.read()
    assert not snapshot.contactor_closed
    assert BoardFault.LEASE_LOST in snapshot.faults


@pytest.mark.anyio
async def test_a_dark_building_answers_nobody(stage: Stage) -> None:
    stage.world.cut_mains()
    for call in (PlantMeter(stage, "main", "grid").read(), PlantBoard(stage, "garage").read()):
        with pytest.raises(DeviceUnreachable, match=r"plant\.dark"):
            await call


@pytest.mark.anyio
async def test_a_running_stage_moves_the_world_while_nobody_looks(stage: Stage, clock: HandClock) -> None:
    task = asyncio.create_task(stage.run(0.001))
    clock.move(10.0)
    for _ in range(5000):
        await asyncio.sleep(0.001)
        if stage.world.instant.monotonic_s >= 10.0:
            break
    task.cancel()
    assert stage.world.instant.monotonic_s == 10.0


def test_a_clock_that_goes_back_leaves_the_world_where_it_is(stage: Stage, clock: HandClock) -> None:
    clock.move(10.0)
    stage.sync()
    clock.move(-5.0)
    assert stage.sync().instant.monotonic_s == 10.0


def test_points_and_chargers_that_do_not_exist_are_refused_when_made(stage: Stage) -> None:
    with pytest.raises(KeyError, match="attic"):
        PlantMeter(stage, "x", "attic")
    with pytest.raises(KeyError, match="attic"):
        PlantBoard(stage, "attic")
