"""Devices that answer HTTP are asked as their makers say, and what they answer wrongly is named."""

import json
from urllib.parse import parse_qsl, urlsplit

import pytest

from ohmstead.core.model.errors import DeviceError
from ohmstead.core.model.quantities import Quality, Role
from ohmstead.core.model.settings import DeviceSettings
from ohmstead.drivers.build import open_meter
from ohmstead.drivers.clock import SystemClock
from ohmstead.texts import word
from ohmstead.transport.modbus_client import Buses
from ohmstead.transport.web_server import WebServer
from tests.transport.web_peers import reply, serving

pytestmark = pytest.mark.anyio
SECRET = "s3cret"
CHANNELS = {"power_w.L1": {"path": "p", "unit": "kW", "scale": -1}}


async def read(connect: str, times: int = 1, **changes):
    """The last of some readings."""
    settings = DeviceSettings(**{"connect": connect, "role": Role.LOAD, "period_s": 0.05, **changes})
    meter = open_meter("oven", settings, Buses(), SystemClock())
    try:
        return [await meter.read() for _ in range(times)][-1]
    finally:
        await meter.close()


async def failure(connect: str, **changes):
    with pytest.raises(DeviceError) as caught:
        await read(connect, **changes)
    assert SECRET not in word(caught.value.reason)
    return caught.value.kind, caught.value.reason.key


def answering(documents):
    """Documents by path and query."""

    def answer(head: str) -> bytes:
        parts = urlsplit(head.split(" ")[1])
        said = documents.get((parts.path, dict(parse_qsl(parts.query)).get("cmnd", parts.query)))
        return reply(b"", "404 Not Found") if said is None else reply(json.dumps(said).encode())

    return answer


@pytest.mark.req("G-123", "G-128")
async def test_a_document_is_read_by_its_channels():
    async with serving(lambda head: reply(b'{"p": 1.5}')) as peer:
        seen = await read(f"{peer.url}/x?key={SECRET}", driver="http", channels=CHANNELS)
    assert (seen.power_w, seen.phases["L1"].power_w, seen.quality) == (-1500, -1500, Quality.GOOD)
    assert peer.asked[0].startswith(f"GET /x?key={SECRET} ")


@pytest.mark.parametrize("body", [b'{"p": 1', b"", b"<html></html>"])
async def test_an_answer_that_is_no_document_is_garbled(body):
    async with serving(lambda head: reply(body)) as peer:
        assert await failure(peer.url, driver="http", channels=CHANNELS) == ("garbled", "source.no_json")


@pytest.mark.parametrize(
    "body, key",
    [(b'{"q": 1}', "source.no_path"), (b'{"p": "on"}', "source.no_number"), (b'{"p": NaN}', "source.no_number")],
)
async def test_a_document_without_the_value_is_bad_and_says_why(body, key):
    async with serving(lambda head: reply(body)) as peer:
        seen = await read(peer.url, driver="http", channels=CHANNELS)
    assert (seen.quality, seen.power_w, seen.problem.key) == (Quality.BAD, None, key)


async def test_a_shelly_s_measuring_component_is_found_and_its_counters_are_not_asked_for_each_time():
    status = {"em1:0": {"id": 0, "act_power": 500, "voltage": 231.1}, "em1data:0": {}, "sys": {}}
    documents = {
        ("/rpc/Shelly.GetStatus", ""): status,
        ("/rpc/EM1.GetStatus", "id=0"): status["em1:0"],
        ("/rpc/EM1Data.GetStatus", "id=0"): {"id": 0, "total_act_energy": 2.0, "total_act_ret_energy": 1.0},
    }
    async with serving(answering(documents)) as peer:
        seen = await read(peer.url, times=3, driver="shelly", phases=("L3",))
    assert (seen.power_w, seen.energy_import_j, seen.energy_export_j) == (500, 7200, 3600)
    assert seen.phases["L3"].voltage_v == 231.1
    methods = [head.split(" ")[1].removeprefix("/rpc/").partition("?")[0] for head in peer.asked]
    assert methods == ["Shelly.GetStatus", "EM1.GetStatus", "EM1Data.GetStatus", "EM1.GetStatus", "EM1.GetStatus"]


async def test_a_shelly_that_measures_nothing_is_named():
    async with serving(answering({("/rpc/Shelly.GetStatus", ""): {"switch:0": {"output": True}}})) as peer:
        assert await failure(peer.url, driver="shelly") == ("garbled", "shelly.no_meter")


async def test_a_shelly_with_a_password_wants_the_right_one():
    def answer(path, query):
        return b'{"id": 0, "apower": 5.0}' if path == "/rpc/PM1.GetStatus" else None

    server = WebServer(answer, realm="shellypmminig3-0", password="right")
    await server.start()
    try:
        connect = f"http://127.0.0.1:{server.port}"
        assert (await read(connect, driver="shelly", component="pm1:0", password="right")).power_w == 5
        said = await failure(connect, driver="shelly", component="pm1:0", password=SECRET)
        assert said == ("refused", "http.sign_in")
        assert await failure(connect, driver="shelly", component="switch:0", password="right") == (
            "refused",
            "http.status",
        )
    finally:
        await server.stop()


async def test_a_tasmota_is_asked_with_its_password_and_an_old_one_by_its_old_command():
    old = {
        ("/cm", "Status 10"): {"StatusSTS": {"Uptime": "1"}},
        ("/cm", "Status 8"): {"StatusSNS": {"ENERGY": {"Power": 12, "Total": 0.5}}},
    }
    async with serving(answering(old)) as peer:
        seen = await read(peer.url, times=2, driver="tasmota", password="a&b")
    assert (seen.power_w, seen.energy_import_j) == (12, 1_800_000)
    assert [head.split(" ")[1] for head in peer.asked] == [
        "/cm?user=admin&password=a%26b&cmnd=Status%2010",
        "/cm?user=admin&password=a%26b&cmnd=Status%208",
        "/cm?user=admin&password=a%26b&cmnd=Status%208",
    ]
    assert "authorization" not in peer.asked[0].lower()


async def test_a_tasmota_that_wants_another_password_or_measures_nothing_is_named():
    wants = {("/cm", "Status 10"): {"WARNING": "Need user=<username>&password=<password>"}}
    async with serving(answering(wants)) as peer:
        assert await failure(peer.url, driver="tasmota", password=SECRET) == ("refused", "http.sign_in")
    async with serving(answering({("/cm", "Status 10"): {"StatusSNS": {"Time": "now"}}})) as peer:
        assert (await read(peer.url, driver="tasmota")).problem.key == "tasmota.no_energy"
