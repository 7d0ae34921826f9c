"""The TCP connection to a sampling front end: its bytes as they come, at the pace at which they are taken."""

import asyncio
import contextlib
from collections.abc import Callable

from ohmstead.core.model.errors import DeviceUnreachable
from ohmstead.core.model.reasons import Reason
from ohmstead.transport.address import TcpAddress
from ohmstead.transport.opening import cause

CONNECT_S = 2.0
SILENT_S = 3.0
PIECE_BYTES = 1 << 16


class SampleLink:
    """One connection. What is not read yet waits at the sender, so nothing piles up here."""

    def __init__(self, address: TcpAddress) -> None:
        """Nothing is connected yet."""
        self._address = address
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def connect(self) -> None:
        """Connect. Raises DeviceUnreachable."""
        try:
            async with asyncio.timeout(CONNECT_S):
                opened = await asyncio.open_connection(self._address.host, self._address.port, limit=PIECE_BYTES)
        except TimeoutError as error:
            raise self._lost("line.no_connection", detail=f"no answer within {CONNECT_S:g} s") from error
        except OSError as error:
            raise self._lost("line.no_connection", detail=cause(error)) from error
        self._reader, self._writer = opened

    async def next(self) -> bytes:
        """What has come since. Raises DeviceUnreachable when the connection ended or is silent."""
        if self._reader is None:
            raise self._lost("line.ended")
        try:
            async with asyncio.timeout(SILENT_S):
                piece = await self._reader.read(PIECE_BYTES)
        except TimeoutError as error:
            raise self._lost("samples.silent", silent_s=SILENT_S) from error
        except OSError as error:
            raise self._lost("line.ended") from error
        if not piece:
            raise self._lost("line.ended")
        return piece

    def close(self) -> None:
        """End the connection."""
        writer, self._reader, self._writer = self._writer, None, None
        if writer is not None:
            writer.transport.abort()

    def _lost(self, key: str, **params: str | float) -> DeviceUnreachable:
        return DeviceUnreachable(Reason(key, {"where": str(self._address), **params}))


class SampleServer:
    """A front end's port: each connection gets the greeting, then whatever is sent, as far as it takes it."""

    def __init__(self, greeting: Callable[[], bytes], host: str = "127.0.0.1", port: int = 0) -> None:
        """Bind to port 0 for a free one."""
        self._greeting, self._host, self._port = greeting, host, port
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()

    @property
    def port(self) -> int:
        """Where it listens, once started."""
        return self._port

    @property
    def connections(self) -> int:
        """How many listen now."""
        return len(self._writers)

    async def start(self) -> None:
        """Listen, on the same port as before after a stop. Raises OSError when it is taken."""
        self._server = await asyncio.start_server(self._serve, self._host, self._port)
        self._port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Drop every connection and refuse new ones."""
        server, self._server = self._server, None
        if server is None:
            return
        server.close()
        for writer in tuple(self._writers):
            writer.transport.abort()
        await server.wait_closed()

    def send(self, data: bytes) -> None:
        """To all that listen; one that does not take it loses its connection."""
        for writer in tuple(self._writers):
            if writer.transport.get_write_buffer_size() > 4 * PIECE_BYTES:
                writer.transport.abort()
            else:
                writer.write(data)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(self._greeting())
        self._writers.add(writer)
        try:
            with contextlib.suppress(OSError):
                while await reader.read(1024):
                    pass
        finally:
            self._writers.discard(writer)
            writer.transport.abort()
