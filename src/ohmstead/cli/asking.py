"""Asking the running site through its own door, from the same machine."""

import http.client
import json
from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import urlsplit

import typer

from ohmstead.cli.output import unusable

At = Annotated[str, typer.Option("--at", help="HOST:PORT where API and app of the running site answer.")]
AT = "127.0.0.1:8080"
DEADLINE_S = 10.0


def ask(
    at: str, method: str, path: str, body: Mapping[str, Any] | None = None, deadline_s: float = DEADLINE_S
) -> dict[str, Any]:
    """What the site at ``at`` answers to ``method`` of ``path`` within ``deadline_s``.

    Ends the command with status 2 and the site's own words when it refuses. Raises ConfigurationError when nobody
    answers there.
    """
    allowed = "HOST:PORT of a running site, such as 127.0.0.1:8080"
    try:
        place = urlsplit(f"//{at}")
        host, port = place.hostname, place.port
    except ValueError:
        host = port = None
    if not host or not port:
        raise unusable("--at", at, allowed)
    connection = http.client.HTTPConnection(host, port, timeout=deadline_s)
    try:
        sent = None if body is None else json.dumps(body)
        headers = {"Content-Type": "application/json", "Content-Length": str(len(sent or ""))}
        connection.request(method, path, sent, headers)
        answer = connection.getresponse()
        raw = answer.read(1_000_000)
        told = json.loads(raw) if raw else {}
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise unusable("--at", f"{at} ({error})", allowed, "Start the site first.") from error
    finally:
        connection.close()
    if answer.status >= http.client.MULTIPLE_CHOICES:
        found = told.get("error") if isinstance(told, dict) else None
        said = found.get("text") if isinstance(found, dict) else None
        typer.echo(said or f"{at} answered with status {answer.status}.", err=True)
        raise typer.Exit(2)
    return told if isinstance(told, dict) else {}
