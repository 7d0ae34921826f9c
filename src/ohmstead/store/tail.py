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
from dataclasses import dataclass
from importlib import import_module

from sqlalchemy import BigInteger, LargeBinary, bindparam, cast, func, insert, null, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from ohmstead.core.model.series import Span
from ohmstead.store.closing import MINE, ROWS_AT_ONCE, TAIL, close, oldest_row
from ohmstead.store.dating import NEW, Dating, dated
from ohmstead.store.intervals import FIVE_MINUTES_MS, Calendar, to_ms
from ohmstead.store.packing import Layout
from ohmstead.store.quantities import COVERED
from ohmstead.store.rollups import SPAN_CODES, UNCONNECTED_MS, Sum
from ohmstead.store.schema import block, channel, chunk, layout, rollup, tail
from ohmstead.store.state import TIMES, Open
from ohmstead.store.values import Sample, TailRow

_JITTER_MS = 1000
_SLEW_MS = 500
_RETURN_MS = 3_600_000
_NEAR_MS = 3 * FIVE_MINUTES_MS

_NEVER_MS = 2**62


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
            await close(connection, self._site, self._calendar, state, at, self._gap_ms)
        names = tuple(row.channels)
        channels = await self._new_channels(connection, state, names)
        number, layouts = await self._layout(connection, state, names, row.channels)
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

    async def number(self, connection: AsyncConnection, state: Open, name: str) -> int:
        """The number of the channel ``name``, which is made when it is new."""
        known = state.channels.get(name)
        return (await self._new_channels(connection, state, (name,)))[name] if known is None else known

    async def recover(self, connection: AsyncConnection) -> Open:
        """Rebuild what memory held from what the database holds."""
        state = Open()
        channels = select(channel.c.no, channel.c.name, channel.c.import_j, channel.c.export_j)
        for row in await connection.execute(channels.where(channel.c.site == self._site)):
            state.channels[row.name] = row.no
            if row.import_j is not None or row.export_j is not None:
                state.counters[row.name] = Sample(row.import_j, row.export_j)
        layouts = select(layout.c.no, layout.c.body).where(layout.c.site == self._site).order_by(layout.c.no)
        for number, text in await connection.execute(layouts):
            state.layouts[number] = Layout.load(text)
            state.numbers[state.layouts[number].channels] = number
        for at, number, body in await connection.execute(TAIL, {"of": self._site}):
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
        first, oldest = [await self._oldest(connection, span) for span in (Span.HOUR, Span.FIVE_MINUTES)]
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
        rows = (await connection.execute(_TAKEN, bounds)).all()
        taken = {row.start for row in rows if row.body is None}
        if len(taken) < len(rows):
            taken |= await _sealed([row.body for row in rows if row.body is not None], interval.start, until)
        while interval.start in taken:
            at = interval.end + 1
            interval = self._calendar.interval(Span.FIVE_MINUTES, at)
        return at

    async def _oldest(self, connection: AsyncConnection, span: Span) -> int | None:
        """When the oldest roll-up begins, plain or sealed."""
        of = chunk.c
        mine = (of.site == self._site, of.span == SPAN_CODES[span], of.quantity == COVERED)
        sealed = (await connection.execute(select(func.min(of.start)).where(*mine))).scalar_one_or_none()
        plain = (await connection.execute(oldest_row(span), {"of": self._site})).scalar_one_or_none()
        return min((start for start in (sealed, plain) if start is not None), default=None)

    async def _new_channels(self, connection: AsyncConnection, state: Open, names: Sequence[str]) -> dict[str, int]:
        rows = [{"site": self._site, "name": name} for name in names if name not in state.channels]
        if not rows:
            return {}
        numbers: dict[str, int] = {}
        for i in range(0, len(rows), ROWS_AT_ONCE):
            statement = insert(channel).returning(channel.c.name, channel.c.no)
            new = await connection.execute(statement, rows[i : i + ROWS_AT_ONCE])
            numbers.update((row.name, row.no) for row in new)
        return numbers

    async def _layout(
        self, connection: AsyncConnection, state: Open, names: tuple[str, ...], samples: Mapping[str, Sample]
    ) -> tuple[int, dict[int, Layout]]:
        """The layout of the channels, made anew when one of them tells of a gauge that it has no place for."""
        number = state.numbers.get(names)
        before = None if number is None else state.layouts[number]
        if number is not None and before is not None and before.covers(samples):
            return number, {}
        new = Layout.of(samples, before)
        statement = insert(layout).values(site=self._site, body=new.dump()).returning(layout.c.no)
        number = (await connection.execute(statement)).scalar_one()
        return number, {number: new}


async def _sealed(bodies: Sequence[bytes], since: int, until: int) -> set[int]:
    """The sealed 5 minutes that begin from ``since`` on and before ``until``."""
    chunks = await asyncio.to_thread(import_module, "ohmstead.store.chunks")
    starts: set[int] = await asyncio.to_thread(chunks.starts, bodies)
    return {start for start in starts if since <= start < until}


_FIVE = SPAN_CODES[Span.FIVE_MINUTES]
_SINCE, _UNTIL = bindparam("since", type_=BigInteger), bindparam("until", type_=BigInteger)

_TAKEN = union_all(
    *(
        select(table.c.start, cast(null(), LargeBinary).label("body")).where(
            table.c.site == bindparam("of"), table.c.start >= _SINCE, table.c.start < _UNTIL, *where
        )
        for table, where in (
            (block, (block.c.channel == TIMES,)),
            (rollup, (rollup.c.span == _FIVE, rollup.c.channel.in_(MINE))),
        )
    ),
    select(chunk.c.start, chunk.c.body)
    .where(chunk.c.site == bindparam("of"), chunk.c.span == _FIVE, chunk.c.quantity == COVERED)
    .where(chunk.c.start < _UNTIL, chunk.c.until >= _SINCE),
)
"""The 5 minutes that hold something, and bodies of sealed ones; the open ones are in no table of these."""
