"""``ohmstead cluster``: who is led from here, through the door of the running site (EV-140 to EV-145, G-071)."""

from typing import Annotated, Any
from urllib.parse import quote

import typer

from ohmstead.cli.asking import AT, At, ask
from ohmstead.cli.output import plain_errors

cluster = typer.Typer(help="The chargers that share one current: show, add, remove, limit, pair.")
_PATH = "/api/v1/cluster"

Key = Annotated[str, typer.Argument(help="The key of the member, as in site.toml.")]


@cluster.command("show")
def show(at: At = AT) -> None:
    """Show the role of this site and its members."""
    with plain_errors():
        told = ask(at, "GET", _PATH)
    typer.echo("\n".join(_lines(told)))


@cluster.command("add")
def add(
    key: Key,
    connect: Annotated[str, typer.Argument(help="tcp://HOST:PORT of the slave, or serial:///dev/NAME?baud=19200.")],
    max_current: Annotated[float, typer.Option(help="Ampere per phase: its wiring and breaker.")] = 32.0,
    unit: Annotated[int, typer.Option(help="Its Modbus address.")] = 1,
    priority: Annotated[int, typer.Option(help="0, the last, to 4, the first.")] = 2,
    fallback: Annotated[float, typer.Option(help="Ampere that it takes without contact; 0: it stops.")] = 0.0,
    at: At = AT,
) -> None:
    """Lead another charger. Make it a slave first: role = "slave" in its own site.toml."""
    body = {"key": key, "connect": connect, "max_current_a": max_current, "unit": unit, "priority": priority}
    with plain_errors():
        told = ask(at, "POST", f"{_PATH}/members", {**body, "fallback_current_a": fallback})
    typer.echo("\n".join(_lines(told)))


@cluster.command("remove")
def remove(key: Key, at: At = AT) -> None:
    """Lead it no more; it keeps its own settings."""
    with plain_errors():
        ask(at, "DELETE", f"{_PATH}/members/{quote(key, safe='')}")
    typer.echo(f"{key} is no member any more.")


@cluster.command("limit")
def limit(ampere: Annotated[float, typer.Argument(help="What all share, per phase.")], at: At = AT) -> None:
    """Share another current from now on."""
    with plain_errors():
        told = ask(at, "PATCH", _PATH, {"limit_a": ampere})
    typer.echo("\n".join(_lines(told)))


@cluster.command("pair")
def pair_master(at: At = AT) -> None:
    """On a slave: let the next master that asks within five minutes lead it."""
    with plain_errors():
        ask(at, "POST", f"{_PATH}/pairing")
    typer.echo("Now add this charger at its master, within five minutes.")


def _lines(told: dict[str, Any]) -> list[str]:
    if told["role"] == "slave":
        return [f"slave, {told['standing']}, master {told['master'] or '-'}"]
    if told["role"] == "alone":
        return ["alone"]
    lines = [f"master{' of ' + told['name'] if told['name'] else ''}, {told['limit_a']:g} A"]
    for one in told["members"]:
        state = f"silent, {one['reserved_a']:g} A kept for it" if one["silent"] else "heard"
        fallback = f"{one['fallback_current_a']:g} A" if one["fallback_current_a"] else "off"
        lines.append(
            f"  {one['key']}: {one['connect']} unit {one['unit']}, priority {one['priority']}, "
            f"without contact {fallback}, {state}"
        )
    return lines
