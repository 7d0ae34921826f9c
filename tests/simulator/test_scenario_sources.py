"""Meters that speak JSON in a scenario file: on real HTTP and a real broker, read by the drivers of its site.toml."""

import asyncio
from contextlib import asynccontextmanager

import pytest

from ohmstead.core.model.errors import ConfigurationError, DeviceError
from ohmstead.core.model.quantities import Quality
from ohmstead.drivers.build import open_meter
from ohmstead.drivers.clock import SystemClock
from ohmstead.drivers.virtual_time import VirtualClock, run_virtual
from ohmstead.simulator.building import Building
from ohmstead.simulator.scenario_building import building
from ohmstead.simulator.scenario_file import parse
from ohmstead.simulator.settings import BuildingSettings
from ohmstead.simulator.site_file import site_toml
from ohmstead.site.configuration import parse as parse_site
from ohmstead.transport.modbus_client import Buses
from ohmstead.transport.mqtt_client import Brokers
from ohmstead.transport.pipe import HOST
from tests.transport.brokers import mosquitto

PATIENCE_S = 30.0
HEAD = """
title = "Meters of the web"
start = 2026-06-21T12:00:00
[site]
name = "House"
timezone = "Europe/Rome"
[circuits.kitchen]
phases = ["L2"]
[circuits.pump]
[loads.oven]
power_w = { L2 = 1800 }
circuit = "kitchen"
[loads.pump]
power_w = { L1 = 400, L2 = 410, L3 = 420 }
circuit = "pump"
[counters.kitchen]
import_kwh = 1234
"""
BY_HTTP = """
[devices.grid]
driver = "http"
role = "grid"
name = "Of our own making"
[devices.kitchen]
driver = "shelly"
point = "kitchen"
role = "load"
password = "pa55"
[devices.pump]
driver = "tasmota"
point = "pump"
role = "load"
password = "pa55"
"""
BY_MQTT = """
[devices.grid]
driver = "mqtt"
role = "grid"
broker = "{broker}"
publish_s = 0.1
[devices.kitchen]
driver = "shelly"
point = "kitchen"
role = "load"
broker = "{broker}"
publish_s = 0.1
[devices.pump]
driver = "tasmota"
point = "pump"
role = "load"
broker = "{broker}"
publish_s = 0.1
"""


def settings_of(rest: str) -> BuildingSettings:
    return building(parse(HEAD + rest, "web.toml"))


@asynccontextmanager
async def read_by_a_site(house: Building, clock, host: str = "127.0.0.1"):
    places = await house.start(host)
    settings = parse_site(site_toml(house.settings, places), "site.toml")
    brokers = Brokers()
    meters = {name: open_meter(name, one, Buses(), clock, brokers) for name, one in settings.devices.items()}
    try:
        yield meters
    finally:
        for meter in meters.values():
            await meter.close()
        await house.stop()


async def good(meter):
    async with asyncio.timeout(PATIENCE_S):
        while True:
            try:
                seen = await meter.read()
            except DeviceError:
                await asyncio.sleep(0.05)
            else:
                if seen.quality is Quality.GOOD and seen.power_w is not None:
                    return seen


async def what_is_read(settings: BuildingSettings) -> dict[str, tuple[float, set[str], float]]:
    """By device: power, phases, and what its counter shows in kWh."""
    async with read_by_a_site(Building(settings), SystemClock()) as meters:
        seen = {name: await good(meter) for name, meter in meters.items()}
    return {name: (one.power_w, set(one.phases), (one.energy_import_j or 0) / 3.6e6) for name, one in seen.items()}


