"""``ohmstead label``: the access data of a charger with their QR code, from the running site."""

from typing import Annotated
from urllib.parse import quote

import typer

from ohmstead.cli.asking import AT, At, ask
from ohmstead.cli.output import plain_errors


def label(charger: Annotated[str, typer.Argument(help="The charger's key in site.toml.")], at: At = AT) -> None:
    """Show the label of a charger: serial number, model, secret and QR code. The app prints it."""
    from ohmstead.services.reports.qr import lines

    with plain_errors():
        seen = ask(at, "GET", f"/api/v1/chargers/{quote(charger, safe='')}/label")
    typer.echo(f"{seen['name']}\nModel   {seen['model']}\nSerial  {seen['serial']}\nSecret  {seen['secret']}\n")
    typer.echo(lines(seen["code"]))
    typer.echo(f"To print it: http://{at}/chargers/{quote(charger, safe='')}/label")
