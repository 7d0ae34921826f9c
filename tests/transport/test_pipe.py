"""The in-process network behaves as sockets do where servers and clients can tell."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from ohmstead.core.model.time import Instant
from ohmstead.drivers.virtual_time import VirtualClock, run_virtual
from ohmstead.transport.pipe import HIGH_WATER, HOST
from tests.site.staging import START

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def talked(server: Talk, client: Talk) -> Instant:
    """Both at the ends of one connection; the moment at which the client was done."""

    async def main(clock: VirtualClock) -> Instant:
        listening = await asyncio.start_server(server, HOST, 0)
        reader, writer = await asyncio.open_connection(HOST, listening.sockets[0].getsockname()[1])
        await client(reader, writer)
        writer.close()
        listening.close()
        await listening.wait_closed()
        return clock.now()

    return run_virtual(main, START)


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(100):
        writer.write(data)
    writer.close()


@pytest.mark.req("EM-349")
def test_bytes_come_back_in_order_and_in_no_time() -> None:
    async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"one")
        writer.writelines([b" two", b" three"])
        assert await reader.readexactly(13) == b"one two three"

    assert talked(echo, client).monotonic_s == 0.0


def test_what_was_sent_before_the_end_arrives_and_then_the_end() -> None:
    async def server(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"farewell")
        writer.close()

    async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert await reader.read() == b"farewell"

    talked(server, client)


def test_an_aborted_connection_ends_at_both_sides() -> None:
    async def server(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(1)
        writer.transport.abort()

    async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"x")
        assert await reader.read() == b""
        assert writer.transport.is_closing()

    talked(server, client)


def test_a_sender_waits_for_a_receiver_that_does_not_read() -> None:
    sent: list[int] = []

    async def server(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in range(100):
            writer.write(bytes(HIGH_WATER))
            await writer.drain()
            sent.append(HIGH_WATER)
        writer.close()

    async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(60)
        assert len(sent) < 10
        came = 0
        while data := await reader.read(HIGH_WATER):
            came += len(data)
        assert came == 100 * HIGH_WATER

    talked(server, client)


def test_a_sender_that_wants_no_buffer_waits_for_each_byte_to_be_taken() -> None:
    async def server(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(60)
        assert await reader.read(3) == b"one"
        writer.close()

    async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.transport.set_write_buffer_limits(0)
        before_s = asyncio.get_running_loop().time()
        writer.write(b"one")
        assert writer.transport.get_write_buffer_size() == 3
        await writer.drain()
        assert writer.transport.get_write_buffer_size() == 0
        assert asyncio.get_running_loop().time() == before_s
        assert await reader.read() == b""

    talked(server, client)


def test_a_library_that_looks_for_a_socket_finds_both_ends_and_no_file() -> None:
    async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        end = writer.transport.get_extra_info("socket")
        assert end.getpeername() == writer.transport.get_extra_info("peername")
        assert end.getsockname()[0] == HOST
        assert end.fileno() == -1
        end.setsockopt(6, 1, 1)

    talked(echo, client)


def test_nobody_listens_where_nobody_listens_and_a_port_has_one_owner() -> None:
    async def main(clock: VirtualClock) -> None:
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection(HOST, 9)
        listening = await asyncio.start_server(echo, HOST, 9)
        with pytest.raises(OSError, match="address already in use"):
            await asyncio.start_server(echo, HOST, 9)
        listening.close()
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection(HOST, 9)

    run_virtual(main, START)
