"""A device that publishes its values to an MQTT broker: the Meter port over a shared connection (G-123, G-128).

A reading is what was said last on all its topics, as old as the oldest of those that control looks at. Retained
messages are of unknown age and therefore no values. How often the device speaks is learned and told, so that one that
speaks each five minutes is not taken for lost; one whose last will has come is.
"""

import asyncio
import itertools
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from statistics import median
from typing import Any

from ohmstead.core.model.errors import DeviceError, DeviceGarbled, DeviceRefused, DeviceUnreachable
from ohmstead.core.model.quantities import Quality, Role
from ohmstead.core.model.readings import Reading
from ohmstead.core.model.reasons import Param, Reason
from ohmstead.core.model.settings import SLOWEST_GRID_S
from ohmstead.core.model.time import Instant
from ohmstead.drivers.clock import Clock
from ohmstead.drivers.json_source import Understood
from ohmstead.drivers.modbus_meter import Wiring
from ohmstead.protocols.json_values import NotJson, parse
from ohmstead.protocols.meters.codec import MeterValues
from ohmstead.transport.mqtt_client import Brokers
from ohmstead.transport.web_address import BrokerAddress

RHYTHM_FASTEST_S, RHYTHM_SLOWEST_S = 0.1, 3600.0
RHYTHM_UNKNOWN_S = 60.0
"""Assumed before two messages have come, unless ``period_s`` says how often they do."""
RHYTHMS = 5
PATIENCE, PATIENCE_AT_LEAST_S = 1.5, 2.5
"""After so many rhythms, and so long, without a message a read fails."""
SILENT_AFTER = 3.0
"""After so many of its own rhythms the values of one topic no longer count."""
TOGETHER_S = 0.05
"""Topics that are published one after the other belong together."""
_REFUSALS = frozenset({"mqtt.refused", "mqtt.not_allowed"})


@dataclass(frozen=True, slots=True)
class Published:
    """What a device publishes, and what it means."""

    topics: tuple[str, ...]
    live: frozenset[str]
    """Those whose age is the age of a reading."""
    read: Callable[[Mapping[str, Any]], MeterValues]
    """Values of the documents by topic; those that have not come, or not lately, are not among them."""
    offline: tuple[str, str] | None = None
    """The topic and text of its last will."""


@dataclass(slots=True)
class _Topic:
    """What one topic said last, and when it spoke."""

    payload: bytes = b""
    at: Instant | None = None
    arrivals: deque[float] = field(default_factory=lambda: deque(maxlen=RHYTHMS + 1))
    new: bool = False

    def rhythm_s(self, unknown_s: float) -> float:
        if len(self.arrivals) < 2:
            return unknown_s
        return median(later - earlier for earlier, later in itertools.pairwise(self.arrivals))


