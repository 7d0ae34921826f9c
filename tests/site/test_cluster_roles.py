"""Roles and members of a cluster that are changed while the sites run, and what is kept of it over a restart."""

import asyncio
from pathlib import Path

import pytest

from ohmstead.core.model.chargers import ChargerState
from ohmstead.core.model.errors import CommandRefused
from ohmstead.core.model.events import Action, Command
from ohmstead.core.model.installation import Installation
from ohmstead.core.model.settings import BoardSettings, Settings
from ohmstead.drivers.cluster_member import ClusterMember
from ohmstead.drivers.virtual_time import VirtualClock, run_virtual
from ohmstead.site.start import kept_settings
from ohmstead.transport.address import parse
from ohmstead.transport.modbus_client import Buses
from ohmstead.transport.pipe import HOST
from tests.site.staging import START, Home, building, home
from tests.site.test_cluster import Yard, master, member, played, slave

ADA = ("ada", "installer")


def lone(name: str) -> Settings:
    charger = {"board": {"connect": "plant://garage", "driver": "plant"}, "max_current_a": 16.0}
    return Settings.model_validate({"site": {"name": name, "timezone": "Europe/Rome"}, "chargers": {"garage": charger}})


def opener(name: str, board: BoardSettings) -> ClusterMember:
    return ClusterMember(board.unit, Buses().open(parse(board.connect, name)))


async def kept(house: Home) -> Settings:
    return await house.clock.outside(kept_settings(house.store))


@pytest.mark.req("EV-140", "EV-282", "EV-145", "G-071")
def test_two_lone_sites_become_master_and_slave_and_stand_alone_again(tmp_path: Path) -> None:
    async def main(clock: VirtualClock) -> None:
        urls = [f"sqlite:///{tmp_path / name}.db" for name in ("first", "second")]
        async with (
            home(clock, urls[0], building(), lone("First"), member_opener=opener) as first,
            home(clock, urls[1], building(), lone("Second")) as second,
        ):
            await second.until(lambda: first.car_a() + second.car_a() > 31)
            led, leads = second.site.cluster, first.site.cluster
            await led.begin({"role": "slave", "listen": f"tcp://{HOST}:1502", "fallback_current_a": 6.0}, *ADA)
            assert (led.shown().standing, led.shown().charger) == ("unpaired", "garage")
            led.open_pairing(*ADA)
            await leads.begin({"role": "master", "limit_a": 20.0, "name": "Yard"}, *ADA)
            await leads.add("yard", member(1502, fallback_current_a=6.0), *ADA)
            await first.until(lambda: 9 < first.car_a() < 10.1 and 9 < second.car_a() < 10.1)
            await first.until(lambda: led.shown().allowed_a == pytest.approx(10.0, abs=0.1))
            with pytest.raises(CommandRefused) as refused:
                await led.leave(*ADA)
            assert refused.value.reason.key == "cluster.still_led"
            for door, body in ((led, {"role": "master", "limit_a": 10.0}), (leads, {"role": "slave"})):
                with pytest.raises(CommandRefused) as refused:
                    await door.begin(body, *ADA)
                assert refused.value.reason.key == "cluster.in_one"
            with pytest.raises(CommandRefused):
                await leads.leave("ben", "user")
            roles = [(await kept(one)).cluster for one in (first, second)]
            assert [None if one is None else one.role for one in roles] == ["master", "slave"]
            await leads.leave(*ADA)
            await second.until(lambda: second.car_a() > 15.5)
            assert (led.shown().standing, leads.shown().role) == ("unpaired", "alone")
            await led.leave(*ADA)
            assert led.shown().role == "alone"
            await first.until(lambda: first.car_a() > 15.5)
            assert [(await kept(one)).cluster for one in (first, second)] == [None, None]
            assert list((await kept(first)).chargers) == ["garage"]
            assert not [part.name for part in second.site.health().parts if part.name.startswith("serve")]

    run_virtual(main, START)


@pytest.mark.req("EV-287", "EV-286", "EV-288", "EV-143", "G-071")
def test_name_priority_limit_and_fallback_of_a_member_change_while_it_charges(tmp_path: Path) -> None:
    async def play(at: Yard) -> None:
        there, door = at.slaves["yard"], at.master.site.cluster
        await at.until(lambda: min(at.cars_a()) > 8.5)
        await door.change_member("yard", {"name": "Back yard", "fallback_current_a": 7.0}, *ADA)
        await at.do("yard", Action.SET_PRIORITY, 4)
        await door.share({"name": "Court", "limit_a": 22.0}, *ADA)
        await at.until(lambda: there.car_a() > 15.5 and at.master.car_a() < 6.1)
        assert at.master.site.settings.chargers["yard"].name == "Back yard"
        for change, why in (({"fallback_current_a": 16.5}, "max_current_a"), ({"fallback_current_a": 3.0}, "6 A")):
            with pytest.raises(CommandRefused) as refused:
                await door.change_member("yard", change, *ADA)
            assert why in str(refused.value.reason.params["detail"])
        assert min(at.cars_a()) > 5.5
        at.cut.add("yard")
        await there.until(lambda: there.site.cluster.shown().standing == "lost")
        await asyncio.sleep(6)
        assert 6.5 < there.car_a() < 7.1
        (told,) = at.master.state.attention
        assert told.reason.params["charger"] == "Back yard"
        held = await kept(at.master)
        assert held.cluster is not None
        assert (held.cluster.name, held.cluster.limit_a) == ("Court", 22.0)
        assert held.chargers["yard"].fallback_current_a == 7.0
        await door.share({"name": None}, *ADA)
        assert door.shown().name == ""

    played(tmp_path, master(18.0, {"yard": member(1502)}), {"yard": slave(1502)}, play)


