"""The examples that the standards print, byte for byte, through our clients and our servers.

Modbus application protocol V1.1b3, clauses 6.3 to 6.6 and 6.12; the header of Modbus messaging on TCP/IP V1.0b,
clause 3.1.3; the checksum of Modbus over serial line V1.02, appendix B.
"""

import asyncio
import os

import pytest

from ohmstead.transport.address import SerialAddress, TcpAddress
from ohmstead.transport.modbus_client import ModbusBus
from ohmstead.transport.modbus_server import ModbusServer, ServedUnit
from ohmstead.transport.rtu_link import framed, sound
from ohmstead.transport.rtu_server import ModbusRtuServer
from tests.transport.peers import peer
from tests.transport.ptys import serial_pair

pytestmark = [pytest.mark.wire, pytest.mark.anyio]
UNIT = 0x11
READ_HOLDINGS = ("03 006B 0003", "03 06 022B 0000 0064")
READ_INPUT = ("04 0008 0001", "04 02 000A")
WRITE_COIL = ("05 00AC FF00", "05 00AC FF00")
WRITE_ONE = ("06 0001 0003", "06 0001 0003")
WRITE_MANY = ("10 0001 0002 04 000A 0102", "10 0001 0002")
EXAMPLES = [READ_HOLDINGS, READ_INPUT, WRITE_COIL, WRITE_ONE, WRITE_MANY]
DEADLINE_S = 5.0


class Device:
    """Holdings 107 to 109 and input 8 as in the examples; two holdings and a coil that can be written."""

    def __init__(self) -> None:
        self.written: list[tuple[int, tuple[int, ...]]] = []
        self.switched: list[tuple[int, bool]] = []
        self.unit = ServedUnit(
            *(UNIT, self.inputs, self.holdings),
            write=lambda at, words: self.written.append((at, words)),
            switch=lambda coil, on: self.switched.append((coil, on)),
        )

    def inputs(self):
        return ((8, (0x000A,)),)

    def holdings(self):
        return ((1, (0, 0)), (0x6B, (0x022B, 0x0000, 0x0064)))


def tcp(transaction: int, pdu: str) -> bytes:
    body = bytes.fromhex(pdu)
    return transaction.to_bytes(2, "big") + b"\0\0" + (len(body) + 1).to_bytes(2, "big") + bytes([UNIT]) + body


@pytest.mark.parametrize(("request_", "answer"), EXAMPLES)
async def test_the_server_on_tcp_answers_the_examples_byte_for_byte(request_: str, answer: str) -> None:
    server = ModbusServer([Device().unit])
    await server.start()
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    try:
        writer.write(tcp(0x1501, request_))
        assert await reader.readexactly(len(tcp(0, answer))) == tcp(0x1501, answer)
    finally:
        writer.transport.abort()
        await server.stop()


@pytest.mark.parametrize(("request_", "answer"), EXAMPLES)
async def test_the_server_on_a_serial_line_answers_the_examples_byte_for_byte(request_: str, answer: str) -> None:
    expected = framed(UNIT, bytes.fromhex(answer))
    with serial_pair() as (end, path):
        server = ModbusRtuServer([Device().unit], SerialAddress(path, 19_200))
        await server.start()
        heard, whole = bytearray(), asyncio.Event()

        def hear() -> None:
            heard.extend(os.read(end, 256))
            if len(heard) >= len(expected):
                whole.set()

        asyncio.get_running_loop().add_reader(end, hear)
        try:
            os.write(end, framed(UNIT, bytes.fromhex(request_)))
            async with asyncio.timeout(DEADLINE_S):
                await whole.wait()
            assert bytes(heard) == expected
        finally:
            asyncio.get_running_loop().remove_reader(end)
            await server.stop()


async def test_the_client_sends_the_examples_and_understands_their_answers_byte_for_byte() -> None:
    asked: list[bytes] = []
    replies = dict((READ_HOLDINGS, READ_INPUT, WRITE_MANY, WRITE_COIL))

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for transaction, (request, reply) in enumerate(replies.items(), start=1):
            asked.append(await reader.readexactly(len(tcp(transaction, request))))
            writer.write(tcp(transaction, reply))

    async with peer(answer) as address:
        assert isinstance(address, TcpAddress)
        bus = ModbusBus(address)
        assert await bus.read(UNIT, 3, 0x6B, 3, deadline_s=DEADLINE_S) == (0x022B, 0x0000, 0x0064)
        assert await bus.read(UNIT, 4, 8, 1, deadline_s=DEADLINE_S) == (0x000A,)
        await bus.write(UNIT, 1, (0x000A, 0x0102), deadline_s=DEADLINE_S)
        await bus.switch(UNIT, 0xAC, True, deadline_s=DEADLINE_S)
        await bus.close()
    assert asked == [tcp(transaction, request) for transaction, request in enumerate(replies, start=1)]


async def test_the_checksum_is_that_of_the_standards_own_example() -> None:
    """The CRC of 02 07 is 1241; its low byte goes first."""
    assert framed(2, b"\7") == bytes.fromhex("02 07 41 12")
    assert sound(bytes.fromhex("02 07 41 12"))
    assert not sound(bytes.fromhex("02 07 12 41"))
