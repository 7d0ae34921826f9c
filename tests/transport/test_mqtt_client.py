"""One connection per broker, made anew when it ends, told once each way, and safe from whatever a broker sends."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from ohmstead.transport import mqtt
from ohmstead.transport.mqtt_client import FLOOD_MESSAGES, Brokers, MqttConnection
from ohmstead.transport.web_address import BrokerAddress, Credentials
from tests.transport.brokers import free_port, mosquitto

pytestmark = pytest.mark.anyio
PATIENCE_S = 20.0
TOPIC = "home/meter"


class Ear:
    """A listener that writes down what it is told."""

    def __init__(self) -> None:
        self.told: list[object] = []
        self._changed = asyncio.Event()

    def heard(self, topic, payload, retained):
        self._note((topic, payload, retained))

    def lost(self, reason):
        self._note(reason.key)

    def found(self):
        self._note("found")

    def _note(self, what):
        self.told.append(what)
        self._changed.set()

    async def until(self, *wanted):
        async with asyncio.timeout(PATIENCE_S):
            while not all(one in self.told for one in wanted):
                self._changed.clear()
                await self._changed.wait()


@asynccontextmanager
async def connection(port: int, **credentials) -> AsyncIterator[tuple[MqttConnection, Ear]]:
    made = MqttConnection(BrokerAddress("127.0.0.1", port, credentials=Credentials(**credentials)))
    ear = Ear()
    made.listen((TOPIC,), ear)
    try:
        yield made, ear
    finally:
        await made.close()


async def test_what_is_published_is_heard_and_what_was_kept_is_told_to_be_old(tmp_path):
    async with mosquitto(tmp_path) as broker, connection(broker.port) as (one, ear):
        await ear.until("found")
        assert one.publish(TOPIC, b"1", retain=True)
        await ear.until((TOPIC, b"1", False))
        async with connection(broker.port) as (_, late):
            await late.until((TOPIC, b"1", True))


async def test_a_wrong_password_is_named_and_shown_nowhere(tmp_path):
    async with mosquitto(tmp_path, password="right") as broker:
        async with connection(broker.port, username="meter", password="right") as (_, ear):
            await ear.until("found")
        async with connection(broker.port, username="meter", password="s3cret-wrong") as (one, ear):
            await ear.until("mqtt.refused")
            assert "s3cret" not in repr(one.address) + str(one.address)


async def test_a_broker_that_goes_is_told_once_and_so_is_its_return_with_all_topics(tmp_path):
    async with mosquitto(tmp_path) as broker, connection(broker.port) as (one, ear):
        await ear.until("found")
        await broker.stop()
        await ear.until("mqtt.ended")
        await broker.start()
        async with asyncio.timeout(PATIENCE_S):
            while ear.told.count("found") < 2:
                await asyncio.sleep(0.02)
        assert one.publish(TOPIC, b"2")
        await ear.until((TOPIC, b"2", False))
        assert ear.told.count("mqtt.ended") == 1


async def test_no_broker_at_all_is_named():
    async with connection(free_port()) as (_, ear):
        await ear.until("mqtt.no_connection")


async def test_a_huge_message_is_left_out_and_the_others_still_come(tmp_path):
    async with mosquitto(tmp_path) as broker:
        sender = await asyncio.create_subprocess_exec(
            "mosquitto_pub", "-p", str(broker.port), "-t", TOPIC, "-s", "-r", stdin=asyncio.subprocess.PIPE
        )
        await sender.communicate(b"9" * 4_000_000)
        async with connection(broker.port) as (one, ear):
            await ear.until("found")
            assert one.publish(TOPIC, b"3")
            await ear.until((TOPIC, b"3", False))
            assert ear.told == ["found", (TOPIC, b"3", False)]


@pytest.mark.parametrize(
    "said, key",
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "mqtt.no_mqtt"),
        (bytes.fromhex("20020002"), "mqtt.not_taken"),
        (bytes.fromhex("20020000") + mqtt.publish(TOPIC, b"1") * (FLOOD_MESSAGES + 1), "mqtt.flood"),
        (b"", "mqtt.ended"),
    ],
)
async def test_a_broker_that_is_none_or_floods_is_left_and_named(said, key):
    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(10)
        writer.write(said)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(speak, "127.0.0.1", 0)
    async with server, connection(server.sockets[0].getsockname()[1]) as (_, ear):
        await ear.until(key)
        assert len([one for one in ear.told if isinstance(one, tuple)]) <= FLOOD_MESSAGES * 2


async def test_devices_of_one_broker_share_its_connection_until_the_last_one_goes(tmp_path):
    async with mosquitto(tmp_path) as broker:
        brokers = Brokers()
        address = BrokerAddress("127.0.0.1", broker.port)
        one, two = brokers.open(address), brokers.open(address)
        assert one is two
        assert brokers.open(BrokerAddress("127.0.0.1", broker.port, credentials=Credentials("other"))) is not one
        first, second = Ear(), Ear()
        one.listen((TOPIC,), first)
        await first.until("found")
        two.listen((TOPIC, "more"), second)
        one.publish("more", b"1")
        one.publish(TOPIC, b"2")
        await second.until(("more", b"1", False), (TOPIC, b"2", False))
        one.forget(first)
        await brokers.release(one)
        assert two.publish(TOPIC, b"4")
        await second.until((TOPIC, b"4", False))
        assert (TOPIC, b"4", False) not in first.told
        await brokers.release(two)
        assert not two.publish(TOPIC, b"5")


async def test_a_broker_with_a_certificate_of_its_own_is_believed_only_with_its_file(tmp_path):
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    made = await asyncio.create_subprocess_exec(
        "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1",
        "-subj", "/CN=broker", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(cert),
        stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    assert await made.wait() == 0
    async with mosquitto(tmp_path, extra=f"certfile {cert}\nkeyfile {key}") as broker:
        for ca, result in ((str(cert), "found"), (None, "mqtt.no_connection"), (str(key), "mqtt.no_connection")):
            one, ear = MqttConnection(BrokerAddress("127.0.0.1", broker.port, True, Credentials(ca=ca))), Ear()
            one.listen((TOPIC,), ear)
            await ear.until(result)
            await one.close()
            assert ear.told[0] == result
