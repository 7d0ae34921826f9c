"""``ohmstead simulate``: a building with real wires, for a site that cannot tell."""

import asyncio
import json
import os
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ohmstead.cli.output import configure_logs, plain_errors, unusable
from ohmstead.core.model.errors import ConfigurationError, Mistake

if TYPE_CHECKING:
    from ohmstead.simulator.settings import BuildingSettings

Scenario = Annotated[
    str | None, typer.Argument(metavar="SCENARIO", help="One that comes with the house, or a file; see --list.")
]
ListThem = Annotated[bool, typer.Option("--list", help="Show the scenarios that come with the house, and end.")]
SiteFile = Annotated[Path | None, typer.Option(help="Write the matching site.toml here.")]
Host = Annotated[str, typer.Option(help="Address the simulated devices listen on.")]
Seed = Annotated[int | None, typer.Option(help="The same seed tells the same story; by default the scenario's own.")]
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
    scenario: Scenario = None,
    site_file: SiteFile = None,
    host: Host = "127.0.0.1",
    seed: Seed = None,
    at: At = None,
    counters: Counters = None,
    until_closed: UntilClosed = False,
    list_them: ListThem = False,
) -> None:
    """Put a simulated building on its wires: the house of the demo, or a scenario.

    Without a file for it, the matching site.toml of a scenario is printed.
    """
    configure_logs()
    with plain_errors():
        if list_them:
            _list()
            return
        settings = _demo(seed, at, counters) if scenario is None else _scenario(scenario, seed, at, counters)
        asyncio.run(_simulate(settings, site_file, host, until_closed, scenario is not None))


def _list() -> None:
    from ohmstead.simulator.scenario_file import load, names

    for name in names():
        shipped = load(name)
        typer.echo(f"{name}: {shipped.title}. {shipped.about}")


def _demo(seed: int | None, at: datetime | None, counters: Path | None) -> "BuildingSettings":
    from ohmstead.simulator.demo import demo, place_for

    begin = (at or datetime.now(UTC)).astimezone(UTC)
    return demo(1 if seed is None else seed, begin, place_for(begin), _shown(counters))


def _scenario(wanted: str, seed: int | None, at: datetime | None, counters: Path | None) -> "BuildingSettings":
    from ohmstead.simulator.scenario_building import building
    from ohmstead.simulator.scenario_file import load

    for option, given, key in (("--at", at, "start"), ("--counters", counters, "[counters]")):
        if given is not None:
            raise unusable(option, str(given), f"{option} without a scenario", f"A scenario says it itself: {key}.")
    return building(load(wanted), seed)


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
    settings: "BuildingSettings", site_file: Path | None, host: str, until_closed: bool, tell: bool
) -> None:
    from ohmstead.simulator.building import Building
    from ohmstead.simulator.site_file import site_toml

    try:
        building = Building(settings)
    except ValueError as error:
        raise unusable("SCENARIO", str(error), "a building that can be built") from error
    try:
        places = await building.start(host)
    except OSError as error:
        raise unusable("--host", f"{host} ({error.strerror or error})", "an address of this machine") from error
    try:
        if site_file is not None:
            await asyncio.to_thread(_write, site_file, site_toml(building.settings, places))
        if site_file is None and tell:
            print(site_toml(building.settings, places), flush=True)
        else:
            told = {name: f"{place.connect} unit {place.unit}" for name, place in places.items()}
            print(json.dumps(told), flush=True)
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
