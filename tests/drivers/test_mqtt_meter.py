"""A device at a broker is as old as what it said, speaks in its own rhythm, and is told when it goes and comes."""

import asyncio
import json
from datetime import UTC, datetime

import pytest

from ohmstead.core.model.errors import DeviceError
from ohmstead.core.model.quantities import Quality, Role
from ohmstead.core.model.reasons import Reason
from ohmstead.core.model.settings import DeviceSettings
from ohmstead.core.model.sources import OfflineSettings
from ohmstead.core.model.time import Instant
from ohmstead.drivers.build import open_meter
from ohmstead.drivers.clock import SystemClock
from ohmstead.drivers.mqtt_meter import MqttMeter
from ohmstead.transport.modbus_client import Buses
from ohmstead.transport.mqtt_client import MqttConnection
from ohmstead.transport.web_address import BrokerAddress
from tests.transport.brokers import mosquitto

pytestmark = pytest.mark.anyio
PATIENCE_S = 20.0
TOPIC = "home/oven"
CHANNELS = {
    "power_w.L2": {"topic": TOPIC, "path": "p"},
    "current_a.L2": {"topic": f"{TOPIC}/i"},
    "voltage_v.L2": {"topic": f"{TOPIC}/u"},
    "energy_import_j": {"topic": f"{TOPIC}/e", "unit": "kWh"},
}


class At:
    """A clock that stands where the test puts it."""

    def __init__(self) -> None:
        self.s = 1000.0

    def now(self) -> Instant:
        return Instant(datetime(2026, 6, 21, tzinfo=UTC), self.s)

    async def outside(self, work):
        return await work


def device(connect: str, clock=None, **changes) -> MqttMeter:
    given = {"driver": "mqtt", "connect": connect, "role": Role.LOAD, "channels": CHANNELS, **changes}
    return open_meter("oven", DeviceSettings(**given), Buses(), clock or SystemClock())


async def first_problem(meter: MqttMeter) -> Reason:
    """What is wrong with its next reading, or why it gave none."""
    try:
        seen = await meter.read()
    except DeviceError as error:
        return error.reason
    assert seen.problem is not None
    return seen.problem


