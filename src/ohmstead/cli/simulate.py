"""``ohmstead simulate``: a building with real wires, for a site that cannot tell."""

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ohmstead.cli.output import configure_logs, plain_errors, unusable
from ohmstead.core.model.errors import ConfigurationError, Mistake

if TYPE_CHECKING:
    from ohmstead.simulator.building import Building
    from ohmstead.simulator.settings import BuildingSettings, Place

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

BenchFile = Annotated[
    Path | None, typer.Option(help="Open the test bench on this machine alone and write its address here.")
]


def simulate(
    scenario: Scenario = None,
    site_file: SiteFile = None,
    bench_file: BenchFile = None,
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
        asyncio.run(_simulate(settings, (site_file, bench_file), host, until_closed, scenario is not None))


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
    settings: "BuildingSettings", files: tuple[Path | None, Path | None], host: str, until_closed: bool, tell: bool
) -> None:
    from ohmstead.simulator.building import Building

    try:
        building = Building(settings)
    except ValueError as error:
        raise unusable("SCENARIO", str(error), "a building that can be built") from error
    try:
        places = await building.start(host)
    except OSError as error:
        raise unusable("--host", f"{host} ({error.strerror or error})", "an address of this machine") from error
    site_file, bench_file = files
    bench = contextlib.nullcontext() if bench_file is None else _bench(building, bench_file)
    try:
        async with bench:
            await _told(building, places, site_file, tell)
            await _ended(until_closed)
    finally:
        await building.stop()


@contextlib.asynccontextmanager
async def _bench(building: "Building", file: Path) -> AsyncIterator[None]:
    """The test bench on a free port of this machine while the block runs; its address stands in ``file``."""
    from ohmstead.web.bench import bench_app
    from ohmstead.web.server import serve

    bound: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    serving = asyncio.create_task(serve(bench_app(building), "127.0.0.1", 0, bound.set_result))
    try:
        await asyncio.wait((serving, bound), return_when=asyncio.FIRST_COMPLETED)
        if serving.done():
            serving.result()
        await asyncio.to_thread(_write, file, f"http://127.0.0.1:{await bound}", "--bench-file")
        yield
    finally:
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)


async def _told(building: "Building", places: "Mapping[str, Place]", site_file: Path | None, tell: bool) -> None:
    from ohmstead.simulator.site_file import site_toml

    if site_file is not None:
        await asyncio.to_thread(_write, site_file, site_toml(building.settings, places))
    if site_file is None and tell:
        print(site_toml(building.settings, places), flush=True)
        return
    told = {name: f"{place.connect} unit {place.unit}" for name, place in places.items()}
    print(json.dumps(told), flush=True)


def _write(file: Path, text: str, option: str = "--site-file") -> None:
    try:
        file.write_text(text, "utf-8")
    except OSError as error:
        raise unusable(option, f"{file} ({error.strerror or error})", "a file in a folder that is there") from error


async def _ended(until_closed: bool) -> None:
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ended.set)
    if until_closed:
        loop.add_reader(sys.stdin, lambda: None if os.read(sys.stdin.fileno(), 4096) else ended.set())
    await ended.wait()
