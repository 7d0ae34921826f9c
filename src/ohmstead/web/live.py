"""The live stream: each change is rendered once and handed to every client as the same text.

One task reads the house's states while anybody listens. Each client remembers the picture it was told last: one
that keeps up gets the text made for all, one that is slow gets what has changed meanwhile in a single frame, and
one that takes nothing for a while is sent away. The socket is one-way: whoever talks on it is sent away too.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from fastapi import WebSocket, WebSocketDisconnect, status
from fastapi.requests import HTTPConnection
from fastapi.websockets import WebSocketState

from ohmstead.core.model.reasons import Reason
from ohmstead.core.model.snapshot import SiteState
from ohmstead.web.house import House
from ohmstead.web.problems import Refused
from ohmstead.web.render import Json, as_bytes, changed, picture

log = logging.getLogger(__name__)

MOST_CLIENTS = 64
SEND_TIMEOUT_S = 10.0
"""A client that takes no frame for so long is sent away; it comes back by itself and starts with a snapshot."""
RECHECK_S = 15.0
"""How often a sign-in is looked at again, so that a revoked one does not go on listening."""


class _Client:
    def __init__(self) -> None:
        self.known: Json | None = None
        self.news = asyncio.Event()
        self.goodbye: int | None = None


class Live:
    """The stream of one house. Belongs to one event loop."""

    def __init__(self, house: House, send_timeout_s: float = SEND_TIMEOUT_S) -> None:
        self._house = house
        self._send_timeout_s = send_timeout_s
        self._clients: set[_Client] = set()
        self._reader: asyncio.Task[None] | None = None
        self._state: SiteState | None = None
        self._picture: Json | None = None
        self._texts: dict[int, str] = {}

    @property
    def clients(self) -> int:
        """How many listen now."""
        return len(self._clients)

    def whole(self) -> str | None:
        """The snapshot of this moment as JSON; ``None`` before the first one."""
        self._advance(self._house.state())
        return None if self._picture is None else self._text(None)

    async def follow(self, socket: WebSocket, still_welcome: Callable[[], Awaitable[bool]]) -> None:
        """Serve one client until it leaves, lags, talks or is no longer welcome. Raises Refused when there are many."""
        if len(self._clients) >= MOST_CLIENTS:
            raise Refused(503, Reason("web.too_many_listeners", {"most": MOST_CLIENTS}), {"Retry-After": "10"})
        client = _Client()
        self._clients.add(client)
        sender = receiver = None
        try:
            await socket.accept()
            self._start_reading()
            self._advance(self._house.state())
            client.news.set()
            sender = asyncio.create_task(self._send(client, socket, still_welcome))
            receiver = asyncio.create_task(socket.receive())
            await asyncio.wait((sender, receiver), return_when=asyncio.FIRST_COMPLETED)
            if receiver.done() and not receiver.exception() and receiver.result()["type"] == "websocket.receive":
                client.goodbye = status.WS_1008_POLICY_VIOLATION
        finally:
            self._clients.discard(client)
            self._stop_reading_if_alone()
            await _end(sender, receiver)
            await _close(socket, client.goodbye or status.WS_1011_INTERNAL_ERROR)

    async def close(self) -> None:
        """Send everybody away; the site stops."""
        self._dismiss(status.WS_1012_SERVICE_RESTART)
        reader, self._reader = self._reader, None
        await _end(reader)

    async def _send(self, client: _Client, socket: WebSocket, still_welcome: Callable[[], Awaitable[bool]]) -> None:
        loop = asyncio.get_running_loop()
        check_at = loop.time() + RECHECK_S
        while True:
            await client.news.wait()
            client.news.clear()
            if client.goodbye is not None:
                return
            if loop.time() >= check_at:
                check_at = loop.time() + RECHECK_S
                if not await still_welcome():
                    client.goodbye = status.WS_1008_POLICY_VIOLATION
                    return
            if self._picture is None or self._picture is client.known:
                continue
            text = self._text(client.known)
            client.known = self._picture
            async with asyncio.timeout(self._send_timeout_s):  # wait_for may swallow the cancellation of its caller
                await socket.send_text(text)

    def _text(self, known: Json | None) -> str:
        """What a client who knows ``known`` is told now; made once for all who know the same."""
        assert self._picture is not None
        text = self._texts.get(id(known))
        if text is None:
            told = self._picture if known is None else changed(known, self._picture)
            text = self._texts[id(known)] = as_bytes(told).decode()
        return text

    def _advance(self, state: SiteState | None) -> None:
        if state is None or state is self._state:
            return
        self._state, self._picture = state, picture(state, self._house.settings)
        self._texts.clear()
        for client in self._clients:
            client.news.set()

    def _start_reading(self) -> None:
        if self._reader is None:
            self._reader = asyncio.create_task(self._read(), name="web live")

    def _stop_reading_if_alone(self) -> None:
        if not self._clients and self._reader is not None:
            self._reader.cancel()
            self._reader = None

    async def _read(self) -> None:
        code = status.WS_1012_SERVICE_RESTART
        try:
            async for state in self._house.changes():
                self._advance(state)
        except Exception:
            code = status.WS_1011_INTERNAL_ERROR
            log.exception("the live stream ended")
        self._reader = None
        self._dismiss(code)

    def _dismiss(self, code: int) -> None:
        for client in self._clients:
            client.goodbye = code
            client.news.set()


def the_live(connection: HTTPConnection) -> Live:
    """The stream of this app."""
    live: Live = connection.app.state.live
    return live


async def _end(*tasks: asyncio.Task[None] | asyncio.Task[object] | None) -> None:
    running = [task for task in tasks if task is not None]
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)


async def _close(socket: WebSocket, code: int) -> None:
    if socket.application_state is not WebSocketState.CONNECTED or socket.client_state is not WebSocketState.CONNECTED:
        return
    try:
        async with asyncio.timeout(1.0):
            await socket.close(code)
    except (RuntimeError, OSError, TimeoutError, WebSocketDisconnect):
        log.debug("a live client was gone before it was closed")
