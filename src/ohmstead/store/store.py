"""The store of one site: what it measured, what was decided, what happened. Nothing else knows a database.

One tick is one transaction: its row, the memory the loops need after a restart, changed documents, events. When
``append`` returns, all of it survives a power cut; when it raises, none of it is there and the row may be given
again. Counters are cumulative, so a row that could not be kept costs resolution, never energy.
"""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from importlib import import_module
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Insert, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from ohmstead.core.model.corrections import Correction
from ohmstead.core.model.events import Event
from ohmstead.core.model.series import KEPT, Columns, GaugeKind, Measure, Series, SeriesPoint, Span
from ohmstead.store.closing import KEEP_SECONDS_MS
from ohmstead.store.database import Database
from ohmstead.store.documents import Documents, add_events, dumped, list_events, put_documents
from ohmstead.store.intervals import Calendar, Interval, from_ms, to_ms
from ohmstead.store.quantities import Slot, slots
from ohmstead.store.reading import Reader
from ohmstead.store.rezoning import rezone
from ohmstead.store.schema import memory as memory_table
from ohmstead.store.schema import site
from ohmstead.store.shelves import refresh
from ohmstead.store.state import Open
from ohmstead.store.tail import Tail
from ohmstead.store.values import Document, EventPage, Json, LastState, TailRow

if TYPE_CHECKING:  # a site starts without numpy
    from ohmstead.store.correcting import Outcome
    from ohmstead.store.putting import Intervals

GAP_S = 10.0
_SHELVES_AT_OPEN = 4
EVENTS_PER_PAGE_MAX = 1000


