"""A site lives through some hours of a simulated building on virtual time, so that it has a past to show.

The same loops as always, over the plant behind the ports; where no car is there the chargers are left out and the
ticks are far apart, which is quick.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ohmstead.core.model.quantities import PHASES, Role
from ohmstead.core.model.settings import Settings
from ohmstead.core.plant.world import World
from ohmstead.drivers.plant import PlantBoard, PlantMeter, Stage
from ohmstead.drivers.ports import EvseBoard, Meter
from ohmstead.drivers.virtual_time import VirtualClock
from ohmstead.site.house import Site
from ohmstead.site.replay import running
from ohmstead.store.store import Store

_PILOT_S = 0.5
_RECORD_S = 10.0
_SETTLE_S = 0.01


@dataclass(frozen=True, slots=True)
class Stretch:
    """From the end of the one before to ``until_s`` of the world: with or without chargers, a tick every ``tick_s``."""

    until_s: float
    chargers: bool
    tick_s: float


async def rehearse(
    world: World,
    settings: Settings,
    points: Mapping[str, str],
    store_url: str,
    clock: VirtualClock,
    stretches: Sequence[Stretch],
    told: Callable[[float], None],
) -> None:
    """Let a site with ``settings`` live on ``world`` through ``stretches``, recording into ``store_url``.

    ``points`` names the world's measuring point of each device; ``told`` hears how many seconds are done. The clock
    begins with the world. Raises StoreError.
    """
    stage = Stage(world, clock)
    for stretch in stretches:
        meters = staged(stage, settings, points)
        boards: dict[str, EvseBoard] = {}
        if stretch.chargers:
            boards = {name: PlantBoard(stage, name) for name in settings.chargers}
        here = _at_pace(settings, stretch)
        record_s = max(stretch.tick_s, _RECORD_S)
        site = Site(here, meters, boards, clock, tick_s=stretch.tick_s, record_s=record_s, pilot_s=_PILOT_S)
        gap_s = 2 * max(part.tick_s for part in stretches)
        opening = Store.open(store_url, settings.site.id, settings.site.timezone, gap_s=gap_s)
        store = await clock.outside(opening)
        async with running(site, store, _SETTLE_S):
            while clock.now().monotonic_s < stretch.until_s:
                told(clock.now().monotonic_s)
                await asyncio.sleep(min(300.0, stretch.until_s - clock.now().monotonic_s))
                stage.sync()


def staged(stage: Stage, settings: Settings, points: Mapping[str, str]) -> dict[str, Meter]:
    """A meter on ``stage`` for each device, at the measuring point that ``points`` names; inverters as they show it."""
    return {
        name: PlantMeter(
            stage,
            name,
            points[name],
            device.phases or PHASES,
            produces=device.role in (Role.PRODUCTION, Role.BATTERY),
        )
        for name, device in settings.devices.items()
    }


def _at_pace(settings: Settings, stretch: Stretch) -> Settings:
    """``settings`` with devices asked once a tick, and chargers only where they are wanted."""
    devices = {name: one.model_copy(update={"period_s": stretch.tick_s}) for name, one in settings.devices.items()}
    chargers = settings.chargers if stretch.chargers else {}
    return settings.model_copy(update={"devices": devices, "chargers": chargers})
