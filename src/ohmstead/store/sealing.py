"""Sealing in small bites: with each closed 5 minutes, the plain rows and blocks of a few channels become columns.

What a site works with stays plain: 5 minutes of two days, hours of a week, days of two months, seconds of the site's
current day. So much is sealed in a bite that sealing keeps pace with recording, however many channels there are, and
each bite runs in the transaction of one row: a power cut leaves either the rows or the column. A database of an older
program is sealed the same way, bit by bit.

The seconds of a day are one column per channel and quantity; the times of their rows are kept once for all channels.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy import delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from ohmstead.store import shelves
from ohmstead.store.chunks import EXTENT_MS, Stretch, put
from ohmstead.store.columns import Times, Whole, milliwatts, pack, unpack, unpack_block, unpack_block_times
from ohmstead.store.gauges import of_device, unpack_block_gauges
from ohmstead.store.intervals import FIVE_MINUTES_MS, Interval
from ohmstead.store.packing import NOTHING
from ohmstead.store.quantities import COLUMNS, EXPORT, IMPORT, MEAN, POWERS
from ohmstead.store.quantities import TIMES as TIMES_QUANTITY
from ohmstead.store.rollups import SECONDS
from ohmstead.store.schema import block, channel, chunk, rollup
from ohmstead.store.state import TIMES


async def seal_rollups(connection: AsyncConnection, site: int, span: int, number: int, before: int) -> None:
    """Seal the oldest roll-ups of one channel that begin ``before``, at most one chunk of them."""
    of = rollup.c
    mine = (of.site == site, of.channel == number, of.span == span)
    oldest = (await connection.execute(select(func.min(of.start)).where(*mine))).scalar_one_or_none()
    if oldest is None or oldest >= before:
        return
    end = min(before, (oldest // EXTENT_MS[span] + 1) * EXTENT_MS[span])
    names = [of[name] for name in COLUMNS.values()]
    query = select(of.start, *names, of.gauges).where(*mine, of.start < end).order_by(of.start)
    rows = [tuple(row) for row in await connection.execute(query)]
    await put(connection, site, span, number, await asyncio.to_thread(Stretch.of, rows))
    await connection.execute(delete(rollup).where(*mine, of.start < end))


async def seal_seconds(connection: AsyncConnection, site: int, whole: Interval, most: int) -> None:
    """Seal up to ``most`` channels of the day that begins with the oldest block and ends with ``whole``."""
    of, first = block.c, whole.start
    times_of_site = (of.site == site, of.channel == TIMES)
    times = await _batch(connection, site, whole)
    around = (of.start >= first, of.start < int(times[-1]))
    starts = (await connection.execute(select(of.start).where(*times_of_site, *around))).scalars().all()
    ours = (of.start.in_([start for start in starts if _count(times, start)]),)
    left = select(of.start).where(of.site == site, of.channel == channel.c.no, *ours).exists()
    query = select(channel.c.no).where(channel.c.site == site, left).limit(most + 1)
    numbers = (await connection.execute(query)).scalars().all()
    key = {"site": site, "span": SECONDS}
    for number in numbers[:most]:
        found = select(of.start, of.body).where(of.site == site, of.channel == number, *ours).order_by(of.start)
        blocks = [(row.start, row.body) for row in await connection.execute(found)]
        rows = [{**key, "channel": number, **each} for each in await asyncio.to_thread(_sealed, first, times, blocks)]
        if rows:
            await connection.execute(insert(chunk), rows)
            await shelves.clear(connection, site, SECONDS, number, whole)
        await connection.execute(delete(block).where(of.site == site, of.channel == number, *ours))
    if len(numbers) <= most:
        await connection.execute(delete(block).where(*times_of_site, *ours))


async def _batch(connection: AsyncConnection, site: int, whole: Interval) -> Whole:
    """The times that are sealed together, kept under the start of their first block.

    Blocks that came late into a stretch that is being sealed wait for the next batch.
    """
    of, kept, first = block.c, chunk.c, whole.start
    sealed = (kept.site == site, kept.span == SECONDS, kept.quantity == TIMES_QUANTITY, kept.channel == TIMES)
    known = select(kept.body).where(*sealed, kept.start == first)
    body = (await connection.execute(known)).scalar_one_or_none()
    if body is not None:
        return (await asyncio.to_thread(unpack, body))[1]
    later = select(func.min(kept.start)).where(*sealed, kept.start > first)
    end = min(whole.end, (await connection.execute(later)).scalar_one_or_none() or whole.end)
    query = select(of.body).where(of.site == site, of.channel == TIMES, of.start >= first, of.start < end)
    bodies = (await connection.execute(query.order_by(of.start))).scalars().all()
    times = await asyncio.to_thread(lambda: np.concatenate([unpack_block_times(body) for body in bodies]))
    body = await asyncio.to_thread(pack, times)
    place = {"site": site, "span": SECONDS, "quantity": TIMES_QUANTITY, "channel": TIMES}
    await connection.execute(insert(chunk), {**place, "start": first, "until": int(times[-1]), "body": body})
    return times


def _count(times: Whole, start: int) -> int:
    """How many of ``times`` lie in the 5 minutes after ``start``."""
    first, end = np.searchsorted(times, (start, start + FIVE_MINUTES_MS), "right")
    return int(end - first)


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """A block's ticks: where they stand among the times, counters from the one before on, and what was measured."""

    at: int
    counters: Mapping[int, Whole]
    measured: Mapping[int, Whole]

    @property
    def end(self) -> int:
        return self.at + len(self.measured[MEAN])


