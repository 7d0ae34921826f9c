"""Modbus RTU on a pty and over TCP: frames by silence, many units, and everything that goes wrong on two wires."""

import asyncio
from collections.abc import Iterator

import pytest
from pymodbus.framer import FramerType
from pymodbus.server import ModbusSerialServer
from pymodbus.simulator import DataType, SimData, SimDevice

from ohmstead.core.model.errors import DeviceError, DeviceGarbled, DeviceRefused, DeviceUnreachable
from ohmstead.texts import LANGUAGES, word
from ohmstead.transport import rtu_link
from ohmstead.transport.address import SerialAddress, TcpAddress
from ohmstead.transport.modbus_client import ModbusBus
from ohmstead.transport.turns import Priority
from tests.transport.ptys import crossed_pair
from tests.transport.rtu_peers import Units, framed, on_pty

pytestmark = pytest.mark.anyio
SOON_S = 0.15
AMPLE_S = 5.0


async def read(bus: ModbusBus, unit=1, register=0, count=2, deadline_s=AMPLE_S, priority=Priority.LAST):
    return await bus.read(unit, 3, register, count, deadline_s=deadline_s, priority=priority)


async def failure(bus: ModbusBus, **request) -> DeviceError:
    with pytest.raises(DeviceError) as caught:
        await read(bus, **request)
    for language in LANGUAGES:
        assert str(bus.address) in word(caught.value.reason, language)
    return caught.value


@pytest.mark.req("EM-071", "G-123")
async def test_registers_are_read_and_written_on_a_serial_port():
    async with on_pty() as (address, far):
        bus = ModbusBus(address)
        assert await read(bus, unit=2, register=70, count=3) == (2070, 2071, 2072)
        assert await bus.read(3, 4, 5, 1, deadline_s=AMPLE_S) == (3005,)
        assert len(await read(bus, count=125)) == 125
        await bus.write(1, 8, (5, 6), deadline_s=AMPLE_S)
        assert far.asked[-1][1].registers == [5, 6]
        await bus.close()


async def test_no_frame_follows_another_within_three_and_a_half_characters():
    async with on_pty() as (address, far):
        bus = ModbusBus(address)
        for unit in (1, 2, 3, 1, 2, 3):
            await read(bus, unit=unit, count=20)
        assert (far.too_soon, far.broken) == ([], [])
        await bus.close()


def test_the_silence_between_frames_is_that_of_the_line():
    slow, fast = (rtu_link.RtuLink(SerialAddress("/dev/x", baud, "even")) for baud in (9600, 115_200))
    assert slow._gap_s == pytest.approx(3.5 * 11 / 9600)
    assert fast._gap_s == 0.00175


def test_the_bytes_of_an_answer_have_their_time_beside_the_deadline():
    link = rtu_link.RtuLink(SerialAddress("/dev/x", 2400))
    assert link.wire_s(bytes.fromhex("03 0000 004c")) == pytest.approx((8 + 157) * 10 / 2400, abs=0.05)


async def test_units_are_served_in_turn_and_the_grid_meter_first():
    async with on_pty() as (address, far):
        bus = ModbusBus(address)
        first = asyncio.create_task(read(bus, unit=1))
        await asyncio.sleep(0.001)
        others = [read(bus, unit=2), read(bus, unit=2, register=1), read(bus, unit=3, priority=Priority.FIRST)]
        await asyncio.gather(first, *others)
        assert [(unit, pdu.address) for unit, pdu in far.asked] == [(1, 0), (3, 0), (2, 0), (2, 1)]
        await bus.close()


async def test_a_grid_meter_that_asks_without_pause_starves_nobody():
    async with on_pty() as (address, _):
        bus = ModbusBus(address)

        async def grid() -> None:
            while True:
                await read(bus, unit=1, priority=Priority.FIRST)

        busy = asyncio.create_task(grid())
        assert [await read(bus, unit=2, register=n, count=1) for n in range(5)] == [(2000 + n,) for n in range(5)]
        busy.cancel()
        await asyncio.gather(busy, return_exceptions=True)
        await bus.close()


