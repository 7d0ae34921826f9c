"""The open 5 minutes of a site: a row per tick, and what happens when they close.

Rows go in one after the other, each with a later time than the one before; the latest counters and the sums of
the open interval are held in memory and can always be rebuilt from the rows. When a row belongs to another
interval, the open one is written as roll-ups (and the hour and the day, when they end too), its rows are sealed
into one block per channel, and what is past retention goes: all in the transaction of that row.

Each 5 minutes are opened once. A record that went into a wrong future goes back when the clock is right again, into
5 minutes that hold nothing yet; later it leaps over what was recorded ahead. Hours and days entered again are added up
again from their parts.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from math import nan
from typing import Any

from sqlalchemy import (
    BigInteger,
    Double,
    Executable,
    Insert,
    Select,
    bindparam,
    cast,
    delete,
    func,
    insert,
    literal,
    select,
    union,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from ohmstead.core.model.series import Span
from ohmstead.store.dating import NEW, Dating, dated
from ohmstead.store.intervals import FIVE_MINUTES_MS, Calendar, Interval, to_ms
from ohmstead.store.packing import NOTHING, Column, Layout, pack_column, pack_times
from ohmstead.store.rollups import SPAN_CODES, UNCONNECTED_MS, Counted, Sum
from ohmstead.store.schema import block, channel, layout, rollup, tail
from ohmstead.store.values import Sample, TailRow

KEEP_SECONDS_MS = 14 * 86_400_000
KEEP_FIVE_MINUTES_MS = 5 * 366 * 86_400_000
"""How long 1-second and 5-minute values are kept (G-009); hours and days stay for ever."""

_DELETE_STEP_MS = 3_600_000
_JITTER_MS = 1000
_SLEW_MS = 500
_RETURN_MS = 3_600_000
_NEAR_MS = 3 * FIVE_MINUTES_MS

_ROWS_AT_ONCE = 250
_NEVER_MS = 2**62

TIMES = 0
"""The channel number under which a block keeps the times of its rows."""


@dataclass(slots=True)
class Open:
    """What is known of the site's record without asking the database."""

    at: int | None = None
    interval: Interval | None = None
    layout: int | None = None
    body: bytes = b""
    channels: dict[str, int] = field(default_factory=dict)
    counters: dict[str, Sample] = field(default_factory=dict)
    sums: dict[str, Sum] = field(default_factory=dict)
    layouts: dict[int, Layout] = field(default_factory=dict)
    numbers: dict[tuple[str, ...], int] = field(default_factory=dict)
    dating: Dating = NEW


@dataclass(frozen=True, slots=True)
class Step:
    """What a written row changes in ``Open`` once its transaction is committed."""

    at: int
    samples: Mapping[str, Sample]
    layout: int
    body: bytes
    closed: bool
    channels: Mapping[str, int]
    layouts: Mapping[int, Layout]
    dating: Dating = NEW


