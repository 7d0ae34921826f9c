"""The simulated boards without a lease: what their registers take, and what they do by themselves."""

from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from ohmstead.core.model.errors import DeviceRefused
from ohmstead.core.plant.flaws import Flaw
from ohmstead.simulator.scenario_building import building
from ohmstead.simulator.scenario_file import parse
from ohmstead.simulator.settings import BoardSpec, Place
from ohmstead.simulator.site_file import site_toml
from ohmstead.transport.address import parse as address_of
from ohmstead.transport.modbus_client import ModbusBus
from tests.end_to_end.house import SETTINGS, standing

pytestmark = pytest.mark.anyio
DEADLINE_S = 5.0


@asynccontextmanager
async def line(driver):
    async with standing(replace(SETTINGS, boards=(BoardSpec("garage", "bus", driver=driver),))) as house:
        bus = ModbusBus(address_of(house.places["garage"].connect))
        yield house, bus
        await bus.close()


async def read(bus, register, count=1):
    return await bus.read(1, 3, register, count, deadline_s=DEADLINE_S)


@pytest.mark.parametrize(("register", "value"), [(22000, 5), (22000, 64), (24000, 1), (4000, 0)])
async def test_a_phoenix_board_refuses_what_its_manual_does_not_allow(register, value):
    async with line("phoenix-ev-cc") as (_, bus):
        with pytest.raises(DeviceRefused):
            await bus.write(1, register, (value,), deadline_s=DEADLINE_S)
        with pytest.raises(DeviceRefused):
            await bus.switch(1, 20003, True, deadline_s=DEADLINE_S)
        assert await read(bus, 22000) == (16,)


async def test_a_phoenix_board_offers_by_its_coil_and_never_above_its_preset():
    async with line("phoenix-ev-cc") as (house, bus):
        house.world.step(0.2)
        await bus.write(1, 22000, (63,), deadline_s=DEADLINE_S)
        assert (await read(bus, 24000))[0] == int.from_bytes(b"B1", "big")
        await bus.switch(1, 20000, True, deadline_s=DEADLINE_S)
        state, _, duty, amps = await read(bus, 24000, 4)
        assert (state, duty, amps) == (int.from_bytes(b"B2", "big"), 27, 16)
        house.sync().board("garage").restart()
        assert (await read(bus, 24000))[0] == int.from_bytes(b"A1", "big")
        assert await read(bus, 22000) == (16,)


@pytest.mark.parametrize(("flaw", "errors"), [(Flaw.SHORTED_DIODE, 1 << 12), (Flaw.WELDED_CONTACTOR, 0)])
async def test_the_error_bits_of_a_phoenix_board_come_from_physics(flaw, errors):
    async with line("phoenix-ev-cc") as (house, bus):
        house.sync().charger("garage").hurt(flaw)
        await bus.write(1, 22000, (10,), deadline_s=DEADLINE_S)
        await bus.switch(1, 20000, True, deadline_s=DEADLINE_S)
        await read(bus, 24000)
        house.world.step(2.0)
        assert await read(bus, 24025) == (errors,)


async def test_an_evse_din_begins_with_its_own_current_and_is_stopped_by_its_bit():
    async with line("evse-din") as (house, bus):
        told, offered, *_ = await read(bus, 1000, 8)
        assert (told, offered) == (1000, 1000)
        house.world.step(5.0)
        assert (await read(bus, 1000, 3))[2] == 3, "a car charges before anybody has spoken"
        await bus.write(1, 1004, (1,), deadline_s=DEADLINE_S)
        house.world.step(1.0)
        assert (await read(bus, 1006)) == (1,)
        assert not house.sync().board("garage").contact


def test_a_scenario_names_the_kind_of_board_and_its_site_file_the_driver():
    text = """
title = "A board on a line"
start = 2026-06-21T10:00:00
[site]
name = "House"
timezone = "Europe/Rome"
[wires.bus]
kind = "serial"
[chargers.garage]
wire = "bus"
board = "evse-din"
"""
    settings = building(parse(text, "board.toml"))
    assert settings.boards[0].driver == "evse-din"
    place = Place("/dev/pts/9", 0, 1, "serial", "baud=9600")
    board = '{ driver = "evse-din", connect = "serial:///dev/pts/9?baud=9600", unit = 1 }'
    assert f"board = {board}" in site_toml(settings, {"garage": place})
