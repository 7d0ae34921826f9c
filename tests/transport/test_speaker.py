"""A device that speaks by itself is heard by all who listen, and keeps nothing for those who do not."""

import asyncio
import os
import termios

import pytest

from ohmstead.transport.pseudo_terminal import PseudoTerminal
from ohmstead.transport.speaker import CONNECTIONS_AT_MOST, PtySpeaker, TcpSpeaker

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def listeners(speaker: TcpSpeaker, count: int) -> list[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    found = [await asyncio.open_connection("127.0.0.1", speaker.port) for _ in range(count)]
    while len(speaker._listeners) < min(count, CONNECTIONS_AT_MOST):
        await asyncio.sleep(0)
    return found


async def test_everybody_hears_the_same_and_nobody_what_was_said_before() -> None:
    speaker = TcpSpeaker()
    await speaker.start()
    try:
        speaker.say(b"early")
        heard = await listeners(speaker, 2)
        speaker.say(b"telegram")
        assert [await asyncio.wait_for(reader.readexactly(8), 2) for reader, _ in heard] == [b"telegram"] * 2
        for _, writer in heard:
            writer.close()
    finally:
        await speaker.stop()


async def test_one_listener_too_many_is_turned_away_and_one_who_does_not_read_is_dropped() -> None:
    speaker = TcpSpeaker()
    await speaker.start()
    try:
        heard = await listeners(speaker, CONNECTIONS_AT_MOST + 1)
        assert await asyncio.wait_for(heard[-1][0].read(), 2) == b""
        for reader, _ in heard:
            reader._transport.pause_reading()
        for _ in range(200):
            speaker.say(bytes(65_536))
            await asyncio.sleep(0)
        assert all(
            writer.transport.get_write_buffer_size() <= 131_072 + 65_536 for writer in speaker._listeners.values()
        )
        for _, writer in heard:
            writer.transport.abort()
    finally:
        await speaker.stop()


async def test_a_deaf_connection_looks_alive_and_a_new_one_hears() -> None:
    speaker = TcpSpeaker()
    await speaker.start()
    try:
        ((old, first),) = await listeners(speaker, 1)
        speaker.deafen()
        new, second = await asyncio.open_connection("127.0.0.1", speaker.port)
        while len(speaker._listeners) < 2:
            await asyncio.sleep(0)
        speaker.say(b"telegram")
        assert await asyncio.wait_for(new.readexactly(8), 2) == b"telegram"
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(old.read(1), 0.05)
        first.close()
        second.close()
    finally:
        await speaker.stop()


async def test_a_serial_port_keeps_nothing_that_was_said_while_it_was_closed() -> None:
    speaker = PtySpeaker()
    await speaker.start()
    try:
        speaker.say(b"early")
        port = os.open(speaker.path, os.O_RDWR | os.O_NOCTTY)
        try:
            speaker.say(b"telegram\n")
            assert await asyncio.to_thread(os.read, port, 64) == b"telegram\n"
        finally:
            os.close(port)
        speaker.say(b"late")
    finally:
        await speaker.stop()


async def test_who_listens_at_another_speed_hears_noise() -> None:
    speaker = PtySpeaker(115_200)
    await speaker.start()
    port = os.open(speaker.path, os.O_RDWR | os.O_NOCTTY)
    try:
        for speed, heard in ((termios.B9600, False), (termios.B115200, True)):
            ways = termios.tcgetattr(port)
            ways[4] = ways[5] = speed
            termios.tcsetattr(port, termios.TCSANOW, ways)
            speaker.say(b"telegram")
            assert (await asyncio.to_thread(os.read, port, 64) == b"telegram") is heard
    finally:
        os.close(port)
        await speaker.stop()


async def test_a_port_that_nobody_reads_takes_what_fits_and_no_more() -> None:
    line = PseudoTerminal()
    port = os.open(line.path, os.O_RDWR | os.O_NOCTTY)
    try:
        assert line.opened
        for _ in range(100):
            line.write(bytes(4096))
        os.write(port, b"hello")
        assert await asyncio.wait_for(line.read(), 2) == b"hello"
    finally:
        os.close(port)
        assert not line.opened
        line.close()
