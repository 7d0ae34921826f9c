"""``ohmstead scan``: who is there, and the ``site.toml`` that would read them."""

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ohmstead.cli.output import configure_logs, plain_errors, progress, unusable
from ohmstead.cli.tongue import Language, tongue

if TYPE_CHECKING:
    from ohmstead.drivers.scanning.finding import Found
    from ohmstead.drivers.scanning.scan import Patience
    from ohmstead.drivers.scanning.targets import Target
    from ohmstead.site.proposing import Entry
    from ohmstead.transport.mdns import Announced

What = Annotated[
    list[str] | None,
    typer.Argument(help="HOST, HOST:PORT, NETWORK/BITS (256 addresses at most) or serial:///dev/NAME[?baud=…]."),
]
Numbers = Annotated[str | None, typer.Option("--units", help="Modbus units to try, such as 1-10,61.")]
Bauds = Annotated[list[int] | None, typer.Option("--baud", help="Only this speed of serial ports; several times.")]
EverySpeed = Annotated[bool, typer.Option("--every-speed", help="Try the other speeds too where one has answered.")]
ListenS = Annotated[float, typer.Option("--listen-s", help="How long to wait for a P1 telegram.", min=0.1, max=120)]
MdnsS = Annotated[float, typer.Option("--mdns-s", help="How long to hear who announces itself; 0: not.", min=0, max=60)]
Interface = Annotated[
    list[str] | None, typer.Option("--interface", help="Hear announcements only at this address of the machine.")
]
AnnouncedToo = Annotated[bool, typer.Option("--announced", help="Look at those that announce themselves too.")]
Output = Annotated[Path | None, typer.Option("--output", "-o", help="Write the proposal here, not to the screen.")]
Force = Annotated[bool, typer.Option("--force", help="Overwrite the file.")]
Ask = Annotated[bool | None, typer.Option("--ask/--no-ask", help="Ask for each open role; by default on a terminal.")]
Name = Annotated[str, typer.Option("--name", help="What the site is called in the proposal.")]
Zone = Annotated[str | None, typer.Option("--timezone", help="Its time zone; this machine's when left out.")]


def scan(
    what: What = None,
    units: Numbers = None,
    baud: Bauds = None,
    every_speed: EverySpeed = False,
    listen_s: ListenS = 11.0,
    mdns_s: MdnsS = 3.0,
    interface: Interface = None,
    announced: AnnouncedToo = False,
    output: Output = None,
    force: Force = False,
    ask: Ask = None,
    name: Name = "My house",
    timezone: Zone = None,
    language: Language = None,
) -> None:
    """Find meters, inverters and boards at the addresses you name, and propose a site.toml."""
    from ohmstead.cli.place import local_zone
    from ohmstead.core.model.settings import SiteSettings
    from ohmstead.drivers.scanning import targets as naming
    from ohmstead.drivers.scanning.scan import Patience

    configure_logs(quiet=True)
    spoken = tongue(language)
    with plain_errors():
        if output is not None and output.exists() and not force:
            raise unusable("--output", f"{output}, which is there", "a new file", "Overwrite it with --force.")
        named = naming.targets(what or (), baud or ())
        tried = naming.UNITS_USUAL if units is None else naming.units(units)
        patience = Patience(tried, telegram_s=listen_s, every_way=every_speed)
        site = {"name": name, "timezone": timezone or local_zone()}
        _valid_site(SiteSettings, site)
        found, heard = asyncio.run(_look(named, patience, mdns_s, interface or (), announced))
        _report(found, heard, named, spoken)
        if not found.findings:
            raise typer.Exit(1)
        asked = ask if ask is not None else sys.stdin.isatty() and sys.stderr.isatty()
        _write(_proposal(found, site, asked, spoken), output)


def _valid_site(model: Any, site: dict[str, str]) -> None:
    """Raises ConfigurationError before anything is looked at."""
    from pydantic import ValidationError

    try:
        model.model_validate(site)
    except ValidationError as error:
        first = error.errors()[0]
        option = f"--{first['loc'][0]}"
        raise unusable(option, repr(first["input"]), str(first.get("ctx", {}).get("error", first["msg"]))) from error


