"""Our gateway and our serial line, asked by an independent client over a pseudo terminal and TCP, and by raw bytes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from pymodbus import FramerType
from pymodbus.client import AsyncModbusSerialClient, AsyncModbusTcpClient
from pymodbus.exceptions import ModbusIOException

from ohmstead.transport.modbus_server import Fault, ServedUnit
from ohmstead.transport.pty_server import PtyServer
from ohmstead.transport.rtu_gateway import RtuGateway, other_unit_rtu
from ohmstead.transport.rtu_link import framed

pytestmark = pytest.mark.anyio

READ_TWO = bytes([3, 0, 0, 0, 2])


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Shelf:
    """Units that hold their own number and what is written to them."""

    def __init__(self) -> None:
        self.words = {1: [1, 100], 2: [2, 200]}

    def units(self) -> list[ServedUnit]:
        return [ServedUnit(n, holdings=lambda n=n: ((0, self.words[n]),), write=self.writer(n)) for n in self.words]

    def writer(self, unit: int):
        def write(register: int, words: tuple[int, ...]) -> None:
            self.words[unit][register : register + len(words)] = words

        return write


@asynccontextmanager
async def on(server: RtuGateway) -> AsyncIterator[RtuGateway]:
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


async def raw(server: RtuGateway, *sent: bytes) -> bytes:
    """What comes back for bytes sent one piece after the other."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    try:
        for piece in sent:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0)
        return await asyncio.wait_for(reader.read(256), 2)
    finally:
        writer.close()


@pytest.mark.req("G-128")
async def test_an_independent_client_reads_and_writes_units_on_a_pseudo_terminal() -> None:
    shelf = Shelf()
    async with on(PtyServer(shelf.units(), 19_200)) as server:
        assert isinstance(server, PtyServer)
        client = AsyncModbusSerialClient(server.path, baudrate=19_200, timeout=2, retries=0)
        assert await client.connect()
        try:
            assert (await client.read_holding_registers(0, count=2, device_id=2)).registers == [2, 200]
            assert not (await client.write_registers(1, [777], device_id=1)).isError()
            assert (await client.read_holding_registers(1, count=1, device_id=1)).registers == [777]
        finally:
            client.close()


async def test_units_on_a_pseudo_terminal_hear_their_own_speed_alone() -> None:
    async with on(PtyServer(Shelf().units(), 19_200)) as server:
        for baud, heard in ((9600, False), (19_200, True)):
            client = AsyncModbusSerialClient(server.path, baudrate=baud, timeout=0.3, retries=0)
            assert await client.connect()
            try:
                answer = client.read_holding_registers(0, count=1, device_id=1)
                if heard:
                    assert (await answer).registers == [1]
                else:
                    with pytest.raises(ModbusIOException):
                        await answer
            finally:
                client.close()


async def test_a_port_that_was_closed_can_be_opened_again() -> None:
    async with on(PtyServer(Shelf().units())) as server:
        for _ in range(3):
            client = AsyncModbusSerialClient(server.path, baudrate=9600, timeout=2, retries=0)
            assert await client.connect()
            assert (await client.read_holding_registers(0, count=1, device_id=1)).registers == [1]
            client.close()


async def test_an_independent_client_reads_units_behind_a_gateway() -> None:
    async with on(RtuGateway(Shelf().units())) as server:
        client = AsyncModbusTcpClient("127.0.0.1", port=server.port, framer=FramerType.RTU, timeout=2, retries=0)
        assert await client.connect()
        try:
            assert (await client.read_holding_registers(0, count=2, device_id=1)).registers == [1, 100]
            with pytest.raises(ModbusIOException):
                await client.read_holding_registers(0, count=2, device_id=9)
        finally:
            client.close()


async def test_a_request_in_pieces_is_one_and_two_in_one_piece_are_two() -> None:
    ask = framed(1, READ_TWO)
    async with on(RtuGateway(Shelf().units())) as server:
        assert await raw(server, ask[:3], ask[3:]) == framed(1, bytes([3, 4, 0, 1, 0, 100]))
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(ask + framed(2, READ_TWO))
        both = framed(1, bytes([3, 4, 0, 1, 0, 100])) + framed(2, bytes([3, 4, 0, 2, 0, 200]))
        assert await asyncio.wait_for(reader.readexactly(len(both)), 2) == both
        writer.close()


async def test_bytes_that_are_no_frame_end_the_connection_and_the_next_one_is_served() -> None:
    async with on(RtuGateway(Shelf().units())) as server:
        assert await raw(server, framed(1, READ_TWO)[:-1] + b"\0") == b""
        assert await raw(server, b"\x01\x10" + bytes([255]) * 300) == b""
        assert await raw(server, framed(1, READ_TWO)) == framed(1, bytes([3, 4, 0, 1, 0, 100]))
        assert server.served.garbled == 2


async def test_a_broadcast_is_obeyed_by_all_and_answered_by_none() -> None:
    shelf = Shelf()
    async with on(RtuGateway(shelf.units())) as server:
        assert await raw(server, framed(0, bytes([6, 0, 1, 0, 7])), framed(1, READ_TWO)) == framed(
            1, bytes([3, 4, 0, 1, 0, 7])
        )
    assert shelf.words == {1: [1, 7], 2: [2, 7]}


async def test_a_silent_unit_says_nothing_and_another_answers_in_a_strangers_name() -> None:
    async with on(RtuGateway(Shelf().units())) as server:
        server.faults.units[1] = Fault(silent=True)
        server.faults.units[2] = Fault(mangle=other_unit_rtu)
        told = await raw(server, framed(1, READ_TWO), framed(2, READ_TWO))
        assert told == framed(3, bytes([3, 4, 0, 2, 0, 200]))


async def test_an_answer_takes_the_time_of_the_line() -> None:
    loop = asyncio.get_running_loop()
    async with on(RtuGateway(Shelf().units(), character_s=10 / 1200)) as server:
        began = loop.time()
        await raw(server, framed(1, READ_TWO))
        assert loop.time() - began >= (8 + 9) * 10 / 1200
