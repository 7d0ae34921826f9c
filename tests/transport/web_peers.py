"""HTTP servers for tests that say exactly what the test wants."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager


class Peer:
    """A listening server: its URL, and the heads of the requests it got."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.asked: list[str] = []


def reply(body: bytes = b"{}", status: str = "200 OK", more: str = "") -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{more}\r\n".encode() + body


@asynccontextmanager
async def serving(answer: Callable[[str], bytes]) -> AsyncIterator[Peer]:
    """``answer`` makes the bytes for each request's head; none ends the connection, and a lone dot keeps silent."""
    peers: list[Peer] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                peers[0].asked.append(head)
                said = answer(head)
                if said == b".":
                    continue
                writer.write(said)
                await writer.drain()
                if not said:
                    break
        except (asyncio.IncompleteReadError, OSError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    peers.append(Peer(server.sockets[0].getsockname()[1]))
    try:
        yield peers[0]
    finally:
        server.close()
