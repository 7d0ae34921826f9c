"""``ohmstead pair``: pair the remote current transformers of a charger, through the door of the running site."""

import http.client
import json
from typing import Annotated, Any
from urllib.parse import quote, urlsplit

import typer

from ohmstead.cli.output import plain_errors, unusable

At = Annotated[str, typer.Option("--at", help="HOST:PORT where API and app of the running site answer.")]
DEADLINE_S = 10.0


def pair(
    charger: Annotated[str, typer.Argument(help="The key of the charger in site.toml.")], at: At = "127.0.0.1:8080"
) -> None:
    """Let a charger's board accept the next remote current transformers that ask."""
    with plain_errors():
        status, answer = ask(at, f"/api/v1/chargers/{quote(charger, safe='')}/commands", {"action": "pair_ct"})
    if status != http.client.OK:
        error = answer.get("error")
        said = error.get("text") if isinstance(error, dict) else None
        typer.echo(said or f"{at} answered with status {status}.", err=True)
        raise typer.Exit(2)
    typer.echo("Now press the button of the remote, within two minutes.")


def ask(at: str, path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    """Post ``body`` to the site at ``at``: status and answer. Raises ConfigurationError when nobody answers."""
    allowed = "HOST:PORT of a running site, such as 127.0.0.1:8080"
    try:
        place = urlsplit(f"//{at}")
        host, port = place.hostname, place.port
    except ValueError:
        host = port = None
    if not host or not port:
        raise unusable("--at", at, allowed)
    connection = http.client.HTTPConnection(host, port, timeout=DEADLINE_S)
    try:
        connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
        answer = connection.getresponse()
        told = json.loads(answer.read(1_000_000))
        return answer.status, told if isinstance(told, dict) else {}
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise unusable("--at", f"{at} ({error})", allowed, "Start the site first.") from error
    finally:
        connection.close()
