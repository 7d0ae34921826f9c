"""Reading series back: closed intervals from roll-ups or blocks, the open one from the tail (G-001, G-002, G-009)."""

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from ohmstead.core.model.series import Series, SeriesPoint, Span
from ohmstead.store.intervals import SECOND_MS, Calendar, Interval, from_ms
from ohmstead.store.packing import NOTHING, Layout, missing, unpack_column, unpack_times
from ohmstead.store.rollups import SPAN_CODES, Counted
from ohmstead.store.schema import block, channel, layout, rollup, tail
from ohmstead.store.tail import TIMES, Open
from ohmstead.store.values import Sample

_FINER = {Span.HOUR: Span.FIVE_MINUTES, Span.DAY: Span.HOUR}


@dataclass(frozen=True, slots=True)
class Row:
    """One interval of one channel, in the units of the table of roll-ups."""

    start: int
    import_j: int | None
    export_j: int | None
    power_mean_mw: float | None
    power_min_mw: float | None
    power_max_mw: float | None
    covered_ms: int


@dataclass(frozen=True, slots=True)
class OpenNow:
    """A copy of the open 5 minutes of one channel, taken before the database is asked."""

    at: int
    interval: Interval
    row: Row | None

    @classmethod
    def of(cls, state: Open, name: str) -> "OpenNow | None":
        """The state of ``name`` at the last row; ``None`` before the first row of all."""
        if state.at is None or state.interval is None:
            return None
        total = state.sums.get(name)
        if total is None:
            return cls(state.at, state.interval, None)
        kept = total.columns()
        row = Row(
            state.interval.start,
            kept["import_j"],
            kept["export_j"],
            kept["power_mean_mw"],
            kept["power_min_mw"],
            kept["power_max_mw"],
            total.covered_ms,
        )
        return cls(state.at, state.interval, row)


class Reader:
    """Reads the series of one site."""

    def __init__(self, site: int, calendar: Calendar) -> None:
        """``calendar`` is the site's."""
        self._site = site
        self._calendar = calendar

    async def read(self, connection: AsyncConnection, state: Open, name: str, span: Span, asked: Interval) -> Series:
        """The points of ``name`` in whole intervals around ``asked``. An unknown channel has none."""
        whole = self._calendar.around(span, asked.start, asked.end)
        number = state.channels.get(name)
        points: tuple[SeriesPoint, ...] = ()
        if number is not None:
            now = OpenNow.of(state, name)
            if span is Span.SECOND:
                points = await self._seconds(connection, name, number, whole)
            else:
                rows = await self._rows(connection, number, span, whole, now)
                points = tuple(map(_point, rows))
        return Series(name, span, from_ms(whole.start), from_ms(whole.end), points)

    async def _rows(
        self, connection: AsyncConnection, number: int, span: Span, whole: Interval, now: OpenNow | None
    ) -> list[Row]:
        """Closed roll-ups, and the open interval added up from finer ones. A closed one beats an open one."""
        rows = {row.start: row for row in await self._closed(connection, number, span, whole)}
        if now is None:
            return list(rows.values())
        interval = self._calendar.interval(span, now.at)
        if whole.start <= interval.start < whole.end and interval.start not in rows:
            if span is Span.FIVE_MINUTES:
                parts = [now.row] if now.row else []
            else:
                parts = await self._rows(connection, number, _FINER[span], interval, now)
            if parts:
                rows[interval.start] = _together(interval.start, parts)
        return [rows[start] for start in sorted(rows)]

    async def _closed(self, connection: AsyncConnection, number: int, span: Span, whole: Interval) -> list[Row]:
        of = rollup.c
        statement = (
            select(
                of.start, of.import_j, of.export_j, of.power_mean_mw, of.power_min_mw, of.power_max_mw, of.covered_ms
            )
            .where(of.site == self._site, of.channel == number, of.span == SPAN_CODES[span])
            .where(of.start >= whole.start, of.start < whole.end)
            .order_by(of.start)
        )
        return [Row(*row) for row in await connection.execute(statement)]

    async def _seconds(
        self, connection: AsyncConnection, name: str, number: int, whole: Interval
    ) -> tuple[SeriesPoint, ...]:
        of = block.c
        latest = (
            select(func.max(of.start))
            .where(of.site == self._site, of.channel == TIMES, of.start <= whole.start)
            .scalar_subquery()
        )
        sealed = (
            select(of.start, of.channel, of.body)
            .where(of.site == self._site, of.channel.in_((TIMES, number)))
            .where(of.start >= func.coalesce(latest, whole.start), of.start < whole.end)
            .order_by(of.start, of.channel)
        )
        blocks = [(row.channel, row.body) for row in await connection.execute(sealed)]
        fresh = (
            select(tail.c.at, layout.c.body.label("layout"), tail.c.body)
            .join_from(tail, layout, tail.c.layout == layout.c.no)
            .where(tail.c.site == self._site, tail.c.at <= whole.end)
            .order_by(tail.c.at)
        )
        rows = [(row.at, row.layout, row.body) for row in await connection.execute(fresh)]
        closed = select(channel.c.import_j, channel.c.export_j).where(channel.c.no == number)
        before = (await connection.execute(closed)).one()
        return await asyncio.to_thread(_seconds, name, whole, blocks, rows, Sample(*before))


