"""A shared Modbus line against peers that behave, fail, and attack."""

import asyncio
import socket
import tracemalloc

import pytest

from ohmstead.core.model.errors import DeviceError, DeviceGarbled, DeviceRefused, DeviceUnreachable
from ohmstead.texts import LANGUAGES, word
from ohmstead.transport.address import TcpAddress
from ohmstead.transport.modbus_answers import KNOWN_EXCEPTIONS
from ohmstead.transport.modbus_client import Buses, ModbusBus
from ohmstead.transport.turns import Priority
from tests.transport.peers import answering, nowhere, peer, refusing, right

pytestmark = pytest.mark.anyio
SOON_S = 0.15
AMPLE_S = 5.0


async def read(bus: ModbusBus, unit=1, register=0, count=2, deadline_s=AMPLE_S, priority=Priority.LAST):
    return await bus.read(unit, 4, register, count, deadline_s=deadline_s, priority=priority)


async def failure(bus: ModbusBus, **request) -> DeviceError:
    with pytest.raises(DeviceError) as caught:
        await read(bus, **request)
    for language in LANGUAGES:
        assert str(bus.address) in word(caught.value.reason, language)
    return caught.value


async def test_registers_are_read_by_either_function_and_any_unit():
    async with peer(answering(right)) as address:
        bus = ModbusBus(address)
        assert await read(bus, unit=7, register=70, count=3) == (70, 71, 72)
        assert await bus.read(247, 3, 65_535, 1, deadline_s=AMPLE_S) == (65_535,)
        await bus.close()


async def test_small_frames_are_sent_at_once():
    async with peer(answering(right)) as address:
        bus = ModbusBus(address)
        await read(bus)
        wire = bus._link._transport.get_extra_info("socket")
        assert wire.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        await bus.close()


async def test_a_host_that_refuses_is_unreachable_and_says_where_and_what_to_do():
    async with nowhere() as address:
        bus = ModbusBus(address)
        error = await failure(bus, register=12)
        assert isinstance(error, DeviceUnreachable)
        assert error.reason.key == "modbus.no_connection"
        assert f"{address} unit 1 register 12" in word(error.reason)
        assert "Connection refused" in word(error.reason)
        assert "Check power, network cable, address and port" in word(error.reason)
        await bus.close()


async def test_an_unknown_host_is_unreachable():
    bus = ModbusBus(TcpAddress("", 502))
    with pytest.raises(DeviceUnreachable):
        await read(bus)
    await bus.close()


async def test_while_connections_fail_requests_fail_at_once_and_attempts_become_rare():
    attempts = 0

    async def slam(reader, writer):
        nonlocal attempts
        attempts += 1

    async with peer(slam) as address:
        bus = ModbusBus(address)
        for _ in range(200):
            assert isinstance(await failure(bus, deadline_s=AMPLE_S), DeviceUnreachable)
        assert 1 < attempts < 20
        await bus.close()


async def test_a_silent_peer_is_unreachable_after_the_deadline():
    async def silent(reader, writer):
        await reader.read()

    async with peer(silent) as address:
        bus = ModbusBus(address)
        error = await failure(bus, deadline_s=SOON_S)
        assert isinstance(error, DeviceUnreachable)
        assert error.reason.key == "device.unreachable"
        assert "within 0.15 s" in word(error.reason)
        await bus.close()


async def test_a_half_open_connection_is_made_anew():
    connections = 0

    async def silent_once(reader, writer):
        nonlocal connections
        connections += 1
        if connections == 1:
            await reader.read()
        await answering(right)(reader, writer)

    async with peer(silent_once) as address:
        bus = ModbusBus(address)
        for _ in range(3):
            assert isinstance(await failure(bus, deadline_s=SOON_S), DeviceUnreachable)
        assert await read(bus, register=4) == (4, 5)
        assert connections == 2
        await bus.close()


@pytest.mark.parametrize("code", range(1, 12))
async def test_an_exception_is_a_refusal_that_says_what_to_do(code):
    async with peer(answering(refusing(code))) as address:
        bus = ModbusBus(address)
        error = await failure(bus)
        assert isinstance(error, DeviceRefused)
        assert error.reason.params["code"] == code
        assert error.reason.key == f"modbus.exception.{code if code in KNOWN_EXCEPTIONS else 'other'}"
        assert f"exception {code}" in word(error.reason)
        await bus.close()