class Store:
    """Series, memory and events of one site; its documents are in ``documents``. One process writes to a site."""

    def __init__(self, database: Database, number: int, zone: ZoneInfo, gap_s: float, state: Open) -> None:
        """Use ``open``."""
        calendar = self._calendar = Calendar(zone)
        self._database = database
        self._site = number
        self._tail = Tail(number, calendar, gap_s)
        self._reader = Reader(number, calendar, round(gap_s * 1000))
        self._state = state
        self._texts: dict[str, str] = {}
        self._unsure: TailRow | None = None
        self._untold: TailRow | None = None
        self._kept: tuple[TailRow, datetime] | None = None
        self._lock = asyncio.Lock()
        self._put_memory = _upsert(database.dialect)
        self.documents = Documents(number, database.writing, database.reading, database.uncut)

    @classmethod
    async def open(cls, url: str, site_id: str, zone: str, *, gap_s: float = GAP_S) -> "Store":
        """Open ``sqlite:///PATH`` or ``postgresql://USER@HOST/NAME`` and make or migrate its tables.

        ``zone`` is the IANA zone whose midnights cut the days. A row's power is taken to have lasted since the row
        before it unless that is more than ``gap_s`` ago. Raises StoreError: no folder, not writable, damaged, of a
        newer program, unreachable.
        """
        database = await Database.open(url)
        try:
            async with database.writing() as connection:
                number, moved = await _site_number(connection, site_id, zone)
                calendar = Calendar(ZoneInfo(zone))
                state = await Tail(number, calendar, gap_s).recover(connection)
                if moved:
                    await rezone(connection, number, calendar, state.at)
                await refresh(connection, number, _SHELVES_AT_OPEN, (state.at or 0) - KEEP_SECONDS_MS)
        except BaseException:
            await database.close()
            raise
        return cls(database, number, ZoneInfo(zone), gap_s, state)

    @classmethod
    async def sites(cls, url: str) -> tuple[tuple[str, str], ...]:
        """The sites that a database holds: id and zone of each. Raises StoreError as ``open`` does."""
        database = await Database.open(url)
        try:
            async with database.reading() as connection:
                rows = await connection.execute(select(site.c.id, site.c.zone).order_by(site.c.id))
                return tuple((row.id, row.zone) for row in rows)
        finally:
            await database.close()

    async def close(self) -> None:
        """Wait for the row being written, then close all connections."""
        async with self._lock:
            await self._database.close()

    async def append(
        self,
        row: TailRow,
        *,
        memory: Mapping[str, Json] | None = None,
        documents: Sequence[Document] = (),
        events: Sequence[Event] = (),
    ) -> datetime:
        """Keep one tick, whole or not at all, and return the time under which it is kept.

        That time is ``row.at``, unless the wall clock is behind what was recorded before or is not to be believed
        (``store.dating``). ``memory`` replaces what was kept under the same names. Raises StoreError (full disk, lost
        server); the same row may come again. Being cancelled cuts nothing: the row is kept or refused all the same.
        """
        try:
            return await self._database.uncut(self._locked(row, memory or {}, documents, events))
        except asyncio.CancelledError:
            self._untold = row
            raise

    async def _locked(
        self, row: TailRow, memory: Mapping[str, Json], documents: Sequence[Document], events: Sequence[Event]
    ) -> datetime:
        async with self._lock:
            if self._kept is not None and row == self._untold == self._kept[0]:
                return self._kept[1]
            try:
                at = await self._append(row, memory, documents, events)
                self._kept = (row, at)
                return at
            except BaseException:
                self._unsure = row
                raise

    async def keep(
        self,
        at: datetime,
        *,
        memory: Mapping[str, Json] | None = None,
        documents: Sequence[Document] = (),
        events: Sequence[Event] = (),
    ) -> None:
        """Keep what came with a tick of ``at``, without its row. Raises StoreError; then none of it is there."""
        texts = {name: dumped(body) for name, body in (memory or {}).items()}
        await self._database.uncut(self._keep(at, texts, documents, events))

    async def _keep(
        self, at: datetime, texts: Mapping[str, str], documents: Sequence[Document], events: Sequence[Event]
    ) -> None:
        async with self._lock:
            async with self._database.writing() as connection:
                changed = await self._put(connection, at, texts, documents, events)
            self._texts.update(changed)

    async def note(self, *events: Event) -> None:
        """Keep ``events`` that belong to no tick."""
        async with self._database.writing() as connection:
            await add_events(connection, self._site, events)

    async def series(self, channel: str, span: Span, start: datetime, end: datetime) -> Series:
        """The history of ``channel`` in the whole intervals that cover ``start`` to ``end``, the open one too.

        A channel without a record has no points. Raises ValueError when ``end`` is not after ``start``.
        """
        whole = self._whole(span, start, end)
        found = await self._read((channel,), span, whole, tuple(Measure), ())
        points = await asyncio.to_thread(_points, found[channel])
        return Series(channel, span, from_ms(whole.start), from_ms(whole.end), points)

    async def read(
        self,
        channels: Sequence[str],
        span: Span,
        start: datetime,
        end: datetime,
        measures: Sequence[Measure] = tuple(Measure),
        quantities: Sequence[GaugeKind] = (),
    ) -> Mapping[str, Columns]:
        """The history of ``channels`` as ``series`` gives it, in columns, each with only the ``measures`` asked for.

        With ``quantities`` come their gauges too. An interval in which nothing asked for is known may be left out.
        """
        return await self._read(channels, span, self._whole(span, start, end), measures, slots(quantities))

    def _whole(self, span: Span, start: datetime, end: datetime) -> Interval:
        asked = Interval(to_ms(start), to_ms(end))
        if asked.end <= asked.start:
            raise ValueError(f"end {end.isoformat()} is not after start {start.isoformat()}")
        return self._calendar.around(span, asked.start, asked.end)

    async def _read(
        self,
        channels: Sequence[str],
        span: Span,
        whole: Interval,
        measures: Sequence[Measure],
        gauges: Sequence[Slot],
    ) -> Mapping[str, Columns]:
        def look(connection: Connection) -> Mapping[str, Columns]:
            if span not in KEPT:
                from ohmstead.store.widening import MADE_OF, widened

                found = self._reader.read(connection, now, channels, MADE_OF[span], whole, tuple(Measure), gauges)
                return {name: widened(each, span, self._calendar, measures) for name, each in found.items()}
            if span is not Span.SECOND:
                return self._reader.read(connection, now, channels, span, whole, measures, gauges)
            from ohmstead.store.seconds import read_seconds

            return read_seconds(connection, self._site, now, channels, whole, measures, gauges)

        now = self._state.glimpse(channels)
        return await self._database.look(look)

    async def put(self, channel: str, span: Span, new: "Intervals") -> int:
        """Lay history from elsewhere into the record, whole or not at all; returns how many intervals were new.

        What is recorded already stays. ``new`` are intervals of ``span``, or values of less than 5 minutes for
        ``Span.SECOND``, in ascending order and before the open 5 minutes, else ValueError. Raises StoreError.
        """
        putting = await asyncio.to_thread(import_module, "ohmstead.store.putting")
        async with self._lock:
            state = self._state
            end = state.interval.start if state.interval is not None else None
            await asyncio.to_thread(putting.check, new, span, self._calendar, end)
            async with self._database.writing() as connection:
                number = await self._tail.number(connection, state, channel)
                place = putting.Place(connection, self._site, number, self._calendar, state.at)
                if span is Span.SECOND:
                    count = await putting.put_seconds(place, new)
                else:
                    count = await putting.put_rollups(place, span, new)
            state.channels[channel] = number
        return int(count)

    async def correct(
        self, wanted: Correction, at: datetime, documents: Callable[["Outcome"], Sequence[Document]], *events: Event
    ) -> "Outcome":
        """Correct recorded intervals, and keep ``documents`` of the outcome and ``events``, all of it or nothing.

        Raises CommandRefused (``store.correcting``), StoreError.
        """
        correcting = await asyncio.to_thread(import_module, "ohmstead.store.correcting")
        putting = await asyncio.to_thread(import_module, "ohmstead.store.putting")
        async with self._lock:
            state = self._state
            async with self._database.writing() as connection:
                number = await self._tail.number(connection, state, wanted.channel)
                place = putting.Place(connection, self._site, number, self._calendar, state.at)
                open_from = state.interval.start if state.interval is not None else None
                outcome: Outcome = await correcting.correct(place, wanted, open_from)
                await put_documents(connection, self._site, documents(outcome), at)
                await add_events(connection, self._site, events)
            state.channels[wanted.channel] = number
        return outcome

    def channels(self) -> tuple[str, ...]:
        """The names of all channels that have a record, by name."""
        return tuple(sorted(self._state.channels))

    async def last(self) -> LastState:
        """What was committed last: the time of the row, each channel's counters, and the memory."""
        statement = select(memory_table.c.name, memory_table.c.body).where(memory_table.c.site == self._site)
        async with self._database.reading() as connection:
            kept = {row.name: json.loads(row.body) for row in await connection.execute(statement)}
        at = None if self._state.at is None else from_ms(self._state.at)
        return LastState(at, dict(self._state.counters), kept)

    async def events(self, *, limit: int = 100, before: int | None = None, target: str | None = None) -> EventPage:
        """Events newest first, those numbered below ``before``, about ``target``. Raises ValueError for a bad limit."""
        if not 1 <= limit <= EVENTS_PER_PAGE_MAX:
            raise ValueError(f"limit {limit}; allowed: 1 to {EVENTS_PER_PAGE_MAX}")
        async with self._database.reading() as connection:
            return await list_events(connection, self._site, limit, before, target)

    async def faults(self) -> tuple[str, ...]:
        """What the database finds wrong with itself; empty when it is whole. Reads the whole file."""
        return await self._database.faults()

    async def _append(
        self, row: TailRow, memory: Mapping[str, Json], documents: Sequence[Document], events: Sequence[Event]
    ) -> datetime:
        texts = {name: dumped(body) for name, body in memory.items()}
        async with self._database.writing() as connection:
            state = self._state
            if self._unsure is not None:
                state = await self._tail.recover(connection)
                state.dating = self._state.dating
                if state.at != self._state.at and row == self._unsure:
                    self._state, self._unsure = state, None
                    return from_ms(state.at or 0)
            step = await self._tail.write(connection, state, row)
            changed = await self._put(connection, from_ms(step.at), texts, documents, events)
        self._tail.accept(state, step)
        self._state, self._unsure = state, None
        self._texts.update(changed)
        return from_ms(step.at)

    async def _put(
        self,
        connection: AsyncConnection,
        at: datetime,
        texts: Mapping[str, str],
        documents: Sequence[Document],
        events: Sequence[Event],
    ) -> Mapping[str, str]:
        """Write what comes with a row; returns the memories that changed."""
        changed = {name: text for name, text in texts.items() if self._texts.get(name) != text}
        if changed:
            rows = [{"site": self._site, "name": name, "body": text} for name, text in changed.items()]
            await connection.execute(self._put_memory, rows)
        await put_documents(connection, self._site, documents, at)
        await add_events(connection, self._site, events)
        return changed


