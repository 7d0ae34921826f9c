"""One serial line of Modbus RTU, or one TCP connection that carries its frames: one request, its answer, the next.

A frame is unit, PDU and CRC (Modbus over serial line V1.02, clause 2.5.1). It has no transaction and no length, so
that silence matters: nothing is sent before the line has been quiet for 3.5 characters (1.75 ms above 19200 baud), an
answer is known to be whole by its function and its CRC, and one that stops half-way is given up long before the
deadline. Noise before an answer, the adapter's own echo and the late answer of another unit are passed over. A unit
that was late is left alone until its answer has come or can be expected no more: nothing else could tell that answer
from the next one. Wrong bytes never close the line, for other units are on it.
"""

import asyncio
from dataclasses import dataclass
from typing import cast

from pymodbus.framer import FramerRTU

from ohmstead.transport.address import SerialAddress, TcpAddress
from ohmstead.transport.modbus_link import LinkError, hexed
from ohmstead.transport.opening import given_back

GAP_CHARACTERS = 3.5
GAP_AT_LEAST_S = 0.00175
TCP_GAP_S = 0.004
"""The same at 9600 baud, for the line behind a gateway whose baud nobody tells."""
TURNAROUND_S = 0.1
"""After a broadcast the units have so long to act on it (clause 2.4.1)."""
BROKEN_OFF_S, TCP_BROKEN_OFF_S = 0.1, 0.4
"""No more of a frame comes after so long a pause; USB adapters and gateways hand on what they have in portions."""
BABBLE_S = 0.3
"""A line that is not quiet for so long cannot be used."""
LATE_S = 1.0
"""An answer comes no later after its deadline."""
LONGEST = 256
_KEPT_AT_MOST = 2 * LONGEST
_FIXED = frozenset({5, 6, 15, 16})


@dataclass(slots=True)
class _Asked:
    """The request under way, and what has come since."""

    unit: int
    function: int
    data_bytes: int | None
    answer: asyncio.Future[bytes]

    def answered(self, came: bytes) -> bytes | None:
        """The PDU in ``came`` that answers it, wherever it begins."""
        for start in range(len(came) - 4):
            if came[start] == self.unit and came[start + 1] & 0x7F == self.function:
                frame = _frame(came, start)
                if frame is not None and self._fits(frame):
                    return frame[1:-2]
        return None

    def _fits(self, frame: bytes) -> bool:
        return frame[1] & 0x80 != 0 or self.data_bytes is None or frame[2] == self.data_bytes