WRONG = {
    "modbus.other_transaction": lambda r: (int.from_bytes(r[:2], "big") + 500).to_bytes(2, "big") + right(r)[2:],
    "modbus.other_unit": lambda r: right(r)[:6] + bytes([r[6] + 1]) + right(r)[7:],
    "modbus.other_function": lambda r: right(r)[:7] + b"\3" + right(r)[8:],
    "modbus.other_length": lambda r: right(r[:11] + b"\1"),
    "modbus.no_frame": lambda r: b"HTTP/1.1 400 Bad Request\r\n\r\n",
    "modbus.incomplete": lambda r: right(r)[:-1],
}


@pytest.mark.parametrize("key", WRONG)
async def test_a_wrong_answer_is_garbled_and_the_next_right_one_is_taken(key):
    wrong = True

    def answer(request: bytes) -> bytes:
        return WRONG[key](request) if wrong else right(request)

    async with peer(answering(answer)) as address:
        bus = ModbusBus(address)
        error = await failure(bus, deadline_s=SOON_S if key == "modbus.incomplete" else AMPLE_S)
        assert isinstance(error, DeviceGarbled)
        assert error.reason.key == key
        wrong = False
        assert await read(bus, register=8) == (8, 9)
        await bus.close()


@pytest.mark.parametrize(
    "frame",
    [
        b"\0\1\0\7\0\5\1\4\2\0\0",  # another protocol
        b"\0\1\0\0\xff\xff\1\4\2\0\0",  # a frame of 64 KiB
        b"\0\1\0\0\0\1\1",  # no function
        b"\0\1\0\0\0\2\1\4",  # no data
    ],
)
async def test_a_header_that_cannot_be_is_garbled(frame):
    async with peer(answering(lambda request: frame)) as address:
        bus = ModbusBus(address)
        error = await failure(bus)
        assert (type(error), error.reason.key) == (DeviceGarbled, "modbus.no_frame")
        await bus.close()


async def test_an_answer_with_more_bytes_than_it_counts_is_garbled():
    def answer(request: bytes) -> bytes:
        pdu = right(request)[7:] + b"\0\0"
        return request[:4] + (len(pdu) + 1).to_bytes(2, "big") + request[6:7] + pdu

    async with peer(answering(answer)) as address:
        bus = ModbusBus(address)
        assert (await failure(bus)).reason.key == "modbus.other_length"
        await bus.close()


async def test_a_late_answer_is_not_taken_for_the_next_one():
    held: list[bytes] = []

    def answer(request: bytes) -> bytes:
        if request[9] == 1:
            held.append(right(request))
            return b""
        return b"".join(held) + right(request)

    async with peer(answering(answer)) as address:
        bus = ModbusBus(address)
        await failure(bus, register=1, deadline_s=SOON_S)
        assert await read(bus, register=2) == (2, 3)
        await bus.close()


async def test_a_cancelled_request_leaves_the_line_usable():
    gate = asyncio.Event()

    async def behave(reader, writer):
        first = await reader.readexactly(12)
        await gate.wait()
        writer.write(right(first))
        await answering(right)(reader, writer)

    async with peer(behave) as address:
        bus = ModbusBus(address)
        task = asyncio.create_task(read(bus))
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        gate.set()
        assert await read(bus, register=6) == (6, 7)
        await bus.close()


async def test_a_flood_neither_fills_memory_nor_stalls_another_line():
    async def flood(reader, writer):
        while True:
            writer.write(b"\xa5" * 65_536)
            await writer.drain()

    async def polite(bus: ModbusBus) -> int:
        return len([await read(bus, register=i) for i in range(100)])

    async with peer(flood) as bad, peer(answering(right)) as good:
        hostile, bus = ModbusBus(bad), ModbusBus(good)
        tracemalloc.start()
        attack = asyncio.gather(*(failure(hostile) for _ in range(20)))
        assert await polite(bus) == 100
        errors = await attack
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert all(isinstance(error, DeviceError) for error in errors)
        assert peak < 8_000_000
        await hostile.close()
        await bus.close()


async def test_a_flood_after_a_right_answer_ends_the_connection_before_the_next_request():
    async def behave(reader, writer):
        request = await reader.readexactly(12)
        writer.write(right(request) + b"\0" * 5000)
        await reader.read()

    async with peer(behave) as address:
        bus = ModbusBus(address)
        assert await read(bus) == (0, 1)
        await asyncio.sleep(0.05)
        assert not bus._link.alive
        assert await read(bus) == (0, 1)
        await bus.close()


async def test_an_answer_given_twice_counts_once_and_what_nobody_asked_for_is_remembered_for_a_while():
    async def behave(reader, writer):
        while True:
            writer.write(right(await reader.readexactly(12)) * 2)

    async with peer(behave) as address:
        bus = ModbusBus(address)
        assert bus.unasked(1) is None
        assert await read(bus) == (0, 1)
        await asyncio.sleep(0.05)
        assert await read(bus) == (0, 1)
        assert bus.unasked(1).key == "modbus.unasked"
        assert bus.unasked(1).params["where"] == str(address)
        assert bus.reconnects == 1
        await bus.close()


