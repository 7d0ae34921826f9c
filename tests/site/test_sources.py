"""Devices over MQTT and HTTP in a site.toml: every mistake is named, no secret is, and a lost broker is told once."""

import asyncio
import json
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from ohmstead.core.model.errors import ConfigurationError
from ohmstead.core.model.events import Event
from ohmstead.core.model.health import Health
from ohmstead.core.model.quantities import Quality
from ohmstead.drivers.build import open_meter
from ohmstead.drivers.clock import SystemClock
from ohmstead.site.configuration import parse
from ohmstead.site.sense import Sense
from ohmstead.site.start import unusable, wired
from ohmstead.site.toml_text import settings_lines
from ohmstead.texts import word
from ohmstead.transport.modbus_client import Buses
from ohmstead.transport.mqtt_client import Brokers, MqttConnection
from ohmstead.transport.web_address import BrokerAddress
from ohmstead.web.metrics import exposition
from tests.transport.brokers import mosquitto

SECRET = "s3cret"
SITE = '[site]\nname = "House"\ntimezone = "Europe/Rome"\n'
PATIENCE_S = 30.0


def site(*lines: str) -> str:
    return SITE + "[devices.oven]\n" + "\n".join(('role = "load"', *lines))


MQTT = ('driver = "mqtt"', 'connect = "mqtt://broker"')
HTTP = ('driver = "http"', 'connect = "http://meter/"')
POWER = '[devices.oven.channels]\npower_w = { topic = "a", path = "p" }'
SAME = 'channels = { power_w = { topic = "a", path = "p" } }'
WITH_KEY = ('driver = "http"', f'connect = "http://meter/?token={SECRET}"')
SAME_PATH = 'channels = { power_w = { path = "p" } }'
WRONG = (
    (MQTT, "channels is needed"),
    ((*HTTP, "[devices.oven.channels]", 'power_kw = { path = "p" }'), "unknown quantity 'power_kw'; allowed: power_w"),
    (
        (*HTTP, "[devices.oven.channels]", 'power_w = { path = "p", unit = "kVA" }'),
        "power_w.unit: got 'kVA'; allowed: W, kW",
    ),
    ((*HTTP, "[devices.oven.channels]", 'power_w = { path = "a..b" }'), "power_w.path: got '..b' at character 2"),
    (
        (*HTTP, "[devices.oven.channels]", "power_w = { scale = 0 }"),
        "power_w.scale: got 0; allowed: a number other than 0",
    ),
    ((*HTTP, "[devices.oven.channels]", "power_w = { scale = nan }"), "power_w.scale"),
    ((*HTTP, "[devices.oven.channels]", 'power_w = { pth = "p" }'), "Did you mean path?"),
    ((*HTTP, POWER), "power_w.topic: got 'a'; allowed: no topic with http"),
    ((*MQTT, "[devices.oven.channels]", 'power_w = { path = "p" }'), "power_w.topic: got nothing; allowed: a topic"),
    (
        (*MQTT, "[devices.oven.channels]", 'power_w = { topic = "a/#" }'),
        "got 'a/#'; allowed: one topic, without + and #",
    ),
    ((*MQTT, 'phases = ["L1"]', POWER), "Name the phase in the channel"),
    ((*MQTT, 'offline = { topic = "a/+" }', POWER), "offline.topic: got 'a/+'"),
    ((*MQTT, 'token = "x"', POWER), "token is for driver = http"),
    ((*MQTT, 'password = "env:NOT_SET_ANYWHERE"', POWER), "password: got env:NOT_SET_ANYWHERE, which is not set"),
    (('driver = "mqtt"', 'connect = "http://broker"', POWER), "allowed: mqtt://HOST"),
    (('driver = "mqtt"', 'connect = "mqtt://broker/topic"', POWER), "Topics stand in the channels"),
    (('driver = "mqtt"', 'connect = "mqtt://broker:99999"', POWER), "allowed: mqtt://HOST"),
    (('driver = "shelly"', 'connect = "mqtt://broker"'), "topic: got nothing; allowed: the device's topic"),
    (
        ('driver = "shelly"', 'connect = "mqtt://broker"', 'topic = "s"'),
        "component: got nothing; allowed: such as em:0",
    ),
    (('driver = "shelly"', 'connect = "http://s"', 'component = "em"'), "component: got 'em'"),
    (
        ('driver = "tasmota"', 'connect = "http://s"', 'topic = "t"'),
        "topic: got 't'; allowed: no topic with an http address",
    ),
    (('driver = "tasmota"', 'connect = "tcp://s:1"'), "allowed: http://HOST"),
    (('driver = "sunspec"', 'connect = "tcp://s:1"', 'component = "em:0"'), "component is for driver = shelly"),
    (('driver = "recording"', 'connect = "file:///nowhere.toml"'), "/nowhere.toml"),
    ((*HTTP, 'password = "x"', f'connect2 = "{SECRET}"', POWER), "unknown key 'connect2'"),
)


