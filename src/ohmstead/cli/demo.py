"""``ohmstead demo``: a simulated building in a process of its own, and a site on it."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from ohmstead.cli.output import configure_logs, plain_errors
from ohmstead.cli.site import run_site, store_url

Port = Annotated[int, typer.Option(help="Port of app and API on this machine.", min=0, max=65_535)]
Seed = Annotated[int, typer.Option(help="The same seed tells the same story.")]


def demo(port: Port = 8080, seed: Seed = 1) -> None:
    """Run a simulated building and a site on it; open the address it prints."""
    configure_logs()
    with (
        plain_errors(),
        tempfile.TemporaryDirectory(prefix="ohmstead-demo-") as folder,
        building(Path(folder), seed) as file,
    ):
        run_site(file, store_url(Path(folder), None), "127.0.0.1", port)


@contextmanager
def building(folder: Path, seed: int) -> Iterator[Path]:
    """A simulated building that lives as long as the block; gives the path of its ``site.toml`` in ``folder``."""
    file = folder / "site.toml"
    command = [sys.executable, "-m", "ohmstead.cli", "simulate", "--until-closed", "--site-file", str(file)]
    command += ["--seed", str(seed)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        try:
            if not (child.stdout and child.stdout.readline()):
                raise typer.Exit(child.wait() or 1)
            yield file
        finally:
            child.terminate()