class MqttMeter:
    """One device at a broker."""

    def __init__(
        self,
        wiring: Wiring,
        published: Published,
        address: BrokerAddress,
        brokers: Brokers,
        clock: Clock,
        period_s: float | None = None,
    ) -> None:
        """Nothing is connected before the first read. ``period_s``: how often it is said to speak."""
        self._wiring, self._published, self._brokers, self._clock = wiring, published, brokers, clock
        self._connection = brokers.open(address)
        self._slowest_s = SLOWEST_GRID_S if wiring.role is Role.GRID else RHYTHM_SLOWEST_S
        self._unknown_s = min(period_s or RHYTHM_UNKNOWN_S, self._slowest_s)
        self._understood = Understood(wiring)
        self._topics = {topic: _Topic() for topic in published.topics}
        self._changed = asyncio.Event()
        self._down: Reason | None = None
        self._offline = self._listening = self._closed = False
        self._retained = 0

    @property
    def rhythm_s(self) -> float:
        """How often the device speaks."""
        slowest = max(self._topics[topic].rhythm_s(self._unknown_s) for topic in self._published.live)
        return min(max(slowest, RHYTHM_FASTEST_S), self._slowest_s)

    async def read(self) -> Reading:
        """What has been said since the last read, waited for. Raises DeviceError."""
        if self._closed:
            raise DeviceUnreachable(self._reason("line.ended"))
        if not self._listening:
            self._listening = True
            will = (self._published.offline[0],) if self._published.offline else ()
            self._connection.listen((*self._topics, *will), self)
        patience_s = max(PATIENCE_AT_LEAST_S, PATIENCE * self.rhythm_s)
        try:
            async with asyncio.timeout(patience_s):
                while self._failure() is None and not self._said():
                    self._changed.clear()
                    await self._changed.wait()
                if len(self._published.live) > 1 and self._failure() is None:
                    await asyncio.sleep(TOGETHER_S)
        except TimeoutError as error:
            if self._said(whole=False):
                return self._reading()
            key = "mqtt.only_retained" if self._retained else "mqtt.silent"
            params = {"device": self._wiring.name, "deadline_s": f"{patience_s:g} s"}
            raise DeviceUnreachable(self._reason(key, params)) from error
        failure = self._failure()
        if failure is not None:
            raise failure
        return self._reading()

    async def close(self) -> None:
        """Give the connection back."""
        if not self._closed:
            self._closed = True
            self._connection.forget(self)
            self._changed.set()
            await self._brokers.release(self._connection)

    def heard(self, topic: str, payload: bytes, retained: bool) -> None:
        """A message has come. Called by the connection."""
        will = self._published.offline
        if will is not None and topic == will[0]:
            self._offline = payload.decode("utf-8", "replace").strip() == will[1]
        if topic in self._topics:
            if retained:
                self._retained += 1
            else:
                self._keep(self._topics[topic], payload)
        self._changed.set()

    def lost(self, reason: Reason) -> None:
        """There is no connection. Called by the connection."""
        self._down = reason
        for topic in self._topics.values():
            topic.new = False
        self._changed.set()

    def found(self) -> None:
        """The connection stands. Called by the connection."""
        self._down, self._offline, self._retained = None, False, 0

    def _keep(self, topic: _Topic, payload: bytes) -> None:
        topic.payload, topic.at, topic.new = payload, self._clock.now(), True
        topic.arrivals.append(topic.at.monotonic_s)
        self._offline = False

    def _said(self, whole: bool = True) -> bool:
        """Whether something new was said; ``whole``: and each topic that control looks at has been heard."""
        live = [self._topics[topic] for topic in self._published.live]
        return any(topic.new for topic in live) and (not whole or all(topic.at is not None for topic in live))

    def _failure(self) -> DeviceError | None:
        if self._closed:
            return DeviceUnreachable(self._reason("line.ended"))
        if self._down is not None:
            return (DeviceRefused if self._down.key in _REFUSALS else DeviceUnreachable)(self._down)
        if self._offline:
            return DeviceUnreachable(self._reason("mqtt.offline", {"device": self._wiring.name}))
        return None

    def _reading(self) -> Reading:
        now, rhythm_s = self._clock.now(), self.rhythm_s
        documents, silent, times = {}, [], []
        for name, topic in self._topics.items():
            if topic.at is None:
                silent += [name] if name in self._published.live else []
                continue
            if now.since(topic.at) > max(PATIENCE_AT_LEAST_S, SILENT_AFTER * topic.rhythm_s(self._unknown_s)):
                silent.append(name)
                continue
            documents[name] = self._document(name, topic)
            if name in self._published.live:
                times.append(topic.at)
        for topic in self._topics.values():
            topic.new = False
        at = min(times, key=lambda one: one.monotonic_s, default=now)
        seen = self._understood.reading(self._published.read(documents), at, rhythm_s)
        return self._with_silence(seen, silent)

    def _document(self, name: str, topic: _Topic) -> Any:
        """What the topic says; what cannot be read is told once and forgotten."""
        try:
            return parse(topic.payload)
        except NotJson as error:
            topic.at, topic.new = None, False
            params = {"device": self._wiring.name, "where": name, "came": str(error)}
            raise DeviceGarbled(Reason("source.no_json", params)) from error

    def _with_silence(self, seen: Reading, silent: list[str]) -> Reading:
        if not silent or seen.problem is not None:
            return seen
        problem = Reason("mqtt.topic_silent", {"device": self._wiring.name, "topic": silent[0]})
        bad = not self._published.live.isdisjoint(silent)
        return replace(seen, problem=problem, quality=Quality.BAD if bad else seen.quality)

    def _reason(self, key: str, params: Mapping[str, Param] | None = None) -> Reason:
        return Reason(key, {"where": str(self._connection.address), **(params or {})})
