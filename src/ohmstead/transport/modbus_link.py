"""One TCP connection to a Modbus peer that is not trusted: requests out, one answer to each in, anything else ends it.

The frame is the MBAP header (transaction, protocol 0, length, unit) and a PDU of at most 253 bytes. Memory is one
receive buffer and one frame, whatever the peer sends. An answer that comes after its deadline is recognised by its
transaction and dropped; one in another unit's name, of another function, or with a transaction that is none while a
single request is under way, fails that request alone. An answer that comes again or that nobody asked for (another's
transaction and unit), and bytes that are no frame, close the connection at once. (pymodbus' client skips wrong answers
until its time-out and does not compare the function, which is why only its PDU classes are used here.)
"""

import asyncio
import struct
from collections import deque
from dataclasses import dataclass
from typing import cast

from ohmstead.core.model.reasons import Param

_HEADER = struct.Struct(">HHHB")
_LONGEST = 254
_RECEIVE = 512
_REMEMBERED = 16


class LinkError(Exception):
    """The exchange failed. ``key`` is the reason's text, ``params`` what came and what was expected."""

    def __init__(self, key: str, garbled: bool, **params: Param) -> None:
        """``garbled`` tells an answer that is not the protocol from no answer at all."""
        super().__init__(key)
        self.key = key
        self.garbled = garbled
        self.params = params


@dataclass(frozen=True, slots=True)
class _Asked:
    """A request under way."""

    unit: int
    function: int
    answer: asyncio.Future[bytes]


class Link(asyncio.BufferedProtocol):
    """The protocol of one connection."""

    shared = True
    """Several requests may be under way at once."""

    def __init__(self) -> None:
        """Not connected yet."""
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray(_RECEIVE)
        self._pending = bytearray()
        self._transaction = 0
        self._asked: dict[int, _Asked] = {}
        self._abandoned: deque[int] = deque(maxlen=_REMEMBERED)
        self._answered: deque[int] = deque(maxlen=_REMEMBERED)
        self._ended: LinkError | None = None
        self._crowded = False

    @property
    def alive(self) -> bool:
        """Whether a request can be sent."""
        return self._transport is not None and self._ended is None

    @property
    def begun(self) -> bool:
        """Whether an answer has begun to come whose end is missing."""
        return bool(self._pending)

    @property
    def crowded(self) -> bool:
        """Whether more than one request was under way when it ended, so that any of them may have been the cause."""
        return self._crowded

    async def exchange(self, unit: int, request: bytes) -> bytes:
        """Send the PDU ``request`` and return the PDU of its answer. Raises LinkError.

        Cancelled (a deadline), it remembers the transaction, and ends the connection if an answer had begun to come
        that can be no other's.
        """
        transport = self._transport
        if transport is None or self._ended is not None:
            raise self._ended or LinkError("modbus.connection_lost", False)
        self._transaction = transaction = self._transaction % 0xFFFF + 1
        asked = _Asked(unit, request[0], asyncio.get_running_loop().create_future())
        self._asked[transaction] = asked
        transport.write(_HEADER.pack(transaction, 0, len(request) + 1, unit) + request)
        try:
            return await asked.answer
        except asyncio.CancelledError:
            self._abandoned.append(transaction)
            if self._pending and len(self._asked) == 1:
                self._end(LinkError("modbus.incomplete", True, came=hexed(self._pending)))
            raise
        finally:
            del self._asked[transaction]

    async def tell(self, unit: int, request: bytes) -> None:
        """Send the PDU ``request``; an answer that a gateway gives all the same is dropped. Raises LinkError."""
        transport = self._transport
        if transport is None or self._ended is not None:
            raise self._ended or LinkError("modbus.connection_lost", False)
        self._transaction = self._transaction % 0xFFFF + 1
        self._abandoned.append(self._transaction)
        transport.write(_HEADER.pack(self._transaction, 0, len(request) + 1, unit) + request)

    async def rested(self, unit: int) -> None:
        """A late answer is known by its transaction: nothing to wait for."""

    def wire_s(self, request: bytes) -> float:
        """The wire behind a gateway is the gateway's."""
        return 0.0

    @property
    def ended(self) -> LinkError | None:
        """Why the connection ended, if it did."""
        return self._ended

    def close(self) -> None:
        """End the connection now; an exchange under way fails."""
        self._end(LinkError("modbus.connection_lost", False))

    async def closed(self) -> None:
        """End the connection; nobody waits for its port."""
        self.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Asyncio: the connection stands."""
        self._transport = cast(asyncio.Transport, transport)

    def get_buffer(self, sizehint: int) -> bytearray:
        """Asyncio: where to put what comes."""
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        """Asyncio: ``nbytes`` have come."""
        if self._ended is not None:
            return
        self._pending += memoryview(self._buffer)[:nbytes]
        try:
            while self._take_frame():
                pass
        except LinkError as error:
            self._end(error)

    def connection_lost(self, exc: Exception | None) -> None:
        """Asyncio: the connection is gone."""
        self._end(LinkError("modbus.connection_lost", False))

    def _take_frame(self) -> bool:
        if len(self._pending) < _HEADER.size:
            return False
        transaction, protocol, length, unit = _HEADER.unpack_from(self._pending)
        if protocol != 0 or not 3 <= length <= _LONGEST:
            raise LinkError("modbus.no_frame", True, came=hexed(self._pending))
        if len(self._pending) < 6 + length:
            return False
        pdu = bytes(self._pending[_HEADER.size : 6 + length])
        del self._pending[: 6 + length]
        if transaction in self._abandoned:
            self._abandoned.remove(transaction)
            return True
        asked = self._asked.get(transaction)
        if asked is None and self._asked:
            return self._stray(transaction, unit, pdu)
        if asked is None or asked.answer.done():
            raise LinkError("modbus.unasked", True, came=hexed(pdu))
        if unit != asked.unit:
            asked.answer.set_exception(LinkError("modbus.other_unit", True, came=unit, expected=asked.unit))
        elif pdu[0] & 0x7F != asked.function:
            params = {"came": pdu[0] & 0x7F, "expected": asked.function}
            asked.answer.set_exception(LinkError("modbus.other_function", True, **params))
        else:
            asked.answer.set_result(pdu)
        self._answered.append(transaction)
        return True

    def _stray(self, transaction: int, unit: int, pdu: bytes) -> bool:
        """A whole frame with a transaction that is none: the answer to the one request under way, if it is one."""
        (expected, asked), *others = self._asked.items()
        if transaction in self._answered or unit != asked.unit or asked.answer.done():
            raise LinkError("modbus.unasked", True, came=hexed(pdu))
        error = LinkError("modbus.other_transaction", True, came=transaction, expected=expected)
        if others:
            raise error
        self._abandoned.append(expected)
        asked.answer.set_exception(error)
        return True

    def _end(self, error: LinkError) -> None:
        if self._ended is None:
            self._ended = error
            self._crowded = len(self._asked) > 1
        for asked in self._asked.values():
            if not asked.answer.done():
                asked.answer.set_exception(self._ended)
        if self._transport is not None:
            self._transport.abort()
        self._pending.clear()


def hexed(data: bytes | bytearray) -> str:
    """The first bytes of ``data`` for a person."""
    shown = bytes(data[:16]).hex(" ")
    return f"{shown} …" if len(data) > 16 else shown
