"""``ohmstead check``: each device of a ``site.toml`` tried once, without a site."""

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ohmstead.cli.output import configure_logs, plain_errors, progress
from ohmstead.cli.site import LOCK_FILE, Data, alone
from ohmstead.cli.tongue import Language, tongue
from ohmstead.core.model.errors import ConfigurationError

if TYPE_CHECKING:
    from ohmstead.core.model.settings import Settings
    from ohmstead.site.checking import Checked

File = Annotated[Path, typer.Argument(help="The settings whose devices are tried.")]
Json = Annotated[bool, typer.Option("--json", help="For machines: one JSON document on standard output.")]


def check(
    file: File = Path("site.toml"), as_json: Json = False, data: Data = Path("var"), language: Language = None
) -> None:
    """Try each device of a site.toml once, and say what it gives and what to mend."""
    from ohmstead.cli.checked import document, show
    from ohmstead.cli.output import unusable as wrong
    from ohmstead.site.configuration import load
    from ohmstead.site.start import unusable

    configure_logs(quiet=True)
    spoken = tongue(language)
    with plain_errors():
        settings = load(file, unusable)
        if not settings.devices and not settings.chargers:
            raise wrong(str(file), "neither devices nor chargers", "at least one", "Find them: ohmstead scan")
        checked = asyncio.run(_tried(settings))
    running = _site_running(data)
    if as_json:
        typer.echo(json.dumps(document(checked, running, spoken), ensure_ascii=False, indent=2))
    else:
        show(checked, running, spoken)
    if not all(one.good for one in checked):
        raise typer.Exit(1)


def _site_running(data: Path) -> bool:
    """Whether a site has the data folder. One that was never used, or may not be looked into, tells nothing."""
    if not (data / LOCK_FILE).is_file():
        return False
    try:
        with alone(data):
            return False
    except ConfigurationError:
        return True
    except OSError:
        return False


async def _tried(settings: "Settings") -> "Sequence[Checked]":
    from ohmstead.drivers.clock import SystemClock
    from ohmstead.site.checking import check_all

    with progress("check", len(settings.devices) + len(settings.chargers)) as told:
        return await check_all(settings, SystemClock(), told)