class Tail:
    """Writes rows for one site. Everything runs in the caller's transaction; ``accept`` follows its commit."""

    def __init__(self, site: int, calendar: Calendar, gap_s: float) -> None:
        """A power is held to have lasted since the row before, if that is not more than ``gap_s`` ago."""
        self._site = site
        self._calendar = calendar
        self._gap_ms = round(gap_s * 1000)

    def time_for(self, state: Open, wanted: int) -> int:
        """When a row of the wall clock's ``wanted`` is recorded: always after the row before.

        A clock that was set back is waited for: recorded time runs on at half a second per row until the clock
        has caught up, so that nothing is overwritten and the order of things stays as it was.
        """
        if state.at is None or wanted > state.at:
            return wanted
        return state.at + (_SLEW_MS if state.at - wanted > _JITTER_MS else 1)

    async def write(self, connection: AsyncConnection, state: Open, row: TailRow) -> Step:
        """Put ``row`` into the tail, closing what ended before it."""
        monotonic = None if row.monotonic_s is None else round(row.monotonic_s * 1000)
        date = dated(state.dating, to_ms(row.at), monotonic, row.synchronised, state.at)
        at = await self._place(connection, state, date.at, date.sure)
        closed = state.interval is not None and not state.interval.start < at <= state.interval.end
        if closed:
            await self._close(connection, state, at)
        names = tuple(row.channels)
        channels = await self._new_channels(connection, state, names)
        number, layouts = await self._layout(connection, state, names)
        body = (layouts.get(number) or state.layouts[number]).pack(row.channels)
        values = {"site": self._site, "at": at, "layout": number, "body": body}
        await connection.execute(insert(tail), values)
        return Step(at, row.channels, number, body, closed, channels, layouts, date.dating)

    def accept(self, state: Open, step: Step) -> None:
        """The transaction of ``step`` is committed: follow it."""
        state.channels.update(step.channels)
        for number, new in step.layouts.items():
            state.layouts[number] = new
            state.numbers[new.channels] = number
        if step.closed or state.interval is None:
            state.interval = self._calendar.interval(Span.FIVE_MINUTES, step.at)
            state.sums = {}
        held = UNCONNECTED_MS
        if state.at is not None and 0 <= step.at - state.at <= self._gap_ms:
            held = step.at - state.at
        held = min(held, step.at - state.interval.start)
        for name, sample in step.samples.items():
            before = state.counters.get(name)
            total = state.sums.get(name)
            if total is None:
                total = state.sums[name] = Sum.after(before)
            total.see(sample, held)
            state.counters[name] = Sample(total.imported.now, total.exported.now, sample.power_w)
        state.at, state.layout, state.body, state.dating = step.at, step.layout, step.body, step.dating

    async def recover(self, connection: AsyncConnection) -> Open:
        """Rebuild what memory held from what the database holds."""
        state = Open()
        channels = select(channel.c.no, channel.c.name, channel.c.import_j, channel.c.export_j)
        for row in await connection.execute(channels.where(channel.c.site == self._site)):
            state.channels[row.name] = row.no
            if row.import_j is not None or row.export_j is not None:
                state.counters[row.name] = Sample(row.import_j, row.export_j)
        layouts = select(layout.c.no, layout.c.body).where(layout.c.site == self._site)
        for number, text in await connection.execute(layouts):
            state.layouts[number] = Layout.load(text)
            state.numbers[state.layouts[number].channels] = number
        for at, number, body in await connection.execute(_TAIL, {"of": self._site}):
            samples = state.layouts[number].unpack(body)
            self.accept(state, Step(at, samples, number, body, False, {}, {}))
        return state

    async def _place(self, connection: AsyncConnection, state: Open, wanted: int, sure: bool) -> int:
        """When a row of ``wanted`` is recorded: in the open 5 minutes, or in some that hold nothing yet.

        A clock that is ``sure`` and more than ``_RETURN_MS`` behind the record is followed back, if what the record
        holds around that time leaves room; one that is less behind, or finds no room, is waited for.
        """
        at = self.time_for(state, wanted)
        if state.at is None or state.interval is None:
            return at
        if at > state.interval.end:
            return await self._free(connection, at)
        if sure and state.at - wanted > _RETURN_MS:
            return await self._back(connection, state.interval.start, wanted) or at
        return at

    async def _back(self, connection: AsyncConnection, before: int, wanted: int) -> int | None:
        """The first time from ``wanted`` on that can be recorded; ``None`` when there is no room near, or no past."""
        of_site = {"of": self._site}
        first = (await connection.execute(_oldest(Span.HOUR), of_site)).scalar_one_or_none()
        oldest = (await connection.execute(_oldest(Span.FIVE_MINUTES), of_site)).scalar_one_or_none()
        if first is None or first >= wanted:
            return None
        hour = self._calendar.interval(Span.HOUR, wanted)
        if oldest is None or oldest > hour.start:
            wanted = hour.end + 1
        back = await self._free(connection, wanted, wanted + _NEAR_MS)
        return back if back <= min(before, wanted + _NEAR_MS) else None

    async def _free(self, connection: AsyncConnection, at: int, until: int = _NEVER_MS) -> int:
        """``at``, or the first time after it whose 5 minutes hold nothing yet; ``until`` is how far to look."""
        interval = self._calendar.interval(Span.FIVE_MINUTES, at)
        bounds = {"of": self._site, "since": interval.start, "until": until}
        taken = set((await connection.execute(_TAKEN, bounds)).scalars())
        while interval.start in taken:
            at = interval.end + 1
            interval = self._calendar.interval(Span.FIVE_MINUTES, at)
        return at

    async def _new_channels(self, connection: AsyncConnection, state: Open, names: Sequence[str]) -> dict[str, int]:
        rows = [{"site": self._site, "name": name} for name in names if name not in state.channels]
        if not rows:
            return {}
        numbers: dict[str, int] = {}
        for i in range(0, len(rows), _ROWS_AT_ONCE):
            statement = insert(channel).returning(channel.c.name, channel.c.no)
            new = await connection.execute(statement, rows[i : i + _ROWS_AT_ONCE])
            numbers.update((row.name, row.no) for row in new)
        return numbers

    async def _layout(
        self, connection: AsyncConnection, state: Open, names: tuple[str, ...]
    ) -> tuple[int, dict[int, Layout]]:
        number = state.numbers.get(names)
        if number is not None:
            return number, {}
        new = Layout(names)
        statement = insert(layout).values(site=self._site, body=new.dump()).returning(layout.c.no)
        number = (await connection.execute(statement)).scalar_one()
        return number, {number: new}

    async def _close(self, connection: AsyncConnection, state: Open, at: int) -> None:
        if state.interval is None or state.at is None:
            return
        start = state.interval.start
        key = {"site": self._site, "span": SPAN_CODES[Span.FIVE_MINUTES], "start": start}
        rows = [{**key, "channel": state.channels[name], **total.columns()} for name, total in state.sums.items()]
        if rows:
            await _execute(connection, insert(rollup), rows)
            now = [
                {"of": row["channel"], "imported": row["import_end_j"], "exported": row["export_end_j"]} for row in rows
            ]
            await _execute(connection, _COUNTERS, now)
        for fine, coarse in ((Span.FIVE_MINUTES, Span.HOUR), (Span.HOUR, Span.DAY)):
            whole = self._calendar.interval(coarse, state.at)
            if not whole.start < at <= whole.end:
                await connection.execute(added_up(self._site, fine, coarse, whole))
                again = rollup.c.start == self._calendar.interval(coarse, at).start
                of_span = (rollup.c.site == self._site, rollup.c.span == SPAN_CODES[coarse])
                await connection.execute(
                    delete(rollup).where(*of_span, rollup.c.channel.in_(_MINE), again), {"of": self._site}
                )
        await self._seal(connection, state, start)
        await self._forget(connection, state, at)

    async def _seal(self, connection: AsyncConnection, state: Open, start: int) -> None:
        rows = [(row.at, row.layout, row.body) for row in await connection.execute(_TAIL, {"of": self._site})]
        bodies = await asyncio.to_thread(_sealed, rows, state.layouts, state.sums)
        values = [{"channel": TIMES, "body": bodies.pop("")}]
        values += [{"channel": state.channels[name], "body": body} for name, body in bodies.items()]
        await _execute(connection, insert(block), [{"site": self._site, "start": start, **value} for value in values])
        await connection.execute(delete(tail).where(tail.c.site == self._site))

    async def _forget(self, connection: AsyncConnection, state: Open, at: int) -> None:
        """Remove what is past retention, an hour's worth at most, so that a clock set wrong cannot wipe history."""
        numbers = [TIMES, *state.channels.values()]
        oldest = (await connection.execute(_OLDEST_BLOCK, {"of": self._site})).scalar_one_or_none()
        if oldest is not None and oldest < at - KEEP_SECONDS_MS:
            limit = min(at - KEEP_SECONDS_MS, oldest + _DELETE_STEP_MS)
            await connection.execute(
                delete(block).where(block.c.site == self._site, block.c.channel.in_(numbers), block.c.start < limit)
            )
        limit = at - KEEP_FIVE_MINUTES_MS
        oldest = (await connection.execute(_oldest(Span.FIVE_MINUTES), {"of": self._site})).scalar_one_or_none()
        if oldest is not None and oldest < limit:
            past = rollup.c.start < min(limit, oldest + _DELETE_STEP_MS)
            await connection.execute(
                delete(rollup).where(rollup.c.site == self._site, rollup.c.channel.in_(numbers), _FIVE_MINUTES, past)
            )


