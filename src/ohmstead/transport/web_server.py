"""A small HTTP server for simulated devices: GET in, one JSON document out; bounded, with faults and digest sign-in.

HTTP/1.1 as far as such devices speak it (RFC 9112), and RFC 7616 with SHA-256 for those with a password.
"""

import asyncio
import hashlib
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import cast
from urllib.parse import parse_qsl, urlsplit
from urllib.request import parse_http_list, parse_keqv_list

_REQUEST_AT_MOST = 8192
_CONNECTIONS_AT_MOST = 16
_IDLE_S, _SEND_S = 60.0, 5.0

Answer = Callable[[str, Mapping[str, str]], bytes | None]
"""The document at a path with a query, or ``None`` when nothing is there."""


@dataclass(slots=True)
class WebFault:
    """What is wrong with a server: it may keep silent, be late, or say something else."""

    silent: bool = False
    delay_s: float = 0.0
    mangle: Callable[[bytes], bytes] | None = None


class WebServer:
    """One device behind one TCP port. Bind to port 0 for a free one."""

    def __init__(
        self, answer: Answer, host: str = "127.0.0.1", port: int = 0, realm: str = "", password: str = ""
    ) -> None:
        """With ``password`` only the user ``admin`` is answered, who signs in by digest."""
        self.fault: WebFault | None = None
        self._answer, self._host, self._port = answer, host, port
        self._realm, self._password, self._nonce = realm, password, secrets.token_hex(8)
        self._server: asyncio.Server | None = None
        self._connections: dict[asyncio.Task[None], asyncio.StreamWriter] = {}

    @property
    def port(self) -> int:
        """Where it listens, once started."""
        return self._port

    async def start(self) -> None:
        """Listen, on the same port as before after a stop. Raises OSError when the port is taken."""
        self._server = await asyncio.start_server(self._serve, self._host, self._port, limit=_REQUEST_AT_MOST)
        self._port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Drop every connection and refuse new ones."""
        server, self._server = self._server, None
        if server is None:
            return
        server.close()
        for task, writer in list(self._connections.items()):
            writer.transport.abort()
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)
        await server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = cast("asyncio.Task[None]", asyncio.current_task())
        if len(self._connections) >= _CONNECTIONS_AT_MOST:
            next(iter(self._connections.values())).transport.abort()
        self._connections[task] = writer
        try:
            while True:
                async with asyncio.timeout(_IDLE_S):
                    head = await reader.readuntil(b"\r\n\r\n")
                await self._reply(head, writer)
        except (OSError, ValueError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, TimeoutError):
            pass
        except asyncio.CancelledError:
            if self._server is not None:
                raise
        finally:
            self._connections.pop(task, None)
            writer.transport.abort()

    async def _reply(self, head: bytes, writer: asyncio.StreamWriter) -> None:
        first, *lines = head.decode("latin-1").split("\r\n")
        method, target, _ = first.split(" ", 2)
        headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        fault = self.fault
        if fault is not None and fault.delay_s > 0:
            await asyncio.sleep(fault.delay_s)
        if fault is not None and fault.silent:
            return
        parts = urlsplit(target)
        if method != "GET":
            reply = _framed("405 Method Not Allowed", b"")
        elif self._password and not self._signed_in(target, headers.get("authorization", "")):
            asks = f'Digest qop="auth", realm="{self._realm}", nonce="{self._nonce}", algorithm=SHA-256'
            reply = _framed("401 Unauthorized", b"", f"WWW-Authenticate: {asks}\r\n")
        else:
            document = self._answer(parts.path, dict(parse_qsl(parts.query)))
            mangled = fault.mangle(document) if document is not None and fault and fault.mangle else document
            reply = _framed("404 Not Found", b"") if mangled is None else _framed("200 OK", mangled)
        writer.write(reply)
        await asyncio.wait_for(writer.drain(), _SEND_S)

    def _signed_in(self, target: str, authorization: str) -> bool:
        kind, _, rest = authorization.partition(" ")
        if kind.lower() != "digest":
            return False
        said = parse_keqv_list(parse_http_list(rest))
        if said.get("nonce") != self._nonce or said.get("uri") != target:
            return False
        first = _hash(f"admin:{self._realm}:{self._password}")
        second = _hash(f"GET:{target}")
        middle = f"{self._nonce}:{said.get('nc', '')}:{said.get('cnonce', '')}:auth"
        return secrets.compare_digest(said.get("response", ""), _hash(f"{first}:{middle}:{second}"))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def _framed(status: str, body: bytes, more: str = "") -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n{more}\r\n"
    return head.encode("ascii") + body
