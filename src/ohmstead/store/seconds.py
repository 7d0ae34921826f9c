"""Reading seconds back: sealed days, blocks of 5 minutes, and the open tail, joined to one point per second.

Counters are known where a tick told them; the energy of a second is what they rose by since they were last known.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, bindparam, func, select

from ohmstead.core.model.series import Columns, Measure
from ohmstead.store import shelves
from ohmstead.store.columns import (
    Bytes,
    Numbers,
    Whole,
    lead,
    times_of,
    unpack,
    unpack_block,
    unpack_block_times,
    write_scaled,
)
from ohmstead.store.gauges import ticks as gauges_of_ticks
from ohmstead.store.gauges import unpack_block_gauges
from ohmstead.store.intervals import SECOND_MS, Interval
from ohmstead.store.opening import Room, named, scaled
from ohmstead.store.packing import NOTHING, Layout
from ohmstead.store.quantities import EXPORT, IMPORT, MEAN, POWERS, Slot, is_low, scale, shown, source
from ohmstead.store.quantities import TIMES as TIMES_QUANTITY
from ohmstead.store.rollups import SECONDS
from ohmstead.store.schema import block, channel, chunk, layout, tail
from ohmstead.store.state import TIMES, Open

_DAY_MS = 26 * 3_600_000


@dataclass(frozen=True, slots=True, eq=False)
class Stretch:
    """Some ticks of one channel: what was measured, and counters, which begin with the one before the first tick.

    By quantity; what is not known or not asked for is absent.
    """

    times: Whole
    measured: Mapping[int, Numbers]
    counters: Mapping[int, Whole]


@dataclass(frozen=True, slots=True)
class _Found:
    """Rows of the database: sealed, in blocks, and in the tail with the counters before it."""

    sealed: Sequence[shelves.Body]
    blocks: Sequence[tuple[int, int, bytes]]
    ticks: Sequence[tuple[int, str, bytes]]
    before: Mapping[int, tuple[int, int]]


def read_seconds(
    connection: Connection,
    site: int,
    state: Open,
    names: Sequence[str],
    whole: Interval,
    measures: Sequence[Measure],
    gauges: Sequence[Slot] = (),
) -> Mapping[str, Columns]:
    """The seconds of ``names`` that begin in ``whole``."""
    numbers = {name: state.channels[name] for name in names if name in state.channels}
    wanted = {source(code) for code in shown(measures, gauges)}
    if told := {phase.held for phase in POWERS if phase.mean in wanted}:
        wanted |= {*told, MEAN}
    sealed = _sealed(connection, site, list(numbers.values()), wanted, whole)
    asked = {"of": site, "numbers": [*numbers.values(), TIMES], "begin": whole.start, "end": whole.end}
    blocks = [(number, start, body) for number, start, body in connection.execute(_BLOCKS, asked)]
    fresh = state.interval is not None and whole.start <= state.interval.end and state.interval.start <= whole.end
    ticks: list[tuple[int, str, bytes]] = []
    before: dict[int, tuple[int, int]] = {}
    if fresh:
        ticks = [(at, text, body) for at, text, body in connection.execute(_TICKS, asked)]
        for number, imported, exported in connection.execute(_BEFORE, asked):
            before[number] = (_or_nothing(imported), _or_nothing(exported))
    found = _Found(sealed, blocks, ticks, before)
    shows = tuple(shown(measures, gauges))
    parts = _parts(found, numbers, names, whole, shows)
    return {name: named(each.starts, each.values, measures, gauges) for name, each in parts.items()}


def _sealed(
    connection: Connection, site: int, numbers: Sequence[int], wanted: Iterable[int], whole: Interval
) -> list[shelves.Body]:
    """Bodies with ticks in ``whole``, and the times that they share."""
    begins = Interval(whole.start - _DAY_MS + 1, whole.end + 1)
    codes = list(wanted)
    bodies: list[shelves.Body] = []
    rest: Mapping[Interval, Sequence[int]] = {begins: numbers}
    if shelves.serves(SECONDS, numbers, codes):
        bodies, rest = shelves.read(connection, site, SECONDS, numbers, codes, Interval(whole.start, begins.end))
    within = {"of": site, "begin": whole.start, "end": whole.end}
    if rest:
        shared = {"numbers": [TIMES], "codes": [TIMES_QUANTITY], "first": begins.start, "last": whole.end}
        bodies += [tuple(row) for row in connection.execute(_SEALED, within | shared)]
    for part, missing in rest.items():
        bounds = {"first": max(part.start, begins.start), "last": min(part.end, begins.end) - 1}
        of = {"numbers": missing, "codes": codes, **bounds}
        bodies += [tuple(row) for row in connection.execute(_SEALED, within | of)]
    return bodies


@dataclass(frozen=True, slots=True, eq=False)
class _Points:
    """One channel's answer by quantity."""

    starts: Whole
    values: Mapping[int, Numbers]


