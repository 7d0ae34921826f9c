"""The register server, judged by pymodbus' own client and by raw sockets."""

import asyncio
from contextlib import asynccontextmanager

import pytest
from pymodbus.client import AsyncModbusTcpClient

from ohmstead.transport.modbus_server import (
    Fault,
    ModbusServer,
    RegisterRefused,
    ServedUnit,
    garbage,
    other_transaction,
    other_unit,
    short,
)

pytestmark = pytest.mark.anyio


class Board:
    """A unit with moving inputs and ten holding registers."""

    def __init__(self) -> None:
        self.looks = 0
        self.written: list[tuple[int, tuple[int, ...]]] = []

    def inputs(self):
        self.looks += 1
        return ((0, (self.looks,) * 100), (200, (self.looks, 7)))

    def holdings(self):
        return ((0, self.written[-1][1] if self.written else (0,) * 10),)

    def write(self, register, words):
        if register != 0 or len(words) != 10:
            raise RegisterRefused(2)
        if words[0] != 1:
            raise RegisterRefused(3)
        self.written.append((register, words))


@asynccontextmanager
async def serving(*units: ServedUnit):
    server = ModbusServer(units)
    await server.start()
    client = AsyncModbusTcpClient("127.0.0.1", port=server.port, timeout=2, retries=0, reconnect_delay=0)
    assert await client.connect()
    try:
        yield server, client
    finally:
        client.close()
        await server.stop()


def board_unit(board: Board, unit: int = 1) -> ServedUnit:
    return ServedUnit(unit, board.inputs, board.holdings, board.write)


async def test_another_client_reads_each_unit_and_each_space():
    fixed = ServedUnit(2, holdings=lambda: ((40_000, (0x5375, 0x6E53)),))
    async with serving(board_unit(Board()), fixed) as (_, client):
        assert (await client.read_input_registers(201, count=1, device_id=1)).registers == [7]
        assert (await client.read_holding_registers(9, count=1, device_id=1)).registers == [0]
        assert (await client.read_holding_registers(40_000, count=2, device_id=2)).registers == [0x5375, 0x6E53]


async def test_a_read_never_sees_two_images():
    board = Board()
    async with serving(board_unit(board)) as (server, _):
        clients = [AsyncModbusTcpClient("127.0.0.1", port=server.port) for _ in range(4)]
        for client in clients:
            await client.connect()

        async def look(client):
            for _ in range(50):
                assert len(set((await client.read_input_registers(0, count=100, device_id=1)).registers)) == 1

        await asyncio.gather(*(look(client) for client in clients))
        for client in clients:
            client.close()


async def test_a_write_is_handed_over_whole_and_read_back():
    board = Board()
    async with serving(board_unit(board)) as (_, client):
        assert not (await client.write_registers(0, [1, *range(9)], device_id=1)).isError()
        assert board.written == [(0, (1, *range(9)))]
        assert (await client.read_holding_registers(0, count=10, device_id=1)).registers == [1, *range(9)]


@pytest.mark.parametrize(
    "register, words, code",
    [(0, [2] * 10, 3), (0, [1] * 9, 2), (5, [1], 2), (9, [1, 1], 2), (500, [1], 2)],
)
async def test_a_refused_write_changes_nothing(register, words, code):
    board = Board()
    async with serving(board_unit(board)) as (_, client):
        answer = await client.write_registers(register, words, device_id=1)
        assert answer.exception_code == code
        assert board.written == []
        assert (await client.read_holding_registers(0, count=10, device_id=1)).registers == [0] * 10


async def test_what_is_not_there_is_refused_with_the_right_exception():
    async with serving(board_unit(Board())) as (_, client):
        refused = [
            await client.read_input_registers(99, count=2, device_id=1),
            await client.read_holding_registers(10, count=1, device_id=1),
            await client.read_coils(0, count=1, device_id=1),
            await client.write_coil(0, True, device_id=1),
            await client.read_input_registers(0, count=1, device_id=9),
        ]
        assert [answer.exception_code for answer in refused] == [2, 2, 1, 1, 11]


async def test_a_unit_without_a_handler_cannot_be_written():
    board = Board()
    async with serving(ServedUnit(1, board.inputs, board.holdings)) as (_, client):
        assert (await client.write_register(0, 1, device_id=1)).exception_code == 2


def test_a_unit_named_twice_is_refused():
    board = Board()
    with pytest.raises(ValueError, match="each unit once"):
        ModbusServer([board_unit(board), board_unit(board)])


@asynccontextmanager
async def raw(server: ModbusServer):
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    try:
        yield reader, writer
    finally:
        writer.transport.abort()


READ = bytes.fromhex("0000 0006 01 04 00C8 0002")


