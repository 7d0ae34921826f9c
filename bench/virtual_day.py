"""A whole day of a house with 12 devices and 2 chargers on virtual time, as fast as the machine goes.

A whole `Site` with its store lives through the day: sensing, counting, deciding, charging two cars, recording. The
world of `core.plant` (a new power of every load each second, the network solved each time, boards and cars in steps of
50 ms while they move) stands behind the ports without wires. Nobody looks at such a day second by second: circuits
are read every 24 s, the supply is read and decided on every 8 s; the boards trust their host for 10 s instead of one,
so that the pilot loops may turn every 2 s. What the house did is checked before the figure counts: the breaker held,
both cars got their energy, no contactor chattered, and the store has what flowed.

`virtual-day.acceleration` is how many times faster than real time that is. `virtual-day.wires` is the same for the
house at the pace of production, ten looks at the supply and forty frames of the boards a second, through the real
drivers and the real servers, their bytes on the in-process network; a minute of it is measured while both cars charge.
"""

import asyncio
import tempfile
import time
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime

from bench.broken import Broken
from bench.figures import Figure
from ohmstead.cli.output import configure_logs
from ohmstead.core.model.quantities import JOULES_PER_KWH, PHASES, Role
from ohmstead.core.model.settings import Settings
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
from ohmstead.core.plant.world import World
from ohmstead.drivers.plant import PlantBoard, Stage
from ohmstead.drivers.virtual_time import VirtualClock, run_virtual
from ohmstead.simulator.building import Building
from ohmstead.simulator.settings import BoardSpec, BuildingSettings, InverterSpec, MeterSpec
from ohmstead.simulator.site_file import site_toml, somewhere
from ohmstead.site.configuration import parse
from ohmstead.site.house import Site
from ohmstead.site.rehearsal import staged
from ohmstead.site.start import wired
from ohmstead.store.store import Store
from ohmstead.transport.pipe import HOST

DAY_S = 86_400.0
MINUTE_S = 60.0
START = datetime(2026, 6, 21, tzinfo=UTC)
CIRCUITS = tuple(f"circuit-{number}" for number in range(10))
LOOK_S, TICK_S, PILOT_S, LEASE_S, RECORD_S = 24.0, 8.0, 2.0, 10.0, 300.0
UNCOUNTED_J = 30_000 * LOOK_S
"""What a house may draw before the first and after the last look."""
LEAST_KWH = 15.0
CLOSINGS_AT_MOST = 8
"""In a day, of each charger: the contract is full at times, and a car then waits for a minute or more."""


def run(seconds: float = DAY_S, minute_s: float = MINUTE_S) -> list[Figure]:
    """The wall time of a day, and the pace over wires."""
    configure_logs(quiet=True)
    wall_s = _timed(seconds) * DAY_S / seconds
    return [
        Figure("virtual-day.wall", wall_s, "s", "<= 20", peer="real time: 86400 s", ratio=wall_s / DAY_S),
        Figure("virtual-day.acceleration", DAY_S / wall_s, "×", ">= 1000", peer="real time: 1"),
        Figure("virtual-day.wires", _over_wires(minute_s), "×", peer="real time: 1", runs=1),
    ]


def house() -> BuildingSettings:
    """A grid meter, ten circuits that switch on and off, a roof, and two chargers whose cars come and go."""
    phase_of = {name: PHASES[number % 3] for number, name in enumerate(CIRCUITS)}
    loads = (
        LoadSettings(name, {phase_of[name]: 200.0 + 60.0 * i}, pattern=Cycle(600 + 60.0 * i, 1500.0), circuit=name)
        for i, name in enumerate(CIRCUITS)
    )  # fmt: skip
    cues = ((7, "plug", "garage"), (9, "unplug", "garage"), (17, "plug", "yard"), (18, "plug", "garage"))
    world = WorldSettings(
        start=START,
        voltage_wander=0.008,
        main_fuse_a=25.0,
        contract_w=10_000.0,
        circuits=tuple(CircuitSettings(name, (phase_of[name],), cable_r_ohm=0.02) for name in CIRCUITS),
        loads=(LoadSettings("base", {"L1": 140.0, "L2": 90.0, "L3": 170.0}, noise=0.08), *loads),
        solar=SolarSettings(peak_w=6_000.0, inverter_w=5_000.0, cloudiness=0.5),
        chargers=(
            ChargerSettings("garage", rated_current_a=16.0, car=CAR_11_KW),
            ChargerSettings("yard", ("L2", "L3", "L1"), car=CAR_7_KW),
        ),
        story=tuple(Cue(3600.0 * hour, action, who) for hour, action, who in cues),  # type: ignore[arg-type]  # — a table
    )
    return BuildingSettings(
        site_name="Bench",
        timezone="Europe/Rome",
        world=world,
        meters=(
            MeterSpec(GRID, GRID, "eastron-sdm630", "grid", role=Role.GRID),
            *(
                MeterSpec(name, name, "eastron-sdm120", "panel", unit, phases=(phase_of[name],))
                for unit, name in enumerate(CIRCUITS, start=1)
            ),
        ),
        inverters=(InverterSpec("solar", "solar", "roof"),),
        boards=(BoardSpec("garage", "garage"), BoardSpec("yard", "yard", max_current_a=32.0)),
    )


