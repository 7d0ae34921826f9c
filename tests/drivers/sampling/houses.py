"""A building with sampling front ends, and the meters of a site on it."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from ohmstead.core.model.errors import DeviceError
from ohmstead.core.model.quantities import PHASES, GridType, Role
from ohmstead.core.model.readings import Reading
from ohmstead.core.plant.settings import GRID, CircuitSettings, LoadSettings, WorldSettings
from ohmstead.drivers.build import open_meter
from ohmstead.drivers.clock import SystemClock
from ohmstead.drivers.sampling.circuit import SampledCircuit
from ohmstead.drivers.sampling.front_end import FrontEnds
from ohmstead.simulator.building import Building
from ohmstead.simulator.settings import BuildingSettings, ClampedSpec, FrontEndSpec
from ohmstead.simulator.site_file import site_toml
from ohmstead.site.configuration import parse
from ohmstead.transport.modbus_client import Buses

PAUSE_S = 0.2
"""Between reads that fail: the worker is another process."""

WORLD = WorldSettings(
    start=datetime(2026, 6, 21, 10, tzinfo=UTC),
    circuits=(CircuitSettings("oven", ("L2",)), CircuitSettings("pump")),
    loads=(
        LoadSettings("house", {"L1": 300.0, "L2": 200.0, "L3": 100.0}, power_factor=0.9),
        LoadSettings("oven", {"L2": 2_000.0}, circuit="oven"),
        LoadSettings("pump", dict.fromkeys(PHASES, 700.0), power_factor=0.8, circuit="pump"),
    ),
)
CIRCUITS = (
    ClampedSpec("grid", GRID, (1, 2, 3), role=Role.GRID),
    ClampedSpec("oven", "oven", (4,), ("L2",)),
    ClampedSpec("pump", "pump", (5, 6, 7)),
)


def house(*circuits: ClampedSpec, world: WorldSettings = WORLD, **front_end: object) -> BuildingSettings:
    """With one front end."""
    spec = FrontEndSpec(circuits or CIRCUITS, **front_end)
    return BuildingSettings("Test house", "Europe/Rome", world, front_ends=(spec,))


@asynccontextmanager
async def measured(
    settings: BuildingSettings, grid_type: GridType | None = None
) -> AsyncIterator[tuple[Building, Mapping[str, SampledCircuit]]]:
    """The building, and its meters as a site opens them."""
    building = Building(settings)
    text = site_toml(settings, await building.start())
    if grid_type is not None:
        text = text.replace('grid_type = "3x400+N"', f'grid_type = "{grid_type}"')
    site = parse(text, "test")
    front_ends = FrontEnds(site.site.grid_type)
    meters = {}
    for name, device in site.devices.items():
        meter = open_meter(name, device, Buses(), SystemClock(), front_ends=front_ends)
        assert isinstance(meter, SampledCircuit)
        meters[name] = meter
    try:
        yield building, meters
    finally:
        for meter in meters.values():
            await meter.close()
        await building.stop()


async def first(meter: SampledCircuit, tries: int = 120) -> Reading:
    """Its first reading, however long the worker takes to begin."""
    for _ in range(tries):
        try:
            return await meter.read()
        except DeviceError as error:
            last = error
            await asyncio.sleep(PAUSE_S)
    raise last


async def failing(meter: SampledCircuit, key: str, tries: int = 80) -> DeviceError:
    """The failure with that reason, within some reads."""
    seen = []
    for _ in range(tries):
        try:
            await meter.read()
        except DeviceError as error:
            if error.reason.key == key:
                return error
            seen.append(error.reason.key)
            await asyncio.sleep(PAUSE_S)
    raise AssertionError(seen)
