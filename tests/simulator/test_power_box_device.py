"""The simulated Power Box over Modbus, judged by an independent client: phase map, transformers, bus, identify."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from pymodbus.client import AsyncModbusTcpClient

from ohmstead.drivers.power_box_setup import PowerBoxInstallation
from ohmstead.protocols.power_box.codec import decode_bus, decode_setup, identify
from ohmstead.protocols.power_box.table import SLOTS, Association, table
from ohmstead.simulator.building import Building
from ohmstead.simulator.power_box_device import PowerBoxDevice
from ohmstead.simulator.settings import Trouble
from ohmstead.transport.address import TcpAddress
from ohmstead.transport.modbus_client import Buses
from tests.simulator.reading import meters, running
from tests.simulator.test_wires import BOX

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@asynccontextmanager
async def client(built: Building) -> AsyncIterator[AsyncModbusTcpClient]:
    place = built.places["office"]
    opened = AsyncModbusTcpClient(place.host, port=place.port, timeout=3, retries=0)
    assert await opened.connect()
    try:
        yield opened
    finally:
        opened.close()


async def blocks(wire: AsyncModbusTcpClient, wanted) -> list[list[int]]:
    answers = [await wire.read_holding_registers(b.start, count=b.count, device_id=61) for b in wanted]
    return [answer.registers for answer in answers]


def box(built: Building) -> PowerBoxDevice:
    device = built.devices["office"]
    assert isinstance(device, PowerBoxDevice)
    return device


@pytest.mark.req("G-128")
async def test_the_phase_map_tells_phase_and_direction_of_each_slot_and_its_transformer() -> None:
    async with running(BOX.format(kind="tcp")) as built, client(built) as wire:
        setup = decode_setup(await blocks(wire, table().blocks(live=False)))
    placed = [slot.association for slot in setup.slots]
    assert placed[:3] == [Association(0), Association(1, reversed=True), Association(2)]
    assert placed[27] == Association(1)
    assert placed[3:27] == [None] * 24
    assert setup.slots[0].ct_type == "SCT01 50/100/200 A"
    assert setup.recent


async def test_hubs_on_its_bus_name_the_slots_they_carry() -> None:
    async with running(BOX.format(kind="tcp")) as built, client(built) as wire:
        found = decode_bus(await blocks(wire, table().bus_blocks()))
    assert [(one.name, one.slots) for one in found] == [("Power Box", ()), ("CT Hub", (0, 1, 2, 27))]


async def test_a_slot_that_is_told_to_go_the_other_way_shows_negative_power() -> None:
    async with running(BOX.format(kind="tcp")) as built, client(built) as wire, meters(built, "shop") as (shop,):
        assert not (await wire.write_registers(0x1000 + 27, [32], device_id=61)).isError()
        assert (await shop.read()).power_w == pytest.approx(-1500, abs=5)


async def test_a_slot_on_the_wrong_phase_shows_the_power_of_current_and_voltage_as_they_are() -> None:
    async with running(BOX.format(kind="tcp")) as built, client(built) as wire, meters(built, "shop") as (shop,):
        assert not (await wire.write_registers(0x1000 + 27, [4], device_id=61)).isError()
        reading = await shop.read()
    assert list(reading.phases) == ["L3"]
    assert reading.power_w == pytest.approx(-0.5 * 1500 + 0.866 * 1125, abs=10)


async def test_a_transformer_that_is_asked_shows_itself_until_it_is_told_to_stop() -> None:
    async with running(BOX.format(kind="tcp")) as built, client(built) as wire:
        for on in (True, False):
            register, words = identify(27, on)
            assert not (await wire.write_registers(register, list(words), device_id=61)).isError()
            assert (27 in box(built).showing) is on
            marks = await wire.read_holding_registers(table().identify, count=SLOTS, device_id=61)
            assert marks.registers[27] == int(on)


async def test_a_box_is_set_up_by_the_driver_of_a_real_one_and_keeps_it() -> None:
    async with running(BOX.format(kind="tcp")) as built:
        place = built.places["office"]
        setting = PowerBoxInstallation(Buses().open(TcpAddress(place.host, place.port)), 61)
        await setting.place(3, Association(2, reversed=True))
        await setting.equip(3, "SCT03 100 A")
        slot = (await setting.setup()).slots[3]
        await setting.close()
    assert (slot.association, slot.ct_type) == (Association(2, reversed=True), "SCT03 100 A")


@pytest.mark.parametrize(
    "register, words, code",
    [(0x1000, [3], 3), (0x0900, [2], 3), (0x0080, [1, 1], 2), (0x1100, [99], 3), (0xFDE8, [2], 3)],
)
async def test_what_cannot_be_written_is_refused_and_changes_nothing(
    register: int, words: list[int], code: int
) -> None:
    async with running(BOX.format(kind="tcp")) as built, client(built) as wire:
        before = box(built).setup
        assert (await wire.write_registers(register, words, device_id=61)).exception_code == code
        assert box(built).setup == before
        assert box(built).showing == set()


@pytest.mark.parametrize("trouble", [Trouble.NAN, Trouble.OVERFLOW, Trouble.WRONG_ORDER, Trouble.FROZEN])
async def test_every_trouble_keeps_the_shape_of_its_registers(trouble: Trouble) -> None:
    async with running(BOX.format(kind="tcp")) as built:
        shape = [(first, len(words)) for first, words in box(built).image()]
        await built.door.break_device("shop", trouble)
        assert [(first, len(words)) for first, words in box(built).image()] == shape


async def test_a_reset_box_counts_from_zero() -> None:
    async with running(BOX.format(kind="tcp")) as built, meters(built, "office") as (office,):
        built.world.step(3600.0)
        built.door.reset_counter("office")
        assert (await office.read()).energy_import_j < 40_000