@pytest.mark.parametrize("lines, said", WRONG)
def test_a_mistake_about_a_source_says_where_what_came_and_what_is_allowed(lines, said):
    with pytest.raises(ConfigurationError) as caught:
        parse(site(*lines), "site.toml", unusable)
    assert said in str(caught.value)
    assert "devices.oven" in str(caught.value)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    "lines",
    [
        ('driver = "mqtt"', f'connect = "mqtt://u:{SECRET}@broker:x"', POWER),
        ('driver = "mqtt"', f'connect = "mqtts://u:{SECRET}@broker/path"', POWER),
        ('driver = "mqtt"', f'connect = "ftp://u:{SECRET}@broker"', POWER),
        ('driver = "mqtt"', f'connect = "mqtt://u:{SECRET}@broker"', 'password = "other"', POWER),
        ('driver = "http"', f'connect = "http://u:{SECRET}@broker:x?k={SECRET}"', POWER),
        ('driver = "http"', f'connect = "http://meter?token={SECRET}#x"', POWER),
        (*MQTT, f'password = ["{SECRET}"]', POWER),
        (*HTTP, f'headers = {{ "X Key:" = "{SECRET}" }}', "[devices.oven.channels]", "power_w = {}"),
        (*HTTP, f'token = {{ "{SECRET}" = 1 }}', POWER),
        (
            *MQTT,
            POWER,
            "[devices.stove]",
            'role = "load"',
            'driver = "mqtt"',
            f'connect = "mqtt://u:{SECRET}@broker"',
            SAME,
        ),
        ('driver = "sunspec"', f'connect = "mqtt://u:{SECRET}@broker"'),
        ('driver = "modbus"', 'meter = "abb-b23"', f'connect = "tcp://u:{SECRET}@broker:502"'),
        ('driver = "p1"', f'connect = "http://u:{SECRET}@broker?x={SECRET}"'),
        ('driver = "p1"', f'connect = "file://u:{SECRET}@broker/x"'),
        ('driver = "recording"', f'connect = "http://u:{SECRET}@broker/x"'),
        (*WITH_KEY, SAME_PATH, "[devices.stove]", 'role = "load"', *WITH_KEY, SAME_PATH),
    ],
)
def test_a_mistake_beside_a_secret_does_not_tell_it(lines):
    with pytest.raises(ConfigurationError) as caught:
        parse(site(*lines), "site.toml", unusable)
    assert SECRET not in str(caught.value)


def test_a_phase_may_be_written_with_or_without_quotes_and_export_writes_it_back():
    text = site(*HTTP, "[devices.oven.channels]", 'power_w.L1 = { path = "a" }', '"voltage_v.L1" = { path = "b" }')
    settings = parse(text, "site.toml", unusable)
    assert set(settings.devices["oven"].channels) == {"power_w.L1", "voltage_v.L1"}
    written = "\n".join(settings_lines(settings.model_dump(mode="json", exclude_none=True)))
    assert parse(written, "export", unusable) == settings


async def told(broker_address: str, events: list[Event], arrived: asyncio.Event) -> Sense:
    text = site(
        'driver = "mqtt"',
        f'connect = "{broker_address}"',
        "period_s = 0.1",
        f'username = "meter"\npassword = "{SECRET}"',
        POWER,
    )
    settings = parse(text, "site.toml")
    clock, brokers = SystemClock(), Brokers()
    meters = {name: (one, open_meter(name, one, Buses(), clock, brokers)) for name, one in settings.devices.items()}
    return Sense(meters, clock, lambda sensed: arrived.set(), events.append)


@pytest.mark.anyio
@pytest.mark.req("G-123", "G-128")
async def test_a_broker_that_goes_and_comes_back_is_told_once_each_and_counted(tmp_path: Path):
    events: list[Event] = []
    arrived = asyncio.Event()
    async with mosquitto(tmp_path, password=SECRET) as broker:
        sense = await told(broker.address, events, arrived)
        oven = sense.devices["oven"]
        sender = MqttConnection(
            BrokerAddress("127.0.0.1", broker.port, credentials=oven.meter._connection.address.credentials)
        )
        sender.connect()

        async def speak() -> None:
            while True:
                sender.publish("a", json.dumps({"p": 100}).encode())
                await asyncio.sleep(0.05)

        running = [asyncio.ensure_future(speak()), asyncio.ensure_future(sense.run(oven))]
        async with asyncio.timeout(PATIENCE_S):
            await arrived.wait()
            assert oven.latest.power_w == 100
            await broker.stop()
            while not events:
                await asyncio.sleep(0.05)
            assert oven.quality(SystemClock().now()) is not Quality.GOOD
            await broker.start()
            while len(events) < 2:
                await asyncio.sleep(0.05)
        for task in running:
            task.cancel()
        await sense.close()
        await sender.close()
    assert [event.kind for event in events] == ["device.lost", "device.back"]
    assert oven.failed["unreachable"] >= 1
    page = exposition(None, Health(), sense.statistics())[0].decode()
    kinds = {s.labels["kind"] for f in text_string_to_metric_families(page) for s in f.samples if "kind" in s.labels}
    assert "unreachable" in kinds
    assert SECRET not in page + repr(events) + word(oven.problem or events[0].reason)


@pytest.mark.anyio
async def test_a_wrong_password_is_a_refusal_that_names_the_broker_alone(tmp_path: Path):
    async with mosquitto(tmp_path, password="right") as broker:
        settings = parse(
            site(
                'driver = "mqtt"', f'connect = "{broker.address}"', f'password = "{SECRET}"\nusername = "meter"', POWER
            ),
            "",
        )
        house = wired(settings, SystemClock())
        house.start()
        try:
            async with asyncio.timeout(PATIENCE_S):
                while not house.statistics()["oven"].failures:
                    await asyncio.sleep(0.02)
            (part,) = [part for part in house.health().parts if part.name == "oven"]
        finally:
            await house.close()
    assert house.statistics()["oven"].failures == {"refused": pytest.approx(1, abs=20)}
    assert part.reason.key == "mqtt.refused"
    assert broker.address in word(part.reason)
    assert SECRET not in repr(house.health()) + repr(settings)
