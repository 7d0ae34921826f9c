"""``ohmstead pair``: pair the remote current transformers of a charger, through the door of the running site."""

from typing import Annotated
from urllib.parse import quote

import typer

from ohmstead.cli.asking import AT, At, ask
from ohmstead.cli.output import plain_errors


def pair(charger: Annotated[str, typer.Argument(help="The key of the charger in site.toml.")], at: At = AT) -> None:
    """Let a charger's board accept the next remote current transformers that ask."""
    with plain_errors():
        ask(at, "POST", f"/api/v1/chargers/{quote(charger, safe='')}/commands", {"action": "pair_ct"})
    typer.echo("Now press the button of the remote, within two minutes.")
