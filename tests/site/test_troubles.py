"""Whatever a device on a bus does wrong is counted for that device by its name, and harms nobody else."""

import asyncio
from collections.abc import Callable

import pytest

from ohmstead.core.model.events import Event
from ohmstead.core.model.quantities import Quality, Role
from ohmstead.core.model.readings import PhaseReading
from ohmstead.core.model.settings import DeviceSettings
from ohmstead.drivers.clock import SystemClock
from ohmstead.drivers.modbus_meter import ModbusMeter, Wiring
from ohmstead.protocols.meters.catalogue import load
from ohmstead.protocols.meters.codec import MeterValues, encode
from ohmstead.site.sense import Sense
from ohmstead.texts import LANGUAGES, word
from ohmstead.transport.modbus_client import Buses
from tests.transport.peers import answering, peer, refusing

pytestmark = pytest.mark.anyio
TABLE = load("eastron-sdm120")
VALUES = MeterValues(700.0, 5.0, 0.99, 50.0, 36_000_000, 0, (PhaseReading(230.0, 3.1, 700.0, 5.0, 0.99),))
CELLS = {start + i: word for start, words in encode(TABLE, VALUES) for i, word in enumerate(words)}
Answer = Callable[[bytes], bytes]


def right(request: bytes) -> bytes:
    first, count = int.from_bytes(request[8:10], "big"), int.from_bytes(request[10:12], "big")
    data = b"".join(CELLS[first + i].to_bytes(2, "big") for i in range(count))
    return request[:4] + (len(data) + 3).to_bytes(2, "big") + request[6:8] + bytes([len(data)]) + data


def with_byte(at: int) -> Answer:
    """The right answer, one of its bytes wrong."""
    return lambda request: right(request)[:at] + bytes([right(request)[at] ^ 1]) + right(request)[at + 1 :]


TROUBLES: dict[str, Answer] = {
    **{f"modbus.exception.{code}": refusing(code) for code in (1, 2, 3, 4, 5, 6, 7, 8, 10, 11)},
    "modbus.exception.other": refusing(9),
    "modbus.other_transaction": with_byte(1),
    "modbus.other_unit": with_byte(6),
    "modbus.other_function": with_byte(7),
    "modbus.other_length": lambda request: refusing(0)(request)[:4] + b"\0\5" + request[6:8] + b"\2\0\0",
    "modbus.no_frame": lambda request: b"\xa5" * 100_000,
    "modbus.connection_lost": lambda request: b"",
    "meter.implausible": lambda request: right(request)[:9] + b"\x7f\x7f" + right(request)[11:],
}


@pytest.mark.parametrize("trouble", TROUBLES)
async def test_each_trouble_is_counted_by_its_name_and_the_neighbour_on_another_line_is_well(trouble: str) -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(12)

    wrong = hang_up if trouble == "modbus.connection_lost" else answering(TROUBLES[trouble])
    told: list[Event] = []
    async with peer(wrong) as bad, peer(answering(right)) as good:
        buses, clock = Buses(), SystemClock()
        one = DeviceSettings(driver="modbus", meter="eastron-sdm120", connect="tcp://x:1", role=Role.LOAD)
        meters = {
            name: (one, ModbusMeter(Wiring(name, 1, Role.LOAD, ("L1",)), TABLE, buses.open(address), clock))
            for name, address in (("oven", bad), ("kettle", good))
        }
        sense = Sense(meters, clock, lambda device: None, told.append)
        tasks = [asyncio.create_task(sense.run(device)) for device in sense.devices.values()]
        async with asyncio.timeout(10):
            while not sense.statistics()["oven"].troubles or not sense.statistics()["kettle"].reads:
                await asyncio.sleep(0.01)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await sense.close()
    counted = sense.statistics()
    assert list(counted["oven"].troubles) == [trouble]
    assert sum(counted["oven"].failures.values()) == sum(counted["oven"].troubles.values())
    assert (counted["oven"].reads, counted["kettle"].failures, counted["kettle"].troubles) == (0, {}, {})
    assert sense.devices["kettle"].quality(clock.now()) is Quality.GOOD
    problem = sense.devices["oven"].problem
    assert problem is not None
    assert all(len(word(problem, language)) > 40 for language in LANGUAGES), "it says what to do"


async def test_connections_made_anew_are_counted_for_the_devices_on_them() -> None:
    connections = 0

    async def twice(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        request = await reader.readexactly(12)
        writer.write(right(request))
        if connections > 2:
            await answering(right)(reader, writer)

    async with peer(twice) as address:
        meter = ModbusMeter(Wiring("oven", 1, Role.LOAD, ("L1",)), TABLE, Buses().open(address), SystemClock())
        assert meter.reconnects == 0
        async with asyncio.timeout(10):
            while meter.reconnects < 2:
                try:
                    await meter.read()
                except Exception:
                    await asyncio.sleep(0.02)
        assert connections == 3
        await meter.close()
