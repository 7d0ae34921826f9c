"""``ohmstead history``: what was recorded, out to CSV or Parquet; and the history of another system in."""

import asyncio
import csv
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer

from ohmstead.cli.output import plain_errors, progress, unusable
from ohmstead.cli.site import Data, Database, alone, kept_store_url
from ohmstead.core.model.series import (
    FLICKER_STEPS,
    GAUGE_DIGITS,
    GAUGES,
    KEPT,
    Columns,
    Gauge,
    GaugeKind,
    Measure,
    Span,
    counts_volume,
    tells_flicker,
)
from ohmstead.site.foreign import Mapped, read_foreign

if TYPE_CHECKING:
    from ohmstead.store.store import Store

history = typer.Typer(help="Export what was recorded, or import the history of another system.")

Spans = Annotated[Span, typer.Option(help="Length of one interval.")]
Output = Annotated[Path, typer.Option("--output", "-o", help="A file that ends in .csv or .parquet.")]


@history.command("export")
def export_history(
    output: Output,
    start: Annotated[str, typer.Option("--from", help="ISO 8601; without an offset in the site's zone.")],
    end: Annotated[str | None, typer.Option("--to", help="Not included; now when left out.")] = None,
    span: Spans = Span.FIVE_MINUTES,
    channel: Annotated[list[str] | None, typer.Option(help="May be repeated; all when left out.")] = None,
    data: Data = Path("var"),
    database: Database = None,
) -> None:
    """Write intervals of some channels, or all, one row each: energy, power, and what their meters tell by phase."""
    with plain_errors():
        if output.suffix not in (".csv", ".parquet"):
            raise unusable("--output", str(output), "a name that ends in .csv or .parquet")
        count = asyncio.run(_exported(kept_store_url(data, database), output, span, (start, end), channel))
        typer.echo(f"{count} intervals in {output}")


@history.command("import")
def import_history(
    file: Annotated[Path, typer.Argument(help="A CSV file in UTF-8 with a header row.")],
    channel: Annotated[str, typer.Option(help="The channel that gets the history; made when it is new.")],
    time: Annotated[str, typer.Option(help="Column of the begin of each interval.")] = "time",
    power: Annotated[str | None, typer.Option(help="Column of the mean power.")] = None,
    power_unit: Annotated[str, typer.Option(help="W or kW.")] = "W",
    imported: Annotated[str | None, typer.Option("--energy", help="Column of the energy of each interval.")] = None,
    exported: Annotated[str | None, typer.Option("--energy-out", help="The same, of the other direction.")] = None,
    energy_unit: Annotated[str, typer.Option(help="J, Wh or kWh.")] = "kWh",
    zone: Annotated[str | None, typer.Option(help="Of times without an offset; the site's when left out.")] = None,
    span: Spans = Span.FIVE_MINUTES,
    data: Data = Path("var"),
    database: Database = None,
) -> None:
    """Lay a CSV file into the record. What is recorded already stays: the same file twice changes nothing."""
    with plain_errors():
        if span not in KEPT:
            raise unusable("--span", span, ", ".join(KEPT))
        mapped = Mapped(time, power, power_unit, imported, exported, energy_unit)
        url = kept_store_url(data, database)
        with alone(data) if database is None else nullcontext():
            count, new = asyncio.run(_imported(url, file, channel, mapped, span, zone))
        typer.echo(f"{count} intervals read, {new} of them new, {count - new} were known already")


async def _exported(
    url: str, output: Path, span: Span, asked: tuple[str, str | None], channels: Sequence[str] | None
) -> int:
    store, zone = await opened(url)
    try:
        start, end = moment("--from", asked[0], zone), moment("--to", asked[1], zone)
        known = store.channels()
        if unknown := [name for name in channels or () if name not in known]:
            raise unusable("--channel", unknown[0], ", ".join(known) or "nothing yet")
        if start >= end:
            raise unusable("--from", start.isoformat(), f"earlier than {end.isoformat()}")
        found = await store.read(tuple(channels or known), span, start, end, quantities=tuple(GaugeKind))
    finally:
        await store.close()
    try:
        return _csv(output, found, zone) if output.suffix == ".csv" else _parquet(output, found)
    except OSError as error:
        raise unusable("--output", f"{output} ({error.strerror})", "a file that can be written") from error


async def _imported(
    url: str, file: Path, channel: str, mapped: Mapped, span: Span, zone: str | None
) -> tuple[int, int]:
    store, site_zone = await opened(url)
    try:
        try:
            read_in = site_zone if zone is None else ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise unusable("--zone", str(zone), "an IANA zone such as Europe/Rome") from error
        with progress(f"Reading {file.name}", 1.0) as told:
            new = read_foreign(file, mapped, span, read_in, told)
        try:
            return len(new.start_ms), await store.put(channel, span, new)
        except ValueError as error:
            raise unusable(str(file), str(error), f"intervals of {span} before what is being recorded") from error
    finally:
        await store.close()


