"""The machine's networks by NetworkManager's own interface on a real D-Bus daemon."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from dbus_fast import Variant

from ohmstead.core.model.errors import DeviceError, DeviceUnreachable
from ohmstead.core.model.networks import JoinWifi, SetEthernet, SetHotspot, SetMobile, StaticIp
from ohmstead.drivers.network_manager import NetworkManager
from ohmstead.texts import LANGUAGES, word
from ohmstead.transport.dbus import Dbus
from tests.drivers.network_manager_twin import HERE, Radio, Twin

pytestmark = pytest.mark.anyio
HOME = Radio("Home", 71, "correct horse")
RADIOS = [
    HOME,
    Radio("Home", 40, "correct horse"),
    Radio("Cafè", 55, None, rsn=0, flags=0),
    Radio("Office", 30, "x", rsn=0x200),
]
IP = StaticIp(address="192.168.7.50", prefix=24, gateway="192.168.7.1", dns=("192.168.7.1",))


@asynccontextmanager
async def daemon() -> AsyncIterator[str]:
    """The address of a bus of our own."""
    program = shutil.which("dbus-daemon")
    assert program is not None
    running = await asyncio.create_subprocess_exec(
        *(program, "--session", "--nofork", "--nopidfile", "--print-address"), stdout=asyncio.subprocess.PIPE
    )
    assert running.stdout is not None
    try:
        yield (await running.stdout.readline()).decode().strip()
    finally:
        running.terminate()
        await running.wait()


@asynccontextmanager
async def machine(twin: Twin) -> AsyncIterator[NetworkManager]:
    async with daemon() as address:
        await twin.serve(address)
        manager = NetworkManager(Dbus(address), look_s=0.01, reach_s=0.05)
        try:
            yield manager
        finally:
            await manager.close()
            twin.close()


async def refused(work: object) -> str:
    with pytest.raises(DeviceError) as caught:
        await work  # type: ignore[misc]  # any of the port's calls
    assert all(word(caught.value.reason, language) for language in LANGUAGES)
    return caught.value.reason.key


@pytest.mark.req("EV-204")
async def test_a_scan_lists_each_network_once_with_what_it_asks_for() -> None:
    async with machine(Twin(RADIOS)) as networks:
        found = await networks.scan()
        assert [(one.ssid, one.signal_percent, one.security) for one in found] == [
            ("Home", 71, "wpa"),
            ("Cafè", 55, "open"),
            ("Office", 30, "enterprise"),
        ]


@pytest.mark.req("EV-203", "EV-204", "EV-205")
async def test_a_wifi_is_joined_by_dhcp_or_with_an_address_of_ones_own() -> None:
    twin = Twin(RADIOS)
    async with machine(twin) as networks:
        await networks.join(JoinWifi(ssid="Home", key="correct horse"))
        wifi = next(link for link in await networks.links() if link.kind == "wifi")
        assert (wifi.connected, wifi.reaches, wifi.ssid, wifi.signal_percent) == (True, True, "Home", 71)
        assert (wifi.address, wifi.gateway, wifi.dns) == ("192.168.7.42/24", "192.168.7.1", ("192.168.7.1",))
        await networks.join(JoinWifi(ssid="Home", key="correct horse", ip=IP))
        wifi = next(link for link in await networks.links() if link.kind == "wifi")
        assert wifi.address == "192.168.7.50/24"
        assert twin.profile("wifi")["802-11-wireless-security"]["key-mgmt"] == "wpa-psk"
        assert len(twin.profiles) == 1, "the older profile has gone"


@pytest.mark.req("G-082", "EV-205")
async def test_what_does_not_come_up_or_reaches_nobody_leaves_what_was_there() -> None:
    twin = Twin(RADIOS)
    async with machine(twin) as networks:
        await networks.join(JoinWifi(ssid="Home", key="correct horse"))
        before = dict(twin.profiles)
        assert await refused(networks.join(JoinWifi(ssid="Home", key="wrong horse"))) == "networks.not_up"
        wrong = StaticIp(address="10.1.1.5", prefix=24, gateway="10.1.1.1")
        again = JoinWifi(ssid="Home", key="correct horse", ip=wrong)
        assert await refused(networks.join(again)) == "networks.no_longer_reached"
        assert twin.profiles == before
        wifi = next(link for link in await networks.links() if link.kind == "wifi")
        assert (wifi.connected, wifi.address) == (True, "192.168.7.42/24")


@pytest.mark.req("EV-209", "EV-210")
@pytest.mark.parametrize(
    ("mode", "wire"),
    [
        ("auto", {"auto-negotiate": True}),
        ("100-full", {"auto-negotiate": False, "speed": 100, "duplex": "full"}),
        ("10-half", {"auto-negotiate": False, "speed": 10, "duplex": "half"}),
    ],
)
async def test_the_wire_has_its_link_mode_and_its_address(mode: str, wire: dict[str, object]) -> None:
    twin = Twin()
    async with machine(twin) as networks:
        await networks.ethernet(SetEthernet(mode=mode, ip=IP))  # type: ignore[arg-type]  # a row of the table
        assert twin.profile("ethernet")["802-3-ethernet"] == wire
        [ethernet] = [link for link in await networks.links() if link.kind == "ethernet"]
        assert (ethernet.address, ethernet.speed_mbps, ethernet.enabled) == ("192.168.7.50/24", 1000, True)
        await networks.ethernet(SetEthernet(enabled=False))
        [ethernet] = [link for link in await networks.links() if link.kind == "ethernet"]
        assert (ethernet.connected, ethernet.enabled) == (False, False)


@pytest.mark.req("EV-206", "EV-208", "EV-207")
async def test_the_modem_has_its_apn_and_counts_what_goes_over_it() -> None:
    twin = Twin()
    async with machine(twin) as networks:
        await networks.mobile(SetMobile(enabled=True, apn="internet.it"))
        assert twin.profile("mobile")["gsm"] == {"apn": "internet.it"}
        twin.device("mobile").update(rx=1000, tx=200)
        [mobile] = [link for link in await networks.links() if link.kind == "mobile"]
        assert (mobile.received_bytes, mobile.sent_bytes, mobile.connected) == (1000, 200, True)
        await networks.mobile(SetMobile(enabled=False))
        [mobile] = [link for link in await networks.links() if link.kind == "mobile"]
        assert not mobile.connected


@pytest.mark.req("G-080")
async def test_the_preferred_link_has_the_lowest_metric() -> None:
    twin = Twin(RADIOS)
    async with machine(twin) as networks:
        await networks.ethernet(SetEthernet())
        await networks.join(JoinWifi(ssid="Home", key="correct horse"))
        for preferred, other in (("wifi", "ethernet"), ("ethernet", "wifi")):
            await networks.prefer(preferred)  # type: ignore[arg-type]  # of the two
            metrics = [twin.profile(kind)["ipv4"]["route-metric"] for kind in (preferred, other)]
            assert metrics[0] == 50 < metrics[1]
        twin.calls.clear()
        await networks.prefer("ethernet")
        assert "Device.Reapply" not in twin.calls, "nothing is torn down that is so already"


@pytest.mark.req("G-132")
async def test_the_hotspot_opens_with_its_key_and_closes_without_a_trace() -> None:
    twin = Twin(RADIOS)
    async with machine(twin) as networks:
        await networks.open_hotspot(SetHotspot(enabled=True, ssid="Ohmstead", key="on the label"))
        profile = twin.profile("wifi")
        assert (profile["802-11-wireless"]["mode"], profile["ipv4"]["method"]) == ("ap", "shared")
        assert profile["802-11-wireless-security"]["psk"] == "on the label"
        assert await networks.hotspot() == "Ohmstead"
        await networks.open_hotspot(SetHotspot(enabled=False))
        assert twin.profiles == {}
        assert await networks.hotspot() is None


@pytest.mark.req("G-050")
async def test_what_was_set_is_forgotten_and_profiles_of_others_stay() -> None:
    twin = Twin(RADIOS)
    async with machine(twin) as networks:
        await networks.join(JoinWifi(ssid="Home", key="correct horse"))
        await networks.ethernet(SetEthernet(ip=IP))
        twin.profiles[f"{HERE}/Settings/99"] = {
            "connection": {"id": Variant("s", "Office"), "type": Variant("s", "gsm")}
        }
        await networks.forget()
        assert list(twin.profiles) == [f"{HERE}/Settings/99"]


async def test_what_is_not_fitted_is_named_and_without_a_manager_it_is_told() -> None:
    async with machine(Twin(kinds=("ethernet",))) as networks:
        assert await refused(networks.scan()) == "networks.not_fitted.wifi"
        assert await refused(networks.mobile(SetMobile(enabled=True, apn="x"))) == "networks.not_fitted.mobile"
    async with daemon() as address:
        networks = NetworkManager(Dbus(address))
        with pytest.raises(DeviceUnreachable):
            await networks.links()
        await networks.close()
    with pytest.raises(DeviceUnreachable):
        await NetworkManager(Dbus("unix:path=/nonexistent")).links()


async def test_where_nobody_checks_the_internet_a_link_that_is_up_is_good() -> None:
    async with machine(Twin(RADIOS, checks=False)) as networks:
        await networks.join(JoinWifi(ssid="Home", key="correct horse", ip=IP))
        wifi = next(link for link in await networks.links() if link.kind == "wifi")
        assert (wifi.reaches, wifi.works) == (None, True)


@pytest.mark.req("EV-205", "EV-208", "EV-209", "EV-210")
async def test_each_link_tells_how_it_was_set() -> None:
    async with machine(Twin(RADIOS)) as networks:
        await networks.ethernet(SetEthernet(mode="100-half", ip=IP))
        await networks.join(JoinWifi(ssid="Home", key="correct horse"))
        await networks.mobile(SetMobile(enabled=True, apn="internet.it"))
        links = {link.kind: (link.fixed, link.mode, link.apn) for link in await networks.links()}
        assert links == {
            "ethernet": (True, "100-half", None),
            "wifi": (False, None, None),
            "mobile": (False, None, "internet.it"),
        }
        await networks.ethernet(SetEthernet())
        wire = next(link for link in await networks.links() if link.kind == "ethernet")
        assert (wire.fixed, wire.mode) == (False, "auto")
