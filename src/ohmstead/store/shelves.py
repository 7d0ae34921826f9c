"""Shelves: sealed columns of up to ``GROUP`` channels side by side, so that what a whole house did is one or two reads.

Hours stand there, a year and a half together, and the power of a sealed day's seconds. A shelf is a copy of the bodies
of one quantity, in the order of the channels: a count, then number and length of each, then the bodies. The times that
seconds share come first, as those of channel ``TIMES``. A shelf goes when one of its columns changes, in the same
transaction, and is made anew with the next bite of sealing, or when the store is opened; until then the columns
themselves are read. It is not made at once since what is written again and again comes to lie all over the file.
"""

import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import inf

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    bindparam,
    case,
    delete,
    func,
    insert,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from ohmstead.core.model.series import Span
from ohmstead.store.intervals import Interval
from ohmstead.store.quantities import COVERED, EXPORT, HIGH, IMPORT, LOW, MEAN
from ohmstead.store.quantities import TIMES as TIMES_QUANTITY
from ohmstead.store.rollups import SECONDS, SPAN_CODES
from ohmstead.store.schema import block, chunk, shelf
from ohmstead.store.state import TIMES

GROUP = 32
HOURS = SPAN_CODES[Span.HOUR]
FEWEST = 4
"""Fewer channels are read from their own columns."""
_COUNT = struct.Struct("<I")
_PLACE = struct.Struct("<IqI")
_DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class Kind:
    """How much time stands on one shelf, which quantities, and how long before what it tells of a body may begin."""

    extent_ms: int
    quantities: tuple[int, ...]
    lead_ms: int = 0


KINDS: Mapping[int, Kind] = {
    HOURS: Kind(512 * _DAY_MS, (IMPORT, EXPORT, MEAN, LOW, HIGH, COVERED)),
    SECONDS: Kind(_DAY_MS, (MEAN,), lead_ms=26 * 3_600_000),
}
"""By span. A body stands on the shelf of the stretch in which it begins; the last quantity is always there."""

Body = tuple[int, int, int, bytes | memoryview]
"""Channel, quantity, start and body."""


