"""``ohmstead networks``: the machine's own links, and joining a Wi-Fi, through the door of the running site."""

from typing import Annotated, Any

import typer

from ohmstead.cli.asking import AT, At, ask
from ohmstead.cli.output import plain_errors

DEADLINE_S = 120.0

networks = typer.Typer(help="The machine's own networks.")


@networks.command("show")
def show(at: At = AT) -> None:
    """Show every link, the one in use first marked with a star."""
    seen = _asked(at, "GET", "")
    if not seen["fitted"]:
        typer.echo("Nobody here manages the networks: site.toml has no section [networks].")
        return
    for link in seen["links"]:
        mark = "*" if link["kind"] == seen["using"] else " "
        state = "off" if not link["enabled"] else "no link" if not link["connected"] else link["address"] or "up"
        more = [link["ssid"], link["speed_mbps"] and f"{link['speed_mbps']} Mbit/s"]
        more += ["no internet" if link["reaches"] is False and link["connected"] else None]
        typer.echo(
            "  ".join([mark, f"{link['kind']:8}", f"{link['device']:8}", state, *(str(one) for one in more if one)])
        )
    if seen["hotspot"] is not None:
        typer.echo(f"Own Wi-Fi: {seen['hotspot']}")
    if any(link["kind"] == "mobile" for link in seen["links"]):
        typer.echo(f"Mobile this month: {seen['mobile_used_mb']} of {seen['mobile_most_mb']} MB")


@networks.command("scan")
def scan(at: At = AT) -> None:
    """List the Wi-Fi networks in reach."""
    for point in _asked(at, "POST", "/scan", {})["points"]:
        typer.echo(f"{point['signal_percent']:3} %  {point['security']:10}  {point['ssid']}")


@networks.command("join")
def join(
    ssid: Annotated[str, typer.Argument(help="The name of the Wi-Fi.")],
    open: Annotated[bool, typer.Option("--open", help="It has no key; otherwise the key is asked for.")] = False,
    at: At = AT,
) -> None:
    """Join a Wi-Fi; what was there before stays if that does not work."""
    key = None if open else typer.prompt("Key", hide_input=True)
    seen = _asked(at, "PUT", "/wifi", {"ssid": ssid, "key": key})
    address = next((link["address"] for link in seen["links"] if link["kind"] == "wifi"), None)
    typer.echo(f"Joined {ssid}, address {address}.")


def _asked(at: str, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    """What the site answers; ends the program with its words where it refuses."""
    with plain_errors():
        return ask(at, method, f"/api/v1/networks{path}", body, DEADLINE_S)
