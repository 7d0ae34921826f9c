import asyncio
import os

import pytest

from ohmstead.transport.address import SerialAddress
from ohmstead.transport.byte_line import FLOOD_BYTES, LineError, open_line
from tests.transport.peers import peer
from tests.transport.ptys import serial_pair

pytestmark = pytest.mark.anyio


async def heard_until(line, heard: bytearray, count: int) -> bytes:
    async with asyncio.timeout(5):
        while len(heard) < count:
            await line.wait()
    return bytes(heard)


async def test_a_serial_port_gives_every_byte_as_it_came():
    every = bytes(range(256)) * 4
    with serial_pair() as (ours, path):
        heard = bytearray()
        line = open_line(SerialAddress(path, 115_200), heard.extend)
        first = asyncio.ensure_future(line.wait())
        await asyncio.sleep(0.1)
        os.write(ours, every)
        await first
        assert await heard_until(line, heard, len(every)) == every
        await line.close()


async def test_a_serial_port_is_taken_for_one_reader_and_the_other_is_told():
    with serial_pair() as (ours, path):
        heard = bytearray()
        line = open_line(SerialAddress(path, 9600), heard.extend)
        first = asyncio.ensure_future(line.wait())
        await asyncio.sleep(0.1)
        with pytest.raises(LineError) as caught:
            await open_line(SerialAddress(path, 9600), heard.extend).wait()
        assert caught.value.reason.key == "line.no_connection"
        os.write(ours, b"x")
        await first
        await line.close()


async def test_a_peer_that_floods_is_told_and_hung_up_on():
    async def flood(reader, writer) -> None:
        while not writer.is_closing():
            writer.write(b"/x\r\n\r\n!\r\n" * 10_000)
            await writer.drain()

    async with peer(flood) as address:
        heard = bytearray()
        line = open_line(address, heard.extend)
        with pytest.raises(LineError) as caught:
            await heard_until(line, heard, 10 * FLOOD_BYTES)
        assert caught.value.reason.key == "line.flood"
        assert len(heard) <= FLOOD_BYTES


async def test_a_serial_port_that_is_not_there_says_so():
    with pytest.raises(LineError) as caught:
        await open_line(SerialAddress("/dev/no-such-port", 9600), bytearray().extend).wait()
    assert caught.value.reason.params["detail"] == "No such file or directory"