@dataclass(frozen=True, slots=True, eq=False)
class _Order:
    """The starts of parts put together, and how they must be sorted for it; ``None`` when they follow each other.

    It keeps the parts, by whose identity it is found again.
    """

    parts: Sequence[Whole]
    starts: Whole
    sorting: NDArray[np.intp] | None

    @classmethod
    def of(cls, parts: Sequence[Whole]) -> "_Order":
        starts = np.concatenate(parts)
        if (starts[1:] >= starts[:-1]).all():
            return cls(parts, starts, None)
        sorting = np.argsort(starts, kind="stable")
        return cls(parts, starts[sorting], sorting)

    def put(self, values: Sequence[Numbers]) -> Numbers:
        together = np.concatenate(values)
        return together if self.sorting is None else together[self.sorting]


def _parts(
    found: _Found, numbers: Mapping[str, int], names: Sequence[str], whole: Interval, shows: Sequence[int]
) -> Mapping[str, _Points]:
    stretches: dict[int, list[Stretch]] = {number: [] for number in numbers.values()}
    _open_sealed(found.sealed, stretches, whole)
    _open_blocks(found.blocks, stretches, gauged=any(source(code) > MEAN for code in shows))
    if found.ticks:
        _open_ticks(found, numbers, stretches, gauged=any(source(code) > MEAN for code in shows))
    done: dict[str, _Points] = {}
    cuts: dict[int, _Cut] = {}
    for each in (each for some in stretches.values() for each in some):
        if id(each.times) not in cuts:
            cuts[id(each.times)] = _Cut.of(each.times, whole)
    orders: dict[tuple[int, ...], _Order] = {}
    for name in names:
        mine = stretches.get(numbers.get(name, -1), ())
        parts = [_seconds(each, cuts[id(each.times)], shows) for each in mine]
        parts = sorted((part for part in parts if len(part.starts)), key=lambda part: int(part.starts[0]))
        done[name] = _joined(parts, shows, orders)
    return done


def _open_sealed(rows: Iterable[shelves.Body], stretches: Mapping[int, list[Stretch]], whole: Interval) -> None:
    times: dict[int, Whole] = {}
    cuts: dict[tuple[bytes, int, int], tuple[Whole, int, int]] = {}
    bodies: dict[tuple[int, int], dict[int, Bytes]] = {}
    for number, quantity, start, body in rows:
        if quantity == TIMES_QUANTITY:
            times[start] = unpack(body)[1]
        else:
            bodies.setdefault((number, start), {})[quantity] = body
    parts: list[tuple[int, dict[int, Bytes], tuple[Whole, int, int]]] = []
    for (number, start), columns in bodies.items():
        code, body = next(iter(columns.items()))
        dumped, count = lead(body)
        key = dumped, start, count - 1 if code in (IMPORT, EXPORT) else count
        if key not in cuts:
            cuts[key] = _cut_of(_times(dumped, times), start, key[-1], whole)
        parts.append((number, columns, cuts[key]))
    room = Room(sum((end - first) * len(columns) for _, columns, (_, first, end) in parts))
    for number, columns, (mine, first, end) in parts:
        counters: dict[int, Whole] = {}
        measured: dict[int, Numbers] = {}
        for code, body in columns.items():
            if code in (IMPORT, EXPORT):
                counter = unpack(body)[1]
                counters[code] = counter[first : end + 1].copy()
                counters[code][0] = _last(counter[: first + 1])
            else:
                measured[code] = room.take(end - first)
                write_scaled(body, scale(code), measured[code], first)
        for phase in POWERS:
            if phase.held in measured:
                measured[phase.mean] = measured[MEAN]
        stretches[number].append(Stretch(mine, measured, counters))


