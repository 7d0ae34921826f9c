"""A household worth watching: within a minute something starts, stops, or drives in.

A summer morning in Rome that begins at the same second every time: sun between clouds, a fridge, a kettle, an
oven that keeps its temperature, a heat pump, and two cars that arrive in the first half minute.
"""

from datetime import UTC, datetime

from ohmstead.core.model.quantities import JOULES_PER_KWH, Role
from ohmstead.core.plant.settings import (
    CAR_7_KW,
    CAR_11_KW,
    GRID,
    ChargerSettings,
    CircuitSettings,
    Cue,
    Cycle,
    LoadSettings,
    SolarSettings,
    WorldSettings,
)
from ohmstead.simulator.settings import BoardSpec, BuildingSettings, InverterSpec, MeterSpec

START = datetime(2026, 6, 21, 8, 30, tzinfo=UTC)
_VISIT_S = 2400
_VISITS = 12


def demo(seed: int = 1, start: datetime = START) -> BuildingSettings:
    """The building of ``ohmstead demo``: main breaker 25 A, contract 10 kW, four meters, two chargers."""
    return BuildingSettings(
        site_name="Via Roma 12",
        timezone="Europe/Rome",
        world=WorldSettings(
            start=start,
            seed=seed,
            voltage_wander=0.008,
            main_fuse_a=25.0,
            contract_w=10_000.0,
            circuits=(
                CircuitSettings("oven", ("L2",), cable_r_ohm=0.03),
                CircuitSettings("heat-pump", cable_r_ohm=0.02),
            ),
            loads=_LOADS,
            solar=SolarSettings(peak_w=6_000.0, inverter_w=5_000.0, cloudiness=0.6),
            chargers=(
                ChargerSettings("garage", car=CAR_11_KW, rated_current_a=16.0),
                ChargerSettings("yard", ("L2", "L3", "L1"), car=CAR_7_KW),
            ),
            story=_story(),
            counters_j={
                GRID: (5_012 * JOULES_PER_KWH, 1_507 * JOULES_PER_KWH),
                "oven": (412 * JOULES_PER_KWH, 0),
                "heat-pump": (1_931 * JOULES_PER_KWH, 0),
                "solar": (0, 3_280 * JOULES_PER_KWH),
                "garage": (655 * JOULES_PER_KWH, 0),
                "yard": (240 * JOULES_PER_KWH, 0),
            },
        ),
        meters=(
            MeterSpec("grid", GRID, "eastron-sdm630", wire="grid", role=Role.GRID, name="Grid"),
            MeterSpec("oven", "oven", "eastron-sdm120", wire="board", unit=7, phases=("L2",), name="Oven"),
            MeterSpec("heat-pump", "heat-pump", "abb-b23", wire="board", unit=8, name="Heat pump"),
        ),
        inverters=(InverterSpec("solar", "solar", wire="solar", name="Roof"),),
        boards=(
            BoardSpec("garage", wire="garage", max_current_a=16.0, name="Garage"),
            BoardSpec("yard", wire="yard", max_current_a=32.0, name="Yard"),
        ),
    )


_LOADS = (
    LoadSettings("base", {"L1": 140.0, "L2": 90.0, "L3": 170.0}, power_factor=0.93, noise=0.08),
    LoadSettings("fridge", {"L1": 95.0}, power_factor=0.85, noise=0.03, pattern=Cycle(80.0, 160.0)),
    LoadSettings("kettle", {"L3": 2_050.0}, pattern=Cycle(70.0, 380.0)),
    LoadSettings("oven", {"L2": 2_200.0}, pattern=Cycle(40.0, 35.0), circuit="oven"),
    LoadSettings(
        "heat-pump",
        {"L1": 520.0, "L2": 520.0, "L3": 520.0},
        power_factor=0.9,
        noise=0.04,
        pattern=Cycle(300.0, 200.0),
        circuit="heat-pump",
    ),
    LoadSettings("house", {}, pattern=True),
)
"""``house`` draws nothing by itself: a recording may be played on it."""


def _story() -> tuple[Cue, ...]:
    """The cars come early, leave now and then for five minutes, and never both at once."""
    cues = [Cue(8.0, "plug", "garage"), Cue(25.0, "plug", "yard")]
    for visit in range(1, _VISITS):
        for charger, shift in (("garage", 0.0), ("yard", 1_000.0)):
            leaves = visit * _VISIT_S + shift
            cues += [Cue(leaves, "unplug", charger), Cue(leaves + 300.0, "plug", charger)]
    return tuple(cues)
