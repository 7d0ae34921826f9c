"""Units behind a gateway that passes the frames of a serial Modbus line on, over TCP, as they are (RTU over TCP).

The frames arrive whole and in order, so a request is known by its function and length; bytes whose CRC is wrong end
the connection. Who is not there does not answer; a broadcast is obeyed by all and answered by none. An answer comes
after the time that request and answer take on the line behind.
"""

import asyncio
from collections.abc import Sequence
from functools import partial

from ohmstead.transport.listener import Client
from ohmstead.transport.modbus_server import WRITE_MANY, WRITE_ONE, ModbusServer, ServedUnit
from ohmstead.transport.rtu_link import framed, sound
from ohmstead.transport.rtu_server import BROADCAST

_HEAD = 7
"""What every request has at least: unit, function, address, count or value, and one byte more."""
_COUNTED_AT_MOST = 246


def other_unit_rtu(answer: bytes) -> bytes:
    """The frame as if another unit had sent it."""
    return framed((answer[0] + 1) & 0xFF, answer[1:-2])


def failure_rtu(answer: bytes) -> bytes:
    """Exception 4 in place of the frame: the device has a failure of its own."""
    return framed(answer[0], bytes((answer[1] | 0x80, 4)))


class RtuGateway(ModbusServer):
    """Units behind a TCP port that takes RTU frames."""

    def __init__(
        self, units: Sequence[ServedUnit], host: str = "127.0.0.1", port: int = 0, character_s: float = 0.0
    ) -> None:
        """``character_s`` is how long a character takes on the line behind; 0 is at once."""
        super().__init__(units, host, port)
        self._character_s = character_s

    async def _converse(self, client: Client) -> None:
        while True:
            head = await client.read(_HEAD)
            counted = head[6] + 2 if head[1] == WRITE_MANY else 1
            if counted > _COUNTED_AT_MOST + 2:
                self.served.garbled += 1
                return
            frame = head + await client.read(counted)
            if not sound(frame):
                self.served.garbled += 1
                return
            await self._asked(client, frame[0], frame[1:-2])

    async def _asked(self, client: Client, unit: int, request: bytes) -> None:
        if unit == BROADCAST and request[0] in (WRITE_ONE, WRITE_MANY):
            for each in self._registers.units:
                await self._registers.answer(each, request)
        elif unit in self._registers.units:
            answer = 3 + 2 * int.from_bytes(request[3:5], "big") if request[0] in (3, 4) else 8
            await asyncio.sleep((len(request) + 3 + answer + 2) * self._character_s)
            await self._answer(client, unit, request, partial(framed, unit))