def _cut_of(times: Whole, start: int, count: int, whole: Interval) -> tuple[Whole, int, int]:
    """The times of ``count`` ticks from ``start`` on that lie in ``whole``, the first of them, and the end."""
    if len(times) != count:
        at = int(np.searchsorted(times, start))
        times = times[at : at + count]
    first, end = (int(at) for at in np.searchsorted(times, (whole.start, whole.end), "right"))
    return times[first:end], first, end


def _times(dumped: bytes, kept: Mapping[int, Whole]) -> Whole:
    times = times_of(dumped)
    if times.shared is not None:
        return kept[times.shared]
    assert times.own is not None
    return times.own


def _last(counter: Whole) -> int:
    known = np.flatnonzero(counter != NOTHING)
    return int(counter[known[-1]]) if len(known) else NOTHING


def _open_blocks(
    rows: Iterable[tuple[int, int, bytes]], stretches: Mapping[int, list[Stretch]], *, gauged: bool
) -> None:
    """Blocks by start; those of ``TIMES`` come first and belong to all that follow."""
    times: dict[int, Whole] = {}
    for number, start, body in rows:
        if number == TIMES:
            times[start] = unpack_block_times(body)
        elif start in times:
            opened = unpack_block(body)
            measured = {MEAN: opened.power} | (_scaled(unpack_block_gauges(opened.gauges)) if gauged else {})
            counters = {IMPORT: opened.imported, EXPORT: opened.exported}
            stretches[number].append(Stretch(times[start], measured, counters))


def _scaled(gauges: Mapping[int, Whole]) -> dict[int, Numbers]:
    return {code: scaled(values, scale(code)) for code, values in gauges.items()}


def _open_ticks(
    found: _Found, numbers: Mapping[str, int], stretches: Mapping[int, list[Stretch]], *, gauged: bool
) -> None:
    layouts = {text: Layout.load(text) for text in {text for _, text, _ in found.ticks}}
    ticks = [(at, layouts[text], body) for at, text, body in found.ticks]
    times = np.array([at for at, _, _ in ticks], np.int64)
    gauges = gauges_of_ticks(ticks) if gauged else {}
    for name, number in numbers.items():
        picked = [used.pick(name, body) for _, used, body in ticks]
        imported, exported = found.before.get(number, (NOTHING, NOTHING))
        counters = {
            IMPORT: np.array([imported, *(value for value, _, _ in picked)], np.int64),
            EXPORT: np.array([exported, *(value for _, value, _ in picked)], np.int64),
        }
        measured = {MEAN: np.array([power for _, _, power in picked])} | _scaled(gauges.get(name, {}))
        stretches[number].append(Stretch(times, measured, counters))


@dataclass(frozen=True, slots=True, eq=False)
class _Cut:
    """The second in which each tick lies, those that are asked for, and the first tick of each second."""

    second: Whole
    inside: NDArray[np.bool_]
    begins: NDArray[np.intp]

    @classmethod
    def of(cls, times: Whole, whole: Interval) -> "_Cut":
        second = (times - 1) // SECOND_MS * SECOND_MS
        inside = (second >= whole.start) & (second < whole.end)
        return cls(second, inside, np.flatnonzero(np.diff(second, prepend=-1)))


def _seconds(of: Stretch, cut: _Cut, shows: Sequence[int]) -> _Points:
    """One point per second of a stretch in which anything asked for is known."""
    second, inside, begins = cut.second, cut.inside, cut.begins
    told = np.zeros(len(second), np.bool_)
    wanted = {source(code) for code in shows}
    for code in wanted & of.measured.keys():
        told |= np.isfinite(of.measured[code])
    flowed: dict[int, Numbers] = {}
    for code in wanted & of.counters.keys():
        told |= of.counters[code][1:] != NOTHING
        flowed[code] = _flowed(of.counters[code])
    values: dict[int, Numbers] = {}
    single = len(begins) == len(second)
    for code in shows:
        known = (flowed if code in (IMPORT, EXPORT) else of.measured).get(source(code))
        values[code] = np.full(len(second), np.nan) if known is None else known
        if known is not None and not single and len(begins):
            values[code] = _summed(known, begins) if code in flowed else _reduced(code, known, begins)
        if not single:
            values[code] = values[code][: len(begins)]
    if not single and len(begins):
        told, second, inside = np.logical_or.reduceat(told, begins), second[begins], inside[begins]
    chosen = told & inside
    if chosen.all():
        return _Points(second, values)
    return _Points(second[chosen], {code: each[chosen] for code, each in values.items()})