def _sealed(batch: int, times: Whole, blocks: Iterable[tuple[int, bytes]]) -> list[Mapping[str, object]]:
    """The rows of one channel: one set of columns, or more where its counters do not go on where they stood."""
    done: list[Mapping[str, object]] = []
    run: list[_Part] = []
    stood = (NOTHING, NOTHING)
    for start, body in blocks:
        opened = unpack_block(body)
        at = int(np.searchsorted(times, start, "right"))
        count = min(len(opened.power), _count(times, start))
        before = (int(opened.imported[0]), int(opened.exported[0]))
        if run and before != stood:
            done += _columns(batch, times, run)
            run = []
        gauges = {code: values[:count] for code, values in unpack_block_gauges(opened.gauges).items()}
        counters = {IMPORT: opened.imported[: count + 1], EXPORT: opened.exported[: count + 1]}
        run.append(_Part(at, counters, {MEAN: milliwatts(opened.power[:count]), **gauges}))
        stood = (_last(opened.imported), _last(opened.exported))
    return done + (_columns(batch, times, run) if run else [])


def _columns(batch: int, times: Whole, run: Sequence[_Part]) -> list[Mapping[str, object]]:
    first, end = run[0].at, run[-1].end
    whole = {code: np.full(end - first, NOTHING, np.int64) for part in run for code in part.measured}
    counted = {code: np.full(end - first + 1, NOTHING, np.int64) for code in (IMPORT, EXPORT)}
    for code, values in counted.items():
        values[0] = run[0].counters[code][0]
    for part in run:
        for code, counter in part.counters.items():
            counted[code][part.at - first + 1 : part.end - first + 1] = counter[1:]
        for code, measured in part.measured.items():
            whole[code][part.at - first : part.end - first] = measured
    for phase in POWERS:
        if phase.mean in whole and np.array_equal(of_device(whole[phase.mean]), whole[MEAN]):
            whole[phase.held] = np.zeros(len(whole.pop(phase.mean)), np.int64)
    place = {"start": int(times[first]), "until": int(times[end - 1])}
    return [
        {**place, "quantity": code, "body": pack(values, Times(shared=batch))}
        for code, values in {**counted, **whole}.items()
        if code == MEAN or (values != NOTHING).any()
    ]


def _last(counter: Whole) -> int:
    known = np.flatnonzero(counter != NOTHING)
    return int(counter[known[-1]]) if len(known) else NOTHING
