"""One connection to an MQTT broker, shared by all devices that listen there.

It begins with the first listener that starts it, and is made anew when it ends: at once, then after a second, up to
ten, or a minute where it was refused. Whoever listens is told when it is lost, why, and when it is back. The broker is
not trusted: long packets are skipped, a flood ends the connection, and nothing is queued, so that it can neither fill
the memory nor stop the loop.
"""

import asyncio
import contextlib
import secrets
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol, cast

from ohmstead.core.model.reasons import Reason
from ohmstead.transport import mqtt
from ohmstead.transport.opening import cause
from ohmstead.transport.web_address import BrokerAddress

CONNECT_S = 5.0
"""Until the broker has said yes."""
KEEP_ALIVE_S = 20
SILENT_S = 1.5 * KEEP_ALIVE_S
"""A broker that answers no ping for so long is gone."""
BACK_OFF_S = (0.2, 1.0, 2.0, 5.0, 10.0)
"""Pause after the n-th failure in a row."""
REFUSED_S = 60.0
"""A broker that refused us is asked less often: some shut out who tries again and again."""
FLOOD_MESSAGES, FLOOD_BYTES = 2_000, 16 * 1024 * 1024
"""In one second: more than all meters of a site together say, by far."""


class Listener(Protocol):
    """What the connection tells to whoever listens. Nothing here may block."""

    def heard(self, topic: str, payload: bytes, retained: bool) -> None:
        """A message came on one of the topics."""
        ...

    def lost(self, reason: Reason) -> None:
        """There is no connection, for this reason."""
        ...

    def found(self) -> None:
        """The connection stands and the topics are subscribed."""
        ...


