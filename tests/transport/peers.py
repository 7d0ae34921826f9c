"""Peers of every character on loopback sockets, for tests of whoever talks to them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from ohmstead.transport.address import TcpAddress

Behaviour = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def peer(behave: Behaviour) -> AsyncIterator[TcpAddress]:
    """A server on a free port that treats each connection as ``behave`` says."""
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.add(asyncio.current_task())
        try:
            await behave(reader, writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.transport.abort()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield TcpAddress("127.0.0.1", server.sockets[0].getsockname()[1])
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def answering(answer: Callable[[bytes], bytes]) -> Behaviour:
    """A peer that gives ``answer(request)`` for each request of twelve bytes, whatever that is."""

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            writer.write(answer(await reader.readexactly(12)))

    return behave


def right(request: bytes) -> bytes:
    """The right answer to a read: every register holds its own address."""
    first, count = int.from_bytes(request[8:10], "big"), int.from_bytes(request[10:12], "big")
    data = b"".join((first + i & 0xFFFF).to_bytes(2, "big") for i in range(count))
    pdu = bytes([request[7], len(data)]) + data
    return request[:4] + (len(pdu) + 1).to_bytes(2, "big") + request[6:7] + pdu


def refusing(code: int) -> Callable[[bytes], bytes]:
    """The answer that is exception ``code``."""
    return lambda request: request[:4] + b"\0\3" + request[6:7] + bytes([request[7] | 0x80, code])


@asynccontextmanager
async def nowhere() -> AsyncIterator[TcpAddress]:
    """An address at which nothing listens."""
    async with peer(answering(right)) as address:
        pass
    yield address
