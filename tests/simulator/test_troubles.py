"""What the Door can do to wires and counters, seen by the site's own drivers on virtual time."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from ohmstead.core.model.errors import DeviceError
from ohmstead.core.model.quantities import JOULES_PER_KWH
from ohmstead.core.model.readings import Reading
from ohmstead.drivers.build import open_meter
from ohmstead.drivers.ports import Meter
from ohmstead.drivers.virtual_time import VirtualClock, run_virtual
from ohmstead.simulator.building import Building
from ohmstead.simulator.demo import START, demo
from ohmstead.simulator.settings import BuildingSettings, MeterSpec, Trouble
from ohmstead.simulator.site_file import site_toml
from ohmstead.site.configuration import parse
from ohmstead.transport.modbus_client import Buses
from ohmstead.transport.modbus_server import bit_errors
from ohmstead.transport.pipe import HOST

Tell = Callable[[Building, dict[str, Meter]], Awaitable[None]]
KEYS = ("grid", "oven", "second", "heat-pump")


def house() -> BuildingSettings:
    """The demo with a second SDM120 on the oven's wire, which measures L3 of the heat pump."""
    whole = demo()
    second = MeterSpec("second", "heat-pump", "eastron-sdm120", wire="board", unit=9, phases=("L3",))
    return replace(whole, meters=(*whole.meters, second))


def told(tell: Tell) -> None:
    async def main(clock: VirtualClock) -> None:
        building = Building(house())
        settings = parse(site_toml(building.settings, await building.start(HOST)), "test")
        buses = Buses()
        meters = {key: open_meter(key, settings.devices[key], buses, clock) for key in KEYS}
        try:
            await tell(building, meters)
        finally:
            for meter in meters.values():
                await meter.close()
            await building.stop()

    run_virtual(main, START)


async def reads(meter: Meter, times: int) -> list[Reading | DeviceError]:
    """What comes of reading once a second."""
    came: list[Reading | DeviceError] = []
    for _ in range(times):
        try:
            came.append(await meter.read())
        except DeviceError as error:
            came.append(error)
        await asyncio.sleep(1.0)
    return came


def test_a_bit_error_hits_every_bit_of_an_answer_once_before_any_twice() -> None:
    flip, answer = bit_errors(), bytes(25)
    errors = [flip(answer) for _ in range(200)]
    assert len(set(errors)) == 200
    assert all(sum(byte.bit_count() for byte in error) == 1 for error in errors)


def test_a_garbled_wire_gives_errors_and_never_ends_the_neighbour() -> None:
    async def tell(building: Building, meters: dict[str, Meter]) -> None:
        await building.door.break_device("oven", Trouble.GARBLED)
        came = await reads(meters["oven"], 60)
        assert sum(isinstance(one, DeviceError) for one in came) >= 3
        await building.door.mend_device("oven")
        assert all(isinstance(one, Reading) for one in (await reads(meters["heat-pump"], 4))[1:])

    told(tell)


def test_a_half_open_connection_is_given_up_for_a_new_one() -> None:
    async def tell(building: Building, meters: dict[str, Meter]) -> None:
        assert isinstance((await reads(meters["grid"], 1))[0], Reading)
        await building.door.break_device("grid", Trouble.HALF_OPEN)
        came = await reads(meters["grid"], 6)
        assert isinstance(came[0], DeviceError)
        assert isinstance(came[-1], Reading)

    told(tell)


def test_a_shorted_bus_silences_all_on_it_and_nobody_else() -> None:
    async def tell(building: Building, meters: dict[str, Meter]) -> None:
        await building.door.break_device("oven", Trouble.BUS_SHORT)
        assert isinstance((await reads(meters["heat-pump"], 1))[0], DeviceError)
        assert isinstance((await reads(meters["grid"], 1))[0], Reading)
        await building.door.mend_device("oven")
        assert isinstance((await reads(meters["heat-pump"], 3))[-1], Reading)

    told(tell)


def test_two_exchanged_meters_answer_for_each_other_until_they_are_exchanged_again() -> None:
    async def tell(building: Building, meters: dict[str, Meter]) -> None:
        building.door.switch("oven", True)
        building.door.switch("heat-pump", False)
        building.door.swap_units("oven", "second")
        assert (await meters["second"].read()).power_w == pytest.approx(2200, rel=0.05)
        assert (await meters["oven"].read()).power_w == 0.0
        building.door.swap_units("oven", "second")
        assert (await meters["oven"].read()).power_w == pytest.approx(2200, rel=0.05)
        with pytest.raises(ValueError, match="allowed: two on one wire"):
            building.door.swap_units("oven", "grid")

    told(tell)


def test_a_counter_that_rolls_over_goes_on_from_zero_at_the_next_power_of_ten() -> None:
    async def tell(building: Building, meters: dict[str, Meter]) -> None:
        await building.door.break_device("oven", Trouble.ROLLOVER)
        shown = await meters["oven"].read()
        assert shown.energy_import_j == pytest.approx(412 * JOULES_PER_KWH, rel=1e-6)
        device = building.devices["oven"]
        assert device._rolled(1000 * JOULES_PER_KWH + 5) == 5

    told(tell)
