"""A scenario without a neutral, read by the drivers of a site: meters, a Power Box, samples of waveforms."""

import asyncio
import math

import pytest

from ohmstead.core.model.errors import ConfigurationError
from ohmstead.drivers.build import open_meter
from ohmstead.drivers.clock import SystemClock
from ohmstead.drivers.sampling.front_end import FrontEnds
from ohmstead.transport.modbus_client import Buses
from tests.simulator.reading import house, running, settings

DELTA = """
[circuits.oven]
phases = ["L3"]
[circuits.pump]
[loads.roast]
circuit = "oven"
power_w = { L3 = 2300 }
[loads.well]
circuit = "pump"
power_w = { L1 = 300, L2 = 900, L3 = 600 }
power_factor = 0.3
"""
METERS = """
[devices.grid]
driver = "modbus"
meter = "eastron-sdm630"
role = "grid"
[devices.kitchen]
driver = "modbus"
meter = "eastron-sdm120"
point = "oven"
role = "load"
"""
BOX = """
[devices.oven]
driver = "power-box"
point = "oven"
wire = "box"
unit = 61
slots = [5]
role = "load"
[devices.pump]
driver = "power-box"
point = "pump"
wire = "box"
unit = 61
slots = [1, 2]
role = "load"
"""
SAMPLES = BOX.replace("power-box", "samples").replace("unit = 61\n", "").replace("slots = [5]\n", "")
SAMPLES = SAMPLES.replace("slots = [1, 2]\n", "").replace('"box"', '"front"')


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def readings(devices: str, *names: str, look_s: float = 0.0):
    """What the drivers of a site tell, and the truth."""
    async with running(DELTA + devices, grid_type="3x230") as built:
        known, buses, front_ends = settings(built), Buses(), FrontEnds("3x230")
        opened = [open_meter(name, known.devices[name], buses, SystemClock(), front_ends=front_ends) for name in names]
        try:
            for _ in range(200):
                found = [await meter.read() for meter in opened]
                if not look_s or all(one.power_w for one in found):
                    break
                await asyncio.sleep(look_s)
            built.sync()
            return found, [built.world.measure(known_point(name)) for name in names]
        finally:
            for meter in opened:
                await meter.close()


def known_point(name: str) -> str:
    return {"kitchen": "oven"}.get(name, name)


@pytest.mark.anyio
@pytest.mark.req("EM-348")
async def test_meters_tell_the_power_of_all_and_of_what_hangs_between_two_conductors() -> None:
    (grid, oven), (true, _) = await readings(METERS, "grid", "kitchen")
    assert grid.power_w == pytest.approx(true.power_w, abs=1)
    assert [grid.phases[phase].current_a for phase in ("L1", "L2", "L3")] == pytest.approx(
        [abs(row.current_a) for row in true.phases], abs=0.01
    )
    assert grid.phases["L1"].voltage_v == pytest.approx(230 / math.sqrt(3), rel=0.02)
    assert oven.power_w == pytest.approx(2300, abs=1)
    assert oven.phases["L3"].voltage_v == pytest.approx(230, rel=0.02)


@pytest.mark.anyio
@pytest.mark.req("EM-146", "EM-150", "EM-151")
async def test_a_power_box_measures_a_reactive_load_by_two_transformers_and_counts_nothing_twice() -> None:
    (oven, pump), (_, true) = await readings(BOX, "oven", "pump")
    assert oven.power_w == pytest.approx(2300, abs=2)
    assert pump.power_w == pytest.approx(true.power_w, abs=2)
    assert pump.phases["L1"].power_w * pump.phases["L2"].power_w < 0
    assert (pump.energy_import_j, pump.energy_export_j) == (None, None), "two wattmeters' counters are no energy"
    assert oven.energy_import_j is not None


@pytest.mark.anyio
@pytest.mark.req("EM-146", "EM-150", "EM-151")
async def test_samples_give_the_same_and_the_third_current_as_calculated() -> None:
    (oven, pump), (_, true) = await readings(SAMPLES, "oven", "pump", look_s=0.1)
    assert oven.power_w == pytest.approx(2300, rel=0.005)
    assert oven.phases["L3"].voltage_v == pytest.approx(230, rel=0.02)
    assert pump.power_w == pytest.approx(true.power_w, rel=0.005)
    harmonics = 0.04  # of the waveforms, which add up otherwise than the fundamentals
    assert pump.phases["L3"].current_a == pytest.approx(abs(true.phases[2].current_a), rel=harmonics)
    assert pump.phases["L3"].power_w is None


@pytest.mark.req("EM-146")
@pytest.mark.parametrize(
    ("devices", "where", "allowed"),
    [
        (SAMPLES + 'phases = ["L1", "L2", "L3"]', "devices.pump.phases: got L1, L2, L3", "L1, L2 at pump"),
        (SAMPLES + 'phases = ["L1"]', "devices.pump.phases: got L1", "L1, L2 at pump"),
        (METERS + 'phases = ["L1"]', "devices.kitchen.phases: got L1", "L3 at oven"),
        (BOX.replace("[1, 2]", "[1, 2, 3]"), "devices.pump.slots: got 3 slots", "L1, L2"),
        ("[chargers.garage]\ncar = { phases = 2 }", "chargers.garage.car.phases: got 2", "1 or 3"),
    ],
)
def test_what_cannot_hang_or_measure_without_a_neutral_is_refused(devices: str, where: str, allowed: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        house(DELTA + devices, grid_type="3x230")
    assert where in str(refused.value)
    assert allowed in str(refused.value)
