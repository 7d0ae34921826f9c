"""The external meter of a charger: it accounts each session to the joule, and nobody charges unaccounted for long."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from ohmstead.core.model.chargers import ChargerState
from ohmstead.core.model.errors import DeviceGarbled
from ohmstead.core.model.events import Event
from ohmstead.core.model.quantities import Role
from ohmstead.core.model.readings import Reading
from ohmstead.core.model.reasons import Reason
from ohmstead.core.model.settings import DeviceSettings, Settings
from ohmstead.core.plant.world import World
from ohmstead.drivers.clock import Clock
from ohmstead.drivers.virtual_time import VirtualClock, run_virtual
from tests.site.staging import SETTINGS, START, Home, building, home

METER = DeviceSettings(driver="plant", connect="plant://mid", role=Role.VEHICLE, name="MID meter")


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'site.db'}"


def metered(meter: DeviceSettings = METER) -> Settings:
    garage = SETTINGS.chargers["garage"].model_copy(update={"vehicle_meter": "mid"})
    return Settings(site=SETTINGS.site, devices={**SETTINGS.devices, "mid": meter}, chargers={"garage": garage})


@asynccontextmanager
async def garage(
    clock: Clock, url: str, *, plugged: bool = False, silent: bool = False, settings: Settings | None = None
) -> AsyncIterator[Home]:
    world: World = building(plugged)
    points = {"mid": "garage"}
    off = ("mid",) if silent else ()
    async with home(clock, url, world, settings or metered(), points=points, silent=off) as house:
        yield house


def counted_j(house: Home) -> int:
    """What the meter's own counter shows now."""
    return house.wires["mid"].shows(house.world.measure("garage").energy_import_j)


def codes(house: Home) -> list[str]:
    return [notice.code for notice in house.state.attention]


async def ended(house: Home, sessions: int = 1) -> Event:
    for _ in range(40):
        await asyncio.sleep(1)
        found = [event for event in await house.events() if event.kind == "session.ended"]
        if len(found) >= sessions:
            return found[-1]
    raise AssertionError("no session ended")


@pytest.mark.req("EV-175", "G-079")
def test_the_energy_of_a_session_is_the_difference_of_the_meters_counter_to_the_joule(url: str) -> None:
    async def main(clock: VirtualClock) -> None:
        async with garage(clock, url, silent=True) as house:
            house.wires["mid"].shows = lambda j: 7_000_000_000 + j * 11 // 10
            house.wires["mid"].cut = False
            await asyncio.sleep(5)
            before_j = counted_j(house)
            house.world.plug("garage")
            await house.until(lambda: house.car_a() > 15)
            await asyncio.sleep(100.3)
            house.world.unplug("garage")
            after_j = counted_j(house)
            event = await ended(house)
            assert event.data["energy_j"] == after_j - before_j
            assert event.data["counter_from_j"] == before_j
            assert event.data["counter_to_j"] == after_j
            assert event.data["measured_by"] == "vehicle_meter"
            assert after_j - before_j > 1_000_000

    run_virtual(main, START)


@pytest.mark.req("EV-175")
@pytest.mark.parametrize(
    ("name", "shows", "starts"),
    [
        ("reset to zero", lambda j, at_j: j if j < at_j else j - at_j, 0),
        ("rolled over at 999 999.99 kWh", lambda j, at_j: j % 3_600_000_000_000, 3_600_000_000_000 - 400_000),
    ],
)
def test_a_counter_that_is_reset_or_rolls_over_during_a_session_costs_it_nothing(url, name, shows, starts) -> None:
    async def main(clock: VirtualClock) -> None:
        async with garage(clock, url, silent=True) as house:
            base_j = starts or 50_000_000
            reset_at_j = base_j + 400_000
            house.wires["mid"].shows = lambda j: shows(base_j + j, reset_at_j)
            house.wires["mid"].cut = False
            await asyncio.sleep(5)
            before_j = house.world.measure("garage").energy_import_j
            house.world.plug("garage")
            await house.until(lambda: house.car_a() > 15)
            await asyncio.sleep(90)
            house.world.unplug("garage")
            flowed_j = house.world.measure("garage").energy_import_j - before_j
            event = await ended(house)
            assert flowed_j > 800_000, "the counter has passed the place"
            lost_j = flowed_j - event.data["energy_j"]
            assert 0 <= lost_j <= (11_500 if name.startswith("reset") else 0), "at most what no reading ever showed"

    run_virtual(main, START)


