"""When a site gets another time zone: its hours and days are added up again by the new midnights (G-002).

Five minutes are the same in every zone. Hours older than the oldest 5 minutes stay as they were cut. One channel after
the other, so that years of many channels need no more memory than years of one.
"""

import asyncio
from importlib import import_module

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from ohmstead.core.model.series import Span
from ohmstead.store.intervals import Calendar
from ohmstead.store.schema import channel


async def rezone(connection: AsyncConnection, site: int, calendar: Calendar, last: int | None) -> None:
    """Cut the closed hours and days of ``site`` anew by ``calendar``; ``last`` is the time of its last row."""
    if last is None:
        return
    recutting = await asyncio.to_thread(import_module, "ohmstead.store.recutting")
    numbers = (await connection.execute(select(channel.c.no).where(channel.c.site == site))).scalars().all()
    for number in numbers:
        for fine, coarse in ((Span.FIVE_MINUTES, Span.HOUR), (Span.HOUR, Span.DAY)):
            await recutting.recut(connection, site, number, (fine, coarse), calendar, last)
