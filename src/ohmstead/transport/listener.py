"""A TCP port for clients that are not trusted: a conversation for each connection, within bounds that hold.

So many connections are taken a second and so many kept; the rest wait in the system's own short queue. A host has a
share of its own: whoever takes more loses its own longest silent connection, and when the port is full it is the
host with the most that loses one, so that nobody locks the others out. A connection that says nothing for
``idle_s``, or does not take its answer, is closed.
"""

import asyncio
import socket
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from typing import cast

from ohmstead.transport.pipe import HOST

Converse = Callable[["Client"], Awaitable[None]]

_BUFFER = 1024
_QUEUE = 100
_SEND_S = 2.0
_TROUBLE_S = 0.1


@dataclass(frozen=True, slots=True)
class Limits:
    """What the clients of a port may take."""

    connections: int = 32
    per_host: int = 32
    idle_s: float | None = None
    """A connection on which no request comes for so long is closed."""
    accept_s: float = 0.0
    """Pause between two connections that are taken."""
    answer_s: float = 0.0
    """Pause between two answers on one connection."""


@dataclass(slots=True)
class Client:
    """One connection. ``seen_s`` is when it last asked something, on the loop's clock."""

    host: str
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    limits: Limits
    seen_s: float = field(default_factory=lambda: asyncio.get_running_loop().time())
    deaf: bool = False
    """What comes from it is no longer answered."""

    async def read(self, count: int) -> bytes:
        """``count`` bytes. Raises TimeoutError when they do not come, IncompleteReadError at the end."""
        async with asyncio.timeout(self.limits.idle_s):
            return await self.reader.readexactly(count)

    async def write(self, answer: bytes) -> None:
        """Send ``answer``, and let the others have their turn. Raises OSError for a client that does not take it."""
        self.seen_s = asyncio.get_running_loop().time()
        self.writer.write(answer)
        try:
            async with asyncio.timeout(_SEND_S):
                await self.writer.drain()
        except TimeoutError as error:
            raise ConnectionAbortedError("the answer was not taken") from error
        await asyncio.sleep(self.limits.answer_s)


class Listener:
    """The sockets of one port and everyone connected to it."""

    def __init__(self, host: str, port: int, limits: Limits, converse: Converse) -> None:
        """``converse`` speaks with one client until it returns or raises; 0 is any free port."""
        self.port = port
        self.accepted = 0
        self.closed: Counter[str] = Counter()
        """Connections that were closed from here, by why: ``crowded``, ``idle``."""
        self._host, self._limits, self._converse = host, limits, converse
        self._inside: asyncio.Server | None = None
        """Where the port is one of the network inside the process."""
        self._sockets: list[socket.socket] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._clients: dict[asyncio.Task[None], Client] = {}

    def deafen(self) -> None:
        """Let nobody who is connected now be answered any more."""
        for client in self._clients.values():
            client.deaf = True

    @property
    def connections(self) -> int:
        """How many are connected now."""
        return len(self._clients)

    async def start(self) -> None:
        """Listen; a free port that was found stays the port. Raises OSError when it is taken or no address is ours."""
        if self._host == HOST:
            self._inside = await asyncio.start_server(self._inside_came, HOST, self.port, limit=_BUFFER)
            self.port = self._inside.sockets[0].getsockname()[1]
            return
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(self._host, self.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        sockets: list[socket.socket] = []
        try:
            for family, kind, _, _, address in dict.fromkeys(found):
                sockets.append(_bound(family, kind, (address[0], self.port, *address[2:])))
                self.port = sockets[0].getsockname()[1]
        except OSError:
            for each in sockets:
                each.close()
            raise
        self._sockets = sockets
        for each in sockets:
            loop.add_reader(each, self._accept, each)

    async def stop(self) -> None:
        """Refuse new connections and drop all."""
        inside, self._inside = self._inside, None
        if inside is not None:
            inside.close()
        sockets, self._sockets = self._sockets, []
        for each in sockets:
            asyncio.get_running_loop().remove_reader(each)
            each.close()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _run(self, doing: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(doing, name=f"port {self.port}")
        self._tasks.add(task)
        task.add_done_callback(self._over)

    def _over(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._clients.pop(task, None)

    def _accept(self, listening: socket.socket) -> None:
        """Take one of those who wait; the next one after a pause."""
        pause_s = self._limits.accept_s
        try:
            taken, address = listening.accept()
        except BlockingIOError:
            return
        except OSError:  # no file descriptors left, or a client that went away in the queue
            pause_s = max(pause_s, _TROUBLE_S)
        else:
            taken.setblocking(False)
            self.accepted += 1
            self._run(self._serve(taken, str(address[0])))
        if pause_s:
            loop = asyncio.get_running_loop()
            loop.remove_reader(listening)
            loop.call_later(pause_s, self._accept_again, listening)

    def _accept_again(self, listening: socket.socket) -> None:
        if listening in self._sockets:
            asyncio.get_running_loop().add_reader(listening, self._accept, listening)

    async def _inside_came(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._run(self._attend(Client(HOST, reader, writer, self._limits)))

    async def _serve(self, taken: socket.socket, host: str) -> None:
        try:
            reader, writer = await asyncio.open_connection(sock=taken, limit=_BUFFER)
        except BaseException:
            taken.close()
            raise
        await self._attend(Client(host, reader, writer, self._limits))

    async def _attend(self, client: Client) -> None:
        task = cast("asyncio.Task[None]", asyncio.current_task())
        self._make_room(client.host)
        self._clients[task] = client
        try:
            await self._converse(client)
        except TimeoutError:
            self.closed["idle"] += 1
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            client.writer.transport.abort()

    def _make_room(self, host: str) -> None:
        """Drop the longest silent connection of ``host`` when its share is taken, or of the largest when all are."""
        clients = list(self._clients.values())
        hosts = Counter(client.host for client in clients)
        if hosts[host] < self._limits.per_host:
            if len(clients) < self._limits.connections:
                return
            host = hosts.most_common(1)[0][0]
        longest = min((client for client in clients if client.host == host), key=lambda client: client.seen_s)
        self._clients = {task: client for task, client in self._clients.items() if client is not longest}
        self.closed["crowded"] += 1
        longest.writer.transport.abort()


def _bound(family: int, kind: int, address: tuple[str | int, ...]) -> socket.socket:
    listening = socket.socket(family, kind)
    try:
        listening.setblocking(False)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listening.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listening.bind(address)
        listening.listen(_QUEUE)
    except OSError:
        listening.close()
        raise
    return listening
