"""Reading seconds back: sealed days, blocks of 5 minutes, and the open tail, joined to one point per second.

Counters are known where a tick told them; the energy of a second is what they rose by since they were last known.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, bindparam, func, select

from ohmstead.core.model.series import Columns, Measure
from ohmstead.store.chunks import EXPORT, IMPORT, MEAN
from ohmstead.store.chunks import TIMES as TIMES_QUANTITY
from ohmstead.store.closing import SECONDS
from ohmstead.store.columns import (
    Numbers,
    Whole,
    times_of,
    unpack,
    unpack_block,
    unpack_block_times,
    unpack_scaled,
)
from ohmstead.store.intervals import SECOND_MS, Interval
from ohmstead.store.packing import NOTHING, Layout
from ohmstead.store.schema import block, channel, chunk, layout, tail
from ohmstead.store.state import TIMES, Open

_DAY_MS = 26 * 3_600_000


@dataclass(frozen=True, slots=True, eq=False)
class Stretch:
    """Some ticks of one channel. Counters begin with the one before the first tick; ``None``: not known or asked."""

    times: Whole
    power: Numbers | None
    imported: Whole | None
    exported: Whole | None


@dataclass(frozen=True, slots=True)
class _Found:
    """Rows of the database: sealed, in blocks, and in the tail with the counters before it."""

    sealed: Sequence[tuple[int, int, int, bytes]]
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
) -> Mapping[str, Columns]:
    """The seconds of ``names`` that begin in ``whole``."""
    numbers = {name: state.channels[name] for name in names if name in state.channels}
    wanted = _quantities(measures)
    asked = {"of": site, "numbers": [*numbers.values(), TIMES], "begin": whole.start, "end": whole.end}
    first = whole.start - _DAY_MS
    codes = [*wanted, TIMES_QUANTITY]
    rows = connection.execute(_SEALED, {**asked, "first": first, "codes": codes})
    sealed = [(number, quantity, start, body) for number, quantity, start, body in rows]
    blocks = [(number, start, body) for number, start, body in connection.execute(_BLOCKS, asked)]
    fresh = state.interval is not None and whole.start <= state.interval.end and state.interval.start <= whole.end
    ticks: list[tuple[int, str, bytes]] = []
    before: dict[int, tuple[int, int]] = {}
    if fresh:
        ticks = [(at, text, body) for at, text, body in connection.execute(_TICKS, asked)]
        for number, imported, exported in connection.execute(_BEFORE, asked):
            before[number] = (_or_nothing(imported), _or_nothing(exported))
    found = _Found(sealed, blocks, ticks, before)
    return _columns(found, numbers, names, whole, measures)


def _quantities(measures: Sequence[Measure]) -> tuple[int, ...]:
    known = {Measure.IMPORT: IMPORT, Measure.EXPORT: EXPORT}
    return tuple({known.get(measure, MEAN) for measure in measures})


def _columns(
    found: _Found, numbers: Mapping[str, int], names: Sequence[str], whole: Interval, measures: Sequence[Measure]
) -> Mapping[str, Columns]:
    wanted = _quantities(measures)
    stretches: dict[int, list[Stretch]] = {number: [] for number in numbers.values()}
    _open_sealed(found.sealed, stretches, whole)
    _open_blocks(found.blocks, stretches)
    layouts: dict[str, Layout] = {}
    for name, number in numbers.items():
        if found.ticks:
            stretches[number].append(_open_ticks(found, name, number, layouts))
    done: dict[str, Columns] = {}
    cuts: dict[int, _Cut] = {}
    for each in (each for some in stretches.values() for each in some):
        if id(each.times) not in cuts:
            cuts[id(each.times)] = _Cut.of(each.times, whole)
    for name in names:
        mine = stretches.get(numbers.get(name, -1), ())
        parts = [_seconds(each, cuts[id(each.times)], wanted, measures) for each in mine]
        done[name] = _joined([part for part in parts if len(part.start_ms)], measures)
    return done


def _open_sealed(
    rows: Iterable[tuple[int, int, int, bytes]], stretches: Mapping[int, list[Stretch]], whole: Interval
) -> None:
    times: dict[int, Whole] = {}
    own: dict[bytes, Whole] = {}
    slices: dict[tuple[bytes, int, int, int], Whole] = {}
    bodies: dict[tuple[int, int], dict[int, bytes]] = {}
    for number, quantity, start, body in rows:
        if quantity == TIMES_QUANTITY:
            times[start] = unpack(body)[1]
        else:
            bodies.setdefault((number, start), {})[quantity] = body
    for (number, start), columns in bodies.items():
        counters: dict[int, Whole] = {}
        power: Numbers | None = None
        dumped = b""
        for code, body in columns.items():
            if code == MEAN:
                dumped, power = unpack_scaled(body, 1000)
            else:
                dumped, counters[code] = unpack(body)
        if dumped not in own:
            own[dumped] = _times(dumped, times)
        of = own[dumped]
        count = len(power) if power is not None else len(next(iter(counters.values()))) - 1
        if len(of) != count:
            first = int(np.searchsorted(of, start))
            of = of[first : first + count]
        first, end = (int(at) for at in np.searchsorted(of, (whole.start, whole.end), "right"))
        cut = {code: values[first : end + 1] for code, values in counters.items()}
        if first:
            cut = {code: np.append(_last(counters[code][: first + 1]), values[1:]) for code, values in cut.items()}
        part = None if power is None else power[first:end]
        times_now = slices.setdefault((dumped, start, first, end), of[first:end])
        stretches[number].append(Stretch(times_now, part, cut.get(IMPORT), cut.get(EXPORT)))


def _times(dumped: bytes, kept: Mapping[int, Whole]) -> Whole:
    times = times_of(dumped)
    if times.shared is not None:
        return kept[times.shared]
    assert times.own is not None
    return times.own


def _last(counter: Whole) -> int:
    known = np.flatnonzero(counter != NOTHING)
    return int(counter[known[-1]]) if len(known) else NOTHING


def _open_blocks(rows: Iterable[tuple[int, int, bytes]], stretches: Mapping[int, list[Stretch]]) -> None:
    """Blocks by start; those of ``TIMES`` come first and belong to all that follow."""
    times: dict[int, Whole] = {}
    for number, start, body in rows:
        if number == TIMES:
            times[start] = unpack_block_times(body)
        elif start in times:
            imported, exported, power = unpack_block(body)
            stretches[number].append(Stretch(times[start], power, imported, exported))


def _open_ticks(found: _Found, name: str, number: int, layouts: dict[str, Layout]) -> Stretch:
    picked: list[tuple[int, int, float]] = []
    for _, text, body in found.ticks:
        known = layouts.get(text)
        if known is None:
            known = layouts[text] = Layout.load(text)
        picked.append(known.pick(name, body))
    imported, exported = found.before.get(number, (NOTHING, NOTHING))
    return Stretch(
        np.array([at for at, _, _ in found.ticks], np.int64),
        np.array([power for _, _, power in picked]),
        np.array([imported, *(value for value, _, _ in picked)], np.int64),
        np.array([exported, *(value for _, value, _ in picked)], np.int64),
    )


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


def _seconds(of: Stretch, cut: _Cut, wanted: Sequence[int], measures: Sequence[Measure]) -> Columns:
    """One point per second of a stretch in which anything asked for is known."""
    second, inside, begins = cut.second, cut.inside, cut.begins
    power = of.power if MEAN in wanted else None
    told = np.zeros(len(second), np.bool_)
    if power is not None:
        told |= np.isfinite(power)
    counters = {IMPORT: of.imported, EXPORT: of.exported}
    flowed: dict[int, Numbers] = {}
    for code in (IMPORT, EXPORT):
        counter = counters[code]
        if code in wanted and counter is not None:
            told |= counter[1:] != NOTHING
            flowed[code] = _flowed(counter)
    values: dict[Measure, Numbers] = {}
    codes = {Measure.IMPORT: IMPORT, Measure.EXPORT: EXPORT}
    single = len(begins) == len(second)
    for measure in measures:
        if measure in codes:
            energy = flowed.get(codes[measure])
            values[measure] = np.full(len(second), np.nan) if energy is None else energy
            if energy is not None and not single and len(begins):
                ends = np.append(begins[1:], len(second)) - 1
                summed = np.add.reduceat(np.where(np.isnan(energy), 0.0, energy), begins)
                values[measure] = np.where(np.isnan(energy[ends]), np.nan, summed)
        else:
            values[measure] = np.full(len(second), np.nan) if power is None else power
            if power is not None and not single and len(begins):
                values[measure] = _reduced(measure, power, begins)
        if not single:
            values[measure] = values[measure][: len(begins)]
    if not single and len(begins):
        told, second, inside = np.logical_or.reduceat(told, begins), second[begins], inside[begins]
    chosen = told & inside
    if chosen.all():
        return Columns(second, values)
    return Columns(second[chosen], {measure: each[chosen] for measure, each in values.items()})


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


def _reduced(measure: Measure, power: Numbers, begins: "np.ndarray[tuple[int], np.dtype[np.intp]]") -> Numbers:
    """Several ticks of one second as its mean and extremes; NaN where none knew the power."""
    known = np.isfinite(power)
    count = np.add.reduceat(known.astype(np.int64), begins)
    if measure is Measure.MEAN:
        reduced = np.add.reduceat(np.where(known, power, 0.0), begins) / np.maximum(count, 1)
    elif measure is Measure.LOW:
        reduced = np.minimum.reduceat(np.where(known, power, np.inf), begins)
    else:
        reduced = np.maximum.reduceat(np.where(known, power, -np.inf), begins)
    return np.where(count > 0, reduced, np.nan)


def _joined(parts: Sequence[Columns], measures: Sequence[Measure]) -> Columns:
    if len(parts) == 1:
        return parts[0]
    if not parts:
        return Columns(np.zeros(0, np.int64), {measure: np.zeros(0) for measure in measures})
    starts = np.concatenate([part.start_ms for part in parts])
    order = np.argsort(starts, kind="stable")
    return Columns(
        starts[order],
        {measure: np.concatenate([part.values[measure] for part in parts])[order] for measure in measures},
    )


def _or_nothing(value: int | None) -> int:
    return NOTHING if value is None else value


_SEALED = select(chunk.c.channel, chunk.c.quantity, chunk.c.start, chunk.c.body).where(
    chunk.c.site == bindparam("of"),
    chunk.c.span == SECONDS,
    chunk.c.quantity.in_(bindparam("codes", expanding=True)),
    chunk.c.channel.in_(bindparam("numbers", expanding=True)),
    chunk.c.start > bindparam("first"),
    chunk.c.start <= bindparam("end"),
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
