"""Units that hear Modbus RTU frames: on a TCP connection (a gateway that passes them on), or on a pseudo terminal.

A request is known by its function and its CRC (Modbus over serial line V1.02, clause 2.5.1); bytes that are none are
dropped with the next silence. Who is not asked does not answer, a broadcast is obeyed by all and answered by none.
An answer comes after the time that request and answer take at the line's speed, and the silence between them.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence

from pymodbus.framer import FramerRTU

from ohmstead.transport.modbus_server import WRITE_MANY, ModbusServer, ServedUnit
from ohmstead.transport.pseudo_terminal import PseudoTerminal

Read = Callable[[], Awaitable[bytes]]
Write = Callable[[bytes], Awaitable[None]]

SILENCE_S = 0.05
"""A frame that has not gone on for so long goes on no more; networks and USB adapters pause for less."""
GAP_CHARACTERS = 3.5
GAP_AT_LEAST_S = 0.00175
BROADCAST = 0
_LONGEST = 256
_SEND_S = 2.0


def other_unit_rtu(answer: bytes) -> bytes:
    """The frame as if another unit had sent it."""
    return framed((answer[0] + 1) & 0xFF, answer[1:-2])


def framed(unit: int, pdu: bytes) -> bytes:
    """``pdu`` with its unit and CRC."""
    body = bytes([unit]) + pdu
    return body + FramerRTU.compute_CRC(body).to_bytes(2, "big")


class RtuServer(ModbusServer):
    """Units behind a TCP port that takes RTU frames."""

    def __init__(
        self, units: Sequence[ServedUnit], host: str = "127.0.0.1", port: int = 0, character_s: float = 0.0
    ) -> None:
        """``character_s`` is how long a character takes on the serial line behind; 0 is at once."""
        super().__init__(units, host, port)
        self._character_s = character_s

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async def write(frame: bytes) -> None:
            writer.write(frame)
            await asyncio.wait_for(writer.drain(), _SEND_S)

        await self._talk(lambda: reader.read(_LONGEST), write)

    async def _talk(self, read: Read, write: Write) -> None:
        came = b""
        while True:
            try:
                async with asyncio.timeout(SILENCE_S if came else None):
                    data = await read()
            except TimeoutError:
                came = b""
                continue
            if not data:
                return
            came = (came + data)[-_LONGEST:]
            size = _request(came)
            if size:
                await self._asked(came[0], came[1 : size - 2], write)
                came = came[size:]

    async def _asked(self, unit: int, request: bytes, write: Write) -> None:
        fault = self.faults.of(unit)
        if asyncio.current_task() in self._deaf or (fault is not None and fault.lost):
            return
        if unit == BROADCAST:
            for each in sorted(self._known):
                await self._answer(each, request)
            return
        real = self._swapped.get(unit, unit)
        if real not in self._known:
            return
        frame = framed(unit, await self._answer(real, request))
        travel_s = (len(request) + 3 + len(frame)) * self._character_s
        gap_s = max(GAP_CHARACTERS * self._character_s, GAP_AT_LEAST_S) if self._character_s else 0.0
        await asyncio.sleep(travel_s + gap_s + (fault.delay_s if fault is not None else 0.0))
        if fault is not None and fault.mangle is not None:
            frame = fault.mangle(frame)
        if fault is None or not fault.silent:
            await write(frame)


class PtyServer(RtuServer):
    """Units on a pseudo terminal; ``path`` is its serial port, once started."""

    def __init__(self, units: Sequence[ServedUnit], character_s: float = 0.0) -> None:
        """Nothing is opened yet."""
        super().__init__(units, character_s=character_s)
        self.path = ""
        self._line: PseudoTerminal | None = None
        self._talking: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Hang on a new port. Raises OSError when there is none."""
        line = self._line = PseudoTerminal()
        self.path = line.path

        async def write(frame: bytes) -> None:
            line.write(frame)

        self._talking = asyncio.get_running_loop().create_task(self._talk(line.read, write))

    async def stop(self) -> None:
        """The port is gone."""
        talking, self._talking = self._talking, None
        if talking is not None:
            talking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await talking
        if self._line is not None:
            self._line.close()
            self._line = None


def _request(came: bytes) -> int:
    """How long the whole request at the beginning of ``came`` is; 0 while there is none."""
    if len(came) < 8:
        return 0
    size = 9 + came[6] if came[1] == WRITE_MANY else 8
    whole = size <= len(came) and FramerRTU.compute_CRC(came[: size - 2]) == int.from_bytes(
        came[size - 2 : size], "big"
    )
    return size if whole else 0
