"""Plays a row: a whole site on the simulated building, on virtual time or over sockets in real time.

The same site, drivers and servers either way; on virtual time their bytes go through the in-process network.
"""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from ohmstead.core.model.errors import CommandRefused
from ohmstead.core.model.events import Action, Command, Event
from ohmstead.core.model.quantities import JOULES_PER_KWH, PHASES
from ohmstead.core.model.series import Span
from ohmstead.core.model.time import Instant
from ohmstead.core.plant.flaws import Flaw
from ohmstead.core.plant.world import World
from ohmstead.drivers.clock import Clock, SystemClock
from ohmstead.drivers.virtual_time import VirtualClock, run_virtual
from ohmstead.protocols.meters.catalogue import load
from ohmstead.protocols.meters.table import MeterTable
from ohmstead.simulator.building import Building
from ohmstead.simulator.settings import Trouble
from ohmstead.site.house import Site
from ohmstead.site.start import wired
from ohmstead.store.store import Store
from ohmstead.transport.pipe import HOST
from tests.scenarios import houses

LOOK_S = 0.2
"""How often the building is looked at."""
PILOT_S = 0.1
"""Pace of the pilot loops: half the site's own, which costs half the time and is well inside the lease."""
RECORD_S = 5.0
BEAT_S = 1.0
AFTERWARDS_S = 30.0


@dataclass(frozen=True)
class Moment:
    """The building at one instant, and what the site showed."""

    at_s: float
    grid_current_a: Mapping[str, float]
    grid_power_w: float
    charger_current_a: Mapping[str, float]
    charger_phases: Mapping[str, int]
    charged_kwh: Mapping[str, float]
    contactor: Mapping[str, str]
    breaker: str
    supply: str
    limited_by: Mapping[str, str]
    state: Mapping[str, str]
    quality: Mapping[str, str]
    why: Mapping[str, str]
    attention: tuple[str, ...]
    failures: Mapping[str, Mapping[str, int]]


@dataclass
class Story:
    """What became of a row."""

    row: Mapping[str, Any]
    moments: list[Moment] = field(default_factory=list)
    closings: list[tuple[float, str]] = field(default_factory=list)
    told: list[tuple[float, str, str]] = field(default_factory=list)
    """Seconds, target and kind of each event that the site recorded."""
    recorded_j: dict[str, int] = field(default_factory=dict)
    flowed_j: dict[str, int] = field(default_factory=dict)
    step_j: dict[str, int] = field(default_factory=dict)
    """How finely each meter's own counter tells."""


