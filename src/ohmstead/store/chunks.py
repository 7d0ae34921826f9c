"""The table of sealed columns: which intervals of a channel it holds, adding some, and taking some back out.

A chunk of roll-ups holds the intervals of one channel that begin within one stretch of ``EXTENT_MS``, at most one
chunk per stretch, with a row per quantity. What stands as a plain row beats what is sealed.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from ohmstead.store import shelves
from ohmstead.store.columns import Times, Whole, pack, times_of, unpack
from ohmstead.store.gauges import bodies_of, columns_of, complete, sparing
from ohmstead.store.intervals import Interval
from ohmstead.store.packing import NOTHING
from ohmstead.store.quantities import ALL, COLUMNS, COVERED, MEAN
from ohmstead.store.schema import chunk, rollup

_DAY_MS = 86_400_000
EXTENT_MS = {300: 32 * _DAY_MS, shelves.HOURS: shelves.KINDS[shelves.HOURS].extent_ms, 86_400: 4096 * _DAY_MS}
_PLAIN = {(3600, MEAN), (86_400, MEAN)}


@dataclass(frozen=True, slots=True, eq=False)
class Stretch:
    """Roll-ups of one channel in ascending order; a quantity that is nowhere known may be absent."""

    starts: Whole
    columns: Mapping[int, Whole]

    @classmethod
    def of(cls, rows: Sequence[Sequence[Any]]) -> "Stretch":
        """Rows of the table of roll-ups: the start, then ``COLUMNS`` in their order, then the gauges."""
        turned = np.array([[NOTHING if value is None else value for value in row[:-1]] for row in rows], np.int64)
        turned = turned.reshape(-1, 1 + len(COLUMNS))
        columns = {code: turned[:, 1 + i].copy() for i, code in enumerate(COLUMNS)}
        return cls(turned[:, 0].copy(), columns | columns_of([row[-1] for row in rows]))

    def part(self, chosen: "np.ndarray[tuple[int], np.dtype[np.bool_]]") -> "Stretch":
        """Some of the intervals."""
        return Stretch(self.starts[chosen], {code: values[chosen] for code, values in self.columns.items()})

    def under(self, newer: "Stretch") -> "Stretch":
        """Both; where both know an interval, ``newer``."""
        starts = np.union1d(self.starts, newer.starts)
        columns: dict[int, Whole] = {}
        for code in {*self.columns, *newer.columns}:
            values = np.full(len(starts), NOTHING, np.int64)
            for each in (self, newer):
                known = each.columns.get(code)
                values[np.searchsorted(starts, each.starts)] = NOTHING if known is None else known
            columns[code] = values
        return Stretch(starts, columns)

    def extents(self, span: int) -> Iterable["Stretch"]:
        """Cut into the stretches that go into one chunk each."""
        numbers = self.starts // EXTENT_MS[span]
        for number in np.unique(numbers):
            yield self.part(numbers == number)


EMPTY = Stretch(np.zeros(0, np.int64), {})


async def put(connection: AsyncConnection, site: int, span: int, number: int, new: Stretch) -> None:
    """Seal ``new`` intervals of channel ``number``; they take the place of sealed ones with the same start."""
    for part in new.extents(span):
        first = int(part.starts[0]) // EXTENT_MS[span] * EXTENT_MS[span]
        whole = Interval(first, first + EXTENT_MS[span])
        kept = await sealed(connection, site, span, number, whole)
        await _replace(connection, site, span, number, whole, kept.under(part))


async def sealed(connection: AsyncConnection, site: int, span: int, number: int, whole: Interval) -> Stretch:
    """The sealed intervals of channel ``number`` that begin in ``whole``."""
    of = chunk.c
    query = (
        select(of.start, of.quantity, of.body)
        .where(of.site == site, of.span == span, of.quantity.in_(ALL), of.channel == number)
        .where(of.start > whole.start - EXTENT_MS[span], of.start < whole.end, of.until >= whole.start)
        .order_by(of.start)
    )
    bodies: dict[int, dict[int, bytes]] = {}
    for start, quantity, body in await connection.execute(query):
        bodies.setdefault(start, {})[quantity] = body
    return await asyncio.to_thread(_opened, bodies, whole)


async def cut_out(connection: AsyncConnection, site: int, span: int, number: int, whole: Interval) -> None:
    """Remove the sealed intervals of channel ``number`` that begin in ``whole``."""
    of = chunk.c
    mine = (of.site == site, of.span == span, of.quantity.in_(ALL), of.channel == number)
    inside = (of.start >= whole.start, of.until < whole.end)
    await shelves.clear(connection, site, span, number, whole)
    await connection.execute(delete(chunk).where(*mine, *inside))
    borders = select(of.start).distinct().where(*mine, of.start < whole.end, of.until >= whole.start)
    for start in (await connection.execute(borders)).scalars().all():
        first = start // EXTENT_MS[span] * EXTENT_MS[span]
        around = Interval(first, first + EXTENT_MS[span])
        kept = await sealed(connection, site, span, number, around)
        outside = (kept.starts < whole.start) | (kept.starts >= whole.end)
        await _replace(connection, site, span, number, around, kept.part(outside))


async def take(connection: AsyncConnection, site: int, span: int, whole: Interval) -> None:
    """Make plain rows of all sealed intervals of the site that begin in ``whole``; rows that are there stay."""
    of, row = chunk.c, rollup.c
    query = select(of.channel).where(
        of.site == site, of.span == span, of.quantity == COVERED, of.start < whole.end, of.until >= whole.start
    )
    for number in set((await connection.execute(query)).scalars()):
        first = whole.start // EXTENT_MS[span] * EXTENT_MS[span]
        last = (whole.end - 1) // EXTENT_MS[span] * EXTENT_MS[span] + EXTENT_MS[span]
        around = Interval(first, last)
        kept = await sealed(connection, site, span, number, around)
        inside = (kept.starts >= whole.start) & (kept.starts < whole.end)
        mine = (row.site == site, row.channel == number, row.span == span)
        there = select(row.start).where(*mine, row.start >= whole.start, row.start < whole.end)
        known = set((await connection.execute(there)).scalars())
        key = {"site": site, "channel": number, "span": span}
        rows = [{**key, **each} for each in _rows(kept.part(inside)) if each["start"] not in known]
        if rows:
            await connection.execute(insert(rollup), rows)
        await _replace(connection, site, span, number, around, kept.part(~inside))


async def _replace(
    connection: AsyncConnection, site: int, span: int, number: int, whole: Interval, now: Stretch
) -> None:
    of = chunk.c
    mine = (of.site == site, of.span == span, of.quantity.in_(ALL), of.channel == number)
    await connection.execute(delete(chunk).where(*mine, of.start >= whole.start, of.start < whole.end))
    await shelves.clear(connection, site, span, number, whole)
    key = {"site": site, "span": span, "channel": number}
    for part in now.extents(span):
        bodies = await asyncio.to_thread(_packed, span, part)
        place = {**key, "start": int(part.starts[0]), "until": int(part.starts[-1])}
        await connection.execute(
            insert(chunk), [{**place, "quantity": quantity, "body": body} for quantity, body in bodies.items()]
        )


def starts(bodies: Iterable[bytes]) -> set[int]:
    """When the intervals of sealed columns begin."""
    found: set[int] = set()
    for body in bodies:
        own = times_of(unpack(body)[0]).own
        found.update(() if own is None else own.tolist())
    return found


def _packed(span: int, part: Stretch) -> dict[int, bytes]:
    times = Times(part.starts)
    return {
        code: pack(values, times, squeezed=(span, code) not in _PLAIN)
        for code, values in sparing(part.columns).items()
        if code == COVERED or (values != NOTHING).any()
    }


def _opened(bodies: Mapping[int, Mapping[int, bytes]], whole: Interval) -> Stretch:
    found = EMPTY
    for columns in bodies.values():
        opened = {code: unpack(body) for code, body in columns.items()}
        starts = times_of(opened[COVERED][0]).own
        assert starts is not None
        found = found.under(Stretch(starts, complete({code: values for code, (_, values) in opened.items()})))
    return found.part((found.starts >= whole.start) & (found.starts < whole.end))


def _rows(stretch: Stretch) -> list[dict[str, Any]]:
    columns: dict[str, list[Any]] = {
        name: [None if value == NOTHING else value for value in stretch.columns[code].tolist()]
        if code in stretch.columns
        else [None] * len(stretch.starts)
        for code, name in COLUMNS.items()
    }
    columns["gauges"] = bodies_of(len(stretch.starts), stretch.columns)
    names = ["start", *columns]
    return [
        dict(zip(names, values, strict=True)) for values in zip(stretch.starts.tolist(), *columns.values(), strict=True)
    ]
