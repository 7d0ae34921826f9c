"""``ohmstead history correct`` and ``corrections``: recorded values put right while the site stands still."""

import asyncio
import csv
import getpass
import math
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, get_args
from zoneinfo import ZoneInfo

import typer

from ohmstead.cli.history import moment, opened
from ohmstead.cli.output import plain_errors, unusable
from ohmstead.cli.site import Data, Database, alone, kept_store_url
from ohmstead.core.model.corrections import Corrected, Correction, CorrectionKind, GivenInterval
from ohmstead.core.model.errors import CommandRefused
from ohmstead.core.model.mistakes import unreadable
from ohmstead.core.model.series import Span

KINDS: tuple[CorrectionKind, ...] = get_args(CorrectionKind)
SPANS = (Span.FIVE_MINUTES, Span.HOUR, Span.DAY)
VALUES = ("energy_import_j", "energy_export_j", "power_mean_w")
MOST_FACTOR, MOST_J, MOST_W = 1000.0, 1e13, 1e9


def correct_history(
    kind: Annotated[str, typer.Argument(help="late, replace, remove or scale.")],
    channel: Annotated[str, typer.Option(help="The channel that is put right.")],
    file: Annotated[Path | None, typer.Option(help="For late and replace: a CSV file as export writes it.")] = None,
    start: Annotated[
        str | None, typer.Option("--from", help="For remove and scale: ISO 8601, an interval's begin.")
    ] = None,
    end: Annotated[str | None, typer.Option("--to", help="Not included.")] = None,
    factor: Annotated[float | None, typer.Option(help="For scale; -1 turns import and export round.")] = None,
    span: Annotated[
        Span, typer.Option(help="5min, 1h or 1d; where finer ones are recorded, those.")
    ] = Span.FIVE_MINUTES,
    note: Annotated[str, typer.Option(help="Why, for who reads it later.")] = "",
    data: Data = Path("var"),
    database: Database = None,
) -> None:
    """Put recorded intervals of a channel right; hours and days follow. The site must not be running."""
    with plain_errors():
        kinds = {known: known for known in KINDS}
        if kind not in kinds:
            raise unusable("KIND", kind, ", ".join(kinds))
        if span not in SPANS:
            raise unusable("--span", span, ", ".join(SPANS))
        asked = _Asked(kinds[kind], channel, span, note, file, start, end, factor)
        asked.check()
        url = kept_store_url(data, database)
        with alone(data) if database is None else nullcontext():
            done = asyncio.run(_correct(url, asked))
        typer.echo(_told(done))


def list_corrections(data: Data = Path("var"), database: Database = None) -> None:
    """List what was corrected, newest first: when, by whom, and the energies before and after."""
    with plain_errors():
        for each in asyncio.run(_made(kept_store_url(data, database))):
            typer.echo(
                f"{each.at:%Y-%m-%d %H:%M}  {each.author}: {_told(each)}" + (f" ({each.note})" if each.note else "")
            )


@dataclass(frozen=True, slots=True)
class _Asked:
    """What stands on the command line."""

    kind: CorrectionKind
    channel: str
    span: Span
    note: str
    file: Path | None
    start: str | None
    end: str | None
    factor: float | None

    def check(self) -> None:
        """Raise ConfigurationError unless all that the kind needs is there, and nothing else."""
        given = self.kind in ("late", "replace")
        here = {"--file": self.file, "--from": self.start, "--to": self.end, "--factor": self.factor}
        needed = {"--file"} if given else {"--from", "--to"} | ({"--factor"} if self.kind == "scale" else set())
        for name, value in here.items():
            if name in needed and value is None:
                raise unusable(name, "nothing", f"{' and '.join(sorted(needed))} for {self.kind}")
            if name not in needed and value is not None:
                raise unusable(name, str(value), f"{' and '.join(sorted(needed))} for {self.kind}, nothing else")
        if self.factor is not None and not 0 < abs(self.factor) <= MOST_FACTOR:
            raise unusable("--factor", f"{self.factor:g}", "a number from -1000 to 1000 that is not 0")

    def wanted(self, zone: ZoneInfo) -> Correction:
        """As the store understands it. Raises ConfigurationError."""
        if self.file is not None:
            given = tuple(_given(self.file, self.channel, zone))
            return Correction(self.channel, self.kind, self.span, self.note, given)
        start, end = moment("--from", self.start, zone), moment("--to", self.end, zone)
        if start >= end:
            raise unusable("--from", start.isoformat(), f"earlier than {end.isoformat()}")
        return Correction(self.channel, self.kind, self.span, self.note, start=start, end=end, factor=self.factor)


def _given(file: Path, channel: str, zone: ZoneInfo) -> Iterator[GivenInterval]:
    """The rows of ``channel``, or all when there is no such column. Raises ConfigurationError with the line."""
    seen: set[datetime] = set()
    try:
        with file.open(encoding="utf-8", newline="") as opened_file:
            reader = csv.DictReader(opened_file)
            known = set(reader.fieldnames or ())
            if "start" not in known or not known & set(VALUES):
                raise unusable(
                    str(file), ", ".join(known) or "no header", f"start, and one or more of {', '.join(VALUES)}"
                )
            for row in reader:
                if row.get("channel", channel) != channel:
                    continue
                where = f"{file}, line {reader.line_num}"
                start = moment(where, row["start"] or "", zone)
                values = {name: _number(where, name, row.get(name)) for name in VALUES}
                if all(value is None for value in values.values()):
                    raise unusable(where, "no value", ", ".join(VALUES))
                if start in seen:
                    raise unusable(where, start.isoformat(), "each interval once")
                seen.add(start)
                imported, exported, power_w = (values[name] for name in VALUES)
                yield GivenInterval(start, _whole(imported), _whole(exported), power_w)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise unusable("--file", f"{file} ({unreadable(error)})", "a CSV file in UTF-8 with a header row") from error
    if not seen:
        raise unusable(str(file), "no rows", f"one or more intervals of {channel}")


def _number(where: str, name: str, text: str | None) -> float | None:
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    most, least = (MOST_W, -MOST_W) if name == "power_mean_w" else (MOST_J, 0.0)
    if not least <= value <= most:
        raise unusable(where, f"{name} {text}", f"a number from {least:g} to {most:g}")
    return value


def _whole(value: float | None) -> int | None:
    return None if value is None else round(value)


async def _correct(url: str, asked: _Asked) -> Corrected:
    from ohmstead.drivers.clock import SystemClock
    from ohmstead.site.correcting import Correcting
    from ohmstead.texts import word

    store, zone = await opened(url)
    try:
        if asked.channel not in store.channels():
            raise unusable("--channel", asked.channel, ", ".join(store.channels()) or "nothing yet")
        return await Correcting(lambda: store, SystemClock()).correct(asked.wanted(zone), getpass.getuser(), "owner")
    except CommandRefused as error:
        raise unusable(asked.kind, word(error.reason), "what the history of this channel allows") from error
    finally:
        await store.close()


async def _made(url: str) -> tuple[Corrected, ...]:
    from ohmstead.drivers.clock import SystemClock
    from ohmstead.site.correcting import Correcting

    store, _ = await opened(url)
    try:
        return await Correcting(lambda: store, SystemClock()).made()
    finally:
        await store.close()


def _told(done: Corrected) -> str:
    imported = f"{done.import_before_j} to {done.import_after_j} J taken"
    exported = f"{done.export_before_j} to {done.export_after_j} J given"
    return f"{done.kind}: {done.intervals} intervals of {done.span} of {done.channel}, {imported}, {exported}"
