"""``ohmstead cluster``: who is led from here, through the door of the running site (EV-140 to EV-145, G-071)."""

from typing import Annotated, Any
from urllib.parse import quote

import typer

from ohmstead.cli.asking import AT, At, ask
from ohmstead.cli.output import plain_errors
from ohmstead.core.model.clustering import ClusterMode

cluster = typer.Typer(help="The chargers that share one current: role, members, limit, pairing.")
_PATH = "/api/v1/cluster"

Key = Annotated[str, typer.Argument(help="The key of the member, as in site.toml.")]
Phases = Annotated[
    str | None, typer.Option(help="The site's phase behind each of its own, L2,L3,L1; without, it counts on every one.")
]
Body = dict[str, Any]


@cluster.command("show")
def show(at: At = AT) -> None:
    """Show the role of this site and its members."""
    _do(at, "GET", _PATH)


@cluster.command("role")
def role(
    role: Annotated[ClusterMode, typer.Argument(help="master: lead others; slave: be led; alone: leave the cluster.")],
    limit: Annotated[float | None, typer.Option(help="Of a master: ampere per phase that all share.")] = None,
    name: Annotated[str | None, typer.Option(help="Of a master: what people call the cluster.")] = None,
    charger: Annotated[str | None, typer.Option(help="Of a slave with several chargers: which one is led.")] = None,
    listen: Annotated[str | None, typer.Option(help="Of a slave: where its master finds it.")] = None,
    unit: Annotated[int | None, typer.Option(help="Of a slave: its Modbus address.")] = None,
    master: Annotated[
        str | None, typer.Option(help="Of a slave: the address of its master; else it is paired.")
    ] = None,
    fallback: Annotated[float | None, typer.Option(help="Of a slave: ampere that it takes until it is told.")] = None,
    at: At = AT,
) -> None:
    """Lead others, be led, or stand alone from now on."""
    of = {"limit_a": limit, "name": name, "charger": charger, "listen": listen, "unit": unit, "master": master}
    _do(at, "PUT", f"{_PATH}/role", {"role": role, **of, "fallback_current_a": fallback})


@cluster.command("add")
def add(
    key: Key,
    connect: Annotated[str, typer.Argument(help="tcp://HOST:PORT of the slave, or serial:///dev/NAME?baud=19200.")],
    max_current: Annotated[float, typer.Option(help="Ampere per phase: its wiring and breaker.")] = 32.0,
    unit: Annotated[int, typer.Option(help="Its Modbus address.")] = 1,
    priority: Annotated[int, typer.Option(help="0, the last, to 4, the first.")] = 2,
    fallback: Annotated[float, typer.Option(help="Ampere that it takes without contact; 0: it stops.")] = 0.0,
    name: Annotated[str | None, typer.Option(help="What people call it.")] = None,
    phases: Phases = None,
    at: At = AT,
) -> None:
    """Lead another charger. Make it a slave first: ohmstead cluster role slave, at its own site."""
    body = {"key": key, "connect": connect, "max_current_a": max_current, "unit": unit, "priority": priority}
    _do(
        at, "POST", f"{_PATH}/members", {**body, "fallback_current_a": fallback, "name": name, "phases": _split(phases)}
    )


@cluster.command("change")
def change(
    key: Key,
    name: Annotated[str | None, typer.Option(help="What people call it.")] = None,
    priority: Annotated[int | None, typer.Option(help="0, the last, to 4, the first.")] = None,
    fallback: Annotated[float | None, typer.Option(help="Ampere that it takes without contact; 0: it stops.")] = None,
    max_current: Annotated[float | None, typer.Option(help="Ampere per phase: its wiring and breaker.")] = None,
    phases: Phases = None,
    at: At = AT,
) -> None:
    """Change a charger of the cluster while it runs; what is left out stays."""
    body: Body = {"name": name, "priority": priority, "fallback_current_a": fallback, "max_current_a": max_current}
    body["phases"] = _split(phases)
    _do(at, "PATCH", f"{_PATH}/members/{quote(key, safe='')}", body)


@cluster.command("remove")
def remove(key: Key, at: At = AT) -> None:
    """Lead it no more; it keeps its own settings."""
    with plain_errors():
        ask(at, "DELETE", f"{_PATH}/members/{quote(key, safe='')}")
    typer.echo(f"{key} is no member any more.")


@cluster.command("limit")
def limit(ampere: Annotated[float, typer.Argument(help="What all share, per phase.")], at: At = AT) -> None:
    """Share another current from now on."""
    _do(at, "PATCH", _PATH, {"limit_a": ampere})


@cluster.command("name")
def name_it(
    name: Annotated[str, typer.Argument(help='What people call the cluster; "" takes the name away.')], at: At = AT
) -> None:
    """Give the cluster a name."""
    _do(at, "PATCH", _PATH, {"name": name})


@cluster.command("pair")
def pair_master(at: At = AT) -> None:
    """On a slave: let the next master that asks within five minutes lead it."""
    with plain_errors():
        ask(at, "POST", f"{_PATH}/pairing")
    typer.echo("Now add this charger at its master, within five minutes.")


def _do(at: str, method: str, path: str, body: Body | None = None) -> None:
    """Ask for it, and show the cluster as it is then; what is ``None`` was left out."""
    with plain_errors():
        told = ask(at, method, path, None if body is None else {k: v for k, v in body.items() if v is not None})
    typer.echo("\n".join(_lines(told)))


def _split(phases: str | None) -> list[str] | None:
    return None if phases is None else [one.strip() for one in phases.split(",")]


def _lines(told: Body) -> list[str]:
    if told["role"] == "slave":
        fallback = _fallback(told["fallback_current_a"])
        return [f"slave, {told['standing']}, master {told['master'] or '-'}, without contact {fallback}"]
    if told["role"] == "alone":
        return ["alone"]
    lines = [f"master{' of ' + told['name'] if told['name'] else ''}, {told['limit_a']:g} A"]
    return lines + [_line(one) for one in told["members"]]


def _line(one: Body) -> str:
    granted = "-" if one["granted_a"] is None else f"{one['granted_a']:g} A"
    first = f"  {one['key']}: {one['role']}, priority {one['priority']}, {one['state'] or '-'}, granted {granted}"
    if one["role"] == "master":
        return first
    state = f"silent, {one['reserved_a']:g} A kept for it" if one["silent"] else "heard"
    fallback = _fallback(one["fallback_current_a"])
    return f"{first}, {one['connect']} unit {one['unit']}, without contact {fallback}, {state}"


def _fallback(current_a: float) -> str:
    return f"{current_a:g} A" if current_a else "off"