async def clear(connection: AsyncConnection, site: int, span: int, number: int, whole: Interval) -> None:
    """Take away the shelves on which channel ``number`` stands in ``whole``, because it changes there."""
    if span in KINDS:
        of = shelf.c
        here = (of.start > whole.start - KINDS[span].extent_ms, of.start < whole.end)
        mine = (of.site == site, of.span == span, of.group == number // GROUP)
        await connection.execute(delete(shelf).where(*mine, *here))


async def forget(connection: AsyncConnection, site: int, span: int, limit: int) -> None:
    """Take away the shelves of what ended before ``limit``."""
    of = shelf.c
    await connection.execute(delete(shelf).where(of.site == site, of.span == span, of.until < limit))


async def refresh(connection: AsyncConnection, site: int, most: int, seconds_since: int) -> None:
    """Make up to ``most`` stretches of shelves that are not there, newest first; of seconds only ``seconds_since``.

    Days of which seconds are still to be sealed wait.
    """
    found: dict[tuple[int, int], set[tuple[int, int]]] = {}
    unsealed: int | None = None
    for what, span, group, at in await connection.execute(_STRETCHES, {"of": site}):
        if what == _UNSEALED:
            unsealed = at
        else:
            found.setdefault((what, span), set()).add((group, at * KINDS[span].extent_ms))
    for span, kind in KINDS.items():
        needed = found.get((_SEALED, span), set())
        if span == SECONDS:
            last = inf if unsealed is None else unsealed - kind.extent_ms
            needed = {(group, start) for group, start in needed if seconds_since <= start <= last}
        needed = needed - found.get((_SHELVED, span), set())
        chosen = sorted(needed, key=lambda each: each[1], reverse=True)[:most]
        most -= len(chosen)
        for where, start in chosen:
            await _make(connection, site, span, where, start)


async def _make(connection: AsyncConnection, site: int, span: int, group: int, start: int) -> None:
    of, kind = chunk.c, KINDS[span]
    rows = []
    end = start + kind.extent_ms
    for quantity in kind.quantities:
        mine: ColumnElement[bool] = and_(
            of.quantity == quantity,
            of.channel >= group * GROUP,
            of.channel < (group + 1) * GROUP,
            of.start >= start,
        )
        if span == SECONDS:
            shared = and_(of.quantity == TIMES_QUANTITY, of.channel == TIMES, of.start > start - kind.lead_ms)
            mine = or_(shared, mine)
        bodies = (
            select(of.channel, of.start, of.until, of.body)
            .where(of.site == site, of.span == span, of.start < end, mine)
            .order_by(of.channel, of.start)
        )
        found = [(row.channel, row.start, row.until, row.body) for row in await connection.execute(bodies)]
        own = [row for row in found if row[0] != TIMES]
        holds = {
            "first": min((begin for _, begin, *_ in own), default=start),
            "until": max((until for *_, until, _ in own), default=start),
        }
        place = {"site": site, "span": span, "quantity": quantity, "group": group, "start": start, **holds}
        rows.append({**place, "body": _packed([(number, begin, body) for number, begin, _, body in found])})
    await connection.execute(insert(shelf), rows)


def _packed(found: Sequence[tuple[int, int, bytes]]) -> bytes:
    head = b"".join(_PLACE.pack(number, start, len(body)) for number, start, body in found)
    return _COUNT.pack(len(found)) + head + b"".join(body for _, _, body in found)


def _bodies(quantity: int, packed: bytes, wanted: frozenset[int]) -> Iterator[Body]:
    (count,) = _COUNT.unpack_from(packed)
    at = _COUNT.size + count * _PLACE.size
    seen = memoryview(packed)
    for number, start, length in _PLACE.iter_unpack(seen[_COUNT.size : at]):
        if number == TIMES:
            yield number, TIMES_QUANTITY, start, seen[at : at + length]
        elif number in wanted:
            yield number, quantity, start, seen[at : at + length]
        at += length


def serves(span: int, numbers: Sequence[int], codes: Iterable[int]) -> bool:
    """Whether so many channels and these quantities of them are looked for on shelves."""
    return span in KINDS and len(numbers) >= FEWEST and set(codes) <= set(KINDS[span].quantities)


def read(
    connection: Connection, site: int, span: int, numbers: Sequence[int], codes: Iterable[int], whole: Interval
) -> tuple[list[Body], Mapping[Interval, Sequence[int]]]:
    """What stands on shelves of ``whole``, and where bodies of other channels that must be looked for begin."""
    kind = KINDS[span]
    quantities = list(dict.fromkeys(codes))
    groups = sorted({number // GROUP for number in numbers})
    extent = kind.extent_ms
    first, last = (whole.start - kind.lead_ms) // extent * extent, (whole.end - 1) // extent * extent
    asked = {"of": site, "code": span, "groups": groups, "codes": quantities, "begin": whole.start, "end": whole.end}
    wanted = frozenset(numbers)
    bodies: list[Body] = []
    there: set[tuple[int, int]] = set()
    for group, start, quantity, packed in connection.execute(_SHELVES, {**asked, "first": first, "last": last}):
        there.add((group, start))
        if packed is not None:
            bodies += _bodies(quantity, packed, wanted)
    rest: dict[Interval, Sequence[int]] = {}
    before: Interval | None = None
    for start in range(first, last + 1, extent):
        missing = [number for number in numbers if (number // GROUP, start) not in there]
        now = Interval(start, start + extent)
        if before is not None and missing and rest.get(before) == missing:
            del rest[before]
            now = Interval(before.start, now.end)
        if missing:
            rest[now] = missing
        before = now
    return bodies, rest


_SEALED, _SHELVED, _UNSEALED = range(3)


def _stretches(span: int, kind: Kind) -> Iterator[Select[int, int, int, int]]:
    """Where something sealed of ``span`` lies, and where shelves are."""
    mine = (chunk.c.site == bindparam("of"), chunk.c.span == span, chunk.c.quantity == kind.quantities[-1])
    where = (chunk.c.channel // GROUP, chunk.c.start // kind.extent_ms)
    yield select(literal(_SEALED), literal(span), *where).where(*mine).distinct()
    there = (shelf.c.site == bindparam("of"), shelf.c.span == span)
    where = (shelf.c.group, shelf.c.start // kind.extent_ms)
    yield select(literal(_SHELVED), literal(span), *where).where(*there).distinct()


_STRETCHES = union_all(
    *(each for span, kind in KINDS.items() for each in _stretches(span, kind)),
    select(literal(_UNSEALED), literal(SECONDS), literal(0), func.min(block.c.start)).where(
        block.c.site == bindparam("of"), block.c.channel == TIMES
    ),
)
"""What is told of, span, group and number of the stretch; in the last row when the oldest plain seconds begin."""

_SHELVES = select(
    shelf.c.group,
    shelf.c.start,
    shelf.c.quantity,
    case((and_(shelf.c.first <= bindparam("end"), shelf.c.until >= bindparam("begin")), shelf.c.body), else_=None),
).where(
    shelf.c.site == bindparam("of"),
    shelf.c.span == bindparam("code"),
    shelf.c.quantity.in_(bindparam("codes", expanding=True)),
    shelf.c.group.in_(bindparam("groups", expanding=True)),
    shelf.c.start >= bindparam("first"),
    shelf.c.start <= bindparam("last"),
)
"""A shelf that holds nothing of what is asked for is told of, but its body stays where it is."""