async def test_a_slow_drip_ends_at_the_deadline():
    async def drip(reader, writer):
        answer = right(await reader.readexactly(12))
        for byte in answer:
            writer.write(bytes([byte]))
            await asyncio.sleep(0.05)

    async with peer(drip) as address:
        bus = ModbusBus(address)
        error = await failure(bus, deadline_s=SOON_S)
        assert error.reason.key == "modbus.incomplete"
        await bus.close()


async def test_the_more_important_waiter_goes_first():
    order: list[int] = []

    def answer(request: bytes) -> bytes:
        order.append(request[6])
        return right(request)

    async with peer(answering(answer)) as address:
        bus = ModbusBus(address)
        units = [(10, Priority.LAST), (11, Priority.LAST), (12, Priority.SECOND), (13, Priority.FIRST)]
        await asyncio.gather(*(read(bus, unit=unit, priority=priority) for unit, priority in units))
        assert order == [10, 13, 12, 11]
        await bus.close()


@pytest.mark.req("G-018")
async def test_a_dead_unit_gives_way_to_the_others_long_before_its_deadline():
    def answer(request: bytes) -> bytes:
        return b"" if request[6] == 9 else right(request)

    async with peer(answering(answer)) as address:
        bus = ModbusBus(address)
        dead = asyncio.create_task(failure(bus, unit=9, deadline_s=2 * AMPLE_S))
        await asyncio.sleep(0.01)
        for register in range(5):
            assert await read(bus, unit=1, register=register, priority=Priority.FIRST) == (register, register + 1)
        assert not dead.done()
        await bus.close()
        assert isinstance(await dead, DeviceUnreachable)


async def test_answers_that_come_in_another_order_find_their_requests():
    held: list[bytes] = []

    def answer(request: bytes) -> bytes:
        held.append(right(request))
        return b"" if len(held) < 3 else b"".join(reversed(held))

    async with peer(answering(answer)) as address:
        bus = ModbusBus(address)
        requests = [read(bus, unit=unit, register=unit) for unit in (1, 2, 3)]
        assert await asyncio.gather(*requests) == [(1, 2), (2, 3), (3, 4)]
        await bus.close()


async def test_a_dead_unit_costs_its_neighbours_one_deadline_at_most():
    def answer(request: bytes) -> bytes:
        return b"" if request[6] == 9 else right(request)

    async with peer(answering(answer)) as address:
        bus = ModbusBus(address)
        dead = asyncio.create_task(failure(bus, unit=9, deadline_s=SOON_S))
        assert await read(bus, unit=1) == (0, 1)
        assert isinstance(await dead, DeviceUnreachable)
        for _ in range(5):
            await failure(bus, unit=9, deadline_s=0.02)
            assert await read(bus, unit=1) == (0, 1)
        await bus.close()


async def test_devices_at_one_address_share_a_connection_until_the_last_is_closed():
    connections = 0

    async def count(reader, writer):
        nonlocal connections
        connections += 1
        await answering(right)(reader, writer)

    async with peer(count) as address:
        buses = Buses()
        first, second = buses.open(address), buses.open(address)
        await asyncio.gather(read(first.bus, unit=1), read(second.bus, unit=2))
        assert connections == 1
        await first.close()
        await first.close()
        assert await read(second.bus) == (0, 1)
        await second.close()
        await failure(second.bus)
        assert connections == 1


async def test_closing_ends_a_request_under_way():
    async def silent(reader, writer):
        await reader.read()

    async with peer(silent) as address:
        bus = ModbusBus(address)
        request = asyncio.create_task(failure(bus))
        await asyncio.sleep(0.05)
        await bus.close()
        assert isinstance(await request, DeviceUnreachable)


async def test_a_write_goes_out_whole_and_a_wrong_confirmation_is_garbled():
    seen: list[bytes] = []

    async def behave(reader, writer):
        while True:
            request = await reader.readexactly(13 + 2 * 3)
            seen.append(request)
            count = b"\0\3" if len(seen) == 1 else b"\0\2"
            writer.write(request[:4] + b"\0\6" + request[6:10] + count)

    async with peer(behave) as address:
        bus = ModbusBus(address)
        await bus.write(1, 5, (1, 2, 0xFFFF), deadline_s=AMPLE_S)
        assert seen[0][7:] == bytes.fromhex("10 0005 0003 06 0001 0002 FFFF")
        with pytest.raises(DeviceGarbled):
            await bus.write(1, 5, (1, 2, 3), deadline_s=AMPLE_S)
        await bus.close()