async def test_a_broadcast_reaches_every_unit_and_nobody_is_asked_while_they_act_on_it():
    async with on_pty() as (address, far):
        bus = ModbusBus(address)
        loop = asyncio.get_running_loop()
        began = loop.time()
        await bus.broadcast(100, (7,), deadline_s=AMPLE_S)
        assert await read(bus, unit=2) == (2000, 2001)
        assert loop.time() - began >= rtu_link.TURNAROUND_S
        assert [(unit, pdu.address) for unit, pdu in far.asked] == [(0, 100), (2, 0)]
        await bus.close()


async def test_a_silent_unit_is_named_and_the_next_is_asked_at_once():
    async with on_pty(numbers=(1,)) as (address, _):
        bus = ModbusBus(address)
        dead = asyncio.create_task(failure(bus, unit=9, deadline_s=SOON_S))
        await asyncio.sleep(0.01)
        assert await read(bus, unit=1) == (1000, 1001)
        error = await dead
        assert (type(error), error.reason.key) == (DeviceUnreachable, "device.unreachable")
        await bus.close()


async def test_a_unit_that_stays_silent_costs_the_others_little_and_is_still_given_its_time_now_and_then():
    async with on_pty(numbers=(1,)) as (address, _):
        bus = ModbusBus(address)
        assert [bus._patience_s(9, 1.0) for bus._silent[9] in range(9)] == [1, 1, 0.25, 0.25, 1, 0.25, 0.25, 0.25, 1]
        bus._silent.clear()
        for _ in range(3):
            await failure(bus, unit=9, deadline_s=0.01)
        await read(bus, unit=1)
        assert (bus._silent[9], bus._silent[1]) == (3, 0)
        await bus.close()


class Late:
    """Unit 2 answers after its deadline."""

    def __init__(self) -> None:
        self.held: list[bytes] = []

    def __call__(self, unit: int, frame: bytes) -> bytes | None:
        if unit == 2 and not self.held:
            self.held.append(frame)
            return None
        return frame


async def test_a_late_answer_is_not_taken_for_anothers():
    late = Late()
    async with on_pty(spoil=late) as (address, far):
        bus = ModbusBus(address)
        await failure(bus, unit=2, deadline_s=SOON_S)
        far.spoil = lambda unit, frame: late.held.pop() + frame if late.held else frame
        assert await read(bus, unit=1) == (1000, 1001)
        await bus.close()


async def test_a_late_unit_is_asked_again_as_soon_as_its_answer_has_come_and_not_before():
    late = Late()
    async with on_pty(spoil=late) as (address, far):
        bus = ModbusBus(address)
        await failure(bus, unit=2, register=1, deadline_s=SOON_S)
        again = asyncio.create_task(read(bus, unit=2, register=50))
        await asyncio.sleep(0.05)
        assert [pdu.address for _, pdu in far.asked] == [1]
        far.say(late.held[0])
        assert await again == (2050, 2051)
        await bus.close()


async def test_a_unit_whose_answer_was_lost_rests_while_the_others_are_asked():
    async with on_pty(spoil=Late()) as (address, _):
        bus = ModbusBus(address)
        await failure(bus, unit=2, deadline_s=SOON_S)
        again = asyncio.create_task(read(bus, unit=2))
        for register in range(3):
            assert await read(bus, unit=1, register=register, count=1) == (1000 + register,)
        assert not again.done()
        assert await again == (2000, 2001)
        await bus.close()


@pytest.mark.parametrize(
    "spoil, kind, key",
    [
        (lambda unit, frame: frame[:-1] + bytes([frame[-1] ^ 1]), DeviceGarbled, "modbus.crc"),
        (lambda unit, frame: frame[:-3], DeviceGarbled, "modbus.incomplete"),
        (lambda unit, frame: b"\xa5\x5a" * 3, DeviceGarbled, "modbus.incomplete"),
        (lambda unit, frame: framed(unit + 1, frame[1:-2]), DeviceGarbled, "modbus.other_unit"),
        (lambda unit, frame: framed(unit, b"\4" + frame[2:-2]), DeviceGarbled, "modbus.other_function"),
        (lambda unit, frame: framed(unit, b"\3\2\0\0"), DeviceGarbled, "modbus.other_length"),
        (lambda unit, frame: framed(unit, b"\x83\2"), DeviceRefused, "modbus.exception.2"),
        (lambda unit, frame: b"\0" * 2000, DeviceGarbled, "modbus.babble"),
    ],
)
async def test_what_is_no_answer_is_named_long_before_the_deadline_and_the_line_lives_on(spoil, kind, key):
    async with on_pty(spoil=spoil) as (address, far):
        bus = ModbusBus(address)
        error = await failure(bus, unit=1, deadline_s=60)
        assert (type(error), error.reason.key) == (kind, key)
        link = bus._link
        far.spoil = lambda unit, frame: frame
        assert await read(bus, unit=1) == (1000, 1001)
        assert bus._link is link
        await bus.close()


