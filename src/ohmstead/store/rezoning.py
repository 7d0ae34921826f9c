"""When a site gets another time zone: its hours and days are added up again by the new midnights (G-002).

Five minutes are the same in every zone. Hours older than the oldest 5 minutes stay as they were cut.
"""

from collections.abc import Sequence

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
    of = rollup.c
    for fine, coarse in ((Span.FIVE_MINUTES, Span.HOUR), (Span.HOUR, Span.DAY)):
        starts = await _starts(connection, site, fine)
        if not starts:
            continue
        since = _since(await _starts(connection, site, coarse), starts[0], coarse)
        cut_before = (of.site == site, of.span == SPAN_CODES[coarse], of.start >= since)
        await connection.execute(delete(rollup).where(*cut_before))
        done = Interval(0, 0)
        for start in starts:
            whole = calendar.interval(coarse, start + 1)
            if start >= since and whole != done and not whole.start < last <= whole.end:
                await connection.execute(added_up(site, fine, coarse, whole, since))
                done = whole


async def _starts(connection: AsyncConnection, site: int, span: Span) -> Sequence[int]:
    of = rollup.c
    query = select(of.start).distinct().where(of.site == site, of.span == SPAN_CODES[span]).order_by(of.start)
    return (await connection.execute(query)).scalars().all()


def _since(cut: Sequence[int], first: int, coarse: Span) -> int:
    """From where intervals are cut anew: from the beginning, or from the first whose parts are all still there."""
    if not any(start <= first - _LONGEST_MS[coarse] for start in cut):
        return 0
    return min((start for start in cut if start >= first), default=first)


_LONGEST_MS = {Span.HOUR: 3_600_000, Span.DAY: 26 * 3_600_000}
