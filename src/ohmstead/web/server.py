"""Serving the application inside the running event loop, and stopping it with grace.

In: an application, an address. Out: nothing; it serves until cancelled. Signals are left to whoever owns the loop.
"""

import asyncio
import socket
from collections.abc import Callable
from typing import Any

from fastapi import FastAPI
from uvicorn import Config, Server
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from ohmstead.core.model.errors import ConfigurationError, Mistake

MOST_CONNECTIONS = 256
"""Beyond it new connections are dropped, so that visitors never take the sockets that devices need."""
MOST_PER_ADDRESS = 128
"""The same for one address, so that one visitor does not keep the others out."""
FIRST_REQUEST_S = 10.0
"""A connection that has not asked anything by then is dropped."""
GRACE_S = 3


async def serve(app: FastAPI, host: str, port: int, started: Callable[[int], None] | None = None) -> None:
    """Serve ``app`` until cancelled; ``started`` is told the port once it is bound. Raises ConfigurationError."""
    sockets = await _listen(host, port)
    # Its own serve() would take the signals of the process, which belong to whoever owns the loop.
    config = Config(
        app,
        http=_BoundedProtocol,
        ws="websockets-sansio",
        ws_max_size=1024,
        ws_max_queue=2,
        ws_ping_interval=20.0,
        ws_ping_timeout=20.0,
        ws_per_message_deflate=False,
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=GRACE_S,
    )
    config.load()
    server = Server(config)
    server.lifespan = config.lifespan_class(config)
    await server.startup(sockets)
    try:
        if started is not None:
            started(sockets[0].getsockname()[1])
        await server.main_loop()
    finally:
        if (live := getattr(app.state, "live", None)) is not None:
            await live.close()
        await server.shutdown(sockets)


class _BoundedProtocol(HttpToolsProtocol):
    """A connection among a bounded number, with a deadline for its first request."""

    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        neighbours = sum(_address(each) == _address(self) for each in self.connections)
        if len(self.connections) > MOST_CONNECTIONS or neighbours > MOST_PER_ADDRESS:
            transport.abort()
            return
        self._deadline = self.loop.call_later(FIRST_REQUEST_S, transport.abort)

    def connection_lost(self, exc: Exception | None) -> None:
        self._cancel_deadline()
        super().connection_lost(exc)

    def on_headers_complete(self) -> None:
        self._cancel_deadline()
        super().on_headers_complete()

    def _cancel_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


def _address(connection: object) -> str | None:
    client = getattr(connection, "client", None)
    return client[0] if client else None


async def _listen(host: str, port: int) -> list[socket.socket]:
    """Bound sockets, one per address of ``host``."""
    sockets: list[socket.socket] = []
    try:
        found = await asyncio.get_running_loop().getaddrinfo(
            host.strip("[]"), port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        for family, _, _, _, address in dict.fromkeys(found):
            if sockets and port == 0:
                break
            sockets.append(socket.create_server(address[:2], family=family, backlog=128))
    except OSError as error:
        if not sockets:
            raise ConfigurationError(
                (
                    Mistake(
                        "host and port",
                        f"{host}:{port} ({error.strerror or error})",
                        "an address of this machine and a port that nobody else uses",
                        "Choose another address (site: --listen, demo: --port), or stop the other program.",
                    ),
                )
            ) from error
    for each in sockets:
        each.setblocking(False)
    return sockets