@pytest.mark.parametrize("before", [b"\0", b"\xff\xff\0", bytes.fromhex("01 03 0000 0002 c40b")])
async def test_noise_or_the_adapters_own_echo_before_an_answer_is_passed_over(before):
    async with on_pty(spoil=lambda unit, frame: before + frame) as (address, _):
        bus = ModbusBus(address)
        assert await read(bus, unit=1) == (1000, 1001)
        await bus.close()


async def test_an_answer_in_portions_is_whole(monkeypatch):
    monkeypatch.setattr(rtu_link, "BROKEN_OFF_S", AMPLE_S)
    async with on_pty() as (address, far):
        bus = ModbusBus(address)
        sending: list[asyncio.Task[None]] = []

        async def in_portions(frame: bytes) -> None:
            for i in range(0, len(frame), 5):
                far.say(frame[i : i + 5])
                await asyncio.sleep(0.01)

        far.spoil = lambda unit, frame: sending.append(asyncio.create_task(in_portions(frame)))
        assert len(await read(bus, unit=1, count=10)) == 10
        await asyncio.gather(*sending)
        await bus.close()


async def test_a_line_that_is_not_quiet_is_told_and_not_written_on(monkeypatch):
    monkeypatch.setattr(rtu_link, "GAP_CHARACTERS", 10_000)
    async with on_pty() as (address, far):
        bus = ModbusBus(address)
        error = await failure(bus)
        assert (error.reason.key, far.asked) == ("modbus.babble", [])
        await bus.close()


async def test_a_port_that_is_not_there_says_so():
    bus = ModbusBus(SerialAddress("/dev/no-such-port", 9600))
    error = await failure(bus)
    assert (type(error), error.reason.key) == (DeviceUnreachable, "modbus.no_connection")
    assert "No such file or directory" in word(error.reason)
    await bus.close()


async def test_frames_of_a_serial_line_travel_over_tcp():
    async def serve(reader, writer) -> None:
        far = Units(writer.write)
        while data := await reader.read(1024):
            far.hear(data)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    bus = ModbusBus(TcpAddress("127.0.0.1", server.sockets[0].getsockname()[1], rtu=True))
    values = await asyncio.gather(*(read(bus, unit=unit) for unit in (1, 2, 3)))
    assert values == [(1000, 1001), (2000, 2001), (3000, 3001)]
    await bus.close()
    server.close()


@pytest.mark.req("EM-071")
async def test_an_independent_server_understands_us_on_a_serial_port_and_we_it():
    def units() -> Iterator[SimDevice]:
        bits = SimData(0, values=[False] * 16, datatype=DataType.BITS)
        for unit in (1, 2):
            words = SimData(0, values=[1000 * unit + n for n in range(130)], datatype=DataType.REGISTERS)
            yield SimDevice(id=unit, simdata=([bits], [bits], [words], [words]))

    async with crossed_pair() as (ours, theirs):
        server = ModbusSerialServer(
            list(units()), framer=FramerType.RTU, port=theirs, baudrate=19_200, broadcast_enable=True
        )
        await server.serve_forever(background=True)
        bus = ModbusBus(SerialAddress(ours, 19_200))
        try:
            assert await read(bus, unit=2, register=3, count=125) == tuple(range(2003, 2128))
            assert await bus.read(1, 4, 3, 1, deadline_s=AMPLE_S) == (1003,)
            await bus.write(1, 5, (42, 43), deadline_s=AMPLE_S)
            await bus.broadcast(9, (77,), deadline_s=AMPLE_S)
            assert [await read(bus, unit=unit, register=5, count=5) for unit in (1, 2)] == [
                (42, 43, 1007, 1008, 77),
                (2005, 2006, 2007, 2008, 77),
            ]
            assert isinstance(await failure(bus, unit=1, register=200), DeviceRefused)
        finally:
            await bus.close()
            await server.shutdown()
