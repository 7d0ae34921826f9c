"""MQTT 3.1.1 as a client speaks it, without I/O: packets to bytes and back (OASIS standard).

As much of it as a listener needs: connect, subscribe, publish and receive with quality 0 and 1, ping. What is longer
than :data:`LONGEST` is skipped byte by byte as it comes and never kept, so a message of 256 MiB costs no memory.
"""

from collections.abc import Iterator
from dataclasses import dataclass

LONGEST = 256 * 1024
"""No meter says more in one message; longer ones are skipped."""

CONNECT, CONNACK, PUBLISH, PUBACK, SUBSCRIBE, SUBACK, PINGREQ, PINGRESP, DISCONNECT = 1, 2, 3, 4, 8, 9, 12, 13, 14
NOT_THIS_USER = frozenset({4, 5})
"""Answers to CONNECT: user name or password is wrong, this user may not connect (section 3.2.2.3)."""
_NOT_ALLOWED = 0x80
_ANSWERS = frozenset(kind << 4 for kind in (CONNACK, PUBACK, SUBACK, PINGRESP))
"""First bytes of what a broker sends besides messages (section 2.2.2)."""
_PROTOCOL_LEVEL = 4


class MqttError(ValueError):
    """Bytes that are not MQTT; says what came."""


@dataclass(frozen=True, slots=True)
class Connected:
    """The broker's answer to CONNECT; ``code`` 0 is yes."""

    code: int


@dataclass(frozen=True, slots=True)
class Message:
    """Something published. ``retained``: the broker had kept it, so its age is unknown (section 3.3.1.3)."""

    topic: str
    payload: bytes
    retained: bool
    packet_id: int | None = None
    """To be acknowledged, where it came with quality 1."""


@dataclass(frozen=True, slots=True)
class Subscribed:
    """The broker's answer to SUBSCRIBE: whether the topic was taken."""

    packet_id: int
    taken: bool


@dataclass(frozen=True, slots=True)
class Skipped:
    """A packet of ``size`` bytes was too long and left out."""

    size: int


@dataclass(frozen=True, slots=True)
class Other:
    """An answer that needs nothing done (to PINGREQ, for one)."""

    kind: int


Packet = Connected | Message | Subscribed | Skipped | Other


def connect(client_id: str, username: str | None, password: str | None, keep_alive_s: int) -> bytes:
    """CONNECT with a clean session (section 3.1)."""
    flags = 0x02 | (0x80 if username is not None else 0) | (0x40 if password is not None else 0)
    body = _text("MQTT") + bytes([_PROTOCOL_LEVEL, flags]) + keep_alive_s.to_bytes(2, "big") + _text(client_id)
    for secret in (username, password):
        body += b"" if secret is None else _text(secret)
    return _packet(CONNECT, 0, body)


def subscribe(packet_id: int, topic: str) -> bytes:
    """SUBSCRIBE to ``topic`` with quality 0 (section 3.8)."""
    return _packet(SUBSCRIBE, 2, packet_id.to_bytes(2, "big") + _text(topic) + b"\0")


def publish(topic: str, payload: bytes, retain: bool = False) -> bytes:
    """PUBLISH with quality 0 (section 3.3)."""
    return _packet(PUBLISH, int(retain), _text(topic) + payload)


def acknowledge(packet_id: int) -> bytes:
    """PUBACK (section 3.4)."""
    return _packet(PUBACK, 0, packet_id.to_bytes(2, "big"))


def ping() -> bytes:
    """PINGREQ (section 3.12)."""
    return _packet(PINGREQ, 0, b"")


def disconnect() -> bytes:
    """DISCONNECT (section 3.14)."""
    return _packet(DISCONNECT, 0, b"")


class Decoder:
    """Puts the broker's bytes together; holds at most one packet of LONGEST."""

    def __init__(self) -> None:
        """Nothing has come yet."""
        self._held = bytearray()
        self._to_skip = 0

    def feed(self, data: bytes) -> Iterator[Packet]:
        """What is whole now. Raises MqttError for bytes that are not MQTT; then the connection is of no use."""
        if self._to_skip:
            skipped = min(self._to_skip, len(data))
            self._to_skip -= skipped
            data = data[skipped:]
        self._held += data
        while (head := _head(self._held)) is not None:
            start, size = head
            if size > LONGEST:
                self._to_skip = max(0, start + size - len(self._held))
                del self._held[: start + size]
                yield Skipped(size)
            elif len(self._held) < start + size:
                return
            else:
                first, body = self._held[0], bytes(self._held[start : start + size])
                del self._held[: start + size]
                yield _understood(first, body)


def _head(held: bytearray) -> tuple[int, int] | None:
    """Where the body begins and how long it is (section 2.2.3); ``None`` while that is not known."""
    if held and held[0] >> 4 != PUBLISH and held[0] not in _ANSWERS:
        raise MqttError(f"a packet that begins with {held[:5].hex(' ')}")
    size = 0
    for index in range(1, min(5, len(held))):
        size |= (held[index] & 0x7F) << 7 * (index - 1)
        if held[index] < 0x80:
            return index + 1, size
    if len(held) >= 5:
        raise MqttError(f"a length of more than four bytes ({held[:5].hex(' ')})")
    return None


def _understood(first: int, body: bytes) -> Packet:
    kind, flags = first >> 4, first & 0x0F
    if kind == PUBLISH:
        return _message(flags, body)
    if kind == CONNACK and len(body) == 2:
        return Connected(body[1])
    if kind == SUBACK and len(body) == 3:
        return Subscribed(int.from_bytes(body[:2], "big"), body[2] < _NOT_ALLOWED)
    if kind in (PUBACK, PINGRESP):
        return Other(kind)
    raise MqttError(f"a packet of kind {kind} with {len(body)} bytes")


def _message(flags: int, body: bytes) -> Message:
    quality, size = flags >> 1 & 3, int.from_bytes(body[:2], "big")
    start = 2 + size + (2 if quality else 0)
    if quality > 1 or len(body) < max(start, 2):
        raise MqttError(f"a message of quality {quality} with {len(body)} bytes")
    try:
        topic = body[2 : 2 + size].decode("utf-8")
    except UnicodeDecodeError as error:
        raise MqttError(f"a topic that is not UTF-8 ({body[2 : 2 + size][:20].hex(' ')})") from error
    packet_id = int.from_bytes(body[2 + size : start], "big") if quality else None
    return Message(topic, body[start:], bool(flags & 1), packet_id)


def _text(text: str) -> bytes:
    data = text.encode("utf-8")
    if len(data) > 0xFFFF:
        raise MqttError(f"a text of {len(data)} bytes; allowed: at most 65535")
    return len(data).to_bytes(2, "big") + data


def _packet(kind: int, flags: int, body: bytes) -> bytes:
    size, length = len(body), bytearray()
    while True:
        size, seven = divmod(size, 128)
        length.append(seven | (0x80 if size else 0))
        if not size:
            return bytes([kind << 4 | flags]) + bytes(length) + body