async def test_requests_sent_together_are_answered_in_order():
    async with serving(board_unit(Board())) as (server, _), raw(server) as (reader, writer):
        writer.write(b"".join(bytes([0, i]) + READ for i in range(20)))
        answers = [await reader.readexactly(13) for _ in range(20)]
        assert [answer[1] for answer in answers] == list(range(20))


@pytest.mark.parametrize(
    "request_hex, answer_hex",
    [
        ("0001 0000 0006 01 04 0000 0000", "0001 0000 0003 01 84 03"),
        ("0001 0000 0006 01 04 0000 007E", "0001 0000 0003 01 84 03"),
        ("0001 0000 0005 01 04 0000 00", "0001 0000 0003 01 84 03"),
        ("0001 0000 0009 01 10 0000 0002 02 0001", "0001 0000 0003 01 90 03"),
        ("0001 0000 0002 01 63", "0001 0000 0003 01 E3 01"),
        ("0001 0000 0006 01 04 FFFF 0002", "0001 0000 0003 01 84 02"),
        ("0001 0000 0006 01 03 FFFF 007D", "0001 0000 0003 01 83 02"),
        ("0001 0000 0009 01 10 FFFF 0001 02 0001", "0001 0000 0003 01 90 02"),
    ],
)
async def test_a_malformed_request_and_one_beyond_the_address_space_are_refused(request_hex, answer_hex):
    async with serving(board_unit(Board())) as (server, _), raw(server) as (reader, writer):
        writer.write(bytes.fromhex(request_hex))
        assert await reader.readexactly(9) == bytes.fromhex(answer_hex)


@pytest.mark.parametrize("rubbish", [b"GET / HTTP/1.1\r\n\r\n", b"\0\1\0\0\xff\xff\1", b"\xff" * 5000])
async def test_what_is_not_modbus_is_dropped_and_others_are_served(rubbish):
    async with serving(board_unit(Board())) as (server, client), raw(server) as (reader, writer):
        writer.write(rubbish)
        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
            await reader.readexactly(1)
        assert (await client.read_input_registers(201, count=1, device_id=1)).registers == [7]


async def test_idle_connections_do_not_lock_others_out():
    async with serving(board_unit(Board())) as (server, _):
        idle = [await asyncio.open_connection("127.0.0.1", server.port) for _ in range(80)]
        async with raw(server) as (reader, writer):
            writer.write(b"\0\1" + READ)
            assert (await reader.readexactly(13))[-1] == 7
        for _, writer in idle:
            writer.transport.abort()


@pytest.mark.parametrize(
    "mangle, changed",
    [
        (garbage, lambda right, came: came != right and len(came) == len(right)),
        (short, lambda right, came: came == right[:-2]),
        (other_unit, lambda right, came: came[6] == 2 and came[7:] == right[7:]),
        (other_transaction, lambda right, came: came[:2] != right[:2] and came[2:] == right[2:]),
    ],
)
async def test_a_fault_changes_the_bytes_of_its_unit(mangle, changed):
    fixed = ServedUnit(1, lambda: ((200, (6, 7)),))
    async with serving(fixed) as (server, _), raw(server) as (reader, writer):
        writer.write(b"\0\1" + READ)
        right = await reader.readexactly(13)
        server.faults.units[1] = Fault(mangle=mangle)
        writer.write(b"\0\1" + READ)
        assert changed(right, await reader.read(100))
        server.faults.units.clear()
        writer.write(b"\0\1" + READ)
        assert await reader.readexactly(13) == right


async def test_a_silent_unit_leaves_the_others_alone():
    async with serving(board_unit(Board(), 1), board_unit(Board(), 2)) as (server, _), raw(server) as (reader, writer):
        server.faults.units[2] = Fault(silent=True)
        writer.write(b"\0\1" + READ[:4] + b"\2" + READ[5:] + b"\0\2" + READ)
        assert (await reader.readexactly(13))[:2] == b"\0\2"


async def test_a_late_answer_comes_late():
    async with serving(board_unit(Board())) as (server, _), raw(server) as (reader, writer):
        server.faults.all = Fault(delay_s=0.05)
        before = asyncio.get_running_loop().time()
        writer.write(b"\0\1" + READ)
        await reader.readexactly(13)
        assert asyncio.get_running_loop().time() - before >= 0.05


async def test_a_stopped_server_refuses_and_comes_back_on_its_port():
    async with serving(board_unit(Board())) as (server, _):
        port = server.port
        await server.stop()
        with pytest.raises(OSError):
            await asyncio.open_connection("127.0.0.1", port)
        await server.start()
        async with raw(server) as (reader, writer):
            writer.write(b"\0\1" + READ)
            assert (await reader.readexactly(13))[-1] == 7
        assert server.port == port