@pytest.mark.req("EV-175")
def test_power_and_phases_shown_are_the_meters_and_the_boards_while_it_is_silent(url: str) -> None:
    async def main(clock: VirtualClock) -> None:
        async with garage(clock, url, plugged=True) as house:
            await house.until(lambda: house.car_a() > 15)
            await asyncio.sleep(3)
            meter = house.charger.meter
            assert meter is not None
            assert (meter.device, meter.state) == ("mid", "good")
            assert meter.power_w == house.charger.power_w
            assert set(meter.phases) == {"L1", "L2", "L3"}
            flows = house.state.snapshot.flows
            assert flows.unmeasured_w is not None
            assert flows.unmeasured_w < 800, "the car counts once"
            house.wires["mid"].cut = True
            await asyncio.sleep(10)
            meter = house.charger.meter
            assert meter is not None
            assert (meter.state, meter.power_w) == ("starting", None)
            assert house.charger.power_w is not None
            assert house.charger.power_w > 10_000

    run_virtual(main, START)


@pytest.mark.req("EV-246", "G-038", "EV-220")
def test_a_meter_silent_for_half_a_minute_suspends_charging_and_its_return_resumes_it(url: str) -> None:
    async def main(clock: VirtualClock) -> None:
        async with garage(clock, url, plugged=True) as house:
            await house.until(lambda: house.car_a() > 15)
            await asyncio.sleep(100)
            house.wires["mid"].cut = True
            took_s = await house.until(lambda: "D9" in codes(house))
            assert 30 <= took_s <= 32.5
            await house.until(lambda: house.car_a() == 0)
            await asyncio.sleep(1)
            assert house.charger.state is ChargerState.SUSPENDED
            assert house.state.grants["garage"].limited_by == "vehicle_meter_lost"
            await asyncio.sleep(60)
            house.wires["mid"].cut = False
            back_s = await house.until(lambda: "D9" not in codes(house))
            assert 10 <= back_s <= 17
            resumed_s = await house.until(lambda: house.duty() < 100)
            assert 58 <= resumed_s <= 62
            await house.until(lambda: house.car_a() > 15)
            house.world.unplug("garage")
            flowed_j = counted_j(house)
            assert (await ended(house)).data["energy_j"] == flowed_j, "what flowed unheard is counted too"

    run_virtual(main, START)


@pytest.mark.req("G-039", "EV-247")
@pytest.mark.parametrize(("start_s", "answers_s"), [(None, 80.0), (120.0, 110.0)])
def test_a_meter_that_answers_late_after_a_start_is_starting_and_no_fault(url, start_s, answers_s) -> None:
    async def main(clock: VirtualClock) -> None:
        settings = metered(METER.model_copy(update={"start_s": start_s}))
        async with garage(clock, url, plugged=True, silent=True, settings=settings) as house:
            await asyncio.sleep(answers_s)
            assert codes(house) == ["meter.starting"]
            assert house.charger.state is ChargerState.CHARGING
            house.wires["mid"].cut = False
            await asyncio.sleep(15)
            assert codes(house) == []
            assert "D9" not in [event.kind for event in await house.events()]

    run_virtual(main, START)


@pytest.mark.req("G-039", "EV-247")
def test_a_meter_of_the_slow_family_that_never_answers_is_d9_after_two_minutes_and_advice_after_three(url) -> None:
    async def main(clock: VirtualClock) -> None:
        slow = DeviceSettings(driver="modbus", meter="ivy-any", connect="tcp://h:1", role=Role.VEHICLE)
        async with garage(clock, url, plugged=True, silent=True, settings=metered(slow)) as house:
            await asyncio.sleep(60)
            raised_s = await house.until(lambda: "D9" in codes(house))
            assert 59 <= raised_s <= 61.5
            assert house.state.attention[0].reason.key == "fault.d9.vehicle"
            advised_s = await house.until(lambda: house.state.attention[0].reason.key == "fault.d9.vehicle_advice")
            assert 58 <= advised_s <= 61.5

    run_virtual(main, START)


