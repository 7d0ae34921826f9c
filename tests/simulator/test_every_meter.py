"""Every meter model as a simulated server, read back through its driver: what the world does is what a site is told."""

from datetime import UTC, datetime

import pytest

from ohmstead.core.model.errors import ConfigurationError
from ohmstead.core.model.quantities import JOULES_PER_KWH, PHASES, Quality, Role
from ohmstead.core.model.readings import Reading
from ohmstead.core.plant.settings import GRID, LoadSettings, WorldSettings
from ohmstead.protocols.meters import catalogue
from ohmstead.simulator.building import Building
from ohmstead.simulator.settings import BuildingSettings, MeterSpec, Trouble
from tests.simulator.reading import meters

WATTS = {"L1": 1200.0, "L2": 2300.0, "L3": 640.0}


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def house(model: str) -> BuildingSettings:
    phases = PHASES[: catalogue.load(model).phases]
    return BuildingSettings(
        "House",
        "Europe/Rome",
        WorldSettings(
            start=datetime(2026, 3, 1, 12, tzinfo=UTC),
            loads=(LoadSettings("base", {phase: WATTS[phase] for phase in phases}, power_factor=0.9),),
            counters_j={GRID: (4321 * JOULES_PER_KWH, 123 * JOULES_PER_KWH)},
        ),
        meters=(MeterSpec("meter", GRID, model, wire="wire", unit=5, role=Role.GRID, phases=phases),),
    )


@pytest.mark.anyio
@pytest.mark.req("EM-346", "G-128")
@pytest.mark.parametrize("model", catalogue.names())
async def test_every_model_tells_its_driver_what_flows(model: str) -> None:
    building = Building(house(model))
    await building.start()
    try:
        async with meters(building, "meter") as (meter,):
            read: Reading = await meter.read()
        seen = building.sync().measure(GRID)
    finally:
        await building.stop()
    offered = {(point.terminal, point.quantity) for point in catalogue.load(model).points}
    assert read.quality is Quality.GOOD
    assert read.power_w == pytest.approx(seen.power_w, abs=11)
    for terminal, phase in enumerate(PHASES[: catalogue.load(model).phases]):
        own, told = seen.phases[terminal], read.phases[phase]
        single = {(None, name) for _, name in offered} & offered if catalogue.load(model).phases == 1 else set()
        for name, exact, near in (
            ("voltage_v", own.voltage_v, 0.6),
            ("current_a", own.current_a, 0.06),
            ("power_w", own.power_w, 11.0),
            ("reactive_power_var", own.reactive_power_var, 11.0),
            ("power_factor", own.power_factor, 0.011),
        ):
            if (terminal, name) in offered or (None, name) in single:
                assert getattr(told, name) == pytest.approx(exact, abs=near), name
    counted = seen.phases[0] if catalogue.load(model).phases == 1 else seen
    assert read.energy_import_j == pytest.approx(counted.energy_import_j, abs=0.2 * JOULES_PER_KWH)
    if (None, "energy_export") in offered:
        assert read.energy_export_j == pytest.approx(counted.energy_export_j, abs=0.2 * JOULES_PER_KWH)


@pytest.mark.anyio
@pytest.mark.parametrize("model", catalogue.names())
async def test_a_model_says_that_nothing_is_available_or_refuses_the_trouble_in_words(model: str) -> None:
    building = Building(house(model))
    await building.start()
    try:
        if any(p.type[0] != "f" and not p.not_available for p in catalogue.load(model).points):
            with pytest.raises(ConfigurationError) as caught:
                await building.door.break_device("meter", Trouble.NAN)
            (mistake,) = caught.value.mistakes
            assert mistake.where == "trouble of meter"
            assert "frozen" in mistake.allowed
            assert "no pattern" in mistake.hint
            assert building.devices["meter"].trouble is None
        else:
            await building.door.break_device("meter", Trouble.NAN)
            async with meters(building, "meter") as (meter,):
                assert (await meter.read()).power_w is None
    finally:
        await building.stop()
