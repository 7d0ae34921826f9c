"""What happens when the open 5 minutes of a site end: roll-ups, blocks, sealing, and what is past retention goes.

All of it runs in the transaction of the row that ended them. Numpy is needed to roll up gauges and to seal, and is
loaded then.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib import import_module
from itertools import groupby
from math import nan
from typing import TYPE_CHECKING, Any

import structlog
from sqlalchemy import (
    BigInteger,
    Double,
    Executable,
    Exists,
    Insert,
    Numeric,
    Row,
    ScalarSelect,
    Select,
    Table,
    bindparam,
    cast,
    delete,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    union_all,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from ohmstead.core.model.series import Span
from ohmstead.store import shelves
from ohmstead.store.intervals import Calendar, Interval
from ohmstead.store.packing import NOTHING, Column, Layout, pack_column, pack_times
from ohmstead.store.quantities import ALL, COVERED
from ohmstead.store.rollups import SECONDS, SPAN_CODES, Counted, Sum
from ohmstead.store.schema import block, channel, chunk, rollup, shelf, tail
from ohmstead.store.state import TIMES, Open

if TYPE_CHECKING:  # numpy is loaded when the first 5 minutes with gauges end, or something is sealed
    from ohmstead.store.gauges import Closed

_DAY_MS = 86_400_000
_HOUR_MS = 3_600_000
KEEP_SECONDS_MS = 14 * _DAY_MS
KEEP_FIVE_MINUTES_MS = 5 * 366 * _DAY_MS
"""How long 1-second and 5-minute values are kept (G-009); hours and days stay for ever."""

PLAIN_MS = {
    SPAN_CODES[Span.FIVE_MINUTES]: (2 * _DAY_MS, _DAY_MS),
    SPAN_CODES[Span.HOUR]: (7 * _DAY_MS, 4 * _DAY_MS),
    SPAN_CODES[Span.DAY]: (64 * _DAY_MS, 16 * _DAY_MS),
}
"""How long roll-ups stay rows, and how much more comes together before it is worth sealing."""

_DELETE_STEP_MS = 3_600_000
ROWS_AT_ONCE = 250

_log = structlog.get_logger(__name__)


async def close(connection: AsyncConnection, site: int, calendar: Calendar, state: Open, at: int, gap_ms: int) -> None:
    """End the open 5 minutes of ``state`` because of a row of ``at``; ``gap_ms`` is how long a value holds at most."""
    if state.interval is None or state.at is None:
        return
    start = state.interval.start
    ticks = [(row.at, row.layout, row.body) for row in await connection.execute(TAIL, {"of": site})]
    gauged: Mapping[str, Closed] = {}
    if any(state.layouts[number].gauged for number in {number for _, number, _ in ticks}):
        gauges = await asyncio.to_thread(import_module, "ohmstead.store.gauges")
        gauged = await asyncio.to_thread(gauges.closed, ticks, state.layouts, state.interval, gap_ms)
    key = {"site": site, "span": SPAN_CODES[Span.FIVE_MINUTES], "start": start}
    rows = [
        {**key, "channel": state.channels[name], **total.columns(), "gauges": _rollup(gauged, name)}
        for name, total in state.sums.items()
    ]
    if rows:
        await execute(connection, insert(rollup), rows)
        now = [{"of": row["channel"], "imported": row["import_end_j"], "exported": row["export_end_j"]} for row in rows]
        await execute(connection, _COUNTERS, now)
    for fine, coarse in ((Span.FIVE_MINUTES, Span.HOUR), (Span.HOUR, Span.DAY)):
        whole = calendar.interval(coarse, state.at)
        if not whole.start < at <= whole.end:
            await unsealed(connection, site, fine, whole)
            await _add_up(connection, site, fine, coarse, whole)
            entered = calendar.interval(coarse, at)
            await unsealed(connection, site, coarse, Interval(entered.start, entered.start + 1))
            again = rollup.c.start == entered.start
            of_span = (rollup.c.site == site, rollup.c.span == SPAN_CODES[coarse])
            await connection.execute(delete(rollup).where(*of_span, rollup.c.channel.in_(MINE), again), {"of": site})
    await _keep_seconds(connection, site, state, ticks, gauged)
    past = {"of": site, "seconds": at - KEEP_SECONDS_MS, "fives": at - KEEP_FIVE_MINUTES_MS}
    due = (await connection.execute(_DUE, past)).one()
    if await _forget(connection, site, state, due, at):
        due = (await connection.execute(_DUE, past)).one()
    await _seal(connection, site, calendar, len(state.channels), state.at, due.block)


def _rollup(gauged: Mapping[str, "Closed"], name: str) -> bytes | None:
    found = gauged.get(name)
    return None if found is None else found.rollup


async def _add_up(connection: AsyncConnection, site: int, fine: Span, coarse: Span, whole: Interval) -> None:
    """Make the roll-ups of ``coarse`` from those of ``fine`` within ``whole``."""
    await connection.execute(added_up(site, fine, coarse, whole))
    of = rollup.c
    parts = select(of.channel, of.gauges).where(of.site == site, of.channel.in_(MINE), of.span == SPAN_CODES[fine])
    parts = parts.where(of.start >= whole.start, of.start < whole.end, of.gauges.is_not(None)).order_by(of.channel)
    found = [(row.channel, row.gauges) for row in await connection.execute(parts, {"of": site})]
    if found:
        gauges = await asyncio.to_thread(import_module, "ohmstead.store.gauges")
        made = await asyncio.to_thread(gauges.together, found)
        where = {"of": site, "code": SPAN_CODES[coarse], "begin": whole.start}
        await execute(connection, _GAUGES, [{**where, "number": number, "body": body} for number, body in made.items()])


async def unsealed(connection: AsyncConnection, site: int, span: Span, whole: Interval) -> None:
    """Make sure that all roll-ups that begin in ``whole`` are plain rows: those of a past that was entered again."""
    of = chunk.c
    sealed = (
        select(of.channel)
        .where(of.site == site, of.span == SPAN_CODES[span], of.quantity == COVERED)
        .where(of.start < whole.end, of.until >= whole.start)
    )
    if (await connection.execute(sealed.limit(1))).first() is not None:
        chunks = await asyncio.to_thread(import_module, "ohmstead.store.chunks")
        try:
            async with connection.begin_nested():
                await chunks.take(connection, site, SPAN_CODES[span], whole)
        except ValueError as error:
            _log.error("sealed history could not be opened", detail=str(error))


async def _seal(
    connection: AsyncConnection, site: int, calendar: Calendar, channels: int, at: int, first: int | None
) -> None:
    """Seal a bite of what is ripe; seconds are plain from ``first`` on.

    What cannot be sealed stays as it is: a row is never lost for it.
    """
    most = 1 + channels // 100
    worth = {_before(span): at - plain - more for span, (plain, more) in PLAIN_MS.items()}
    ripe = (await connection.execute(_RIPE, {"of": site, "most": most, **worth})).all()
    day = None if first is None else calendar.interval(Span.DAY, first + 1)
    if day is not None and day.end + _HOUR_MS > at:
        day = None
    await shelves.refresh(connection, site, 1, at - KEEP_SECONDS_MS)
    if not ripe and day is None:
        return
    sealing = await asyncio.to_thread(import_module, "ohmstead.store.sealing")
    try:
        async with connection.begin_nested():
            for span, number in ripe:
                await sealing.seal_rollups(connection, site, span, number, at - PLAIN_MS[span][0])
            if first is not None and day is not None:
                await sealing.seal_seconds(connection, site, Interval(first, day.end), most)
    except ValueError as error:
        _log.error("history could not be sealed", detail=str(error))


async def _keep_seconds(
    connection: AsyncConnection,
    site: int,
    state: Open,
    ticks: Sequence[tuple[int, int, bytes]],
    gauged: Mapping[str, "Closed"],
) -> None:
    assert state.interval is not None
    start = state.interval.start
    bodies = await asyncio.to_thread(_sealed, ticks, state.layouts, state.sums, gauged)
    values = [{"channel": TIMES, "body": bodies.pop("")}]
    values += [{"channel": state.channels[name], "body": body} for name, body in bodies.items()]
    await execute(connection, insert(block), [{"site": site, "start": start, **value} for value in values])
    await connection.execute(_EMPTY_TAIL, {"of": site})


async def _forget(connection: AsyncConnection, site: int, state: Open, due: Row[Any], at: int) -> bool:
    """Remove what is past retention, a bite at a time, so that a clock set wrong cannot wipe history.

    ``due`` is what ``_DUE`` found; returns whether it said that something is past.
    """
    numbers = [TIMES, *state.channels.values()]
    seconds, fives = at - KEEP_SECONDS_MS, at - KEEP_FIVE_MINUTES_MS
    blocks_past, rows_past = (
        oldest is not None and oldest < limit for oldest, limit in ((due.block, seconds), (due.row, fives))
    )
    if blocks_past:
        limit = min(seconds, due.block + _DELETE_STEP_MS)
        await connection.execute(
            delete(block).where(block.c.site == site, block.c.channel.in_(numbers), block.c.start < limit)
        )
    if rows_past:
        past = rollup.c.start < min(fives, due.row + _DELETE_STEP_MS)
        await connection.execute(
            delete(rollup).where(rollup.c.site == site, rollup.c.channel.in_(numbers), _FIVE_MINUTES, past)
        )
    most = len(ALL) * (1 + len(state.channels) // 100)
    if due.seconds:
        await _forget_sealed(connection, site, SECONDS, seconds, most)
    if due.fives:
        await _forget_sealed(connection, site, SPAN_CODES[Span.FIVE_MINUTES], fives, most)
    return blocks_past or rows_past or bool(due.seconds) or bool(due.fives)


async def _forget_sealed(connection: AsyncConnection, site: int, span: int, limit: int, most: int) -> None:
    """Remove up to ``most`` columns that end before ``limit``; the shared times go when nothing else is left."""
    of = chunk.c
    await shelves.forget(connection, site, span, limit)
    past = select(of.quantity, of.channel, of.start).where(of.site == site, of.span == span, of.until < limit)
    rows = (await connection.execute(past.order_by(of.quantity.desc(), of.start).limit(most))).all()
    for quantity, number, start in rows:
        one = (of.quantity == quantity, of.channel == number, of.start == start)
        await connection.execute(delete(chunk).where(of.site == site, of.span == span, *one))


async def execute(connection: AsyncConnection, statement: Executable, rows: Sequence[Mapping[str, Any]]) -> None:
    """Execute ``statement`` for all ``rows``, some at a time: what the library does with each runs on the loop."""
    for i in range(0, len(rows), ROWS_AT_ONCE):
        await connection.execute(statement, rows[i : i + ROWS_AT_ONCE])


_FIVE_MINUTES = rollup.c.span == SPAN_CODES[Span.FIVE_MINUTES]

TAIL = select(tail.c.at, tail.c.layout, tail.c.body).where(tail.c.site == bindparam("of")).order_by(tail.c.at)

_COUNTERS = (
    update(channel)
    .where(channel.c.no == bindparam("of"))
    .values(import_j=bindparam("imported"), export_j=bindparam("exported"))
)

_GAUGES = (
    update(rollup)
    .where(rollup.c.site == bindparam("of"), rollup.c.channel == bindparam("number"))
    .where(rollup.c.span == bindparam("code"), rollup.c.start == bindparam("begin"))
    .values(gauges=bindparam("body"))
)

MINE = select(channel.c.no).where(channel.c.site == bindparam("of"))

_EMPTY_TAIL = delete(tail).where(tail.c.site == bindparam("of"))


def oldest_row(span: Span) -> Select[int]:
    """The oldest plain roll-up: one look into the index per channel, instead of reading all that is kept."""
    return select(func.min(_first_row(SPAN_CODES[span]))).where(channel.c.site == bindparam("of"))


def _first_row(span: int) -> ScalarSelect[int]:
    """The oldest plain roll-up of the channel that is looked at."""
    of = rollup.c
    mine = (of.site == channel.c.site, of.channel == channel.c.no, of.span == span)
    return select(func.min(of.start)).where(*mine).scalar_subquery()


def _before(span: int) -> str:
    return f"before_{span}"


def _ripe(span: int) -> Select[int, int]:
    """The channels with the oldest plain roll-ups from before a time of the span's own."""
    rows = select(channel.c.no, _first_row(span).label("first")).where(channel.c.site == bindparam("of")).subquery()
    ripe = (
        select(rows.c.no)
        .where(rows.c.first < bindparam(_before(span), type_=BigInteger))
        .order_by(rows.c.first)
        .limit(bindparam("most"))
        .subquery()
    )
    return select(literal(span).label("span"), ripe.c.no)


