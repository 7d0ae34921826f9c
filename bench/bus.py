"""How often each of many meters is read: 50 behind one Modbus TCP connection, 20 on one serial line at 19,200 baud.

Ours is a site's own meter driver per device, each reading again as soon as it has read, on one shared bus. The naive
reader beside it takes the same values of the same meters over the same bus one at a time. The serial line is a pty
whose far end takes and gives each frame no faster than its characters travel, after a unit's pause before it answers.
"""

import asyncio
import os
import pty
import tty
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial

from pymodbus.framer import FramerRTU

from bench.figures import Figure
from ohmstead.core.model.quantities import Role
from ohmstead.core.model.readings import PhaseReading
from ohmstead.drivers.clock import SystemClock
from ohmstead.drivers.modbus_meter import ModbusMeter, Wiring
from ohmstead.protocols.meters.catalogue import load
from ohmstead.protocols.meters.codec import MeterValues, encode
from ohmstead.transport.address import BusAddress, SerialAddress, TcpAddress
from ohmstead.transport.modbus_client import Buses
from ohmstead.transport.modbus_server import ModbusServer, ServedUnit

BAUD = 19_200
ON_TCP, ON_RTU = 50, 20
ROUNDS_TCP, ROUNDS_RTU = 20, 3
ANSWERS_AFTER_S = 0.005
"""A usual meter's pause between request and answer."""
DEADLINE_S = 5.0
TABLE = load("eastron-sdm120")
_VALUES = MeterValues(700.0, 5.0, 0.99, 50.0, 36_000_000, 0, (PhaseReading(230.0, 3.1, 700.0, 5.0, 0.99),))


def run(tcp: int = ON_TCP, rtu: int = ON_RTU, rounds: tuple[int, int] = (ROUNDS_TCP, ROUNDS_RTU)) -> list[Figure]:
    """Seconds between two readings of one device, ours beside the naive reader's."""
    return asyncio.run(_measure(tcp, rtu, rounds))


async def _measure(tcp: int, rtu: int, rounds: tuple[int, int]) -> list[Figure]:
    on_tcp = await _figure("bus.tcp_period", partial(_tcp_line, tcp), tcp, rounds[0])
    on_rtu = await _figure("bus.rtu_period", _serial_line, rtu, rounds[1])
    return [on_tcp, on_rtu]


async def _figure(
    name: str, line: Callable[[], AbstractAsyncContextManager[BusAddress]], devices: int, rounds: int
) -> Figure:
    """Both readers, each on a line of its own: a serial port is locked until it is closed for good."""
    async with line() as address:
        ours = await _period_s(address, devices, rounds, _ours)
    async with line() as address:
        naive = await _period_s(address, devices, rounds, _naive)
    return Figure(
        name, ours, "s", peer=f"one value at a time: {naive:.3g} s", ratio=ours / naive, runs=rounds * devices
    )


Reader = Callable[[Buses, BusAddress, int], Callable[[], Awaitable[object]]]


async def _period_s(address: BusAddress, devices: int, rounds: int, reader: Reader) -> float:
    """Seconds per round when every device is read ``rounds`` times, all at once; a first round is not counted."""
    buses, loop = Buses(), asyncio.get_running_loop()
    reads = [reader(buses, address, unit) for unit in range(1, devices + 1)]

    async def again(read: Callable[[], Awaitable[object]], times: int) -> None:
        for _ in range(times):
            await read()

    keep = buses.open(address)
    try:
        await asyncio.gather(*(again(read, 1) for read in reads))
        began = loop.time()
        await asyncio.gather(*(again(read, rounds) for read in reads))
        return (loop.time() - began) / rounds
    finally:
        await keep.close()
        await buses.open(address).bus.close()


def _ours(buses: Buses, address: BusAddress, unit: int) -> Callable[[], Awaitable[object]]:
    wiring = Wiring(f"circuit-{unit}", unit, Role.LOAD, ("L1",))
    return ModbusMeter(wiring, TABLE, buses.open(address), SystemClock()).read


def _naive(buses: Buses, address: BusAddress, unit: int) -> Callable[[], Awaitable[object]]:
    bus = buses.open(address).bus

    async def read() -> None:
        for point in TABLE.points:
            await bus.read(unit, TABLE.function, point.register, point.end - point.register, deadline_s=DEADLINE_S)

    return read


def _image() -> Sequence[tuple[int, Sequence[int]]]:
    return encode(TABLE, _VALUES)


@asynccontextmanager
async def _tcp_line(devices: int) -> AsyncIterator[BusAddress]:
    """A server with a meter at each unit."""
    server = ModbusServer([ServedUnit(unit, inputs=_image) for unit in range(1, devices + 1)])
    await server.start()
    try:
        yield TcpAddress("127.0.0.1", server.port)
    finally:
        await server.stop()


@asynccontextmanager
async def _serial_line() -> AsyncIterator[BusAddress]:
    """A serial port with meters behind it that are as slow as the line."""
    far, near = pty.openpty()
    tty.setraw(near)
    os.set_blocking(far, False)
    address = SerialAddress(os.ttyname(near), BAUD)
    cells = {start + offset: word for start, words in _image() for offset, word in enumerate(words)}
    loop = asyncio.get_running_loop()
    loop.add_reader(far, _answer, far, address.character_s, cells)
    try:
        yield address
    finally:
        loop.remove_reader(far)
        os.close(far)
        os.close(near)


def _answer(far: int, character_s: float, cells: Mapping[int, int]) -> None:
    """One request has come: its answer is there when both have travelled and the unit has thought."""
    frame = os.read(far, 256)
    first, count = (int.from_bytes(frame[i : i + 2], "big") for i in (2, 4))
    words = b"".join(cells[first + i].to_bytes(2, "big") for i in range(count))
    body = bytes([frame[0], frame[1], len(words)]) + words
    whole = body + FramerRTU.compute_CRC(body).to_bytes(2, "big")
    travel_s = (len(frame) + len(whole)) * character_s + 3.5 * character_s
    asyncio.get_running_loop().call_later(travel_s + ANSWERS_AFTER_S, os.write, far, whole)
