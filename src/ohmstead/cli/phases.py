"""``ohmstead phases``: one phase or three at a charger, through the door of the running site."""

from typing import Annotated, get_args
from urllib.parse import quote

import typer

from ohmstead.cli.asking import AT, At, ask
from ohmstead.cli.output import plain_errors, unusable
from ohmstead.core.model.phases import PhaseSwitching

Charger = Annotated[str, typer.Argument(help="The key of the charger in site.toml.")]
Setting = Annotated[str | None, typer.Argument(help="off, automatic, one or three.")]
Keep = Annotated[bool | None, typer.Option("--keep/--no-keep", help="Leave the car that is there as it is.")]


def phases(charger: Charger, setting: Setting = None, keep: Keep = None, at: At = AT) -> None:
    """Set how a charger uses one phase or three, or leave the car that is there alone; without either, show it."""
    with plain_errors():
        path = f"/api/v1/chargers/{quote(charger, safe='')}/commands"
        if setting is not None:
            if setting not in get_args(PhaseSwitching):
                raise unusable("SETTING", repr(setting), ", ".join(get_args(PhaseSwitching)))
            ask(at, "POST", path, {"action": "set_phases", "value": setting})
        if keep is not None:
            ask(at, "POST", path, {"action": "keep_phases", "value": keep})
        shown = ask(at, "GET", "/api/v1/snapshot")["chargers"].get(charger)
        if shown is None:
            raise unusable("CHARGER", repr(charger), "a charger of the site")
        told = shown["phase_switching"]
    if told is None:
        typer.echo(f"{charger}: its board cannot switch phases.")
        return
    connected = told["connected"] or "unknown"
    typer.echo(f"{charger}: {told['setting']}, connected {connected}, switched {told['switched']} of {told['most']}.")