async def _execute(connection: AsyncConnection, statement: Executable, rows: Sequence[Mapping[str, Any]]) -> None:
    """Execute ``statement`` for all ``rows``, some at a time: what the library does with each runs on the loop."""
    for i in range(0, len(rows), _ROWS_AT_ONCE):
        await connection.execute(statement, rows[i : i + _ROWS_AT_ONCE])


_FIVE_MINUTES = rollup.c.span == SPAN_CODES[Span.FIVE_MINUTES]

_TAIL = select(tail.c.at, tail.c.layout, tail.c.body).where(tail.c.site == bindparam("of")).order_by(tail.c.at)

_COUNTERS = (
    update(channel)
    .where(channel.c.no == bindparam("of"))
    .values(import_j=bindparam("imported"), export_j=bindparam("exported"))
)

_MINE = select(channel.c.no).where(channel.c.site == bindparam("of"))

_TAKEN = union(
    *(
        select(table.c.start).where(
            table.c.site == bindparam("of"),
            table.c.start >= bindparam("since"),
            table.c.start < bindparam("until", type_=BigInteger),
            *where,
        )
        for table, where in (
            (block, (block.c.channel == TIMES,)),
            (rollup, (_FIVE_MINUTES, rollup.c.channel.in_(_MINE))),
        )
    )
)
"""The 5 minutes that hold something; the open ones are in neither table."""