@pytest.mark.anyio
@pytest.mark.req("G-123", "G-128", "EM-346")
@pytest.mark.parametrize("by", ["http", "mqtt"])
async def test_what_a_scenario_lets_speak_json_is_read_by_the_real_drivers(by, tmp_path) -> None:
    if by == "http":
        seen = await what_is_read(settings_of(BY_HTTP))
    else:
        async with mosquitto(tmp_path) as broker:
            seen = await what_is_read(settings_of(BY_MQTT.format(broker=f"mqtt://127.0.0.1:{broker.port}")))
    assert seen["grid"][0] == pytest.approx(3030, rel=0.02)
    assert seen["grid"][1] == seen["pump"][1] == {"L1", "L2", "L3"}
    assert (seen["kitchen"][0], seen["kitchen"][1]) == (pytest.approx(1800, rel=0.02), {"L2"})
    assert seen["pump"][0] == pytest.approx(1230, rel=0.02)
    assert seen["kitchen"][2] == pytest.approx(1234, abs=0.1)


def test_on_virtual_time_the_same_meters_answer_over_the_network_inside() -> None:
    async def main(clock: VirtualClock) -> float | None:
        async with read_by_a_site(Building(settings_of(BY_HTTP)), clock, HOST) as meters:
            await asyncio.sleep(60.0)
            return (await good(meters["pump"])).power_w

    settings = settings_of(BY_HTTP)
    assert run_virtual(main, settings.world.start) == pytest.approx(1230, rel=0.02)


@pytest.mark.anyio
async def test_what_befalls_such_a_meter_in_the_file_is_seen_by_its_driver() -> None:
    events = """
[[events]]
at = "00:00:01"
trouble = { kitchen = "garbage" }
[[events]]
at = "00:00:02"
mend = "kitchen"
reset_counter = "kitchen"
"""
    async with read_by_a_site(Building(settings_of(BY_HTTP + events)), SystemClock()) as meters:
        meter = meters["kitchen"]
        await good(meter)
        async with asyncio.timeout(PATIENCE_S):
            while await readable(meter):
                await asyncio.sleep(0.05)
            while ((await good(meter)).energy_import_j or 0) > 3_600_000:
                await asyncio.sleep(0.05)


async def readable(meter) -> bool:
    try:
        await meter.read()
    except DeviceError:
        return False
    return True


@pytest.mark.parametrize(
    "rest, told",
    [
        ("driver = 'mqtt'", "devices.m.broker: got nothing; allowed: mqtt://HOST:PORT; this key is needed"),
        ("driver = 'http'\nbroker = 'mqtt://b'", "devices.m.broker: got a broker; allowed: none with driver http"),
        ("driver = 'shelly'\nbroker = 'b:1883'", "devices.m.broker: got 'b:1883' (text); allowed: a broker that asks"),
        ("driver = 'shelly'\nbroker = 'mqtt://u:p@b'", "allowed: a broker that asks for no password"),
        ("driver = 'shelly'\nbroker = 'mqtt://b'\nport = 80", "devices.m.port: got a value; allowed: left out with a"),
        ("driver = 'tasmota'\npublish_s = 2", "devices.m.publish_s: got a value; allowed: left out without a broker"),
        ("driver = 'http'\npassword = 'x'", "devices.m.password: got a value; allowed: left out with driver http"),
        ("driver = 'shelly'\nphases = ['L1', 'L2']", "devices.m.phases: got 2 phases; allowed: one phase, or three"),
        ("driver = 'shelly'\nwire = 'w'", "devices.m.wire: got unknown key 'wire'"),
        ("driver = 'shelli'", "devices.m.driver: got 'shelli' (text); allowed: 'modbus'"),
    ],
)
def test_a_mistake_in_such_a_meter_is_told_with_what_to_do(rest: str, told: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse(HEAD + f"[devices.m]\n{rest}\nrole = 'load'", "web.toml")
    assert told in str(caught.value)


def test_a_trouble_that_it_cannot_have_is_refused_before_anything_starts() -> None:
    events = "[[events]]\nat = '00:00:01'\ntrouble = { kitchen = 'clock_skew' }"
    with pytest.raises(ConfigurationError, match=r"trouble of kitchen: got 'clock_skew'; allowed: silent, slow"):
        Building(settings_of(BY_HTTP + events))
