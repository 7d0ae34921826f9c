"""``python -m bench.crowd METERS``: a building with so many meters and two chargers, each on a TCP port of its own.

Tells its ``site.toml`` on standard output, as one line of JSON, then lives until standard input is closed.
"""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from bench.broken import Broken
from ohmstead.core.model.quantities import PHASES, Role
from ohmstead.core.plant.settings import GRID, ChargerSettings, LoadSettings, WorldSettings
from ohmstead.simulator.building import Building
from ohmstead.simulator.settings import BoardSpec, BuildingSettings, MeterSpec
from ohmstead.simulator.site_file import site_toml

CHARGERS = ("garage", "yard")
_STOP_S = 10.0


def settings(meters: int) -> BuildingSettings:
    """A grid meter and circuits of one phase; their voltage wanders, so that each has news at each look."""
    circuits = (
        MeterSpec(f"circuit-{n}", GRID, "eastron-sdm120", wire=f"circuit-{n}", phases=(PHASES[n % 3],))
        for n in range(meters - 1)
    )
    return BuildingSettings(
        "Crowd",
        "Europe/Rome",
        WorldSettings(
            start=datetime(2026, 6, 21, 8, 30, tzinfo=UTC),
            main_fuse_a=63.0,
            voltage_wander=0.005,
            loads=(LoadSettings("house", dict.fromkeys(PHASES, 400.0), noise=0.02),),
            chargers=tuple(ChargerSettings(name, plugged=True) for name in CHARGERS),
        ),
        meters=(MeterSpec("grid", GRID, "eastron-sdm630", wire="grid", role=Role.GRID), *circuits),
        boards=tuple(BoardSpec(name, wire=name) for name in CHARGERS),
    )


@contextmanager
def crowd(meters: int) -> Iterator[str]:
    """Such a building in a process of its own while the block lasts; gives its ``site.toml``. Raises Broken."""
    command = [sys.executable, "-m", "bench.crowd", str(meters)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        try:
            told = child.stdout.readline() if child.stdout is not None else ""
            if not told:
                raise Broken(f"the crowd's building ended with {child.wait(_STOP_S)}")
            yield str(json.loads(told))
        finally:
            child.communicate(timeout=_STOP_S)


async def main(meters: int) -> None:
    """Live until standard input is closed."""
    house = Building(settings(meters))
    places = await house.start()
    try:
        sys.stdout.write(json.dumps(site_toml(house.settings, places)) + "\n")
        sys.stdout.flush()
        await asyncio.to_thread(sys.stdin.read)
    finally:
        await house.stop()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