@pytest.mark.req("EV-175")
def test_what_a_silent_meter_counted_after_one_session_is_not_billed_to_the_next(url: str) -> None:
    async def main(clock: VirtualClock) -> None:
        async with garage(clock, url, plugged=True) as house:
            await house.until(lambda: house.car_a() > 15)
            await asyncio.sleep(30)
            house.wires["mid"].cut = True
            await asyncio.sleep(10)
            house.world.unplug("garage")
            first = await ended(house)
            assert first.reason is not None
            assert first.reason.key == "event.session_ended_unheard"
            house.world.plug("garage")
            await asyncio.sleep(2)
            session = house.charger.session
            assert session is not None
            assert session.energy_j is None, "not known is not 0"
            house.wires["mid"].cut = False
            await house.until(lambda: house.charger.session is not None and house.charger.session.energy_j is not None)
            from_j = house.charger.energy_j
            await asyncio.sleep(60)
            house.world.unplug("garage")
            second = await ended(house, 2)
            assert second.data["counter_from_j"] >= first.data["counter_to_j"] + 50_000
            assert second.data["energy_j"] == counted_j(house) - second.data["counter_from_j"]
            assert from_j is not None

    run_virtual(main, START)


@pytest.mark.req("EV-175")
def test_a_session_goes_on_over_a_restart_with_the_counter_of_its_meter(url: str) -> None:
    async def main(clock: VirtualClock) -> None:
        world = building(plugged=True)
        points = {"mid": "garage"}
        async with home(clock, url, world, metered(), points=points) as house:
            await house.until(lambda: house.car_a() > 15)
            await asyncio.sleep(60)
        async with home(clock, url, world, metered(), points=points) as house:
            await asyncio.sleep(60)
            house.world.unplug("garage")
            flowed_j = counted_j(house)
            assert (await ended(house)).data["energy_j"] == flowed_j

    run_virtual(main, START)


@pytest.mark.req("G-079", "EV-246")
def test_each_loss_of_the_meter_is_counted_for_its_charger_and_the_count_outlives_a_restart(url: str) -> None:
    async def main(clock: VirtualClock) -> None:
        async with garage(clock, url) as house:
            for times in (1, 2):
                await asyncio.sleep(150)
                house.wires["mid"].cut = True
                await house.until(lambda: "D9" in codes(house))
                await asyncio.sleep(2)
                assert house.charger.error_counts["D9"] == times
                house.wires["mid"].cut = False
                await house.until(lambda: "D9" not in codes(house))
        async with garage(clock, url) as house:
            await asyncio.sleep(2)
            assert house.charger.error_counts["D9"] == 2

    run_virtual(main, START)


class Garbage:
    """A meter whose answers are none."""

    async def read(self) -> Reading:
        raise DeviceGarbled(Reason("modbus.crc", {"where": "mid", "came": "01 04"}))

    async def close(self) -> None:
        """Nothing to give back."""


@pytest.mark.req("G-079", "EV-220", "EV-246")
def test_garbage_from_the_meter_is_no_energy_and_suspends_charging_until_it_counts_again(url: str) -> None:
    async def main(clock: VirtualClock) -> None:
        async with garage(clock, url, plugged=True) as house:
            await house.until(lambda: house.car_a() > 15)
            await asyncio.sleep(100)
            wire, before = house.wires["mid"], house.charger.session
            sound, wire.meter = wire.meter, Garbage()
            assert 30 <= await house.until(lambda: "D9" in codes(house)) <= 32.5
            await house.until(lambda: house.car_a() == 0)
            await asyncio.sleep(1)
            session = house.charger.session
            assert before is not None
            assert session is not None
            assert session.energy_j is not None
            assert before.energy_j is not None
            assert session.energy_j >= before.energy_j, "nothing that was counted is lost"
            wire.meter = sound
            await house.until(lambda: "D9" not in codes(house))
            await house.until(lambda: house.car_a() > 15)
            house.world.unplug("garage")
            flowed_j = counted_j(house)
            assert (await ended(house)).data["energy_j"] == flowed_j

    run_virtual(main, START)
