"""Replaying a recording through a whole site on virtual time: sense, count, decide, record, as with live meters.

Either the recording's own channels are the meters; or the recorded house is a load of a simulated building, with a
charger and a hungry car beside it, so that one sees what the site would have done.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from ohmstead.core.model.quantities import Role
from ohmstead.core.model.settings import BoardSettings, ChargerSettings, DeviceSettings, Settings, SiteSettings
from ohmstead.core.plant.settings import CarSettings, LoadSettings, WorldSettings
from ohmstead.core.plant.settings import ChargerSettings as PlantCharger
from ohmstead.core.plant.world import World
from ohmstead.drivers.plant import PlantBoard, PlantMeter, Stage
from ohmstead.drivers.ports import EvseBoard, Meter
from ohmstead.drivers.recording import RecordedMeter, Recording
from ohmstead.drivers.virtual_time import VirtualClock
from ohmstead.site.house import Site
from ohmstead.store.store import Store

CHARGER = "garage"
HOUSE = "house"
CAR = CarSettings(phases=1, max_current_a=32.0, battery_kwh=10_000.0, charged_kwh=0.0)
"""A single-phase 7.4 kW car that is never full, so that every minute of the recording is a test."""

PILOT_S = 0.5
"""Turns of the pilot loop: half the board's lease, enough where nothing is faster than the ticks."""

Progress = Callable[[float], None]
"""Told how many seconds of the recording are done."""


@dataclass(slots=True)
class Watch:
    """What a careful neighbour would have written down once a second while the car was there."""

    contract_w: float
    excess_s: float = 0.0
    """Seconds with more than the contract on the supply."""
    longest_with_car_s: float = 0.0
    """The longest run of them in which the car drew current."""
    house_alone_s: float = 0.0
    """Seconds in which the house alone was above the contract."""
    drawing_then_s: float = 0.0
    """Of those, seconds in which the car still drew current after the house had been above for G-018's 15 s."""
    car_j: float = 0.0
    closings: int = 0
    highest_w: float = 0.0
    _run_s: float = field(default=0.0, repr=False)
    _house_run_s: float = field(default=0.0, repr=False)
    _closed: bool = field(default=False, repr=False)

    def look(self, grid_w: float, car_w: float, closed: bool, dt_s: float = 1.0) -> None:
        """One second of the simulated world: what is on the wires, not what the software decided."""
        self.highest_w = max(self.highest_w, grid_w)
        drawing = car_w > 1.0
        self.car_j += car_w * dt_s
        over = grid_w > self.contract_w
        self.excess_s += dt_s * over
        self._run_s = self._run_s + dt_s if over and drawing else 0.0
        self.longest_with_car_s = max(self.longest_with_car_s, self._run_s)
        alone = grid_w - car_w > self.contract_w
        self.house_alone_s += dt_s * alone
        self._house_run_s = self._house_run_s + dt_s if alone else 0.0
        self.drawing_then_s += dt_s * (drawing and self._house_run_s > EXCESS_ENDS_S)
        self.closings += closed and not self._closed
        self._closed = closed


EXCESS_ENDS_S = 16.0
"""G-018: 15 s after an excess began the contactor opens; one second for the step of the watch itself."""


def recorded_settings(recording: Recording, name: str) -> Settings:
    """A site whose devices are the channels of ``recording``."""
    devices = {
        key: DeviceSettings(
            driver="recording",
            connect=f"file:///{key}",
            role=channel.role,
            name=channel.name,
            phases=(channel.phase,),
            period_s=recording.step_s,
        )
        for key, channel in recording.channels.items()
    }
    return Settings(site=SiteSettings(name=name, timezone=recording.timezone), devices=devices)


async def replay_house(
    recording: Recording, settings: Settings, store: Store, clock: VirtualClock, told: Progress
) -> None:
    """Feed every row of ``recording`` to a site that records into ``store``; the clock begins at its first row."""
    meters: dict[str, Meter] = {name: RecordedMeter(name, recording, clock) for name in recording.channels}
    async with running(Site(settings, meters, {}, clock, tick_s=recording.step_s), store, recording.step_s / 2):
        for step in range(recording.steps + 1):
            told(step * recording.step_s)
            await asyncio.sleep(recording.step_s)


def car_settings(recording: Recording, name: str, contract_w: float) -> Settings:
    """A site with a grid meter, a contract, and one charger on Fast."""
    grid = DeviceSettings(driver="plant", connect="plant://grid", role=Role.GRID, period_s=0.5)
    charger = ChargerSettings(
        board=BoardSettings(driver="plant", connect=f"plant://{CHARGER}"), max_current_a=32.0, phases=("L1",)
    )
    site = SiteSettings(name=name, timezone=recording.timezone, contract_power_w=contract_w)
    return Settings(site=site, devices={"grid": grid}, chargers={CHARGER: charger})


async def replay_car(
    recording: Recording,
    settings: Settings,
    store: Store,
    clock: VirtualClock,
    told: Progress,
    seconds: int | None = None,
) -> Watch:
    """The recorded house on L1 with the car on Fast beside it, second by second, for the first ``seconds`` or all."""
    contract_w = settings.site.contract_power_w or 0.0
    world = World(
        WorldSettings(
            start=recording.start,
            voltage_wander=0.002,
            main_fuse_a=None,
            loads=(LoadSettings(HOUSE, {}),),
            chargers=(PlantCharger(CHARGER, ("L1", "L2", "L3"), car=CAR, plugged=True),),
        )
    )
    stage, watch = Stage(world, clock), Watch(contract_w)
    meters: Mapping[str, Meter] = {"grid": PlantMeter(stage, "grid", "grid")}
    boards: Mapping[str, EvseBoard] = {CHARGER: PlantBoard(stage, CHARGER)}
    async with running(Site(settings, meters, boards, clock, record_s=recording.step_s, pilot_s=PILOT_S), store, 0.25):
        for second in range(min(seconds or recording.steps * recording.step_s, recording.steps * recording.step_s)):
            if second % recording.step_s == 0:
                told(second)
                row = recording.row("grid", recording.start + timedelta(seconds=second))
                if row is not None and row.power_w is not None:
                    world.set_watts(HOUSE, {"L1": row.power_w}, {"L1": row.reactive_power_var or 0.0})
            await asyncio.sleep(1.0)
            seen = stage.sync()
            closed = seen.board(CHARGER).snapshot(clock.now()).contactor_closed
            watch.look(seen.measure("grid").power_w, seen.measure(CHARGER).power_w, closed)
    return watch


@asynccontextmanager
async def running(site: Site, store: Store, offset_s: float) -> AsyncIterator[None]:
    """A site at work; its ticks come ``offset_s`` after its meters have been read."""
    site.start()
    await asyncio.sleep(offset_s)
    try:
        await site.control(store)
        yield
    finally:
        await site.close()
