"""Programs that have no part in our code read the simulated building: what they see is its world."""

from collections.abc import AsyncIterator
from dataclasses import replace

import anyio.to_thread
import pytest
from pymodbus.client import AsyncModbusSerialClient
from pymodbus.framer import FramerType

from ohmstead.core.model.quantities import PHASES
from ohmstead.protocols.evse_board import IDENTITY_COUNT, IDENTITY_START, decode_identity
from ohmstead.simulator.building import Building
from ohmstead.simulator.demo import demo
from ohmstead.transport.address import SerialAddress, TcpAddress
from ohmstead.transport.rtu_server import ModbusRtuServer
from tests.mbpoll import polled
from tests.site.shown import scan
from tests.transport.ptys import crossed_pair

pytestmark = pytest.mark.anyio


@pytest.fixture
async def building() -> AsyncIterator[Building]:
    """The demo in which nothing changes."""
    settings = demo()
    steady = replace(
        settings.world,
        loads=tuple(replace(load, pattern=True, noise=0.0) for load in settings.world.loads),
        solar=replace(settings.world.solar, cloudiness=0.0),
        voltage_wander=0.0,
        story=(),
    )
    running = Building(replace(settings, world=steady))
    await running.start()
    try:
        yield running
    finally:
        await running.stop()


def address(building: Building, key: str) -> tuple[TcpAddress, int]:
    place = building.places[key]
    return TcpAddress(place.host, place.port), place.unit


@pytest.mark.req("G-128")
async def test_mbpoll_reads_each_meter_of_the_building(building: Building) -> None:
    where, unit = address(building, "grid")
    seen = building.sync().measure("grid")
    volts = await polled(where, unit, "3:float", 0, 3)
    assert list(volts.values()) == pytest.approx([row.voltage_v for row in seen.phases], rel=1e-3)
    assert (await polled(where, unit, "3:float", 0x34))[0x34] == pytest.approx(seen.power_w, rel=0.01)
    assert (await polled(where, unit, "3:float", 0x48))[0x48] == pytest.approx(
        seen.energy_import_j / 3_600_000, rel=1e-4
    )

    where, unit = address(building, "oven")
    oven = building.sync().measure("oven").phases[PHASES.index("L2")]
    assert (await polled(where, unit, "3:float", 12))[12] == pytest.approx(oven.power_w, rel=0.01)

    where, unit = address(building, "heat-pump")
    pump = building.sync().measure("heat-pump")
    words = await polled(where, unit, "4:hex", 0x5B14, 2)
    watts = (int(words[0x5B14]) << 16 | int(words[0x5B15])) / 100
    assert watts == pytest.approx(pump.power_w, rel=0.01)


@pytest.mark.req("G-128")
async def test_pysunspec2_finds_the_inverter_and_what_it_feeds(building: Building) -> None:
    where, unit = address(building, "solar")
    found = await anyio.to_thread.run_sync(scan, where.port, unit)
    seen = building.sync().measure("solar")
    assert {number for number in found.models if isinstance(number, int)} == {1, 103}
    (inverter,) = found.models[103]
    assert inverter.W.cvalue == pytest.approx(-seen.power_w, rel=0.01)
    assert inverter.W.cvalue > 1000, "it is morning and there are no clouds"
    assert inverter.PhVphB.cvalue == pytest.approx(seen.phases[1].voltage_v, rel=1e-3)
    assert inverter.WH.cvalue == pytest.approx(seen.energy_export_j / 3600, rel=1e-4)


@pytest.mark.req("G-128")
async def test_the_devices_of_the_building_are_read_on_one_serial_line_too(building: Building) -> None:
    keys = ("oven", "heat-pump", "garage")
    units = [replace(building.devices[key].served(), unit=unit) for unit, key in enumerate(keys, start=1)]
    async with crossed_pair() as (near, far):
        server = ModbusRtuServer(units, SerialAddress(far, 19_200))
        await server.start()
        line = SerialAddress(near, 19_200)
        oven = building.sync().measure("oven").phases[PHASES.index("L2")]
        assert (await polled(line, 1, "3:float", 12))[12] == pytest.approx(oven.power_w, rel=0.01)
        words = await polled(line, 2, "4:hex", 0x5B14, 2)
        watts = (int(words[0x5B14]) << 16 | int(words[0x5B15])) / 100
        assert watts == pytest.approx(building.sync().measure("heat-pump").power_w, rel=0.01)
        client = AsyncModbusSerialClient(near, framer=FramerType.RTU, baudrate=19_200, timeout=5, retries=0)
        assert await client.connect()
        answer = await client.read_input_registers(12, count=2, device_id=1)
        assert client.convert_from_registers(answer.registers, client.DATATYPE.FLOAT32) == pytest.approx(
            oven.power_w, rel=0.01
        )
        identity = await client.read_input_registers(IDENTITY_START, count=IDENTITY_COUNT, device_id=3)
        assert decode_identity(identity.registers)[0] == building.sync().board("garage").identity()
        client.close()
        await server.stop()
