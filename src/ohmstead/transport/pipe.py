"""An in-process network: connections that are two ends of a pipe, for loops whose time is not real (EM-349, G-128).

Whoever listens on ``HOST`` is found by whoever connects to it on the same network, and by nobody else; no socket is
made. Bytes arrive in order at the next turn of the loop, without a delay of their own. A refused, dropped or paused
connection behaves as a TCP one does, so that servers and clients need not know.
"""

import asyncio
import errno
import itertools
import socket
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, cast

HOST = "plant.invalid"
"""The one host of the network; the ending is reserved for names that lead nowhere (RFC 2606)."""
HIGH_WATER = 65_536
"""A sender is told to pause when so many bytes wait for a receiver that has paused."""

Factory = Callable[[], asyncio.BaseProtocol]


class _Socket(NamedTuple):
    """What a listener, or the end of a connection, shows where libraries look for a socket."""

    port: int
    far_port: int = 0
    family: int = socket.AF_INET

    def getsockname(self) -> tuple[str, int]:
        """Host and port on this side."""
        return HOST, self.port

    def getpeername(self) -> tuple[str, int]:
        """Host and port on the other."""
        return HOST, self.far_port

    def setsockopt(self, *_: object) -> None:
        """Nothing here can be set."""

    def fileno(self) -> int:
        """The system knows no such file; who would look whether it is readable takes it for closed."""
        return -1


class PipeNetwork:
    """The ports of ``HOST`` on one event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Nobody listens yet."""
        self._loop = loop
        self._listening: dict[int, Factory] = {}

    def listen(self, factory: Factory, port: int) -> "PipeServer":
        """Take connections on ``port``, 0 for a free one. Raises OSError when it is taken."""
        number = port or next(free for free in itertools.count(1) if free not in self._listening)
        if number in self._listening:
            raise OSError(errno.EADDRINUSE, f"address already in use: {HOST}:{number}")
        self._listening[number] = factory
        return PipeServer(number, lambda: self._listening.pop(number, None))

    def connect(self, factory: Factory, port: int) -> "tuple[PipeTransport, asyncio.BaseProtocol]":
        """One end with the protocol of ``factory``; the other is the listener's. Raises ConnectionRefusedError."""
        listener = self._listening.get(port)
        if listener is None:
            raise ConnectionRefusedError(errno.ECONNREFUSED, f"connection refused: {HOST}:{port}")
        near = PipeTransport(self._loop, factory(), _shown(_Socket(0, port)))
        far = PipeTransport(self._loop, listener(), _shown(_Socket(port, 0)))
        near.join(far)
        far.join(near)
        far.get_protocol().connection_made(far)
        near.get_protocol().connection_made(near)
        return near, near.get_protocol()


def _shown(end: _Socket) -> dict[str, Any]:
    return {"peername": end.getpeername(), "sockname": end.getsockname(), "socket": end}


class PipeServer:
    """A listener, as far as servers here use asyncio's. Closing it leaves its connections alone, as sockets do."""

    def __init__(self, port: int, leave: Callable[[], object]) -> None:
        """``leave`` gives the port back."""
        self._leave = leave
        self.sockets = (_Socket(port),)

    def close(self) -> None:
        """Refuse from now on."""
        self._leave()

    async def wait_closed(self) -> None:
        """Closed at once."""


class PipeTransport(asyncio.Transport):
    """One end of a connection."""

    def __init__(self, loop: asyncio.AbstractEventLoop, protocol: asyncio.BaseProtocol, extra: dict[str, Any]) -> None:
        """Joined to its other end before it is used."""
        super().__init__(extra)
        self._loop, self._protocol = loop, protocol
        self._peer: PipeTransport | None = None
        self._coming: deque[bytes] = deque()
        self.waiting = 0
        """Bytes on their way to this end."""
        self.high_water = HIGH_WATER
        """More bytes than these on their way to the other end, and who writes here is asked to pause."""
        self._reading = True
        self._due = False
        self._closing = False
        self._lost = False
        self._sender_paused = False

    def join(self, peer: "PipeTransport") -> None:
        """``peer`` receives what is written here."""
        self._peer = peer

    def get_protocol(self) -> asyncio.BaseProtocol:
        """Who is told what comes."""
        return self._protocol

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        """Tell somebody else from now on."""
        self._protocol = protocol

    def is_closing(self) -> bool:
        """Whether nothing more can be written."""
        return self._closing

    def write(self, data: "bytes | bytearray | memoryview[Any]") -> None:
        """Send; dropped when the connection has ended."""
        if data and not self._closing and self._peer is not None:
            self._peer.take(bytes(data))

    def writelines(self, list_of_data: "Iterable[bytes | bytearray | memoryview[Any]]") -> None:
        """Send all."""
        for data in list_of_data:
            self.write(data)

    def get_write_buffer_size(self) -> int:
        """Bytes that the other end has not taken yet."""
        return 0 if self._peer is None else self._peer.waiting

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """As asyncio; who paused may go on when all is taken, whatever ``low`` says."""
        self.high_water = HIGH_WATER if high is None else high

    def close(self) -> None:
        """End the connection; what was sent still arrives."""
        self._end()

    def abort(self) -> None:
        """End the connection now; what was not yet taken is lost on both sides."""
        self.forget()
        if self._peer is not None:
            self._peer.forget()
        self._end()

    def pause_reading(self) -> None:
        """Keep what comes until :meth:`resume_reading`."""
        self._reading = False

    def resume_reading(self) -> None:
        """Go on."""
        self._reading = True
        self._soon()

    def take(self, data: bytes) -> None:
        """From the other end: ``data`` is on its way."""
        self._coming.append(data)
        self.waiting += len(data)
        if self._peer is not None and self.waiting > self._peer.high_water and not self._sender_paused:
            self._sender_paused = True
            cast(asyncio.Protocol, self._peer.get_protocol()).pause_writing()
        self._soon()

    def forget(self) -> None:
        """What is on its way here is lost."""
        self._coming.clear()
        self.waiting = 0

    def hang_up(self) -> None:
        """From the other end: no more will come; the connection ends when all has been taken."""
        self._closing = True
        self._soon()

    def _end(self) -> None:
        if self._closing:
            return
        self._closing = True
        self.forget()
        self._soon()
        if self._peer is not None:
            self._peer.hang_up()

    def _soon(self) -> None:
        if not self._due:
            self._due = True
            self._loop.call_soon(self._deliver)

    def _deliver(self) -> None:
        self._due = False
        while self._coming and self._reading and not self._lost:
            data = self._coming.popleft()
            self.waiting -= len(data)
            self._hand_over(data)
        if self._sender_paused and not self._coming and self._peer is not None:
            self._sender_paused = False
            cast(asyncio.Protocol, self._peer.get_protocol()).resume_writing()
        if self._closing and not self._lost and (self._reading or not self._coming):
            self._lost = True
            self._protocol.connection_lost(None)

    def _hand_over(self, data: bytes) -> None:
        protocol = self._protocol
        if not isinstance(protocol, asyncio.BufferedProtocol):
            cast(asyncio.Protocol, protocol).data_received(data)
            return
        while data and not self._lost:
            buffer = memoryview(cast(bytearray, protocol.get_buffer(len(data))))
            size = min(len(buffer), len(data))
            buffer[:size] = data[:size]
            buffer.release()
            protocol.buffer_updated(size)
            data = data[size:]
