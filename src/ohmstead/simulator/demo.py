"""A household worth watching: within a minute something starts, stops, or drives in.

Sun between clouds, a fridge, a kettle, an oven that keeps its temperature, a heat pump, and two cars that arrive in
the first half minute. It stands at a place of the Earth where it is a late summer morning right now, so that there
is sun to watch at any hour; :func:`morning` is the same house from its midnight on.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from ohmstead.core.model.quantities import JOULES_PER_KWH, Role
from ohmstead.core.plant.settings import (
    CAR_7_KW,
    CAR_11_KW,
    GRID,
    ChargerSettings,
    CircuitSettings,
    Cue,
    Cycle,
    Daily,
    LoadSettings,
    SolarSettings,
    WorldSettings,
)
from ohmstead.simulator.settings import BoardSpec, BuildingSettings, InverterSpec, MeterSpec

START = datetime(2026, 6, 21, 8, 30, tzinfo=UTC)
_VISIT_S = 2400
_VISITS = 12
_MORNING_HOUR = 11
_SUMMER_MONTHS = range(4, 10)
_NORTH, _SOUTH = 41.9, -34.6


@dataclass(frozen=True, slots=True)
class Place:
    """Where the building stands. ``timezone`` is a whole number of hours from UTC."""

    latitude: float
    longitude: float
    timezone: str
    hours: int

    def midnight(self, at: datetime) -> datetime:
        """The last local midnight before ``at`` (UTC)."""
        local = at + timedelta(hours=self.hours)
        return local.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(hours=self.hours)


ROME = Place(_NORTH, 12.5, "Europe/Rome", 2)


def place_for(now: datetime) -> Place:
    """A place where ``now`` (UTC) falls into the hour before noon, on the half of the Earth that has summer."""
    hours = (_MORNING_HOUR - now.hour + 11) % 24 - 11
    zone = f"Etc/GMT{-hours:+d}" if hours else "Etc/GMT"
    return Place(_NORTH if now.month in _SUMMER_MONTHS else _SOUTH, 15.0 * hours, zone, hours)


def demo(
    seed: int = 1,
    start: datetime = START,
    place: Place = ROME,
    counters_j: Mapping[str, tuple[int, int]] | None = None,
) -> BuildingSettings:
    """The building of ``ohmstead demo``: main breaker 25 A, contract 10 kW, four meters, two chargers.

    ``counters_j`` is what the meters show at the start, as ``WorldSettings`` has it, of a building that has a past: its
    boards have long been on.
    """
    return BuildingSettings(
        site_name="Via Roma 12",
        timezone=place.timezone,
        world=WorldSettings(
            start=start,
            seed=seed,
            latitude=place.latitude,
            longitude=place.longitude,
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
                ChargerSettings("yard", ("L2", "L3", "L1"), cable_rating_a=32.0, car=CAR_7_KW),
            ),
            story=_story(),
            counters_j=_COUNTERS_J if counters_j is None else counters_j,
            boards_on_s=0.0 if counters_j is None else _ON_S,
        ),
        meters=(
            MeterSpec("grid", GRID, "eastron-sdm630", wire="grid", role=Role.GRID, name="Grid"),
            MeterSpec("oven", "oven", "eastron-sdm120", wire="board", unit=7, phases=("L2",), name="Oven"),
            MeterSpec("heat-pump", "heat-pump", "abb-b23", wire="board", unit=8, name="Heat pump"),
        ),
        inverters=(InverterSpec("solar", "solar", wire="solar", name="Roof"),),
        boards=(
            BoardSpec("garage", wire="garage", max_current_a=16.0, name="Garage", card_reader="pn532"),
            BoardSpec("yard", wire="yard", max_current_a=32.0, name="Yard", display=False),
        ),
        networks=True,
    )


def morning(seed: int, now: datetime, place: Place) -> BuildingSettings:
    """The same house from its midnight on: breakfast, and one car that charges from seven to half past."""
    midnight = place.midnight(now)
    spans = _spans_of_utc(midnight)
    loads = tuple(replace(load, pattern=spans.get(load.name, load.pattern)) for load in _LOADS)
    whole = demo(seed, midnight, place)
    story = (Cue(CAR_COMES_S, "plug", "garage"), Cue(CAR_LEAVES_S, "unplug", "garage"))
    return replace(whole, world=replace(whole.world, loads=loads, story=story))


_ON_S = 30 * 86_400.0
CAR_COMES_S = 7 * 3600.0
CAR_LEAVES_S = CAR_COMES_S + 1800.0
"""Seconds after the local midnight between which a car is there in :func:`morning`."""

_BREAKFAST: Mapping[str, tuple[tuple[float, float], ...]] = {
    "kettle": ((24_600.0, 240.0), (31_500.0, 200.0)),
    "oven": ((28_200.0, 1_500.0), (34_200.0, 900.0)),
    "heat-pump": ((3_600.0, 2_400.0), (14_400.0, 2_400.0), (21_600.0, 3_600.0), (32_400.0, 1_800.0)),
}
"""Start and duration in seconds of the local day."""


def _spans_of_utc(midnight: datetime) -> dict[str, Daily]:
    """``_BREAKFAST`` in seconds of the UTC day, as the plant's patterns have it."""
    shift = midnight.hour * 3600
    return {name: Daily(tuple(((at + shift) % 86_400, s) for at, s in spans)) for name, spans in _BREAKFAST.items()}


_COUNTERS_J: Mapping[str, tuple[int, int]] = {
    GRID: (5_012 * JOULES_PER_KWH, 1_507 * JOULES_PER_KWH),
    "oven": (412 * JOULES_PER_KWH, 0),
    "heat-pump": (1_931 * JOULES_PER_KWH, 0),
    "solar": (0, 3_280 * JOULES_PER_KWH),
    "garage": (655 * JOULES_PER_KWH, 0),
    "yard": (240 * JOULES_PER_KWH, 0),
}

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