@pytest.mark.req("G-064", "EV-304")
def test_no_other_door_lets_the_fallbacks_of_members_pass_the_limit(tmp_path: Path) -> None:
    async def play(at: Yard) -> None:
        async def install(fallback_a: float) -> None:
            value = Installation(max_current_a=16.0, fallback_current_a=fallback_a)
            command = Command("ada", "installer", "yard", Action.SET_INSTALLATION, value)
            await at.master.site.submit(command)

        with pytest.raises(CommandRefused) as refused:
            await install(13.0)
        assert "of fixed current in all" in str(refused.value.reason.params["detail"])
        assert at.master.site.settings.chargers["yard"].fallback_current_a == 0.0
        await install(8.0)
        there = at.slaves["yard"]
        await there.until(lambda: there.site.cluster.shown().fallback_a == 8.0)

    played(tmp_path, master(12.0, {"yard": member(1502)}), {"yard": slave(1502)}, play)


@pytest.mark.req("EV-282", "G-071")
def test_a_role_that_was_given_at_run_time_holds_ahead_of_the_first_tick_after_a_restart(tmp_path: Path) -> None:
    async def main(clock: VirtualClock) -> None:
        here, there = f"sqlite:///{tmp_path / 'here'}.db", f"sqlite:///{tmp_path / 'there'}.db"
        async with home(clock, there, building(), slave(1502)) as led:
            async with home(clock, here, building(), lone("First"), member_opener=opener) as first:
                await first.site.cluster.begin({"role": "master", "limit_a": 20.0}, *ADA)
                await first.site.cluster.add("yard", member(1502), *ADA)
                await first.until(lambda: 9 < led.car_a() < 10.1)
                changed = await kept(first)
            async with home(clock, here, building(), changed, member_opener=opener) as again:
                await again.until(lambda: again.car_a() > 9 and led.car_a() > 9)
                assert again.car_a() + led.car_a() < 20.1

    run_virtual(main, START)


@pytest.mark.req("G-070", "EV-168", "EV-170")
def test_a_led_slave_s_settings_say_who_sets_them_on_every_door(tmp_path: Path) -> None:
    async def play(at: Yard) -> None:
        there = at.slaves["yard"].site
        locked = there.cluster.locked
        assert locked(Action.SET_MODE, "garage") is None
        await at.until(lambda: there.cluster.shown().standing == "led")
        for action, target in (
            (Action.SET_MODE, "garage"),
            (Action.SET_LOAD_MANAGEMENT, "site"),
            (Action.SET_AUTHORIZATION, "garage"),
        ):
            reason = locked(action, target)
            assert reason is not None
            assert (reason.key, reason.params["master"]) == ("command.locked_by_master", HOST)
            with pytest.raises(CommandRefused):
                await there.submit(Command("ada", "owner", target, action, True))
        assert locked(Action.SET_USER_LIMIT, "garage") is None
        assert at.master.site.cluster.locked(Action.SET_MODE, "garage") is None

    played(tmp_path, master(32.0, {"yard": member(1502)}), {"yard": slave(1502)}, play)


@pytest.mark.req("G-071", "EV-171", "EV-173")
def test_a_charger_that_nobody_leads_keeps_to_the_cards_of_its_own_site(tmp_path: Path) -> None:
    reader = {"driver": "plant", "connect": "plant://garage"}

    async def main(clock: VirtualClock) -> None:
        settings = slave(1502, led_from=None, reader=reader, authorization="card")
        async with home(clock, f"sqlite:///{tmp_path / 'slave'}.db", building(), settings) as house:
            await house.site.cards.add("04A1B2C3", "Anna", "ada", "owner")
            await house.until(lambda: house.charger.state is ChargerState.WAITING_AUTHORISATION)
            house.readers["garage"].tap("04A1B2C3")
            await house.until(lambda: house.car_a() > 15)

    run_virtual(main, START)


@pytest.mark.req("G-066", "G-067")
def test_a_second_master_is_refused_told_and_gives_way_when_pairing_is_opened(tmp_path: Path) -> None:
    async def main(clock: VirtualClock) -> None:
        urls = [f"sqlite:///{tmp_path / name}.db" for name in ("first", "second", "led")]
        leads = master(20.0, {"yard": member(1502)})
        async with (
            home(clock, urls[2], building(), slave(1502)) as led,
            home(clock, urls[0], building(), leads, member_opener=opener) as first,
        ):
            await led.until(lambda: 9 < led.car_a() < 10.1)
            async with home(clock, urls[1], building(), leads, member_opener=opener) as second:
                await second.until(lambda: {one.code for one in second.state.attention} == {"cluster.other_master"})
                await asyncio.sleep(20)
                assert 9 < led.car_a() < 10.1
                assert not [one for one in first.state.attention if one.code == "cluster.other_master"]
                await first.site.cluster.leave(*ADA)
                led.site.cluster.open_pairing(*ADA)
                await second.until(lambda: not second.state.attention and led.car_a() > 9)
                assert second.car_a() + led.car_a() < 20.2

    run_virtual(main, START)
