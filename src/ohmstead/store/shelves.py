"""Shelves: the sealed hours of up to ``GROUP`` channels side by side, so that a year of a house is one or two reads.

A shelf is a copy of the bodies of one quantity in one stretch of ``chunks.EXTENT_MS``, in the order of the channels:
a count, then number and length of each, then the bodies. It goes when one of them changes, in the same transaction,
and is made anew with the next bite of sealing, or when the store is opened; until then the columns themselves are read.
It is not made at once since what is written again and again comes to lie all over the file.
"""

import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence

from sqlalchemy import Connection, bindparam, delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from ohmstead.store.intervals import Interval
from ohmstead.store.quantities import COVERED, EXPORT, HIGH, IMPORT, LOW, MEAN
from ohmstead.store.schema import chunk, shelf

GROUP = 32
SPAN = 3600
EXTENT_MS = 512 * 86_400_000
QUANTITIES = (IMPORT, EXPORT, MEAN, LOW, HIGH, COVERED)
FEWEST = 4
"""Fewer channels are read from their own columns."""
_COUNT = struct.Struct("<I")
_PLACE = struct.Struct("<IqI")

Body = tuple[int, int, int, bytes]
"""Channel, quantity, start and body."""


async def clear(connection: AsyncConnection, site: int, span: int, number: int, whole: Interval) -> None:
    """Take away the shelves on which channel ``number`` stands in ``whole``, because it changes there."""
    if span == SPAN:
        of = shelf.c
        here = (of.start > whole.start - EXTENT_MS, of.start < whole.end)
        await connection.execute(delete(shelf).where(of.site == site, of.group == number // GROUP, *here))


async def refresh(connection: AsyncConnection, site: int, most: int) -> None:
    """Make up to ``most`` stretches of shelves that are not there."""
    of = chunk.c
    sealed = select(of.channel, of.start).where(of.site == site, of.span == SPAN, of.quantity == COVERED)
    needed = {(row.channel // GROUP, row.start // EXTENT_MS) for row in await connection.execute(sealed)}
    there = select(shelf.c.group, shelf.c.start).where(shelf.c.site == site, shelf.c.quantity == COVERED)
    needed -= {(row.group, row.start // EXTENT_MS) for row in await connection.execute(there)}
    for group, extent in sorted(needed)[:most]:
        await _make(connection, site, group, extent * EXTENT_MS)


async def _make(connection: AsyncConnection, site: int, group: int, start: int) -> None:
    of = chunk.c
    rows = []
    for quantity in QUANTITIES:
        bodies = (
            select(of.channel, of.start, of.body)
            .where(of.site == site, of.span == SPAN, of.quantity == quantity)
            .where(of.channel >= group * GROUP, of.channel < (group + 1) * GROUP)
            .where(of.start >= start, of.start < start + EXTENT_MS)
            .order_by(of.channel, of.start)
        )
        found = [(row.channel, row.start, row.body) for row in await connection.execute(bodies)]
        rows.append({"site": site, "quantity": quantity, "group": group, "start": start, "body": _packed(found)})
    await connection.execute(insert(shelf), rows)


def _packed(found: Sequence[tuple[int, int, bytes]]) -> bytes:
    head = b"".join(_PLACE.pack(number, start, len(body)) for number, start, body in found)
    return _COUNT.pack(len(found)) + head + b"".join(body for _, _, body in found)


def _bodies(quantity: int, packed: bytes, wanted: frozenset[int]) -> Iterator[Body]:
    (count,) = _COUNT.unpack_from(packed)
    at = _COUNT.size + count * _PLACE.size
    for i in range(count):
        number, start, length = _PLACE.unpack_from(packed, _COUNT.size + i * _PLACE.size)
        if number in wanted:
            yield number, quantity, start, packed[at : at + length]
        at += length


def read(
    connection: Connection, site: int, numbers: Sequence[int], codes: Iterable[int], whole: Interval
) -> tuple[list[Body], Mapping[Interval, Sequence[int]]]:
    """What stands on shelves, and by stretch of time the channels that must be read from their own columns."""
    quantities = list(dict.fromkeys(codes))
    groups = sorted({number // GROUP for number in numbers})
    first, last = whole.start // EXTENT_MS * EXTENT_MS, (whole.end - 1) // EXTENT_MS * EXTENT_MS
    asked = {"of": site, "groups": groups, "codes": quantities, "first": first, "last": last}
    wanted = frozenset(numbers)
    bodies: list[Body] = []
    there: set[tuple[int, int]] = set()
    for group, start, quantity, packed in connection.execute(_SHELVES, asked):
        there.add((group, start))
        bodies += _bodies(quantity, packed, wanted)
    rest = {
        Interval(start, start + EXTENT_MS): missing
        for start in range(first, last + 1, EXTENT_MS)
        if (missing := [number for number in numbers if (number // GROUP, start) not in there])
    }
    return bodies, rest


_SHELVES = select(shelf.c.group, shelf.c.start, shelf.c.quantity, shelf.c.body).where(
    shelf.c.site == bindparam("of"),
    shelf.c.quantity.in_(bindparam("codes", expanding=True)),
    shelf.c.group.in_(bindparam("groups", expanding=True)),
    shelf.c.start >= bindparam("first"),
    shelf.c.start <= bindparam("last"),
)
