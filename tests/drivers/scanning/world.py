"""Simulated buildings for scans: any meters on real sockets, with some load on every phase."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

from ohmstead.core.plant.settings import Cue
from ohmstead.drivers.clock import SystemClock
from ohmstead.drivers.scanning.finding import Found
from ohmstead.drivers.scanning.scan import Patience, scan_all
from ohmstead.drivers.scanning.targets import targets
from ohmstead.simulator.building import Building
from ohmstead.simulator.demo import demo
from ohmstead.simulator.settings import MeterSpec

FAST = Patience(units=range(1, 5), answer_s=0.2, telegram_s=0.5)


@asynccontextmanager
async def building(meters: Sequence[MeterSpec] | None = None, **changes) -> AsyncIterator[Building]:
    """The demo house at noon, with ``meters`` in place of its own."""
    settings = demo()
    world = replace(settings.world, story=(Cue(0, "plug", "garage"),))
    settings = replace(settings, world=world, **changes)
    running = Building(settings if meters is None else replace(settings, meters=tuple(meters)))
    await running.start()
    try:
        yield running
    finally:
        await running.stop()


def ports(running: Building) -> list[str]:
    """``HOST:PORT`` of each wire with meters, inverters or boards; a card reader is none that a scan finds."""
    places = (running.places[name] for name in running.devices)
    return list(dict.fromkeys(f"{place.host}:{place.port}" for place in places))


async def scanned(*words: str, patience: Patience = FAST) -> Found:
    return await scan_all(targets(words), SystemClock(), patience)
