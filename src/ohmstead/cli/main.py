"""The ``ohmstead`` command: the table of its commands. Each imports what it needs only when it is called."""

from typing import Annotated

import typer

from ohmstead import __version__
from ohmstead.cli import accounts, demo, export, replay, simulate, site

app = typer.Typer(
    name="ohmstead",
    help="Measures every circuit, charges cars on sunshine, never trips the main breaker.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)

for _name, _command in (
    ("site", site.site),
    ("simulate", simulate.simulate),
    ("demo", demo.demo),
    ("replay", replay.replay),
    ("export", export.export),
    ("password", accounts.password),
):
    app.command(_name)(_command)


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