@pytest.fixture
async def alone():
    """A device whose broker welcomes it and says nothing, on a clock of the test's; the test says what comes."""

    async def welcome(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(bytes.fromhex("20020000"))
        while await reader.read(1000):
            pass
        writer.close()

    server = await asyncio.start_server(welcome, "127.0.0.1", 0)
    clock = At()
    made = device(f"mqtt://127.0.0.1:{server.sockets[0].getsockname()[1]}", clock)

    def say(topic: str, payload: object, retained: bool = False) -> None:
        made.heard(topic, payload if isinstance(payload, bytes) else json.dumps(payload).encode(), retained)

    yield made, say, clock
    await made.close()
    server.close()


@pytest.mark.req("G-123", "G-128")
async def test_values_of_several_topics_are_one_reading_as_old_as_the_oldest_that_control_looks_at(alone):
    meter, say, clock = alone
    say(f"{TOPIC}/e", 12.5)
    clock.s += 1
    say(f"{TOPIC}/i", 10.5)
    clock.s += 1
    say(TOPIC, {"p": 100})
    seen = await meter.read()
    assert (seen.power_w, seen.phases["L2"].current_a, seen.energy_import_j) == (100, 10.5, 45_000_000)
    assert (set(seen.phases), seen.quality, seen.at.monotonic_s) == ({"L2"}, Quality.GOOD, 1001.0)


async def test_the_rhythm_is_learned_and_told(alone):
    meter, say, clock = alone
    assert meter.rhythm_s == 60
    for pause in (300, 300, 900, 300, 300):
        say(TOPIC, {"p": 100})
        say(f"{TOPIC}/i", 10.5)
        clock.s += pause
    say(TOPIC, {"p": 100})
    say(f"{TOPIC}/i", 10.5)
    assert (await meter.read()).rhythm_s == 300


async def test_a_topic_that_falls_silent_is_named_and_what_control_needs_is_then_bad(alone):
    meter, say, clock = alone
    for _ in range(4):
        for topic, value in ((TOPIC, {"p": 100}), (f"{TOPIC}/i", 10.5), (f"{TOPIC}/e", 1)):
            say(topic, value)
        clock.s += 1
    for _ in range(5):
        clock.s += 1
        say(TOPIC, {"p": 100})
        say(f"{TOPIC}/i", 10.5)
    seen = await meter.read()
    assert (seen.quality, seen.power_w, seen.energy_import_j) == (Quality.GOOD, 100, None)
    assert (seen.problem.key, seen.problem.params["topic"]) == ("mqtt.topic_silent", f"{TOPIC}/e")
    for _ in range(5):
        clock.s += 1
        say(f"{TOPIC}/i", 10.5)
    seen = await meter.read()
    assert (seen.quality, seen.power_w) == (Quality.BAD, None)
    assert seen.problem.params["topic"] == TOPIC


async def test_a_reading_waits_for_all_that_control_looks_at_and_names_what_never_came(alone):
    meter, say, _ = alone
    say(f"{TOPIC}/i", 10.5)
    reading = asyncio.ensure_future(meter.read())
    await asyncio.sleep(0)
    say(TOPIC, {"p": 100})
    seen = await reading
    assert (seen.power_w, seen.phases["L2"].current_a) == (100, 10.5)
    say(TOPIC, b"?")
    assert (await first_problem(meter)).key == "source.no_json"
    hasty = MqttMeter(meter._wiring, meter._published, meter._connection.address, meter._brokers, meter._clock, 0.1)
    hasty.heard(f"{TOPIC}/i", b"10.5", False)
    seen = await hasty.read()
    await hasty.close()
    assert (seen.quality, seen.power_w, seen.problem.params["topic"]) == (Quality.BAD, None, TOPIC)


@pytest.mark.parametrize(
    "payload, key",
    [
        (b'{"p": 1', "source.no_json"),
        (b"ON", "source.no_json"),
        (b"\xff", "source.no_json"),
        ({"power": 1}, "source.no_path"),
        ({"p": "on"}, "source.no_number"),
        (b'{"p": NaN}', "source.no_number"),
        ({"p": 1e9}, "source.implausible"),
    ],
)
async def test_a_wrong_message_is_named_once_and_the_next_one_is_as_good_as_any(alone, payload, key):
    meter, say, _ = alone
    say(f"{TOPIC}/i", 10.5)
    say(TOPIC, payload)
    problem = await first_problem(meter)
    assert problem.key == key
    say(TOPIC, {"p": 7})
    assert (await meter.read()).power_w == 7


async def test_a_device_that_repeats_itself_to_the_tenth_of_a_volt_has_frozen(alone):
    meter, say, clock = alone
    for _ in range(8):
        say(TOPIC, {"p": 100})
        say(f"{TOPIC}/i", 10.5)
        say(f"{TOPIC}/u", 230.1)
        seen = await meter.read()
        clock.s += 10
    assert (seen.quality, seen.problem.key, seen.power_w) == (Quality.BAD, "meter.frozen", None)
    say(TOPIC, {"p": 101})
    assert (await meter.read()).power_w == 101


async def test_kept_messages_are_no_values_and_a_last_will_is_believed(tmp_path):
    async with mosquitto(tmp_path) as broker:
        sender = MqttConnection(BrokerAddress("127.0.0.1", broker.port))
        sender.connect()
        async with asyncio.timeout(PATIENCE_S):
            while not sender.publish(TOPIC, b'{"p": 1}', retain=True):
                await asyncio.sleep(0.01)
        will = OfflineSettings(topic="home/state", payload="gone")
        power = {"power_w": {"topic": TOPIC, "path": "p"}}
        meter = device(broker.address, channels=power, offline=will, period_s=0.1)
        with pytest.raises(DeviceError) as caught:
            await meter.read()
        assert (caught.value.kind, caught.value.reason.key) == ("unreachable", "mqtt.only_retained")
        sender.publish(TOPIC, b'{"p": 2}')
        assert (await meter.read()).power_w == 2
        sender.publish("home/state", b"gone", retain=True)
        with pytest.raises(DeviceError) as caught:
            await meter.read()
        assert caught.value.reason.key == "mqtt.offline"
        sender.publish(TOPIC, b'{"p": 3}')
        async with asyncio.timeout(PATIENCE_S):
            while True:
                try:
                    assert (await meter.read()).power_w == 3
                    break
                except DeviceError:
                    await asyncio.sleep(0.01)
        await meter.close()
        await sender.close()
