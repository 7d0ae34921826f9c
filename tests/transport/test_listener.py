"""A port for strangers: bounds that hold, and an end that is one."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import uvloop

from ohmstead.transport import listener
from ohmstead.transport.listener import Client, Limits, Listener

pytestmark = pytest.mark.anyio
AMPLE_S = 5.0


async def echo(client: Client) -> None:
    while True:
        await client.write(await client.read(1))


@asynccontextmanager
async def listening(limits: Limits | None = None, host: str = "127.0.0.1") -> AsyncIterator[Listener]:
    port = Listener(host, 0, limits or Limits(), echo)
    await port.start()
    try:
        yield port
    finally:
        await port.stop()


async def said(port: Listener, host: str = "127.0.0.1") -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection on which something was said and answered."""
    reader, writer = await asyncio.open_connection(host, port.port)
    writer.write(b"x")
    async with asyncio.timeout(AMPLE_S):
        assert await reader.readexactly(1) == b"x"
    return reader, writer


async def ends_right_after_an_answer() -> None:
    async with listening() as port:
        reader, writer = await said(port)
        async with asyncio.timeout(AMPLE_S):
            await port.stop()
            assert await reader.read() == b""
        writer.close()
        assert port.connections == 0
        with pytest.raises(OSError):
            await asyncio.open_connection("127.0.0.1", port.port)
        before = port.port
        await port.start()
        assert port.port == before
        (await said(port))[1].close()


async def test_a_stop_ends_a_conversation_that_has_just_answered_and_the_port_comes_back() -> None:
    await ends_right_after_an_answer()


def test_so_it_does_on_the_daemons_own_event_loop() -> None:
    uvloop.run(ends_right_after_an_answer())


async def test_a_name_stands_for_all_its_addresses_on_one_port() -> None:
    async with listening(host="localhost") as port:
        for address in {info[4][0] for info in socket.getaddrinfo("localhost", 0, type=socket.SOCK_STREAM)}:
            (await said(port, str(address)))[1].close()


async def test_a_port_that_is_taken_is_an_error_and_leaves_nothing() -> None:
    async with listening() as port:
        with pytest.raises(OSError, match="in use"):
            await Listener("127.0.0.1", port.port, Limits(), echo).start()
        (await said(port))[1].close()


async def test_those_above_the_rate_wait_their_turn_outside() -> None:
    async with listening(Limits(accept_s=0.05)) as port:
        first = asyncio.get_running_loop().time()
        for _ in range(5):
            (await said(port))[1].close()
        assert asyncio.get_running_loop().time() - first >= 4 * 0.05
        assert port.accepted == 5


async def test_a_client_that_takes_no_answer_is_closed(monkeypatch) -> None:
    monkeypatch.setattr(listener, "_SEND_S", 0.05)

    async def much(client: Client) -> None:
        while await client.read(1):
            await client.write(bytes(4_000_000))

    port = Listener("127.0.0.1", 0, Limits(), much)
    await port.start()
    _, writer = await asyncio.open_connection("127.0.0.1", port.port, limit=1)
    writer.write(b"xxxx")
    async with asyncio.timeout(AMPLE_S):
        while not port.accepted or port.connections:
            await asyncio.sleep(0.01)
    writer.transport.abort()
    await port.stop()


async def test_without_descriptors_the_port_rests_and_goes_on(monkeypatch) -> None:
    real = socket.socket.accept
    failures = [OSError(24, "Too many open files")]

    def accept(self: socket.socket):
        if failures:
            raise failures.pop()
        return real(self)

    monkeypatch.setattr(socket.socket, "accept", accept)
    async with listening() as port:
        (await said(port))[1].close()
        assert (failures, port.accepted) == ([], 1)
