"""The contract of the Meter port, kept by every adapter."""

import asyncio

import pytest

from ohmstead.core.model.errors import DeviceError
from ohmstead.core.model.quantities import Quality
from tests.contracts.adapters import METERS
from tests.contracts.ports import MeterRig, Truth

pytestmark = pytest.mark.anyio
PATIENCE_S = 10.0


@pytest.fixture(params=METERS)
async def rig(request):
    async with METERS[request.param]() as made:
        yield made
        await made.meter.close()


async def back(rig: MeterRig):
    """A reading once the device is found again; until then only DeviceError may come."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            try:
                return await rig.meter.read()
            except DeviceError:
                await asyncio.sleep(0.02)


@pytest.mark.req("G-128", "EM-346", "G-001")
async def test_a_reading_tells_the_truth_in_the_units_of_the_house(rig):
    rig.show(Truth(power_w=-1500.0, voltage_v=229.5, current_a=3.25, frequency_hz=49.9, energy_j=72_000_000))
    reading = await rig.meter.read()
    assert (reading.device, reading.quality, reading.problem) == (rig.name, Quality.GOOD, None)
    assert reading.power_w == pytest.approx(-1500, abs=0.1)
    if rig.counts:
        assert reading.frequency_hz == pytest.approx(49.9, abs=0.01)
        assert isinstance(reading.energy_import_j, int)
        assert reading.energy_import_j == pytest.approx(72_000_000, abs=18_000)
    else:
        assert (reading.frequency_hz, reading.energy_import_j, reading.energy_export_j) == (None, None, None)
    assert set(reading.phases) == set(rig.phases)
    for phase in reading.phases.values():
        assert phase.voltage_v == pytest.approx(229.5, abs=0.1)
        assert phase.current_a == pytest.approx(3.25, abs=0.01)


async def test_each_reading_is_fresh_and_dated_no_later_than_it_came(rig):
    first = await rig.meter.read()
    rig.show(Truth(power_w=700.0))
    second = await rig.meter.read()
    assert second.power_w == pytest.approx(700, abs=0.1)
    assert first.at.monotonic_s <= second.at.monotonic_s <= asyncio.get_running_loop().time()


async def test_what_is_not_measured_is_none_and_not_zero(rig):
    if rig.shows_missing:
        rig.show(Truth(voltage_v=None))
        assert {phase.voltage_v for phase in (await rig.meter.read()).phases.values()} == {None}


@pytest.mark.req("G-128")
async def test_a_lost_device_raises_in_bounded_time_and_comes_back_by_itself(rig):
    await rig.meter.read()
    rig.lose()
    async with asyncio.timeout(PATIENCE_S):
        with pytest.raises(DeviceError):
            await rig.meter.read()
    rig.find()
    assert (await back(rig)).quality is Quality.GOOD


async def test_a_closed_meter_is_not_read_again(rig):
    await rig.meter.read()
    await rig.meter.close()
    await rig.meter.close()
    with pytest.raises(DeviceError):
        await rig.meter.read()
