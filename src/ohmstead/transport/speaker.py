"""A device that speaks by itself: the same bytes to everybody who listens, on TCP connections or a pseudo terminal.

What listeners say is read and dropped. One that does not keep up is dropped too, so nothing grows.
"""

import asyncio
import contextlib

from ohmstead.transport.pseudo_terminal import PseudoTerminal

CONNECTIONS_AT_MOST = 8
BEHIND_AT_MOST = 65_536


class TcpSpeaker:
    """Behind one TCP port; 0 is a free one."""

    def __init__(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Nothing listens yet."""
        self._host, self.port = host, port
        self._server: asyncio.Server | None = None
        self._listeners: dict[asyncio.Task[None], asyncio.StreamWriter] = {}
        self._deaf: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Listen, on the same port as before after a stop. Raises OSError when the port is taken."""
        self._server = await asyncio.start_server(self._listen, self._host, self.port, limit=1024)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Drop every listener and take no new one."""
        server, self._server = self._server, None
        if server is None:
            return
        server.close()
        for task, writer in list(self._listeners.items()):
            writer.transport.abort()
            task.cancel()
        await asyncio.gather(*self._listeners, return_exceptions=True)
        await server.wait_closed()

    def say(self, data: bytes) -> None:
        """Send ``data`` to everybody who listens now; who is far behind is dropped."""
        for task, writer in self._listeners.items():
            if writer.transport.get_write_buffer_size() > BEHIND_AT_MOST:
                writer.transport.abort()
            elif task not in self._deaf:
                writer.write(data)

    def deafen(self) -> None:
        """The present listeners hear nothing any more, though their connections look alive."""
        self._deaf.update(self._listeners)

    async def _listen(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None or len(self._listeners) >= CONNECTIONS_AT_MOST:
            writer.transport.abort()
            return
        self._listeners[task] = writer
        try:
            while await reader.read(1024):
                pass
        except OSError:
            pass
        except asyncio.CancelledError:
            if self._server is not None:
                raise
        finally:
            self._listeners.pop(task, None)
            self._deaf.discard(task)
            writer.transport.abort()


class PtySpeaker:
    """On a pseudo terminal; ``path`` is its serial port, once started."""

    def __init__(self, baud: int | None = None) -> None:
        """Nothing is opened yet. At another speed than ``baud`` noise is heard."""
        self.path = ""
        self._baud = baud
        self._line: PseudoTerminal | None = None
        self._hearing: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Hang on a new port. Raises OSError when there is none."""
        line = self._line = PseudoTerminal(self._baud)
        self.path = line.path
        self._hearing = asyncio.get_running_loop().create_task(_drop(line))

    async def stop(self) -> None:
        """The port is gone."""
        hearing, self._hearing = self._hearing, None
        if hearing is not None:
            hearing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await hearing
        if self._line is not None:
            self._line.close()
            self._line = None

    def say(self, data: bytes) -> None:
        """Send ``data`` to the one who has the port open."""
        if self._line is not None:
            self._line.write(data)

    def deafen(self) -> None:
        """A serial line has no connection that could be half open."""


async def _drop(line: PseudoTerminal) -> None:
    while True:
        await line.read()