class RtuLink(asyncio.Protocol):
    """The protocol of one line."""

    shared = False
    """Only one request can be under way."""

    def __init__(self, address: SerialAddress | TcpAddress) -> None:
        """Not connected yet."""
        serial = isinstance(address, SerialAddress)
        self._character_s = address.character_s if isinstance(address, SerialAddress) else 0.0
        self._gap_s = max(GAP_CHARACTERS * self._character_s, GAP_AT_LEAST_S) if serial else TCP_GAP_S
        self._broken_off_s = (BROKEN_OFF_S if serial else TCP_BROKEN_OFF_S) + self._gap_s
        self._transport: asyncio.Transport | None = None
        self._busy_until = 0.0
        self._asked: _Asked | None = None
        self._came = bytearray()
        self._pause: asyncio.TimerHandle | None = None
        self._late: dict[int, tuple[float, asyncio.Event]] = {}
        self._ended: LinkError | None = None
        self._given_back = asyncio.Event()

    @property
    def alive(self) -> bool:
        """Whether a request can be sent."""
        return self._transport is not None and self._ended is None

    @property
    def ended(self) -> LinkError | None:
        """Why the line ended, if it did."""
        return self._ended

    def wire_s(self, request: bytes) -> float:
        """How long ``request`` and its answer travel at the line's speed."""
        answer = 5 + 2 * int.from_bytes(request[3:5], "big") if request[0] in (3, 4) else 8
        return (len(request) + 3 + answer) * self._character_s + 2 * self._gap_s

    async def rested(self, unit: int) -> None:
        """Wait until ``unit`` may be asked again after an answer that did not come in time. The line is free."""
        until, came = self._late.get(unit, (0.0, None))
        left_s = until - _now()
        if came is not None and left_s > 0:
            try:
                async with asyncio.timeout(left_s):
                    await came.wait()
            except TimeoutError:
                pass
        self._late.pop(unit, None)

    async def exchange(self, unit: int, request: bytes) -> bytes:
        """Send the PDU ``request`` and return the PDU of its answer. Raises LinkError. One call at a time.

        Cancelled (a deadline), it remembers that the unit's answer may still come.
        """
        transport = await self._quiet()
        size = 2 * int.from_bytes(request[3:5], "big") if request[0] in (3, 4) else None
        self._asked = _Asked(unit, request[0], size, asyncio.get_running_loop().create_future())
        self._came.clear()
        self._send(transport, unit, request)
        try:
            return await self._asked.answer
        except asyncio.CancelledError:
            self._late[unit] = (_now() + LATE_S, asyncio.Event())
            raise
        finally:
            self._asked = None
            self._stop_pause()

    async def tell(self, unit: int, request: bytes) -> None:
        """Send the PDU ``request``, to which nobody answers. Raises LinkError."""
        self._send(await self._quiet(), unit, request)
        self._busy_until += TURNAROUND_S

    def close(self) -> None:
        """End the connection now; an exchange under way fails."""
        self._end(LinkError("modbus.connection_lost", False))

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Asyncio: the connection stands."""
        self._transport = cast(asyncio.Transport, transport)
        self._busy_until = _now()

    def data_received(self, data: bytes) -> None:
        """Asyncio: ``data`` has come."""
        self._busy_until = max(self._busy_until, _now())
        asked = self._asked
        if self._ended is not None or asked is None or asked.answer.done():
            self._overheard(data)
            return
        self._came += data
        pdu = asked.answered(bytes(self._came))
        if pdu is not None:
            asked.answer.set_result(pdu)
        elif len(self._came) > _KEPT_AT_MOST:
            asked.answer.set_exception(LinkError("modbus.babble", True, came=hexed(self._came)))
        else:
            self._stop_pause()
            self._pause = asyncio.get_running_loop().call_later(self._broken_off_s, self._paused, asked)

    async def closed(self) -> None:
        """End the connection and wait until the port is free for others."""
        self.close()
        if self._transport is not None:
            await given_back(self._given_back)

    def connection_lost(self, exc: Exception | None) -> None:
        """Asyncio: the connection is gone."""
        self._given_back.set()
        self._end(LinkError("modbus.connection_lost", False))

    async def _quiet(self) -> asyncio.Transport:
        """Wait for the silence before a frame. Raises LinkError."""
        until = _now() + BABBLE_S + TURNAROUND_S
        while True:
            if self._transport is None or self._ended is not None:
                raise self._ended or LinkError("modbus.connection_lost", False)
            wait_s = self._busy_until + self._gap_s - _now()
            if wait_s <= 0:
                return self._transport
            left_s = until - _now()
            if left_s <= 0:
                raise LinkError("modbus.babble", True, came=hexed(self._came))
            await asyncio.sleep(min(wait_s, left_s))

    def _send(self, transport: asyncio.Transport, unit: int, request: bytes) -> None:
        frame = framed(unit, request)
        transport.write(frame)
        self._busy_until = _now() + len(frame) * self._character_s

    def _overheard(self, data: bytes) -> None:
        """Nobody waits for ``data``: the end of what was late, or noise."""
        self._came += data
        del self._came[:-_KEPT_AT_MOST]
        self._forgive(bytes(self._came))

    def _forgive(self, came: bytes) -> bool:
        """Whether ``came`` holds the answer of a unit that was late."""
        for unit, (_, event) in self._late.items():
            if any(came[i] == unit and _frame(came, i) is not None for i in range(len(came) - 4)):
                event.set()
                return True
        return False

    def _paused(self, asked: _Asked) -> None:
        """Bytes have come and then no more: is it an answer that cannot be used, or may the right one still come?"""
        came = bytes(self._came)
        self._came.clear()
        if asked.answer.done() or self._forgive(came):
            return
        frame = _frame(came, 0)
        if frame is None:
            key = "modbus.crc" if _length(came, 0) <= len(came) else "modbus.incomplete"
            error = LinkError(key, True, came=hexed(came))
        elif frame[0] != asked.unit:
            error = LinkError("modbus.other_unit", True, came=frame[0], expected=asked.unit)
        elif frame[1] & 0x7F != asked.function:
            error = LinkError("modbus.other_function", True, came=frame[1] & 0x7F, expected=asked.function)
        else:
            error = LinkError("modbus.other_length", True, came=frame[2] // 2, expected=(asked.data_bytes or 0) // 2)
        asked.answer.set_exception(error)

    def _stop_pause(self) -> None:
        if self._pause is not None:
            self._pause.cancel()

    def _end(self, error: LinkError) -> None:
        if self._ended is None:
            self._ended = error
        if self._asked is not None and not self._asked.answer.done():
            self._asked.answer.set_exception(self._ended)
        if self._transport is not None:
            self._transport.abort()


def framed(unit: int, pdu: bytes) -> bytes:
    """The frame of a serial line: unit, PDU, and the CRC with its low byte first (clause 2.5.1.2)."""
    frame = bytes([unit]) + pdu
    return frame + FramerRTU.compute_CRC(frame).to_bytes(2, "big")


def sound(frame: bytes) -> bool:
    """Whether ``frame`` ends with its own CRC."""
    return FramerRTU.compute_CRC(frame[:-2]) == int.from_bytes(frame[-2:], "big")


def _frame(came: bytes, start: int) -> bytes | None:
    """The frame that begins at ``start``, when it is whole and its CRC is right."""
    end = start + _length(came, start)
    if end > len(came):
        return None
    frame = came[start:end]
    return frame if sound(frame) else None


def _length(came: bytes, start: int) -> int:
    """How long an answer that begins at ``start`` is, by its function; longer than anything where nothing tells."""
    if len(came) - start < 3:
        return LONGEST + 1
    function = came[start + 1]
    if function & 0x80:
        return 5
    return 8 if function in _FIXED else 5 + came[start + 2]


def _now() -> float:
    return asyncio.get_running_loop().time()
