"""Hours of a channel made of its 5 minutes, days of its hours: after the zone has changed, and where values came late.

What is made is sealed at once.
"""

import asyncio

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from ohmstead.core.model.series import Span
from ohmstead.store.chunks import Stretch, cut_out, put, sealed
from ohmstead.store.coarser import coarser
from ohmstead.store.intervals import Calendar, Interval
from ohmstead.store.quantities import COLUMNS
from ohmstead.store.rollups import SPAN_CODES
from ohmstead.store.schema import rollup

ALWAYS = Interval(-(2**62), 2**62)
_LONGEST_MS = {Span.HOUR: 3_600_000, Span.DAY: 26 * 3_600_000}


async def all_of(connection: AsyncConnection, site: int, span: Span, number: int, whole: Interval) -> Stretch:
    """The closed intervals of a channel that begin in ``whole``, sealed or plain."""
    of, code = rollup.c, SPAN_CODES[span]
    query = (
        select(of.start, *(of[name] for name in COLUMNS.values()), of.gauges)
        .where(of.site == site, of.channel == number, of.span == code)
        .where(of.start >= whole.start, of.start < whole.end)
        .order_by(of.start)
    )
    rows = [tuple(row) for row in await connection.execute(query)]
    kept = await sealed(connection, site, code, number, whole)
    return await asyncio.to_thread(lambda: kept.under(Stretch.of(rows)))


async def replace(
    connection: AsyncConnection, site: int, span: Span, number: int, whole: Interval, new: Stretch
) -> None:
    """Let ``new`` be all that is known of the closed intervals of a channel that begin in ``whole``."""
    of, code = rollup.c, SPAN_CODES[span]
    mine = (of.site == site, of.channel == number, of.span == code)
    await connection.execute(delete(rollup).where(*mine, of.start >= whole.start, of.start < whole.end))
    await cut_out(connection, site, code, number, whole)
    await put(connection, site, code, number, new)


async def recut(
    connection: AsyncConnection, site: int, number: int, spans: tuple[Span, Span], calendar: Calendar, last: int
) -> None:
    """Add the finer of ``spans`` up anew by ``calendar``, as far back as all parts are still there."""
    fine, coarse = spans
    parts = await all_of(connection, site, fine, number, ALWAYS)
    if not len(parts.starts):
        return
    cut = (await all_of(connection, site, coarse, number, ALWAYS)).starts
    since = _since(cut.tolist(), int(parts.starts[0]), coarse)
    new = await asyncio.to_thread(coarser, parts.part(parts.starts >= since), calendar, coarse)
    is_open = calendar.interval(coarse, last).start
    closed = new.part(new.starts != is_open)
    await replace(connection, site, coarse, number, Interval(since, ALWAYS.end), closed)


def _since(cut: list[int], first: int, coarse: Span) -> int:
    """From where intervals are cut anew: from the beginning, or from the first whose parts are all still there."""
    if not any(start <= first - _LONGEST_MS[coarse] for start in cut):
        return -(2**62)
    return min((start for start in cut if start >= first), default=first)