def _points(columns: Columns) -> tuple[SeriesPoint, ...]:
    """Points of columns; runs in a thread: a day has 86,400 seconds."""
    lists = [[None if value != value else value for value in columns.values[each].tolist()] for each in Measure]
    return tuple(
        SeriesPoint(from_ms(start), _whole_number(imported), _whole_number(exported), *powers)
        for start, imported, exported, *powers in zip(columns.start_ms.tolist(), *lists, strict=True)
    )


def _whole_number(value: float | None) -> int | None:
    return None if value is None else int(value)


async def _site_number(connection: AsyncConnection, site_id: str, zone: str) -> tuple[int, bool]:
    """The number of the site, made when it is new, and whether it was in another zone before."""
    kept = (await connection.execute(select(site.c.no, site.c.zone).where(site.c.id == site_id))).one_or_none()
    if kept is None:
        new = insert(site).values(id=site_id, zone=zone).returning(site.c.no)
        return int((await connection.execute(new)).scalar_one()), False
    if kept.zone != zone:
        await connection.execute(update(site).where(site.c.no == kept.no).values(zone=zone))
    return int(kept.no), kept.zone != zone


def _upsert(dialect: str) -> Insert:
    """Insert or replace a memory, in the words of the database."""
    if dialect == "sqlite":
        from sqlalchemy.dialects.sqlite import insert as insert_sqlite

        here = insert_sqlite(memory_table)
        return here.on_conflict_do_update(index_elements=["site", "name"], set_={"body": here.excluded.body})
    from sqlalchemy.dialects.postgresql import insert as insert_postgresql

    there = insert_postgresql(memory_table)
    return there.on_conflict_do_update(index_elements=["site", "name"], set_={"body": there.excluded.body})