async def _look(
    named: Sequence["Target"], patience: "Patience", mdns_s: float, interfaces: Sequence[str], announced_too: bool
) -> "tuple[Found, tuple[Announced, ...]]":
    from ohmstead.drivers.clock import SystemClock
    from ohmstead.drivers.scanning.scan import scan_all
    from ohmstead.drivers.scanning.targets import HostTarget
    from ohmstead.texts import word
    from ohmstead.transport.mdns import NoMulticast, announced

    heard: tuple[Announced, ...] = ()
    if mdns_s > 0:
        try:
            heard = await announced(mdns_s, interfaces)
        except NoMulticast as error:
            from ohmstead.core.model.reasons import Reason

            typer.echo(word(Reason("scan.no_multicast", {"detail": str(error)})), err=True)
    wanted = dict.fromkeys(named)
    if announced_too:
        wanted |= {HostTarget(one.host, one.port): None for one in heard if one.measures}
    with progress("scan", 1.0) as told:
        found = await scan_all(tuple(wanted), SystemClock(), patience, lambda done, _: told(done))
    return found, heard


def _report(found: "Found", heard: "Sequence[Announced]", named: "Sequence[Target]", spoken: str) -> None:
    """On standard error: what was recognised, what was not and why, and who announced itself."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Column, Table

    from ohmstead.core.model.reasons import Reason
    from ohmstead.texts import word

    console = Console(stderr=True, highlight=False, soft_wrap=True)
    heads = [word(Reason(f"scan.head.{each}"), spoken) for each in ("device", "address", "unit", "sureness")]
    if found.findings:
        table = Table(*(Column(head, overflow="fold", no_wrap=at == 1) for at, head in enumerate(heads)))
        for one in found.findings:
            sure = word(Reason(f"scan.{one.sureness.value}"), spoken)
            table.add_row(escape(one.model), escape(one.connect), str(one.unit) if one.has_units else "", sure)
        console.print(table)
    for reason in found.troubles:
        console.print(escape(word(reason, spoken)))
    if found.silent:
        console.print(word(Reason("scan.silent_hosts", {"count": found.silent}), spoken))
    for other in heard:
        params = {"name": other.name, "service": other.service, "where": f"{other.host}:{other.port}"}
        console.print(escape(word(Reason("scan.announced", params), spoken)))
    if not named and not found.findings:
        console.print(word(Reason("scan.nobody_named"), spoken))
    elif not found.findings:
        console.print(word(Reason("scan.nothing"), spoken))


def _proposal(found: "Found", site: dict[str, str], ask: bool, spoken: str) -> str:
    from ohmstead.site.proposing import entries, settled, text

    sections = settled(entries(found.findings), site)
    if ask:
        sections = settled([_asked(entry, spoken) if entry.open else entry for entry in sections], site)
    return text(sections, site, spoken)


def _asked(entry: "Entry", spoken: str) -> "Entry":
    """The section with the role that a person chose; as it was when the answer is empty."""
    from ohmstead.core.model.quantities import Role
    from ohmstead.core.model.reasons import Reason
    from ohmstead.texts import word

    roles = [role.value for role in Role]
    about = "; ".join(word(reason, spoken) for reason in entry.about)
    question = Reason("scan.question", {"key": entry.key, "about": about, "choices": ", ".join(roles)})
    while True:
        answer = typer.prompt(word(question, spoken), default="", show_default=False, err=True).strip().lower()
        if not answer or answer in roles:
            return entry.with_role(Role(answer)) if answer else entry


def _write(proposal: str, output: Path | None) -> None:
    """The whole file or none of it. Raises ConfigurationError."""
    if output is None:
        typer.echo(proposal, nl=False)
        return
    beside = output.with_name(f".{output.name}.new")
    try:
        beside.write_text(proposal, "utf-8")
        beside.replace(output)
    except OSError as error:
        beside.unlink(missing_ok=True)
        allowed = "a file in a folder that is there and may be written"
        raise unusable("--output", f"{output} ({error.strerror or error})", allowed) from error
    typer.echo(f"{output}", err=True)