def _point(row: Row) -> SeriesPoint:
    return SeriesPoint(
        from_ms(row.start),
        row.import_j,
        row.export_j,
        _watts(row.power_mean_mw),
        _watts(row.power_min_mw),
        _watts(row.power_max_mw),
    )


def _watts(milliwatts: float | None) -> float | None:
    return None if milliwatts is None else milliwatts / 1000


def _together(start: int, rows: Sequence[Row]) -> Row:
    covered = sum(row.covered_ms for row in rows)
    energy = sum((row.power_mean_mw or 0.0) * row.covered_ms for row in rows)
    imported = [row.import_j for row in rows if row.import_j is not None]
    exported = [row.export_j for row in rows if row.export_j is not None]
    return Row(
        start,
        sum(imported) if imported else None,
        sum(exported) if exported else None,
        energy / covered if covered else None,
        min((row.power_min_mw for row in rows if row.power_min_mw is not None), default=None),
        max((row.power_max_mw for row in rows if row.power_max_mw is not None), default=None),
        covered,
    )


Packed = tuple[int, int, int, float]
"""Time, both counters and power of one row, as packed."""


def _seconds(
    name: str,
    whole: Interval,
    blocks: Iterable[tuple[int, bytes]],
    rows: Iterable[tuple[int, str, bytes]],
    before: Sample,
) -> tuple[SeriesPoint, ...]:
    """The points of every second in ``whole``. Runs in a thread: a day has 86,400 of them."""
    points: list[SeriesPoint] = []
    imported, exported = Counted(None, None), Counted(None, None)
    times: list[int] = []
    for number, body in blocks:
        if number == TIMES:
            times = unpack_times(body)
            continue
        column = unpack_column(body)
        imported = _counted(column.imported[0])
        exported = _counted(column.exported[0])
        packed = zip(times, column.imported[1:], column.exported[1:], column.power, strict=True)
        _collect(points, packed, whole, imported, exported)
    imported = Counted(before.energy_import_j, before.energy_import_j)
    exported = Counted(before.energy_export_j, before.energy_export_j)
    _collect(points, _picked(name, rows), whole, imported, exported)
    return tuple(sorted(points, key=lambda point: point.start))


def _picked(name: str, rows: Iterable[tuple[int, str, bytes]]) -> Iterator[Packed]:
    layouts: dict[str, Layout] = {}
    for at, text, body in rows:
        known = layouts.get(text)
        if known is None:
            known = layouts[text] = Layout.load(text)
        yield (at, *known.pick(name, body))


def _counted(packed: int) -> Counted:
    value = None if packed == NOTHING else packed
    return Counted(value, value)


def _collect(
    points: list[SeriesPoint], rows: Iterable[Packed], whole: Interval, imported: Counted, exported: Counted
) -> None:
    """Append one point per second of ``rows``; those before ``whole`` only move the counters on.

    Written flat: a day has 86,400 rows, mostly one in each second.
    """
    powers: list[float] = []
    second, known = -1, False
    for at, first, other, power in rows:
        begins = (at - 1) // SECOND_MS * SECOND_MS
        if begins != second:
            if (powers or known) and whole.start <= second < whole.end:
                points.append(_second(second, imported, exported, powers))
            second, powers, known = begins, [], False
            imported.before, exported.before = imported.now, exported.now
        if first != NOTHING:
            known = True
            imported.see(first)
        if other != NOTHING:
            known = True
            exported.see(other)
        if not missing(power):
            powers.append(power)
    if (powers or known) and whole.start <= second < whole.end:
        points.append(_second(second, imported, exported, powers))


def _second(start: int, imported: Counted, exported: Counted, powers: list[float]) -> SeriesPoint:
    if len(powers) == 1:
        mean = low = high = powers[0]
        return SeriesPoint(from_ms(start), imported.difference, exported.difference, mean, low, high)
    return SeriesPoint(
        from_ms(start),
        imported.difference,
        exported.difference,
        fmean(powers) if powers else None,
        min(powers, default=None),
        max(powers, default=None),
    )