_RIPE = union_all(*map(_ripe, PLAIN_MS))


def _past(table: Table, span: int, limit: str) -> Exists:
    """Whether something sealed ends before ``limit``; when it begins is asked too since the index knows that."""
    of, before = table.c, bindparam(limit, type_=BigInteger)
    return exists().where(of.site == bindparam("of"), of.span == span, of.start < before, of.until < before)


_DUE = select(
    select(func.min(block.c.start))
    .where(block.c.site == bindparam("of"), block.c.channel == TIMES)
    .scalar_subquery()
    .label("block"),
    oldest_row(Span.FIVE_MINUTES).scalar_subquery().label("row"),
    or_(_past(chunk, SECONDS, "seconds"), _past(shelf, SECONDS, "seconds")).label("seconds"),
    _past(chunk, SPAN_CODES[Span.FIVE_MINUTES], "fives").label("fives"),
)
"""When the oldest block and the oldest plain 5 minutes begin, and whether sealed seconds and 5 minutes are past."""


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
        "power_mean_mw": cast(func.round(cast(energy / measured / 100, Numeric)) * 100, BigInteger),
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
    rows: Sequence[tuple[int, int, bytes]],
    layouts: Mapping[int, Layout],
    sums: Mapping[str, Sum],
    gauged: Mapping[str, "Closed"],
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
    packed: dict[str, bytes] = {}
    for name, column in columns.items():
        _fill(column, done)
        packed[name] = pack_column(replace(column, gauges=gauged[name].block) if name in gauged else column)
    return {"": pack_times(at for at, _, _ in rows), **packed}


def _or_nothing(counted: Counted) -> int:
    return NOTHING if counted.before is None else counted.before


def _fill(column: Column, count: int) -> None:
    """Rows up to ``count`` in which the channel did not appear."""
    lacking = count - len(column.power)
    column.imported.extend([NOTHING] * lacking)
    column.exported.extend([NOTHING] * lacking)
    column.power.extend([nan] * lacking)
