"""When a site gets another time zone: its hours and days are added up again by the new midnights (G-002).

Five minutes are the same in every zone. Hours older than the oldest 5 minutes stay as they were cut.
"""

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from ohmstead.core.model.series import Span
from ohmstead.store.intervals import Calendar, Interval
from ohmstead.store.rollups import SPAN_CODES
from ohmstead.store.schema import rollup
from ohmstead.store.tail import added_up


async def rezone(connection: AsyncConnection, site: int, calendar: Calendar, last: int | None) -> None:
    """Cut the closed hours and days of ``site`` anew by ``calendar``; ``last`` is the time of its last row."""
    if last is None:
        return
    for fine, coarse in ((Span.FIVE_MINUTES, Span.HOUR), (Span.HOUR, Span.DAY)):
        of = rollup.c
        query = select(of.start).distinct().where(of.site == site, of.span == SPAN_CODES[fine]).order_by(of.start)
        starts = (await connection.execute(query)).scalars().all()
        if not starts:
            continue
        first = calendar.interval(coarse, starts[0] + 1).start
        old = (of.site == site, of.span == SPAN_CODES[coarse], of.start >= first)
        await connection.execute(delete(rollup).where(*old))
        done = Interval(0, 0)
        for start in starts:
            whole = calendar.interval(coarse, start + 1)
            if whole != done and whole.end < last:
                await connection.execute(added_up(site, fine, coarse, whole))
            done = whole