async def opened(url: str) -> tuple["Store", ZoneInfo]:
    """The store of a site that has run, and its zone."""
    from ohmstead.site.start import open_known
    from ohmstead.store.store import Store

    store = await open_known(url)
    ((_, zone),) = await Store.sites(url)
    return store, ZoneInfo(zone)


def moment(where: str, text: str | None, zone: ZoneInfo) -> datetime:
    """``text`` as a time, now for none. Raises ConfigurationError."""
    if text is None:
        return datetime.now(UTC)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise unusable(where, text, "ISO 8601 such as 2026-06-21 or 2026-06-21T12:00+02:00") from error
    return moment.replace(tzinfo=zone) if moment.tzinfo is None else moment


def _csv(output: Path, found: Mapping[str, Columns], zone: ZoneInfo) -> int:
    count, gauges, plain = 0, _gauges(found), _columns(found)
    with output.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["channel", "start", *plain, *(name for gauge in gauges for name in _names(gauge))])
        for name, columns in found.items():
            starts = [datetime.fromtimestamp(ms / 1000, zone).isoformat() for ms in columns.start_ms.tolist()]
            values = [_values(column, name, columns) for column in plain]
            values += [shown for gauge in gauges for shown in _shown(gauge, columns)]
            writer.writerows(zip([name] * len(starts), starts, *values, strict=True))
            count += len(starts)
    return count


_VOLUME, _FLICKER = "volume_l", "flicker_pst"
"""What series that have no energy and no power tell instead."""


def _columns(found: Mapping[str, Columns]) -> tuple[str, ...]:
    """Energies and powers; and litres and severities where any channel has them."""
    volume = (_VOLUME,) if any(map(counts_volume, found)) else ()
    return (*Measure, *volume, *((_FLICKER,) if any(map(tells_flicker, found)) else ()))


def _values(column: str, name: str, columns: Columns) -> list[Any]:
    """One column of a channel; nothing where it does not tell of that."""
    own = _VOLUME if counts_volume(name) else _FLICKER if tells_flicker(name) else None
    if own is None and column in set(Measure):
        return _plain(Measure(column), columns)
    if column != own:
        return [None] * len(columns.start_ms)
    if own == _VOLUME:
        litres = (columns.values[Measure.IMPORT] / 1000).tolist()
        return [None if value != value else round(value, 3) for value in litres]
    highest, mean = columns.values[Measure.HIGH].tolist(), columns.values[Measure.MEAN].tolist()
    severities = [usual if high != high else high for high, usual in zip(highest, mean, strict=True)]
    return [None if value != value else round(value / FLICKER_STEPS, 3) for value in severities]


def _plain(measure: Measure, columns: Columns) -> list[Any]:
    """Whole joules, W to 0.1; nothing where it is not known."""
    energy = measure in (Measure.IMPORT, Measure.EXPORT)
    return [
        None if value != value else int(value) if energy else round(value, 1)
        for value in columns.values[measure].tolist()
    ]


def _gauges(found: Mapping[str, Columns]) -> tuple[Gauge, ...]:
    """Those of which any channel knows something."""
    return tuple(gauge for gauge in GAUGES if any(gauge in columns.gauges for columns in found.values()))


def _names(gauge: Gauge) -> tuple[str, str, str]:
    """``voltage_v_l1_mean`` and so on; of the whole device ``power_factor_mean``."""
    place = f"_{gauge.phase.lower()}" if gauge.phase is not None else ""
    mean, low, high = (f"{gauge.kind}{place}_{what}" for what in ("mean", "min", "max"))
    return mean, low, high


def _shown(gauge: Gauge, columns: Columns) -> tuple[list[float | None], ...]:
    gauged = columns.gauges.get(gauge)
    if gauged is None:
        nothing: list[float | None] = [None] * len(columns.start_ms)
        return nothing, nothing, nothing
    return tuple(
        [None if value != value else round(value, GAUGE_DIGITS[gauge.kind]) for value in each.tolist()]
        for each in (gauged.mean, gauged.low, gauged.high)
    )


def _parquet(output: Path, found: Mapping[str, Columns]) -> int:
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError as error:
        raise unusable(
            "--output", f"{output}, and no pyarrow to write it", ".csv", "pip install ohmstead[parquet]"
        ) from error
    names = [name for name, columns in found.items() for _ in range(len(columns.start_ms))]
    starts = [start for columns in found.values() for start in columns.start_ms.tolist()]
    body = {
        "channel": pyarrow.array(names, pyarrow.string()),
        "start": pyarrow.array(starts, pyarrow.timestamp("ms", tz="UTC")),
    }
    for column in _columns(found):
        kind = pyarrow.int64() if column in (Measure.IMPORT, Measure.EXPORT) else pyarrow.float64()
        values = [value for name, columns in found.items() for value in _values(column, name, columns)]
        body[column] = pyarrow.array(values, kind)
    for gauge in _gauges(found):
        shown = [_shown(gauge, columns) for columns in found.values()]
        for i, name in enumerate(_names(gauge)):
            body[name] = pyarrow.array([value for each in shown for value in each[i]], pyarrow.float64())
    parquet.write_table(pyarrow.table(body), output, compression="zstd")
    return len(names)