def _summed(energy: Numbers, begins: NDArray[np.intp]) -> Numbers:
    """What several ticks of one second added; NaN where nothing was ever known."""
    ends = np.append(begins[1:], len(energy)) - 1
    total = np.add.reduceat(np.where(np.isnan(energy), 0.0, energy), begins)
    return np.where(np.isnan(energy[ends]), np.nan, total)


def _flowed(counter: Whole) -> Numbers:
    """What each tick added to a counter since it was last known; NaN while it was never known.

    The first value ever seen is where counting begins: it adds nothing.
    """
    known = counter != NOTHING
    at = np.maximum.accumulate(np.where(known, np.arange(len(counter)), -1))
    now = np.where(at < 0, 0, counter[np.maximum(at, 0)])
    energy = np.diff(now).astype(np.float64)
    begun = at[:-1] >= 0
    energy[~begun] = 0.0
    energy[at[1:] < 0] = np.nan
    return energy


def _reduced(code: int, measured: Numbers, begins: NDArray[np.intp]) -> Numbers:
    """Several ticks of one second as its mean and extremes; NaN where none knew the value."""
    known = np.isfinite(measured)
    count = np.add.reduceat(known.astype(np.int64), begins)
    if code == source(code):
        reduced = np.add.reduceat(np.where(known, measured, 0.0), begins) / np.maximum(count, 1)
    elif is_low(code):
        reduced = np.minimum.reduceat(np.where(known, measured, np.inf), begins)
    else:
        reduced = np.maximum.reduceat(np.where(known, measured, -np.inf), begins)
    return np.where(count > 0, reduced, np.nan)


def _joined(parts: Sequence[_Points], shows: Sequence[int], known: dict[tuple[int, ...], _Order]) -> _Points:
    """All points of a channel in ascending order. ``known``: the orders of parts with the same starts."""
    if len(parts) == 1:
        return parts[0]
    if not parts:
        return _Points(np.zeros(0, np.int64), {code: np.zeros(0) for code in shows})
    key = tuple(id(part.starts) for part in parts)
    order = known.get(key)
    if order is None:
        order = known[key] = _Order.of([part.starts for part in parts])
    values = {code: order.put([part.values[code] for part in parts]) for code in shows}
    return _Points(order.starts, values)


def _or_nothing(value: int | None) -> int:
    return NOTHING if value is None else value


_SEALED = select(chunk.c.channel, chunk.c.quantity, chunk.c.start, chunk.c.body).where(
    chunk.c.site == bindparam("of"),
    chunk.c.span == SECONDS,
    chunk.c.quantity.in_(bindparam("codes", expanding=True)),
    chunk.c.channel.in_(bindparam("numbers", expanding=True)),
    chunk.c.start >= bindparam("first"),
    chunk.c.start <= bindparam("last"),
    chunk.c.until > bindparam("begin"),
)

_BLOCKS = (
    select(block.c.channel, block.c.start, block.c.body)
    .where(block.c.site == bindparam("of"), block.c.channel.in_(bindparam("numbers", expanding=True)))
    .where(
        block.c.start
        >= func.coalesce(
            select(func.max(block.c.start))
            .where(block.c.site == bindparam("of"), block.c.channel == TIMES, block.c.start <= bindparam("begin"))
            .scalar_subquery(),
            bindparam("begin"),
        ),
        block.c.start < bindparam("end"),
    )
    .order_by(block.c.channel, block.c.start)
)

_TICKS = (
    select(tail.c.at, layout.c.body.label("layout"), tail.c.body)
    .join_from(tail, layout, tail.c.layout == layout.c.no)
    .where(tail.c.site == bindparam("of"), tail.c.at <= bindparam("end"))
    .order_by(tail.c.at)
)

_BEFORE = select(channel.c.no, channel.c.import_j, channel.c.export_j).where(
    channel.c.no.in_(bindparam("numbers", expanding=True))
)