def _timed(seconds: float) -> float:
    """Wall seconds that the house takes for so many of its own. Raises Broken when it did not fare well."""
    built = house()
    chargers = tuple(replace(one, lease_s=LEASE_S) for one in built.world.chargers)
    world = World(replace(built.world, chargers=chargers))
    settings = _paced(parse(site_toml(built, somewhere(built)), "the bench's house"))
    points = {**{spec.key: spec.point for spec in built.meters}, "solar": "solar"}
    took_s = [0.0]

    async def main(clock: VirtualClock) -> dict[str, int | None]:
        stage = Stage(world, clock)
        boards = {name: PlantBoard(stage, name) for name in settings.chargers}
        site = Site(settings, staged(stage, settings, points), boards, clock, TICK_S, RECORD_S, PILOT_S)
        with tempfile.TemporaryDirectory(prefix="ohmstead-bench-") as folder:
            url = f"sqlite:///{folder}/day.sqlite"
            store = await clock.outside(Store.open(url, "bench", "Europe/Rome", gap_s=2 * RECORD_S))
            began_s = time.perf_counter()
            site.start()
            await asyncio.sleep(1.0)
            await site.control(store)
            await asyncio.sleep(seconds)
            stage.sync()
            took_s[0] = time.perf_counter() - began_s
            await site.close()
            store = await clock.outside(Store.open(url, "bench", "Europe/Rome"))
            last = await clock.outside(store.last())
            await clock.outside(store.close())
        return {name: sample.energy_import_j for name, sample in last.counters.items()}

    _fared_well(world, run_virtual(main, START), seconds)
    return took_s[0]


def _paced(settings: Settings) -> Settings:
    devices = {
        name: one.model_copy(update={"period_s": TICK_S if one.role is Role.GRID else LOOK_S})
        for name, one in settings.devices.items()
    }
    return settings.model_copy(update={"devices": devices})


def _fared_well(world: World, recorded_j: dict[str, int | None], seconds: float) -> None:
    if world.breaker is None or not world.breaker.closed or not world.energised:
        raise Broken("virtual-day: the simulated breaker tripped, so the day does not count")
    boards = {name: world.board(name).snapshot(world.instant).energy_j or 0 for name in ("garage", "yard")}
    flowed = {**{name: world.measure(name).energy_import_j for name in (GRID, *CIRCUITS)}, **boards}
    for name, flowed_j in flowed.items():
        kept_j = recorded_j.get(name)
        if kept_j is None or not flowed_j - UNCOUNTED_J <= kept_j <= flowed_j:
            raise Broken(f"virtual-day: {flowed_j} J flowed through {name}, and {kept_j} J were recorded")
    charged = {name: energy_j / JOULES_PER_KWH for name, energy_j in boards.items()}
    if seconds >= DAY_S and min(charged.values()) < LEAST_KWH:
        raise Broken(f"virtual-day: the cars got {charged} kWh, {LEAST_KWH} each were expected")
    closed = Counter(event.target for event in world.events if event.kind == "contactor.closed")
    if max(closed.values(), default=0) > CLOSINGS_AT_MOST:
        raise Broken(f"virtual-day: contactors closed {dict(closed)} times, which no car would bear")


def _over_wires(minute_s: float) -> float:
    """Virtual seconds per second of the machine at the pace of production, both cars charging."""
    built = house()
    plugged = tuple(replace(one, plugged=True) for one in built.world.chargers)
    built = replace(built, world=replace(built.world, chargers=plugged, story=()))
    took_s = [0.0]

    async def main(clock: VirtualClock) -> None:
        running = Building(built)
        site = wired(parse(site_toml(built, await running.start(HOST)), "the bench's house"), clock)
        with tempfile.TemporaryDirectory(prefix="ohmstead-bench-") as folder:
            store = await clock.outside(Store.open(f"sqlite:///{folder}/minute.sqlite", "bench", "Europe/Rome"))
            site.start()
            await site.control(store)
            await asyncio.sleep(10.0)
            began_s = time.perf_counter()
            await asyncio.sleep(minute_s)
            took_s[0] = time.perf_counter() - began_s
            await site.close()
        await running.stop()
        if any(one.failures for one in site.statistics().values()):
            raise Broken("virtual-day: a device was not read, so the minute does not count")

    run_virtual(main, START)
    return minute_s / took_s[0]
