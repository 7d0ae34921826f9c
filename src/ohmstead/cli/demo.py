"""``ohmstead demo``: a simulated building in a process of its own, and a site on it that already has a past."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from ohmstead.cli.clustered_demo import clustered
from ohmstead.cli.output import configure_logs, plain_errors, progress
from ohmstead.cli.site import run_site, store_url

Port = Annotated[int, typer.Option(help="Port of app and API on this machine.", min=0, max=65_535)]
Seed = Annotated[int | None, typer.Option(help="The same seed tells the same story.")]
Scenario = Annotated[
    str | None, typer.Option(help="A scenario instead of the usual house, by name or as a file; see simulate --list.")
]
Cluster = Annotated[
    bool, typer.Option("--cluster", help="Each charger a site of its own, led by the first. Begins without a past.")
]
Fresh = Annotated[bool, typer.Option("--fresh", help="Begin without simulating the hours since midnight first.")]

_CALM_TICK_S = 30.0
BENCH_FILE = "bench.txt"


def demo(
    port: Port = 8080, seed: Seed = None, fresh: Fresh = False, scenario: Scenario = None, cluster: Cluster = False
) -> None:
    """Run a simulated building and a site on it; open the address it prints."""
    with plain_errors(), tempfile.TemporaryDirectory(prefix="ohmstead-demo-") as name:
        folder, now = Path(name), datetime.now(UTC)
        configure_logs(quiet=True)
        usual = 1 if seed is None else seed
        counters = None if fresh or scenario or cluster else simulated_morning(folder, usual, now)
        configure_logs()
        with building(folder, usual, now, counters) if scenario is None else _at(folder, scenario, seed) as file:
            leads = clustered(file, _address(folder)) if cluster else nullcontext(file)
            with leads as config:
                run_site(config, store_url(folder, None), "127.0.0.1", port, _address(folder))


def simulated_morning(folder: Path, seed: int, now: datetime) -> Mapping[str, tuple[int, int]]:
    """Let the site live through the day up to ``now`` into the store in ``folder``; what the meters then show."""
    from ohmstead.core.plant.world import World
    from ohmstead.drivers.virtual_time import VirtualClock, run_virtual
    from ohmstead.simulator.demo import CAR_COMES_S, CAR_LEAVES_S, morning, place_for
    from ohmstead.simulator.site_file import site_toml, somewhere
    from ohmstead.site.configuration import parse
    from ohmstead.site.rehearsal import Stretch, rehearse

    plan = morning(seed, now, place_for(now))
    settings = parse(site_toml(plan, somewhere(plan)), "the simulated building")
    world = World(plan.world)
    seconds = (now - plan.world.start).total_seconds()
    points = {meter.key: meter.point for meter in plan.meters}
    points |= {inverter.key: inverter.point for inverter in plan.inverters}
    stretches = (
        Stretch(CAR_COMES_S - 60, False, _CALM_TICK_S),
        Stretch(CAR_LEAVES_S + 60, True, 1.0),
        Stretch(seconds, False, _CALM_TICK_S),
    )
    typer.echo("Simulating the building from midnight on, so that there is a past to look at …", err=True)
    with progress("the morning so far", seconds) as told:

        async def main(clock: VirtualClock) -> None:
            await rehearse(world, settings, points, store_url(folder, None), clock, stretches, told)

        run_virtual(main, plan.world.start)
    seen = {point: world.measure(point) for point in world.points}
    return {point: (one.energy_import_j, one.energy_export_j) for point, one in seen.items()}


def building(
    folder: Path, seed: int, now: datetime, counters: Mapping[str, tuple[int, int]] | None = None
) -> AbstractContextManager[Path]:
    """A simulated building that lives as long as the block; gives the path of its ``site.toml`` in ``folder``.

    When its process ends before the block does, a line says so and this process is told to stop.
    """
    arguments = ["--seed", str(seed), "--at", now.isoformat()]
    if counters is not None:
        shown = folder / "counters.json"
        shown.write_text(json.dumps(counters), "utf-8")
        arguments += ["--counters", str(shown)]
    return _running(folder, arguments)


def _at(folder: Path, scenario: str, seed: int | None) -> AbstractContextManager[Path]:
    """The same for a scenario."""
    return _running(folder, [scenario] if seed is None else [scenario, "--seed", str(seed)])


def _address(folder: Path) -> str:
    """Of the test bench that the building in ``folder`` opened."""
    return (folder / BENCH_FILE).read_text("utf-8")


@contextmanager
def _running(folder: Path, arguments: Sequence[str]) -> Iterator[Path]:
    file = folder / "site.toml"
    command = [sys.executable, "-m", "ohmstead.cli", "simulate", "--until-closed", "--site-file", str(file)]
    command += ["--bench-file", str(folder / BENCH_FILE), *arguments]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        over = threading.Event()
        try:
            if not (child.stdout and child.stdout.readline()):
                raise typer.Exit(child.wait() or 1)
            child.stdout.close()
            threading.Thread(target=_watch, args=(child, over), daemon=True).start()
            yield file
        finally:
            over.set()
            child.terminate()


def _watch(child: "subprocess.Popen[bytes]", over: threading.Event) -> None:
    """A demo without its building shows nothing but lost devices: say so and end."""
    child.wait()
    if not over.is_set():
        typer.echo("The simulated building has ended, and the demo with it. Start it again.", err=True)
        os.kill(os.getpid(), signal.SIGTERM)
