"""A whole Site in a simulated building on virtual time: only the wires are left out.

::

    async def main(clock):
        async with home(clock, url) as house:
            await house.until(lambda: house.car_a() > 10)
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from ohmstead.core.model.chargers import ChargerReading
from ohmstead.core.model.errors import DeviceUnreachable, StoreError
from ohmstead.core.model.events import AccessRole, Action, Command, Event
from ohmstead.core.model.quantities import PHASES, Role
from ohmstead.core.model.readings import Reading
from ohmstead.core.model.reasons import Reason
from ohmstead.core.model.settings import BoardSettings, ChargerSettings, DeviceSettings, Settings, SiteSettings
from ohmstead.core.model.snapshot import SiteState
from ohmstead.core.plant.settings import ChargerSettings as PlantCharger
from ohmstead.core.plant.settings import CircuitSettings, LoadSettings, WorldSettings
from ohmstead.core.plant.world import World
from ohmstead.drivers.clock import Clock
from ohmstead.drivers.plant import PlantBoard, PlantCt, PlantMeter, PlantReader, Stage
from ohmstead.drivers.ports import Meter, Networks
from ohmstead.site.cluster.desk import MemberOpener
from ohmstead.site.house import Site
from ohmstead.site.pilot import PERIOD_S
from ohmstead.site.setting_up import Opener
from ohmstead.store.store import Store

START = datetime(2026, 6, 21, 8, tzinfo=UTC)
PATIENCE_S = 120.0

SETTINGS = Settings(
    site=SiteSettings(name="Home", timezone="Europe/Rome", main_fuse_a=25.0),
    devices={
        "grid": DeviceSettings(driver="plant", connect="plant://grid", role=Role.GRID),
        "oven": DeviceSettings(driver="plant", connect="plant://oven", role=Role.LOAD, phases=("L2",)),
    },
    chargers={"garage": ChargerSettings(board=BoardSettings(connect="plant://garage"), max_current_a=16.0)},
)


def building(plugged: bool = True) -> World:
    """25 A of main fuse, an oven on its own circuit, a house load, an 11 kW car in the garage."""
    return World(
        WorldSettings(
            start=START,
            main_fuse_a=25.0,
            circuits=(CircuitSettings("oven", ("L2",)),),
            loads=(
                LoadSettings("house", dict.fromkeys(PHASES, 230.0)),
                LoadSettings("oven", {"L2": 1000.0}, circuit="oven"),
            ),
            chargers=(PlantCharger("garage", plugged=plugged),),
        )
    )


class Wire:
    """A meter that can be taken off its wire, and whose counter can be another's: ``shows`` gets what it counted."""

    def __init__(self, meter: Meter) -> None:
        self.meter = meter
        self.cut = False
        self.shows: Callable[[int], int] = lambda counted_j: counted_j

    async def read(self) -> Reading:
        if self.cut:
            raise DeviceUnreachable(Reason("device.unreachable", {"where": "here", "deadline_s": "1 s"}))
        seen = await self.meter.read()
        counted_j = seen.energy_import_j
        return seen if counted_j is None else replace(seen, energy_import_j=self.shows(counted_j))

    async def pair(self) -> None:
        assert isinstance(self.meter, PlantCt)
        await self.meter.pair()

    async def close(self) -> None:
        await self.meter.close()


@dataclass
class Home:
    """A running site with the hand in its building."""

    site: Site
    stage: Stage
    clock: Clock
    wires: dict[str, Wire]
    store: Store
    readers: dict[str, PlantReader]

    @property
    def world(self) -> World:
        """The building at this moment."""
        return self.stage.sync()

    @property
    def state(self) -> SiteState:
        """What was published last."""
        state = self.site.state()
        assert state is not None
        return state

    @property
    def charger(self) -> ChargerReading:
        """The charger as published last."""
        return self.state.snapshot.chargers["garage"]

    def car_a(self) -> float:
        """What flows into the car on L1."""
        return self.world.measure("garage").phases[0].current_a

    def duty(self) -> float:
        """The duty on the pilot's wire."""
        return self.world.board("garage").duty_percent

    async def until(self, holds: Callable[[], bool], step_s: float = 0.05) -> float:
        """Wait until ``holds()``; the seconds it took."""
        began = self.clock.now()
        while not holds():
            waited = self.clock.now().since(began)
            assert waited < PATIENCE_S, "it never happened"
            await asyncio.sleep(step_s)
        return self.clock.now().since(began)

    async def do(self, action: Action, value: bool | float | str | None, role: AccessRole = "user") -> None:
        """What a person called ada asks of the charger."""
        await self.site.submit(Command("ada", role, "garage", action, value))

    async def events(self) -> list[Event]:
        """All events on the disk, oldest first."""
        page = await self.clock.outside(self.site.events(None, 1000))
        return [numbered.event for numbered in reversed(page.events)]


class Refusing:
    """The disk is full while ``refuses`` holds: a hand on ``Store.append``."""

    def __init__(self, store: Store) -> None:
        self.refuses = False
        append: Callable[..., Awaitable[datetime]] = store.append

        async def instead(*args: Any, **more: Any) -> datetime:
            if self.refuses:
                raise StoreError(Reason("store.full", {"where": "here", "detail": "no room"}))
            return await append(*args, **more)

        vars(store)["append"] = instead


def _meter(stage: Stage, name: str, device: DeviceSettings, points: Mapping[str, str]) -> Meter:
    if device.board is not None and device.input is not None:
        return PlantCt(stage, name, device.board, device.input)
    produces = device.role in (Role.PRODUCTION, Role.BATTERY)
    return PlantMeter(stage, name, points.get(name, name), device.phases or PHASES, produces=produces)


@asynccontextmanager
async def home(
    clock: Clock,
    url: str,
    world: World | None = None,
    settings: Settings = SETTINGS,
    tick_s: float = 1.0,
    opener: Opener | None = None,
    pilot_s: float = PERIOD_S,
    points: Mapping[str, str] | None = None,
    silent: Collection[str] = (),
    member_opener: MemberOpener | None = None,
    networks: Networks | None = None,
) -> AsyncIterator[Home]:
    """A site at work in ``world``, which may have been another site's before.

    ``points`` says where a device measures that is not called like its point; ``silent`` are off their wire at first.
    """
    stage = Stage(world or building(), clock)
    moving = asyncio.create_task(stage.run(0.1))
    wires = {name: Wire(_meter(stage, name, one, points or {})) for name, one in settings.devices.items()}
    for name in silent:
        wires[name].cut = True
    boards = {name: PlantBoard(stage, name) for name, one in settings.chargers.items() if not one.member}
    readers = {name: PlantReader() for name, one in settings.chargers.items() if one.reader is not None}
    paces = {"tick_s": tick_s, "pilot_s": pilot_s}
    hands: dict[str, Any] = {"opener": opener, "readers": readers, "member_opener": member_opener, "networks": networks}
    site = Site(settings, wires, boards, clock, **paces, **hands)
    site.start()
    try:
        await asyncio.sleep(0.2)
        store = await clock.outside(Store.open(url, settings.site.id, settings.site.timezone))
        await site.control(store)
        await asyncio.sleep(0)
        yield Home(site, stage, clock, wires, store, readers)
    finally:
        await site.close()
        moving.cancel()
