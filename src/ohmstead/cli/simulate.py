"""``ohmstead simulate``: a building with real wires, for a site that cannot tell."""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path
from typing import Annotated

import typer

from ohmstead.cli.output import configure_logs, plain_errors

SiteFile = Annotated[Path | None, typer.Option(help="Write the matching site.toml here.")]
Host = Annotated[str, typer.Option(help="Address the simulated devices listen on.")]
Seed = Annotated[int, typer.Option(help="The same seed tells the same story.")]
UntilClosed = Annotated[bool, typer.Option(help="End when standard input is closed, as a child of another program.")]


def simulate(
    site_file: SiteFile = None, host: Host = "127.0.0.1", seed: Seed = 1, until_closed: UntilClosed = False
) -> None:
    """Put a simulated building on Modbus TCP: grid, circuits, solar, two chargers with their cars."""
    configure_logs()
    with plain_errors():
        asyncio.run(_simulate(site_file, host, seed, until_closed))


async def _simulate(site_file: Path | None, host: str, seed: int, until_closed: bool) -> None:
    from ohmstead.simulator.building import Building
    from ohmstead.simulator.demo import demo
    from ohmstead.simulator.site_file import site_toml

    building = Building(demo(seed))
    places = await building.start(host)
    try:
        if site_file is not None:
            await asyncio.to_thread(site_file.write_text, site_toml(building.settings, places), "utf-8")
        print(json.dumps({name: f"{place.connect} unit {place.unit}" for name, place in places.items()}), flush=True)
        await _ended(until_closed)
    finally:
        await building.stop()


async def _ended(until_closed: bool) -> None:
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ended.set)
    if until_closed:
        loop.add_reader(sys.stdin, lambda: None if os.read(sys.stdin.fileno(), 4096) else ended.set())
    await ended.wait()
