"""The machine's networks on a running site: chosen, set through the one door, counted, told, and never locked out."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from ohmstead.core.model.errors import CommandRefused
from ohmstead.core.model.events import AccessRole, Action, Command
from ohmstead.core.model.networks import JoinWifi, Link, SetEthernet, SetHotspot, SetMobile, StaticIp
from ohmstead.core.networks.budget import MONTH_BYTES
from ohmstead.drivers.plant_networks import PlantNetworks
from ohmstead.drivers.virtual_time import VirtualClock, run_virtual
from tests.site.staging import START, Home, home


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'site.db'}"


async def ask(house: Home, action: Action, value: Any, role: AccessRole = "installer") -> None:
    await house.site.submit(Command("ines", role, "site", action, value))


async def refusal(house: Home, action: Action, value: Any, role: AccessRole = "installer") -> str:
    with pytest.raises(CommandRefused) as caught:
        await ask(house, action, value, role)
    return caught.value.reason.key


def link(house: Home, kind: str) -> Link:
    return next(one for one in house.site.networks.now.links if one.kind == kind)


HOME = JoinWifi(ssid="Via Roma 12", key="sunshine")


@pytest.mark.req("G-080", "EV-203", "EV-208")
def test_a_dead_wire_is_left_after_a_minute_and_gone_back_to_after_five_steady_ones(url: str) -> None:
    async def main(clock: VirtualClock) -> None:
        port = PlantNetworks()
        async with home(clock, url, networks=port, pilot_s=1.0) as house:
            await ask(house, Action.JOIN_WIFI, HOME)
            await ask(house, Action.SET_MOBILE, SetMobile(enabled=True, apn="internet.it"))
            assert (house.site.networks.now.using, port.preferred) == ("ethernet", "ethernet")
            port.dead = {"ethernet"}
            assert 60 <= await house.until(lambda: port.preferred == "wifi", 1.0) <= 82
            port.dead = {"ethernet", "wifi"}
            assert 60 <= await house.until(lambda: port.preferred == "mobile", 1.0) <= 82
            port.dead = set()
            await asyncio.sleep(250)
            assert port.preferred == "mobile"
            assert await house.until(lambda: port.preferred == "ethernet", 1.0) <= 70
            await asyncio.sleep(2)
            told = [event.data["after"] for event in await house.events() if event.kind == "networks.using"]
            assert told == ["ethernet", "wifi", "mobile", "ethernet"]

    run_virtual(main, START)


@pytest.mark.req("EV-204", "EV-205", "G-082", "EV-298")
def test_a_wifi_is_joined_through_the_door_and_its_key_is_told_to_nobody(url: str) -> None:
    async def main(clock: VirtualClock) -> None:
        async with home(clock, url, networks=PlantNetworks(), pilot_s=1.0) as house:
            assert [one.ssid for one in await house.site.networks.scan("installer")] == [
                "Via Roma 12",
                "Guests",
                "Neighbour",
            ]
            assert await refusal(house, Action.JOIN_WIFI, HOME, "user") == "command.role"
            wrong = JoinWifi(ssid="Via Roma 12", key="moonlight")
            assert await refusal(house, Action.JOIN_WIFI, wrong) == "networks.not_up"
            await ask(house, Action.JOIN_WIFI, HOME)
            assert (link(house, "wifi").ssid, link(house, "wifi").address) == ("Via Roma 12", "192.168.1.21/24")
            ip = StaticIp(address="10.0.0.9", prefix=24, gateway="10.0.0.1")
            astray = HOME.model_copy(update={"ip": ip})
            assert await refusal(house, Action.JOIN_WIFI, astray) == "networks.no_longer_reached"
            assert link(house, "wifi").address == "192.168.1.21/24", "what was there is there"
            await asyncio.sleep(2)
            events = [event for event in await house.events() if event.kind == "networks.set"]
            assert [(event.author, event.data["ssid"]) for event in events] == [("ines", "Via Roma 12")]
            assert "sunshine" not in repr(await house.events())
            kept = await clock.outside(house.store.last())
            assert "sunshine" not in repr(kept)

    run_virtual(main, START)


@pytest.mark.req("EV-209", "EV-210", "EV-300", "G-132")
def test_the_wire_and_the_hotspot_are_set_through_the_door(url: str) -> None:
    async def main(clock: VirtualClock) -> None:
        async with home(clock, url, networks=PlantNetworks(), pilot_s=1.0) as house:
            ip = StaticIp(address="192.168.1.77", prefix=24, gateway="192.168.1.1", dns=("9.9.9.9",))
            await ask(house, Action.SET_ETHERNET, SetEthernet(mode="100-full", ip=ip))
            wire = link(house, "ethernet")
            assert (wire.speed_mbps, wire.address, wire.dns) == (100, "192.168.1.77/24", ("9.9.9.9",))
            await ask(house, Action.SET_ETHERNET, SetEthernet(enabled=False))
            assert not link(house, "ethernet").connected
            await ask(house, Action.SET_HOTSPOT, SetHotspot(enabled=True, key="on the label"))
            assert house.site.networks.now.hotspot == "Ohmstead"
            await ask(house, Action.SET_HOTSPOT, SetHotspot(enabled=False))
            assert house.site.networks.now.hotspot is None
        async with home(clock, url, pilot_s=1.0) as house:
            assert await refusal(house, Action.SET_ETHERNET, SetEthernet()) == "networks.not_fitted"

    run_virtual(main, START)


@pytest.mark.req("EV-207", "G-081", "EV-299")
def test_the_mobile_link_is_left_when_the_month_is_used_up_and_that_outlives_a_restart(url: str) -> None:
    async def main(clock: VirtualClock) -> None:
        port = PlantNetworks()
        async with home(clock, url, networks=port, pilot_s=1.0) as house:
            await ask(house, Action.SET_ETHERNET, SetEthernet(enabled=False))
            await ask(house, Action.SET_MOBILE, SetMobile(enabled=True, apn="internet.it"))
            await house.until(lambda: port.preferred == "mobile", 1.0)
            port.carry(MONTH_BYTES * 9 // 10, 0)
            await house.until(lambda: "networks.budget" in [one.code for one in house.state.attention], 1.0)
            assert house.site.networks.now.using == "mobile"
            port.carry(0, MONTH_BYTES // 10)
            await house.until(lambda: house.site.networks.now.using is None, 1.0)
            await asyncio.sleep(2)
        again = PlantNetworks()
        async with home(clock, url, networks=again, pilot_s=1.0) as house:
            await asyncio.sleep(11)
            assert house.site.networks.now.mobile_bytes == MONTH_BYTES

    run_virtual(main, START)


@pytest.mark.req("G-082", "EV-208", "EV-204")
@pytest.mark.parametrize(
    ("made", "wrong"),
    [
        (StaticIp, {"address": "192.168.1.5", "prefix": 24, "gateway": "192.168.2.1"}),
        (StaticIp, {"address": "192.168.1.0", "prefix": 24, "gateway": "192.168.1.1"}),
        (StaticIp, {"address": "192.168.1.1", "prefix": 24, "gateway": "192.168.1.1"}),
        (StaticIp, {"address": "192.168.1.300", "prefix": 24, "gateway": "192.168.1.1"}),
        (StaticIp, {"address": "192.168.1.5", "prefix": 31, "gateway": "192.168.1.1"}),
        (StaticIp, {"address": "127.0.0.1", "prefix": 24, "gateway": "127.0.0.2"}),
        (JoinWifi, {"ssid": "x", "key": "short"}),
        (JoinWifi, {"ssid": "x" * 33}),
        (JoinWifi, {"ssid": "x", "key": "with è accents"}),
        (SetMobile, {"enabled": True}),
        (SetMobile, {"enabled": True, "apn": "a b"}),
        (SetHotspot, {"enabled": True}),
        (SetEthernet, {"mode": "1000-full"}),
    ],
)
def test_what_no_network_can_be_is_refused_before_anything_is_done(made: Any, wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        made(**wrong)
