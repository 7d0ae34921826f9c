"""A line on which one side asks and the other answers, as bytes: a serial port, a TCP peer, or an input device."""

import asyncio
import contextlib
import fcntl
import os
from typing import cast

from ohmstead.core.model.reasons import Reason
from ohmstead.transport.address import SerialAddress, TcpAddress
from ohmstead.transport.byte_line import LineError
from ohmstead.transport.opening import cause, given_back, opened

CONNECT_S = 2.0
WAITING_AT_MOST = 4096
"""Bytes that nobody has taken yet; a line that brings more is ended."""
_GRAB = 0x40044590
"""EVIOCGRAB of ``linux/input.h``: what is typed reaches nobody else."""
_CHUNK = 1024


class Dialogue:
    """Connected with the first :meth:`say` or :meth:`hear`; after a LineError the next one connects anew."""

    def __init__(self, address: TcpAddress | SerialAddress) -> None:
        """Nothing is connected yet."""
        self._address = address
        self._peer: _Peer | None = None

    @property
    def connected(self) -> bool:
        """Whether the line stands."""
        return self._peer is not None and not self._peer.ended

    async def connect(self) -> None:
        """Have a line. Raises LineError."""
        if self.connected:
            return
        try:
            async with asyncio.timeout(CONNECT_S):
                self._peer = await opened(_Peer, self._address)
        except TimeoutError as error:
            raise self._no_connection(f"no answer within {CONNECT_S:g} s") from error
        except OSError as error:
            raise self._no_connection(cause(error)) from error

    def say(self, data: bytes) -> None:
        """Send ``data``. Raises LineError without a line."""
        if self._peer is None or self._peer.ended:
            raise LineError(Reason("line.ended", {"where": str(self._address)}))
        self._peer.say(data)

    async def hear(self) -> bytes:
        """What has come, waited for. Raises LineError."""
        peer = self._peer
        data = b"" if peer is None else await peer.hear()
        if not data:
            await self.close()
            raise LineError(Reason("line.ended", {"where": str(self._address)}))
        return data

    async def close(self) -> None:
        """End the connection."""
        peer, self._peer = self._peer, None
        if peer is not None:
            await peer.closed()

    def _no_connection(self, detail: str) -> LineError:
        return LineError(Reason("line.no_connection", {"where": str(self._address), "detail": detail}))


class _Peer(asyncio.Protocol):
    """The protocol of one connection."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._data = bytearray()
        self._news = asyncio.Event()
        self._given_back = asyncio.Event()
        self.ended = False

    def say(self, data: bytes) -> None:
        if self._transport is not None:
            self._transport.write(data)

    async def hear(self) -> bytes:
        while not self._data and not self.ended:
            self._news.clear()
            await self._news.wait()
        data = bytes(self._data)
        self._data.clear()
        return data

    async def closed(self) -> None:
        self.ended = True
        if self._transport is not None:
            self._transport.abort()
            await given_back(self._given_back)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._data += data
        self._news.set()
        if len(self._data) > WAITING_AT_MOST and self._transport is not None:
            self._transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self.ended = True
        self._given_back.set()
        self._news.set()


class InputDevice:
    """A device file that brings events, such as ``/dev/input/event3``; taken for this process alone where it can be."""

    def __init__(self, path: str) -> None:
        """Nothing is opened yet."""
        self._path = path
        self._file: int | None = None

    async def hear(self) -> bytes:
        """What has come, waited for. Raises LineError; the next call opens the file anew."""
        try:
            file = self._opened()
            while True:
                try:
                    data = os.read(file, _CHUNK)
                except BlockingIOError:
                    await _readable(file)
                    continue
                if not data:
                    raise LineError(Reason("line.ended", {"where": self._path}))
                return data
        except OSError as error:
            await self.close()
            raise LineError(Reason("line.no_connection", {"where": self._path, "detail": cause(error)})) from error
        except LineError:
            await self.close()
            raise

    async def close(self) -> None:
        """Give the file back."""
        file, self._file = self._file, None
        if file is not None:
            os.close(file)

    def _opened(self) -> int:
        if self._file is None:
            self._file = os.open(self._path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
            with contextlib.suppress(OSError):
                fcntl.ioctl(self._file, _GRAB, 1)
        return self._file


async def _readable(file: int) -> None:
    loop, came = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(file, came.set)
    try:
        await came.wait()
    finally:
        loop.remove_reader(file)
