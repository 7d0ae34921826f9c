"""The gate before every route: other people's pages and oversized wishes stay outside (G-008).

Plain ASGI, so that it also stands before the WebSocket. In: a request. Out: the same with security headers on its
answer, or a refusal:

- on the machine itself the Host must be this machine (a page elsewhere may point its name at us: DNS rebinding),
  and nothing may have come through a proxy, for everybody would be the owner;
- an address or a body may not be huge, and a body says its length beforehand;
- the Origin, where a browser sends one, must be ours for anything that changes something and for the WebSocket.
"""

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any
from urllib.parse import urlsplit

from fastapi import Response
from fastapi.datastructures import Headers

from ohmstead.core.model.reasons import Reason
from ohmstead.web.problems import problem

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]
"""An ASGI application."""

LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
PROXY_HEADERS = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")
READING = frozenset({"GET", "HEAD", "OPTIONS"})
LONGEST_TARGET = 8_192
LARGEST_BODY = 65_536

SECURITY_HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data:; object-src 'none'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
"""Scripts and styles come from files of the app alone; the app sets single styles through the DOM."""

_SECURITY = [(name.lower().encode(), value.encode()) for name, value in SECURITY_HEADERS.items()]


class Gate:
    """The outermost layer of the app."""

    def __init__(self, app: Application, local_only: bool) -> None:
        self._app = app
        self._local_only = local_only

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer it here."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return

        async def send_secured(message: Message) -> None:
            if message["type"] in ("http.response.start", "websocket.http.response.start"):
                message["headers"] = [*message["headers"], *_SECURITY]
                if scope["path"].startswith("/api/") and all(
                    name != b"cache-control" for name, _ in message["headers"]
                ):
                    message["headers"].append((b"cache-control", b"no-store"))
            await send(message)

        headers = Headers(scope=scope)
        refusal = self._refusal(scope, headers)
        if refusal is None:
            await self._app(scope, receive, send_secured)
            return
        answer = problem(*refusal, headers)
        if scope["type"] == "websocket":
            await _deny(answer, receive, send_secured)
        else:
            await answer(scope, receive, send_secured)

    def _refusal(self, scope: Scope, headers: Headers) -> tuple[int, Reason] | None:
        if len(scope.get("raw_path") or b"") + len(scope["query_string"]) > LONGEST_TARGET:
            return 414, Reason("web.too_long", {"longest": LONGEST_TARGET})
        if "transfer-encoding" in headers:
            return 411, Reason("web.length_needed")
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length[:20]) > LARGEST_BODY:
            return 413, Reason("web.too_large", {"largest": LARGEST_BODY})
        host = headers.get("host", "")
        if self._local_only:
            if _host_name(host) not in LOCAL_NAMES:
                return 421, Reason("web.wrong_host", {"host": host[:100]})
            if any(name in headers for name in PROXY_HEADERS):
                return 403, Reason("web.proxied")
        changes = scope["type"] == "websocket" or scope["method"] not in READING
        if changes and not _same_origin(headers, host):
            return 403, Reason("web.wrong_origin", {"origin": headers.get("origin", "")[:100]})
        return None


def _host_name(host: str) -> str | None:
    try:
        return urlsplit(f"//{host}").hostname
    except ValueError:
        return None


def _same_origin(headers: Headers, host: str) -> bool:
    """Programs send no Origin and are let through; a browser always sends it where it matters."""
    if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return False
    origin = headers.get("origin")
    if origin is None:
        return True
    try:
        parts = urlsplit(origin)
        default = {"http": 80, "https": 443}.get(parts.scheme)
        ours = urlsplit(f"//{host}")
        return (
            default is not None
            and parts.hostname is not None
            and (parts.hostname, parts.port or default) == (ours.hostname, ours.port or default)
        )
    except ValueError:
        return False


async def _deny(answer: Response, receive: Receive, send: Send) -> None:
    """Refuse a WebSocket before its handshake, with a body that says why."""
    await receive()
    await send({"type": "websocket.http.response.start", "status": answer.status_code, "headers": answer.raw_headers})
    await send({"type": "websocket.http.response.body", "body": bytes(answer.body)})
