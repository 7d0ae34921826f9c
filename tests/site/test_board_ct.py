"""The transformers of a board are the grid meter of load management, on its terminals or by radio."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from ohmstead.core.model.chargers import ChargerState
from ohmstead.core.model.errors import CommandRefused
from ohmstead.core.model.events import Action
from ohmstead.core.model.evse import CtInput
from ohmstead.core.model.quantities import Quality, Role
from ohmstead.core.model.settings import DeviceSettings, Settings, SiteSettings
from ohmstead.core.plant.settings import CtSettings
from ohmstead.core.plant.world import World
from ohmstead.drivers.clock import Clock
from ohmstead.drivers.virtual_time import VirtualClock, run_virtual
from tests.site.staging import SETTINGS, START, Home, building, home

BLIND = CtSettings(voltage=False)
REMOTE = CtSettings()


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'site.db'}"


def world(wired: CtSettings | None = None, remote: CtSettings | None = None) -> World:
    settings = building().settings
    garage = replace(settings.chargers[0], ct=wired, radio_ct=remote)
    return World(replace(settings, chargers=(garage,)))


def settings(source: CtInput, contract_w: float | None = None, fallback_a: float = 0.0) -> Settings:
    site = SiteSettings(name="Home", timezone="Europe/Rome", main_fuse_a=25.0, contract_power_w=contract_w)
    grid = DeviceSettings(driver="board-ct", connect="board://garage", input=source, role=Role.GRID, name="Clamps")
    garage = SETTINGS.chargers["garage"].model_copy(update={"fallback_current_a": fallback_a})
    return Settings(site=site, devices={"grid": grid}, chargers={"garage": garage})


@asynccontextmanager
async def by_radio(clock: Clock, url: str, remote: CtSettings = REMOTE, fallback_a: float = 0.0) -> AsyncIterator[Home]:
    async with home(clock, url, world(remote=remote), settings("remote", fallback_a=fallback_a)) as house:
        yield house


def codes(house: Home) -> list[str]:
    return [notice.code for notice in house.state.attention]


def grid_a(house: Home) -> float:
    return max(abs(row.current_a) for row in house.world.measure("grid").phases)


@pytest.mark.req("G-133", "EV-177")
@pytest.mark.parametrize("source", ["wired", "remote"])
def test_load_management_runs_on_the_transformers_of_the_board_alone(url: str, source: CtInput) -> None:
    async def main(clock: VirtualClock) -> None:
        fitted = CtSettings()
        there = world(fitted if source == "wired" else None, fitted if source == "remote" else None)
        async with home(clock, url, there, settings(source)) as house:
            await house.until(lambda: house.car_a() > 15.5)
            house.world.set_watts("house", {"L1": 3300.0, "L2": 230.0, "L3": 230.0})
            assert grid_a(house) > 25
            assert await house.until(lambda: grid_a(house) <= 25.2) <= 8
            await asyncio.sleep(5)
            assert 6 <= house.car_a() <= 11
            assert house.state.grants["garage"].limited_by == "main_fuse.L1"
            channel = house.state.snapshot.channels["grid"]
            assert channel.power_w == pytest.approx(house.world.measure("grid").power_w, rel=0.03)
            assert house.world.energised

    run_virtual(main, START)


@pytest.mark.req("G-133", "G-020")
def test_transformers_without_voltage_hold_the_contract_by_the_worst_they_may_mean(url: str) -> None:
    async def main(clock: VirtualClock) -> None:
        async with home(clock, url, world(BLIND), settings("wired", contract_w=9000.0)) as house:
            await house.until(lambda: house.car_a() > 6)
            await asyncio.sleep(120)
            channel = house.state.snapshot.channels["grid"]
            assert channel.power_w is None, "no power is made up"
            assert house.state.snapshot.flows.grid_w is None
            assert channel.phases["L1"].current_a == pytest.approx(
                house.world.measure("grid").phases[0].current_a, abs=0.6
            )
            assert house.state.grants["garage"].limited_by in ("contract_power", "ramp")
            flowing = sum(abs(row.current_a) for row in house.world.measure("grid").phases)
            assert 8000 < flowing * 253 <= 9150, "as if the supply were 10 % above nominal"
            assert house.world.measure("grid").power_w < 9000

    run_virtual(main, START)


@pytest.mark.req("G-133", "G-020")
def test_an_export_that_has_no_sign_is_never_taken_for_room(url: str) -> None:
    async def main(clock: VirtualClock) -> None:
        there = world(BLIND)
        there.set_watts("house", {"L1": -4600.0, "L2": 230.0, "L3": 230.0})
        async with home(clock, url, there, settings("wired")) as house:
            await asyncio.sleep(60)
            assert house.car_a() == 0
            assert house.state.grants["garage"].reason.key == "limit.main_fuse_too_little.power"

    run_virtual(main, START)


@pytest.mark.req("G-133", "G-021", "EV-183")
def test_a_cut_radio_link_is_0_a_within_11_s_and_d2_after_30_and_recovers_by_itself(url: str) -> None:
    async def main(clock: VirtualClock) -> None:
        async with by_radio(clock, url) as house:
            await house.until(lambda: house.car_a() > 15.5)
            await asyncio.sleep(20)
            cut = clock.now()
            house.world.radio("garage").set_rhythm(None)
            assert await house.until(lambda: house.duty() == 100.0) <= 11
            await house.until(lambda: house.car_a() == 0)
            await asyncio.sleep(1)
            assert house.charger.state is ChargerState.SUSPENDED
            assert house.state.grants["garage"].limited_by == "grid_meter_lost"
            assert codes(house) == []
            await house.until(lambda: "D2" in codes(house))
            assert 29 <= clock.now().since(cut) <= 32
            notice = house.state.attention[0]
            assert (notice.severity, notice.owner, notice.reason.key) == ("fault", "grid", "control.radio_lost_stop")
            await asyncio.sleep(30)
            house.world.radio("garage").set_rhythm(1.0)
            assert 10 <= await house.until(lambda: codes(house) == []) <= 13
            assert 58 <= await house.until(lambda: house.duty() < 100.0) <= 63
            await house.until(lambda: house.car_a() > 5.5)
            kinds = [event.kind for event in await house.events() if event.target == "grid"]
            assert kinds == ["device.lost", "D2", "device.back", "D2.over"]

    run_virtual(main, START)


@pytest.mark.req("G-021", "EV-183")
def test_without_the_radio_a_car_gets_the_current_that_was_agreed(url: str) -> None:
    async def main(clock: VirtualClock) -> None:
        async with by_radio(clock, url, fallback_a=8.0) as house:
            await house.until(lambda: house.car_a() > 15.5)
            house.world.radio("garage").set_rhythm(None)
            assert await house.until(lambda: house.state.grants["garage"].current_a == 8.0) <= 12
            await house.until(lambda: house.car_a() < 8.2)
            await house.until(lambda: "D2" in codes(house))
            assert house.state.attention[0].reason.key == "control.radio_lost"
            assert 7.5 < house.car_a() < 8.2

    run_virtual(main, START)


@pytest.mark.req("EV-183", "EV-239")
def test_a_remote_that_was_replaced_is_paired_again_by_a_command_of_an_installer(url: str) -> None:
    async def main(clock: VirtualClock) -> None:
        async with by_radio(clock, url) as house:
            await house.until(lambda: house.car_a() > 15.5)
            radio = house.world.radio("garage")
            radio.replace()
            await house.until(lambda: "D2" in codes(house))
            with pytest.raises(CommandRefused) as refused:
                await house.do(Action.PAIR_CT, None)
            assert refused.value.reason.key == "command.role"
            radio.press()
            await asyncio.sleep(5)
            assert codes(house) == ["D2"], "nobody expects it yet"
            await house.do(Action.PAIR_CT, None, role="installer")
            await asyncio.sleep(3)
            problem = house.state.snapshot.channels["grid"].problem
            assert problem is not None
            assert problem.key == "board_ct.pairing"
            radio.press()
            await house.until(lambda: codes(house) == [])
            assert house.state.snapshot.channels["grid"].quality is Quality.GOOD
            told = [event for event in await house.events() if event.kind == "charger.pairing"]
            assert [(event.author, event.target) for event in told] == [("ada", "garage")]

    run_virtual(main, START)


@pytest.mark.req("EV-183")
def test_a_charger_without_a_remote_has_nothing_to_pair(url: str) -> None:
    async def main(clock: VirtualClock) -> None:
        async with home(clock, url, world(CtSettings()), settings("wired")) as house:
            with pytest.raises(CommandRefused) as refused:
                await house.do(Action.PAIR_CT, None, role="installer")
            assert refused.value.reason.key == "command.no_remote"

    run_virtual(main, START)


def test_a_remote_that_reports_seldom_is_not_called_lost_between_two_reports(url: str) -> None:
    async def main(clock: VirtualClock) -> None:
        async with by_radio(clock, url) as house:
            await house.until(lambda: house.car_a() > 15.5)
            house.world.radio("garage").set_rhythm(2.0)
            await asyncio.sleep(120)
            assert codes(house) == []
            assert house.car_a() > 15
            assert "device.lost" not in [event.kind for event in await house.events()]

    run_virtual(main, START)


@pytest.mark.req("EV-239", "G-133")
def test_each_loss_of_the_radio_is_counted_and_the_count_outlives_a_restart(url: str) -> None:
    async def main(clock: VirtualClock) -> None:
        async with by_radio(clock, url) as house:
            await asyncio.sleep(100)
            house.world.radio("garage").set_rhythm(None)
            await house.until(lambda: "D2" in codes(house))
            await asyncio.sleep(2)
            assert house.charger.error_counts == {"D2": 1}
        async with by_radio(clock, url) as house:
            await asyncio.sleep(2)
            assert house.charger.error_counts == {"D2": 1}

    run_virtual(main, START)