class MqttConnection:
    """The connection to one broker."""

    def __init__(self, address: BrokerAddress) -> None:
        """Nothing is connected yet."""
        self.address = address
        self._topics: dict[str, list[Listener]] = {}
        self._task: asyncio.Task[None] | None = None
        self._talk: _Talk | None = None
        self._ready = False

    def listen(self, topics: Sequence[str], listener: Listener) -> None:
        """Tell ``listener`` what comes on ``topics``; connect if that was not done yet."""
        self.connect()
        new = [topic for topic in topics if topic not in self._topics]
        for topic in topics:
            self._topics.setdefault(topic, []).append(listener)
        if self._ready and self._talk is not None:
            if new:
                self._talk.subscribe(new)
            listener.found()

    def connect(self) -> None:
        """Begin to connect, and to stay so, if that was not done yet."""
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._run(), name=f"mqtt {self.address}")

    def forget(self, listener: Listener) -> None:
        """``listener`` hears no more. What only it wanted is left out when the next message of it comes."""
        for topic in [topic for topic, listeners in self._topics.items() if listener in listeners]:
            self._topics[topic].remove(listener)
            if not self._topics[topic]:
                del self._topics[topic]

    def publish(self, topic: str, payload: bytes, retain: bool = False) -> bool:
        """Send once, and tell whether it went out."""
        if self._talk is None or not self._ready:
            return False
        return self._talk.send(mqtt.publish(topic, payload, retain))

    async def close(self) -> None:
        """End the connection for good."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def _run(self) -> None:
        failures, refused = 0, False
        while True:
            try:
                await self._once()
            except _Lost as lost:
                failures = 1 if self._ready else failures + 1
                self._ready, self._talk = False, None
                for listener in self._listeners():
                    listener.lost(lost.reason)
                refused = lost.reason.key == "mqtt.refused"
            await asyncio.sleep(REFUSED_S if refused else BACK_OFF_S[min(failures, len(BACK_OFF_S)) - 1])

    async def _once(self) -> None:
        """One connection from beginning to end. Raises _Lost."""
        talk = await self._opened()
        self._talk = talk
        try:
            async with asyncio.timeout(CONNECT_S):
                await talk.connected
            talk.subscribe(list(self._topics))
            self._ready = True
            for listener in self._listeners():
                listener.found()
            while True:
                await asyncio.wait((talk.ended,), timeout=KEEP_ALIVE_S / 2)
                if talk.ended.done():
                    talk.ended.result()
                talk.keep_alive()
        except TimeoutError as error:
            raise _Lost(self._reason("mqtt.no_answer", f"{CONNECT_S:g} s")) from error
        except _Ended as ended:
            raise _Lost(self._reason(ended.key, ended.detail)) from ended
        finally:
            talk.close()

    async def _opened(self) -> "_Talk":
        address, loop = self.address, asyncio.get_running_loop()
        try:
            context = ssl.create_default_context(cafile=address.credentials.ca) if address.tls else None
            async with asyncio.timeout(CONNECT_S):
                _, talk = await loop.create_connection(
                    lambda: _Talk(address, self._dispatch, self._denied), address.host, address.port, ssl=context
                )
        except TimeoutError as error:
            raise _Lost(self._reason("mqtt.no_connection", f"no answer within {CONNECT_S:g} s")) from error
        except ssl.SSLError as error:
            raise _Lost(self._reason("mqtt.no_connection", f"TLS: {error.reason or error}")) from error
        except (OSError, UnicodeError) as error:
            detail = cause(error) if isinstance(error, OSError) else str(error)
            raise _Lost(self._reason("mqtt.no_connection", detail)) from error
        return talk

    def _denied(self, topic: str) -> None:
        for listener in tuple(self._topics.get(topic, ())):
            listener.lost(self._reason("mqtt.not_allowed", topic))

    def _dispatch(self, message: mqtt.Message) -> None:
        for listener in tuple(self._topics.get(message.topic, ())):
            listener.heard(message.topic, message.payload, message.retained)

    def _listeners(self) -> list[Listener]:
        return list({id(one): one for listeners in self._topics.values() for one in listeners}.values())

    def _reason(self, key: str, detail: str) -> Reason:
        return Reason(key, {"where": str(self.address), "detail": detail})


class _Lost(Exception):
    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.key)
        self.reason = reason


class _Ended(Exception):
    def __init__(self, key: str, detail: str = "") -> None:
        super().__init__(key)
        self.key, self.detail = key, detail


class _Talk(asyncio.Protocol):
    """The protocol of one connection."""

    def __init__(
        self, address: BrokerAddress, on_message: Callable[[mqtt.Message], None], on_denied: Callable[[str], None]
    ) -> None:
        loop = asyncio.get_running_loop()
        self.connected: asyncio.Future[None] = loop.create_future()
        self.ended: asyncio.Future[None] = loop.create_future()
        self._address, self._on_message, self._on_denied, self._clock = address, on_message, on_denied, loop.time
        self._decoder = mqtt.Decoder()
        self._transport: asyncio.Transport | None = None
        self._heard_s = self._second_s = loop.time()
        self._messages = self._bytes = 0
        self._asked: dict[int, str] = {}

    def subscribe(self, topics: Sequence[str]) -> None:
        for topic in topics:
            packet_id = len(self._asked) + 1
            self._asked[packet_id] = topic
            self.send(mqtt.subscribe(packet_id, topic))

    def send(self, data: bytes) -> bool:
        """Whether it was taken: a broker that does not read gets nothing more."""
        transport = self._transport
        if transport is None or transport.is_closing() or transport.get_write_buffer_size() > mqtt.LONGEST:
            return False
        transport.write(data)
        return True

    def keep_alive(self) -> None:
        """Ask whether the broker is there. Raises _Ended when it has not been for long."""
        if self._clock() - self._heard_s > SILENT_S:
            raise _Ended("mqtt.no_answer", f"{SILENT_S:g} s")
        self.send(mqtt.ping())

    def close(self) -> None:
        self.send(mqtt.disconnect())
        for future in (self.connected, self.ended):
            if future.done() and not future.cancelled():
                future.exception()
            future.cancel()
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        known = self._address.credentials
        client_id = f"ohmstead-{secrets.token_hex(6)}"
        self.send(mqtt.connect(client_id, known.username, known.password, KEEP_ALIVE_S))

    def data_received(self, data: bytes) -> None:
        if self.ended.done():
            return
        self._heard_s = now_s = self._clock()
        if now_s - self._second_s >= 1.0:
            self._second_s, self._messages, self._bytes = now_s, 0, 0
        self._bytes += len(data)
        try:
            for packet in self._decoder.feed(data):
                self._take(packet)
            if self._bytes > FLOOD_BYTES:
                raise _Ended("mqtt.flood")
        except mqtt.MqttError as error:
            self._end(_Ended("mqtt.no_mqtt", str(error)))
        except _Ended as ended:
            self._end(ended)

    def _take(self, packet: mqtt.Packet) -> None:
        match packet:
            case mqtt.Connected(0):
                if not self.connected.done():
                    self.connected.set_result(None)
            case mqtt.Connected(code):
                key = "mqtt.refused" if code in mqtt.NOT_THIS_USER else "mqtt.not_taken"
                raise _Ended(key, str(code))
            case mqtt.Message(packet_id=packet_id):
                self._messages += 1
                if self._messages > FLOOD_MESSAGES:
                    raise _Ended("mqtt.flood")
                if packet_id is not None:
                    self.send(mqtt.acknowledge(packet_id))
                self._on_message(packet)
            case mqtt.Subscribed(packet_id, False) if packet_id in self._asked:
                self._on_denied(self._asked[packet_id])

    def _end(self, why: _Ended) -> None:
        for future in (self.connected, self.ended):
            if not future.done():
                future.set_exception(why)
        if self._transport is not None:
            self._transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self._end(_Ended("mqtt.ended"))


@dataclass(slots=True)
class Brokers:
    """The connections in use: devices with the same broker and credentials share one."""

    _users: dict[BrokerAddress, tuple[MqttConnection, int]] = field(default_factory=dict)

    def open(self, address: BrokerAddress) -> MqttConnection:
        """The connection to ``address``; nothing is connected yet."""
        connection, users = self._users.get(address, (None, 0))
        connection = connection or MqttConnection(address)
        self._users[address] = (connection, users + 1)
        return connection

    async def release(self, connection: MqttConnection) -> None:
        """Called once by each that opened it; the last one closes it."""
        _, users = self._users.pop(connection.address)
        if users > 1:
            self._users[connection.address] = (connection, users - 1)
        else:
            await connection.close()
