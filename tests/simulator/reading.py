"""The driver of a device of a running building, as a site would open it."""

import tomllib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from ohmstead.core.model.quantities import GridType
from ohmstead.core.model.settings import Settings
from ohmstead.drivers.build import open_board, open_meter
from ohmstead.drivers.clock import SystemClock
from ohmstead.drivers.ports import EvseBoard, Meter
from ohmstead.simulator.building import Building
from ohmstead.simulator.scenario_building import building
from ohmstead.simulator.scenario_file import parse
from ohmstead.simulator.site_file import site_toml
from ohmstead.transport.modbus_client import Buses

HEAD = """
title = "A house"
start = 2026-03-01T12:00:00
[site]
name = "House"
timezone = "Europe/Rome"
[loads.base]
power_w = { L1 = 1200, L2 = 2300, L3 = 640 }
power_factor = 0.9
"""


def house(rest: str, grid_type: GridType = "3x400+N") -> Building:
    """A house with a constant load and what ``rest`` of a scenario adds."""
    head = HEAD.replace("[loads.base]", f'grid_type = "{grid_type}"\n[loads.base]')
    return Building(building(parse(head + rest, "test")))


@asynccontextmanager
async def running(rest: str, grid_type: GridType = "3x400+N") -> AsyncIterator[Building]:
    """That house on its wires."""
    built = house(rest, grid_type)
    await built.start()
    try:
        yield built
    finally:
        await built.stop()


def settings(built: Building) -> Settings:
    """What an installer writes for it."""
    return Settings.model_validate(tomllib.loads(site_toml(built.settings, built.places)))


@asynccontextmanager
async def meters(built: Building, *keys: str) -> AsyncIterator[list[Meter]]:
    """Drivers of these devices, neighbours on one line."""
    buses, known = Buses(), settings(built)
    opened = [open_meter(key, known.devices[key], buses, SystemClock()) for key in keys]
    try:
        yield opened
    finally:
        for meter in opened:
            await meter.close()


@asynccontextmanager
async def board(built: Building, key: str) -> AsyncIterator[EvseBoard]:
    """The driver of a charger's board."""
    opened = open_board(key, settings(built).chargers[key].board, Buses(), SystemClock())
    try:
        yield opened
    finally:
        await opened.close()