class SkewedClock:
    """The clock of a computer whose wall clock someone sets while it runs."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.ahead = timedelta()

    def now(self) -> Instant:
        now = self._clock.now()
        return Instant(now.utc + self.ahead, now.monotonic_s)

    async def outside(self, work):
        return await self._clock.outside(work)

    def synchronised(self) -> bool:
        return True


def on_virtual_time(row: Mapping[str, Any], url: str) -> Story:
    """The row as fast as the machine goes."""

    async def main(clock: VirtualClock) -> Story:
        return await play(row, clock, url, HOST)

    return run_virtual(main, houses.start(row))


async def over_sockets(row: Mapping[str, Any], url: str) -> Story:
    """The row in real time, over TCP on this machine."""
    return await play(row, SystemClock(), url, "127.0.0.1")


async def play(row: Mapping[str, Any], real: Clock, url: str, host: str) -> Story:
    """Begin with the building and the site, and end when the last expectation is over."""
    clock, built, virtual = SkewedClock(real), houses.building(row), host == HOST
    house = Building(built)
    store = await clock.outside(Store.open(url, "house", "Europe/Rome"))
    places = await house.start(host, beat_s=BEAT_S) if virtual else await house.start(host)
    site = wired(houses.settings(row, built, places), clock, record_s=RECORD_S, pilot_s=PILOT_S)
    story = Story(row)
    began = clock.now()
    site.start()
    try:
        await site.control(store)
        await _live(story, house, site, clock)
        story.told = [((e.at - began.utc).total_seconds(), e.target, e.kind) for e in await _events(site, clock)]
    finally:
        await site.close()
        await house.stop()
    await _count(story, house, clock, url, began)
    story.closings = [(e.at_s, e.target) for e in house.world.events if e.kind == "contactor.closed"]
    return story


async def _live(story: Story, house: Building, site: Site, clock: SkewedClock) -> None:
    events = sorted(((seconds(event["at"]), event) for event in story.row.get("events", ())), key=lambda e: e[0])
    loop = asyncio.get_running_loop()
    began_s = loop.time() - house.sync().instant.monotonic_s
    due_s = 0.0
    while due_s <= _end(story.row):
        await asyncio.sleep(began_s + due_s - loop.time())
        story.moments.append(_moment(house.sync(), site))
        while events and events[0][0] <= due_s + 1e-9:
            for kind, value in events.pop(0)[1].items():
                await _happen(kind, value, house, site, clock)
        due_s = round(due_s + LOOK_S, 3)


async def _happen(kind: str, value: Any, house: Building, site: Site, clock: SkewedClock) -> None:
    door = house.door
    match kind:
        case "at":
            pass
        case "switch":
            for load, wanted in value.items():
                on = isinstance(wanted, Mapping)
                if on:
                    door.set_watts(load, {wanted["phase"]: float(wanted["power_w"])})
                door.switch(load, on)
        case "house_w":
            door.set_watts("house", {phase: float(value.get(phase, 0.0)) for phase in PHASES})
        case "plug":
            door.plug(value)
        case "unplug":
            door.unplug(value)
        case "pause" | "resume":
            await _wish(site, value, Action.PAUSE, kind == "pause")
        case "mode":
            for name, mode in value.items():
                await _wish(site, name, Action.SET_MODE, mode)
        case "limit":
            for name, limit_a in value.items():
                await _wish(site, name, Action.SET_USER_LIMIT, None if limit_a == "none" else float(limit_a))
        case "curtail":
            limit_w = None if value == "none" else float(value)
            await site.submit(Command("grid operator", "installer", "site", Action.CURTAIL, limit_w))
        case "meter":
            await house.set_trouble("grid", {"lost": Trouble.SILENT, "back": None}[value])
        case "break":
            for name, trouble in value.items():
                await door.break_device(name, Trouble(trouble))
        case "mend":
            await door.mend_device(value)
        case "reset_counter":
            door.reset_counter(value)
        case "swap":
            door.swap_units(*value)
        case "hurt":
            for name, flaw in value.items():
                door.hurt(name, Flaw(flaw))
        case "heal":
            door.heal(value)
        case "voltage":
            door.set_voltage(value)
        case "restart":
            door.restart_board(value)
        case "recover":
            with suppress(CommandRefused):
                await _wish(site, value, Action.RECOVER, None)
        case "wall_clock":
            clock.ahead += timedelta(seconds=float(value.removesuffix("s")))
        case _:
            raise ValueError(f"event: got {kind!r}; see the table at the top of harness.py")


async def _wish(site: Site, charger: str, action: Action, value: bool | float | str | None) -> None:
    await site.submit(Command("ada", "installer", charger, action, value))


def _moment(world: World, site: Site) -> Moment:
    names = list(site.settings.chargers)
    seen, state = world.measure("grid"), site.state()
    channels = {} if state is None else state.snapshot.channels
    chargers = {} if state is None else state.snapshot.chargers
    things = {**channels, **chargers}
    return Moment(
        at_s=world.instant.monotonic_s,
        grid_current_a={phase: one.current_a for phase, one in zip(PHASES, seen.phases, strict=True)},
        grid_power_w=seen.power_w,
        charger_current_a={name: max(abs(one.current_a) for one in world.measure(name).phases) for name in names},
        charger_phases={n: sum(abs(one.current_a) > 1.0 for one in world.measure(n).phases) for n in names},
        charged_kwh={n: (world.board(n).snapshot(world.instant).energy_j or 0) / JOULES_PER_KWH for n in names},
        contactor={name: "closed" if world.board(name).contact else "open" for name in names},
        breaker="closed" if world.breaker is None or world.breaker.closed else "open",
        supply="closed" if world.supply is None or world.supply.closed else "open",
        limited_by={} if state is None else {name: grant.limited_by for name, grant in state.grants.items()},
        state={name: str(one.state) for name, one in chargers.items()},
        quality={name: str(one.quality) for name, one in things.items()},
        why={name: one.problem.key if one.problem else "nothing" for name, one in things.items()},
        attention=() if state is None else tuple(notice.code for notice in state.attention),
        failures={name: dict(one.failures) for name, one in site.statistics().items()},
    )


async def _events(site: Site, clock: Clock) -> list[Event]:
    page = await clock.outside(site.events(None, 1000))
    return [numbered.event for numbered in reversed(page.events)]


async def _count(story: Story, house: Building, clock: Clock, url: str, began: Instant) -> None:
    """What the store has of each device, beside what flowed through its measuring point."""
    store = await clock.outside(Store.open(url, "house", "Europe/Rome"))
    day = timedelta(days=1)
    tables = {spec.key: load(spec.table) for spec in house.settings.meters}
    try:
        spoken = (spec.key for spec in (*house.settings.supply_meters, *house.settings.sources))
        for name in (*tables, *spoken, *(spec.charger for spec in house.settings.boards)):
            series = await clock.outside(store.series(name, Span.SECOND, began.utc - day, began.utc + day))
            story.recorded_j[name] = sum(point.energy_import_j or 0 for point in series.points)
            before_j = house.settings.world.counters_j.get(name, (0, 0))[0]
            story.step_j[name] = _step_j(tables.get(name), before_j + story.recorded_j[name])
            story.flowed_j[name] = _counted_j(house, name) - before_j
    finally:
        await clock.outside(store.close())


def _counted_j(house: Building, name: str) -> int:
    """What has flowed, as it can be counted: at a circuit's head, and behind the cable at a board."""
    if name in {spec.charger for spec in house.settings.boards}:
        return house.world.board(name).snapshot(house.world.instant).energy_j or 0
    return house.world.measure(name).energy_import_j


def _step_j(table: MeterTable | None, height_j: int) -> int:
    """One step of a counter at this height: of its integers, or the last place of its floats; else it is a Wh."""
    if table is None:
        return 3_600
    energy = next(point for point in table.points if point.quantity == "energy_import")
    return height_j >> 22 if energy.type == "f32" else round(energy.scale)


def _end(row: Mapping[str, Any]) -> float:
    times = [seconds(event["at"]) for event in row.get("events", ())]
    exact = 0.0
    for expectation in row["expect"]:
        exact = max(
            [exact, *(seconds(text) for text in (expectation.get("at"), *expectation.get("between", ())) if text)]
        )
    return max([*(at + AFTERWARDS_S for at in times[-1:] if at > exact), exact, 1.0]) + LOOK_S


def seconds(text: str) -> float:
    """``"00:05:00"`` as seconds."""
    hours, minutes, rest = text.split(":")
    return int(hours) * 3600 + int(minutes) * 60 + float(rest)