_OLDEST_BLOCK = select(func.min(block.c.start)).where(block.c.site == bindparam("of"), block.c.channel == TIMES)


def _oldest(span: Span) -> Select[int]:
    """The oldest roll-up: one look into the index per channel, instead of reading all that is kept."""
    of_span = rollup.c.span == SPAN_CODES[span]
    first = select(func.min(rollup.c.start)).where(rollup.c.site == channel.c.site, rollup.c.channel == channel.c.no)
    return select(func.min(first.where(of_span).scalar_subquery())).where(channel.c.site == bindparam("of"))


def added_up(site: int, fine: Span, coarse: Span, whole: Interval, since: int = 0) -> Insert:
    """Roll-ups of ``coarse`` from those of ``fine`` within ``whole``, leaving out what began before ``since``."""
    of = rollup.c
    energy = func.sum(cast(of.power_mean_mw, Double) * of.covered_ms)
    measured = func.nullif(func.sum(of.covered_ms), 0)
    columns = {
        "site": literal(site),
        "channel": of.channel,
        "span": literal(SPAN_CODES[coarse]),
        "start": cast(literal(whole.start), BigInteger),
        "import_j": cast(func.sum(of.import_j), BigInteger),
        "import_end_j": func.max(of.import_end_j),
        "export_j": cast(func.sum(of.export_j), BigInteger),
        "export_end_j": func.max(of.export_end_j),
        "power_mean_mw": cast(func.round(energy / measured), BigInteger),
        "power_min_mw": func.min(of.power_min_mw),
        "power_max_mw": func.max(of.power_max_mw),
        "covered_ms": cast(func.sum(of.covered_ms), BigInteger),
    }
    rows = (
        select(*columns.values())
        .where(of.site == site, of.span == SPAN_CODES[fine], of.start >= max(whole.start, since))
        .where(of.start < whole.end)
        .group_by(of.channel)
    )
    return insert(rollup).from_select(list(columns), rows)


def _sealed(
    rows: Sequence[tuple[int, int, bytes]], layouts: Mapping[int, Layout], sums: Mapping[str, Sum]
) -> dict[str, bytes]:
    """One body per channel, and the times under the empty name."""
    columns: dict[str, Column] = {}
    done = 0
    for number, run in groupby(rows, key=lambda row: row[1]):
        bodies = [body for _, _, body in run]
        for name, (imported, exported, power) in layouts[number].columns(bodies).items():
            column = columns.get(name)
            if column is None:
                total = sums[name]
                column = columns[name] = Column([_or_nothing(total.imported)], [_or_nothing(total.exported)], [])
            _fill(column, done)
            column.imported.extend(imported)
            column.exported.extend(exported)
            column.power.extend(power)
        done += len(bodies)
    for column in columns.values():
        _fill(column, done)
    packed = {name: pack_column(column) for name, column in columns.items()}
    return {"": pack_times(at for at, _, _ in rows), **packed}


def _or_nothing(counted: Counted) -> int:
    return NOTHING if counted.before is None else counted.before


def _fill(column: Column, count: int) -> None:
    """Rows up to ``count`` in which the channel did not appear."""
    lacking = count - len(column.power)
    column.imported.extend([NOTHING] * lacking)
    column.exported.extend([NOTHING] * lacking)
    column.power.extend([nan] * lacking)
