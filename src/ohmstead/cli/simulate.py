"""``ohmstead simulate``: a building with real wires, for a site that cannot tell."""

import asyncio
import json
import os
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from ohmstead.cli.output import configure_logs, plain_errors, unusable
from ohmstead.core.model.errors import ConfigurationError, Mistake

SiteFile = Annotated[Path | None, typer.Option(help="Write the matching site.toml here.")]
Host = Annotated[str, typer.Option(help="Address the simulated devices listen on.")]
Seed = Annotated[int, typer.Option(help="The same seed tells the same story.")]
At = Annotated[
    datetime | None,
    typer.Option(
        formats=["%Y-%m-%dT%H:%M:%S.%f%z", "%Y-%m-%dT%H:%M:%S%z"],
        help="When it begins and which place has its morning then; now when left out.",
    ),
]
Counters = Annotated[Path | None, typer.Option(help="A JSON file with what the meters show at the start.")]
UntilClosed = Annotated[bool, typer.Option(help="End when standard input is closed, as a child of another program.")]


def simulate(
    site_file: SiteFile = None,
    host: Host = "127.0.0.1",
    seed: Seed = 1,
    at: At = None,
    counters: Counters = None,
    until_closed: UntilClosed = False,
) -> None:
    """Put a simulated building on Modbus TCP: grid, circuits, solar, two chargers with their cars."""
    configure_logs()
    with plain_errors():
        asyncio.run(_simulate(site_file, host, seed, at or datetime.now(UTC), _shown(counters), until_closed))


def _shown(counters: Path | None) -> dict[str, tuple[int, int]] | None:
    """Import and export in joules by measuring point."""
    if counters is None:
        return None
    try:
        return {
            str(name): (int(both[0]), int(both[1])) for name, both in json.loads(counters.read_text("utf-8")).items()
        }
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        allowed = 'JSON such as {"grid": [import in J, export in J]}'
        raise ConfigurationError((Mistake(str(counters), str(error), allowed),)) from error


async def _simulate(
    site_file: Path | None,
    host: str,
    seed: int,
    at: datetime,
    counters: dict[str, tuple[int, int]] | None,
    until_closed: bool,
) -> None:
    from ohmstead.simulator.building import Building
    from ohmstead.simulator.demo import demo, place_for
    from ohmstead.simulator.site_file import site_toml

    begin = at.astimezone(UTC)
    building = Building(demo(seed, begin, place_for(begin), counters))
    try:
        places = await building.start(host)
    except OSError as error:
        raise unusable("--host", f"{host} ({error.strerror or error})", "an address of this machine") from error
    try:
        if site_file is not None:
            await asyncio.to_thread(_write, site_file, site_toml(building.settings, places))
        print(json.dumps({name: f"{place.connect} unit {place.unit}" for name, place in places.items()}), flush=True)
        await _ended(until_closed)
    finally:
        await building.stop()


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, "utf-8")
    except OSError as error:
        raise unusable(
            "--site-file", f"{file} ({error.strerror or error})", "a file in a folder that is there"
        ) from error


async def _ended(until_closed: bool) -> None:
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ended.set)
    if until_closed:
        loop.add_reader(sys.stdin, lambda: None if os.read(sys.stdin.fileno(), 4096) else ended.set())
    await ended.wait()
