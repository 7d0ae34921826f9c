"""Units of ours on a serial line, judged by mbpoll, by pymodbus' own client, and by bytes on a pty."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from pymodbus.client import AsyncModbusSerialClient
from pymodbus.framer import FramerType

from ohmstead.transport import rtu_server
from ohmstead.transport.address import SerialAddress, TcpAddress
from ohmstead.transport.modbus_client import ModbusBus
from ohmstead.transport.modbus_server import Fault, ModbusServer, RegisterRefused, ServedUnit, garbage
from ohmstead.transport.rtu_server import ModbusRtuServer
from tests.mbpoll import polled, written
from tests.transport.ptys import crossed_pair, serial_pair
from tests.transport.rtu_peers import framed

pytestmark = pytest.mark.anyio
BAUD = 19_200
AMPLE_S = 5.0
READ = framed(1, bytes.fromhex("04 0002 0001"))
ANSWER = framed(1, bytes.fromhex("04 02 0066"))


class Cells:
    """A unit whose registers can be written: register r of unit u holds 100 u + r at first."""

    def __init__(self, unit: int) -> None:
        self.words = [100 * unit + r for r in range(130)]
        self.served = ServedUnit(unit, self.image, self.image, self.write)

    def image(self):
        return ((0, self.words),)

    def write(self, register: int, words: tuple[int, ...]) -> None:
        if 0xFFFF in words:
            raise RegisterRefused(3)
        self.words[register : register + len(words)] = words


class Hand:
    """The far end of a line: says bytes, hears what comes until the line is silent for a while."""

    def __init__(self, end: int, server: ModbusRtuServer) -> None:
        self._end = end
        self.server = server

    async def ask(self, *portions: bytes, pause_s: float = 0.02) -> bytes:
        for portion in portions[:-1]:
            os.write(self._end, portion)
            await asyncio.sleep(pause_s)
        os.write(self._end, portions[-1])
        return await self.hear(AMPLE_S)

    async def unanswered(self, frame: bytes) -> bool:
        """Whether nothing comes back for longer than an answer takes."""
        os.write(self._end, frame)
        return await self.hear(0.3) == b""

    async def hear(self, patience_s: float) -> bytes:
        heard, loop = b"", asyncio.get_running_loop()
        until = loop.time() + patience_s
        while loop.time() < until:
            try:
                heard += os.read(self._end, 4096)
                until = loop.time() + 0.05
            except BlockingIOError:
                await asyncio.sleep(0.002)
        return heard


@asynccontextmanager
async def heard_by(*units: Cells) -> AsyncIterator[Hand]:
    with serial_pair() as (end, path):
        server = ModbusRtuServer([unit.served for unit in units or (Cells(1),)], SerialAddress(path, BAUD))
        await server.start()
        try:
            yield Hand(end, server)
        finally:
            await server.stop()


@asynccontextmanager
async def wired(*units: Cells) -> AsyncIterator[SerialAddress]:
    async with crossed_pair() as (near, far):
        server = ModbusRtuServer([unit.served for unit in units], SerialAddress(far, BAUD))
        await server.start()
        try:
            yield SerialAddress(near, BAUD)
        finally:
            await server.stop()


@pytest.mark.req("EV-138")
async def test_mbpoll_reads_and_writes_units_on_a_serial_line() -> None:
    one, two = Cells(1), Cells(2)
    async with wired(one, two) as address:
        assert await polled(address, 2, "4", 5, 3) == {5: 205, 6: 206, 7: 207}
        assert await polled(address, 1, "3", 0, 125) == {r: 100 + r for r in range(125)}
        await written(address, 2, 10, 7, 8)
        await written(address, 1, 4, 9)
        assert (two.words[9:13], one.words[3:6]) == ([209, 7, 8, 212], [103, 9, 105])
        with pytest.raises(ValueError, match="Illegal data address"):
            await polled(address, 1, "4", 129, 2)
        with pytest.raises(ValueError, match="Illegal data value"):
            await written(address, 1, 4, 0xFFFF)


@pytest.mark.req("EV-138")
async def test_pymodbus_reads_and_writes_units_on_a_serial_line_and_speaks_to_all() -> None:
    one, two = Cells(1), Cells(2)
    async with wired(one, two) as address:
        client = AsyncModbusSerialClient(
            address.path, framer=FramerType.RTU, baudrate=BAUD, timeout=AMPLE_S, retries=0, reconnect_delay=0
        )
        assert await client.connect()
        try:
            for _ in range(10):
                assert (await client.read_input_registers(3, count=2, device_id=2)).registers == [203, 204]
            assert not (await client.write_registers(20, [1, 2], device_id=1)).isError()
            assert (await client.read_holding_registers(20, count=2, device_id=1)).registers == [1, 2]
            await client.write_registers(30, [77], device_id=0, no_response_expected=True)
            assert (await client.read_holding_registers(30, count=1, device_id=2)).registers == [77]
            assert (one.words[30], two.words[30]) == (77, 77)
        finally:
            client.close()


async def test_our_own_client_and_server_understand_each_other_on_a_serial_line_and_on_tcp_alike() -> None:
    cells = Cells(3)
    tcp = ModbusServer([cells.served])
    await tcp.start()
    async with wired(cells) as address:
        bus = ModbusBus(address)
        await bus.write(3, 5, (42, 43), deadline_s=AMPLE_S)
        assert await bus.read(3, 4, 4, 4, deadline_s=AMPLE_S) == (304, 42, 43, 307)
        await bus.broadcast(8, (9,), deadline_s=AMPLE_S)
        assert await bus.read(3, 3, 8, 1, deadline_s=AMPLE_S) == (9,)
        other = ModbusBus(TcpAddress("127.0.0.1", tcp.port))
        assert await other.read(3, 3, 4, 5, deadline_s=AMPLE_S) == (304, 42, 43, 307, 9)
        await other.close()
        await bus.close()
    await tcp.stop()


async def test_the_answer_is_byte_for_byte_as_the_standard_has_it() -> None:
    async with heard_by() as hand:
        assert await hand.ask(READ) == ANSWER


async def test_an_answer_comes_after_three_and_a_half_characters_of_silence(monkeypatch) -> None:
    monkeypatch.setattr(rtu_server, "GAP_CHARACTERS", 1000)
    async with heard_by() as hand:
        os.write(hand._end, READ)
        assert await hand.hear(0.2) == b""
        assert await hand.hear(AMPLE_S) == ANSWER


@pytest.mark.parametrize(
    "before",
    [
        b"\0",
        b"\xff\xff\0",
        framed(9, bytes.fromhex("03 0000 0002")),
        framed(9, bytes.fromhex("03 0000 0002")) + framed(9, bytes.fromhex("03 04 0001 0002")),
        framed(1, bytes.fromhex("04 0001 0001")),
    ],
)
async def test_what_stands_before_a_request_is_passed_over(before: bytes) -> None:
    async with heard_by() as hand:
        assert await hand.ask(before + READ) == ANSWER
        assert hand.server.served.garbled == 0


@pytest.mark.parametrize(
    "frame",
    [
        framed(2, bytes.fromhex("04 0002 0001")),
        framed(2, bytes.fromhex("04 02 0067")),
        framed(2, bytes.fromhex("10 0000 0001 02 0007")),
        framed(2, bytes.fromhex("84 02")),
        framed(0, bytes.fromhex("04 0002 0001")),
        framed(0, bytes.fromhex("10 0000 0001 02 0007")),
    ],
)
async def test_what_is_meant_for_others_or_for_all_is_not_answered(frame: bytes) -> None:
    async with heard_by() as hand:
        assert await hand.unanswered(frame)
        assert hand.server.served.garbled == 0
        assert await hand.ask(READ) == ANSWER


@pytest.mark.parametrize("rubbish", [READ[:-1], READ[:-1] + b"\0", b"GET / HTTP/1.1\r\n\r\n", b"\xff" * 5000])
async def test_rubbish_is_counted_not_answered_and_forgotten(rubbish: bytes, monkeypatch) -> None:
    monkeypatch.setattr(rtu_server, "BROKEN_OFF_S", 0.01)
    async with heard_by() as hand:
        assert await hand.unanswered(rubbish)
        assert hand.server.served.garbled == 1
        assert await hand.ask(READ) == ANSWER


async def test_a_request_in_portions_is_whole(monkeypatch) -> None:
    monkeypatch.setattr(rtu_server, "BROKEN_OFF_S", AMPLE_S)
    async with heard_by() as hand:
        assert await hand.ask(READ[:1], READ[1:5], READ[5:]) == ANSWER


async def test_the_adapters_echo_of_a_write_is_no_second_write(monkeypatch) -> None:
    monkeypatch.setattr(rtu_server, "ECHO_S", AMPLE_S)
    write = framed(1, bytes.fromhex("06 0002 0009"))
    async with heard_by() as hand:
        assert await hand.ask(write) == write
        assert await hand.unanswered(write)
        assert hand.server.served.requests == 1
        assert await hand.ask(write) == write


async def test_each_refusal_is_an_exception_of_the_specification() -> None:
    failing = ServedUnit(7, lambda: ((0, (1,)),), fails=lambda: True)
    with serial_pair() as (end, path):
        server = ModbusRtuServer([Cells(1).served, failing], SerialAddress(path, BAUD))
        await server.start()
        hand = Hand(end, server)
        asked = ["01 0000 0008", "63", "04 03E8 0001", "04 0000 007E"]
        assert [await hand.ask(framed(1, bytes.fromhex(pdu))) for pdu in asked] == [
            framed(1, bytes.fromhex(pdu)) for pdu in ("81 01", "E3 01", "84 02", "84 03")
        ]
        assert await hand.ask(framed(7, bytes.fromhex("04 0000 0001"))) == framed(7, b"\x84\4")
        assert (server.served.requests, server.served.refused) == (5, 5)
        await server.stop()


async def test_faults_are_put_on_the_wire() -> None:
    async with heard_by() as hand:
        hand.server.faults.units[1] = Fault(silent=True)
        assert await hand.unanswered(READ)
        hand.server.faults.units[1] = Fault(mangle=garbage)
        assert await hand.ask(READ) not in (ANSWER, b"")
        hand.server.faults.units[1] = Fault(delay_s=0.2)
        assert await hand.ask(READ) == ANSWER


async def test_a_port_that_goes_is_opened_again_when_it_is_back(monkeypatch, tmp_path) -> None:
    monkeypatch.setattr(rtu_server, "AGAIN_S", 0.02)
    port = tmp_path / "tty"
    with serial_pair() as (end, path):
        port.symlink_to(path)
        server = ModbusRtuServer([Cells(1).served], SerialAddress(str(port), BAUD))
        await server.start()
        assert await Hand(end, server).ask(READ) == ANSWER
    async with asyncio.timeout(AMPLE_S):
        while server.connected:
            await asyncio.sleep(0.01)
    port.unlink()
    with serial_pair() as (end, path):
        port.symlink_to(path)
        async with asyncio.timeout(AMPLE_S):
            while not server.connected:
                await asyncio.sleep(0.01)
        assert await Hand(end, server).ask(READ) == ANSWER
        await server.stop()
