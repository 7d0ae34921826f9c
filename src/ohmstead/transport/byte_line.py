"""A line that a device speaks on by itself: its bytes, as they come, from a serial port, a TCP peer or a file.

Nothing is sent. A connection that ended is told once by :class:`LineError` and made anew by the next ``wait``. One
that brings more than a serial port could is ended: bytes that waited their turn would look newer than they are.
A file is read a little at a time, so that whoever listens sets the pace; what is appended later comes later.
"""

import asyncio
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Protocol, cast

from ohmstead.core.model.reasons import Reason
from ohmstead.transport.address import FileAddress, LineAddress, SerialAddress, TcpAddress
from ohmstead.transport.opening import cause, given_back, opened

CONNECT_S = 2.0
"""A connection attempt takes no longer."""
FLOOD_BYTES = 32_768
"""No port sends more in a second: 230 400 baud are 23 000 bytes."""
FILE_BYTES = 256
"""Less than the shortest telegram, so that none hides another."""

OnBytes = Callable[[bytes], None]


class LineError(Exception):
    """No bytes will come from the line as it is; ``reason`` says where and why."""

    def __init__(self, reason: Reason) -> None:
        """``reason`` has a text in every language."""
        super().__init__(reason.key)
        self.reason = reason


class ByteLine(Protocol):
    """What a listener needs of a line."""

    async def wait(self) -> None:
        """Connect if need be, and return when bytes have been given to the listener. Raises LineError."""
        ...

    async def close(self) -> None:
        """End the connection; the next ``wait`` makes a new one."""
        ...


def open_line(address: LineAddress, on_bytes: OnBytes) -> ByteLine:
    """The line to ``address``; nothing is connected yet. ``on_bytes`` is called for what comes, and must not block."""
    if isinstance(address, FileAddress):
        return FileLine(address, on_bytes)
    return StreamLine(address, on_bytes)


class StreamLine:
    """A serial port or a TCP connection."""

    def __init__(self, address: TcpAddress | SerialAddress, on_bytes: OnBytes) -> None:
        """Nothing is connected yet."""
        self._address, self._on_bytes = address, on_bytes
        self._ear: _Ear | None = None

    async def wait(self) -> None:
        """As the port says."""
        if self._ear is None:
            self._ear = await self._connected()
        try:
            await self._ear.next()
        except ConnectionError as error:
            key = "line.flood" if self._ear.flooded else "line.ended"
            self._ear = None
            raise LineError(Reason(key, {"where": str(self._address)})) from error

    async def close(self) -> None:
        """As the port says."""
        ear, self._ear = self._ear, None
        if ear is not None:
            await ear.closed()

    async def _connected(self) -> "_Ear":
        try:
            async with asyncio.timeout(CONNECT_S):
                return await opened(lambda: _Ear(self._on_bytes), self._address)
        except TimeoutError as error:
            raise self._no_connection(f"no answer within {CONNECT_S:g} s") from error
        except OSError as error:
            raise self._no_connection(cause(error)) from error

    def _no_connection(self, detail: str) -> LineError:
        return LineError(Reason("line.no_connection", {"where": str(self._address), "detail": detail}))


class _Ear(asyncio.Protocol):
    """The protocol of one connection."""

    def __init__(self, on_bytes: OnBytes) -> None:
        self._on_bytes = on_bytes
        self._transport: asyncio.Transport | None = None
        self._heard = asyncio.Event()
        self._given_back = asyncio.Event()
        self._ended = False
        self._since_s, self._bytes = 0.0, 0
        self.flooded = False

    async def next(self) -> None:
        self._heard.clear()
        if self._ended:
            raise ConnectionError
        await self._heard.wait()
        if self._ended:
            raise ConnectionError

    def close(self) -> None:
        self._ended = True
        if self._transport is not None:
            self._transport.abort()

    async def closed(self) -> None:
        self.close()
        if self._transport is not None:
            await given_back(self._given_back)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        if self._ended:
            return
        now_s = asyncio.get_running_loop().time()
        if now_s - self._since_s >= 1.0:
            self._since_s, self._bytes = now_s, 0
        self._bytes += len(data)
        self._heard.set()
        if self._bytes > FLOOD_BYTES:
            self.flooded = True
            self.close()
        else:
            self._on_bytes(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self._ended = True
        self._given_back.set()
        self._heard.set()


class FileLine:
    """A regular file, from its beginning."""

    def __init__(self, address: FileAddress, on_bytes: OnBytes) -> None:
        """Nothing is read yet."""
        self._address, self._on_bytes = address, on_bytes
        self._position = 0

    async def wait(self) -> None:
        """As the port says; the end of the file is told each time until more stands there."""
        try:
            data = await asyncio.to_thread(self._read)
        except OSError as error:
            params = {"where": str(self._address), "detail": cause(error)}
            raise LineError(Reason("line.no_connection", params)) from error
        if not data:
            raise LineError(Reason("line.file_ended", {"where": str(self._address)}))
        self._position += len(data)
        self._on_bytes(data)

    async def close(self) -> None:
        """Nothing is held open."""

    def _read(self) -> bytes:
        path = Path(self._address.path)
        if not stat.S_ISREG(path.stat().st_mode):
            raise OSError("not a regular file")
        with path.open("rb") as file:
            file.seek(self._position)
            return file.read(FILE_BYTES)
