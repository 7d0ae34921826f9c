"""The ``ohmstead`` command: the table of its commands. Each imports what it needs only when it is called."""

from typing import Annotated

import typer

from ohmstead import __version__
from ohmstead.cli.accounts import password
from ohmstead.cli.backtest import backtest
from ohmstead.cli.check import check
from ohmstead.cli.cluster import cluster
from ohmstead.cli.correcting import correct_history, list_corrections
from ohmstead.cli.demo import demo
from ohmstead.cli.depart import depart
from ohmstead.cli.export import export
from ohmstead.cli.history import history
from ohmstead.cli.label import label
from ohmstead.cli.networks import networks
from ohmstead.cli.pair import pair
from ohmstead.cli.phases import phases
from ohmstead.cli.play import play
from ohmstead.cli.power_box import power_box
from ohmstead.cli.replay import replay
from ohmstead.cli.scan import scan
from ohmstead.cli.simulate import simulate
from ohmstead.cli.site import site
from ohmstead.cli.wiring import wiring

app = typer.Typer(
    name="ohmstead",
    help="Measures every circuit, charges cars on sunshine, never trips the main breaker.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)

for _name, _command in (
    ("site", site),
    ("scan", scan),
    ("check", check),
    ("simulate", simulate),
    ("demo", demo),
    ("replay", replay),
    ("backtest", backtest),
    ("play", play),
    ("export", export),
    ("password", password),
    ("pair", pair),
    ("depart", depart),
    ("label", label),
    ("phases", phases),
):
    app.command(_name)(_command)
app.add_typer(cluster, name="cluster", no_args_is_help=True)
history.command("correct")(correct_history)
history.command("corrections")(list_corrections)
app.add_typer(history, name="history", no_args_is_help=True)
app.add_typer(networks, name="networks", no_args_is_help=True)
app.add_typer(power_box, name="power-box")
app.add_typer(wiring, name="wiring")


def _version(shown: bool) -> None:
    if shown:
        typer.echo(f"ohmstead {__version__}")
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Measures every circuit, charges cars on sunshine, never trips the main breaker."""
