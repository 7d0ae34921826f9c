"""History that comes from elsewhere, or late: intervals of one channel laid into what is recorded.

In: intervals in ascending order, none of them in the open 5 minutes or later. Out: how many were new. What is recorded
already stays, so that putting the same again changes nothing. 5 minutes are added up to hours and days of the site's
zone, hours to days; seconds make 5 minutes first. All of it is one transaction.
"""

import asyncio
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from ohmstead.core.model.series import KEPT, Span
from ohmstead.store import shelves
from ohmstead.store.chunks import Stretch
from ohmstead.store.coarser import coarser
from ohmstead.store.columns import Numbers, Times, Whole, milliwatts, pack
from ohmstead.store.intervals import Calendar, Interval, from_ms
from ohmstead.store.packing import NOTHING
from ohmstead.store.quantities import COLUMNS, COVERED, EXPORT, HIGH, IMPORT, LOW, MEAN
from ohmstead.store.recutting import all_of, replace
from ohmstead.store.rollups import SECONDS
from ohmstead.store.schema import chunk

_SECOND_MS = 1000
ORDER = (Span.FIVE_MINUTES, Span.HOUR, Span.DAY)


@dataclass(frozen=True, slots=True, eq=False)
class Intervals:
    """What happened in some intervals: NaN where it is not known. ``held_ms`` is how long each power held."""

    start_ms: Whole
    held_ms: Whole
    power_w: Numbers
    import_j: Numbers
    export_j: Numbers


def check(new: Intervals, span: Span, calendar: Calendar, end: int | None) -> None:
    """Raise ValueError unless times ascend, lie before ``end``, and are those of intervals of ``span``."""
    starts = new.start_ms
    if span not in KEPT:
        raise ValueError(f"{span} is not kept; {', '.join(KEPT)} are")
    if not len(starts):
        raise ValueError("no intervals")
    if not (starts[1:] > starts[:-1]).all():
        at = int(np.argmin(starts[1:] > starts[:-1])) + 1
        raise ValueError(f"{from_ms(int(starts[at]))} comes after {from_ms(int(starts[at - 1]))}")
    if end is not None and starts[-1] >= end:
        raise ValueError(f"{from_ms(int(starts[-1]))} is not before {from_ms(end)}, where the record is being written")
    for start in starts.tolist():
        if calendar.interval(span, start + 1).start != start:
            raise ValueError(f"{from_ms(start)} is not the beginning of an interval of {span}")


@dataclass(frozen=True, slots=True)
class Place:
    """Where intervals go: a transaction, a channel of a site, its calendar, and the time of the site's last row."""

    connection: AsyncConnection
    site: int
    number: int
    calendar: Calendar
    last: int | None

    async def all_of(self, span: Span, whole: Interval) -> Stretch:
        """The closed intervals that begin in ``whole``."""
        return await all_of(self.connection, self.site, span, self.number, whole)

    async def replace(self, span: Span, whole: Interval, new: Stretch) -> None:
        """Let ``new`` be all that is known of them."""
        await replace(self.connection, self.site, span, self.number, whole, new)


async def put_rollups(at: Place, span: Span, new: Intervals) -> int:
    """Lay in intervals of ``span`` and make the coarser ones anew; returns how many were not known before."""
    stretch = await asyncio.to_thread(_stretch, new)
    whole = Interval(int(new.start_ms[0]), int(new.start_ms[-1]) + 1)
    known = await at.all_of(span, whole)
    fresh = stretch.part(~np.isin(stretch.starts, known.starts) & ~await lone_coarser(at, span, stretch.starts))
    if not len(fresh.starts):
        return 0
    await at.replace(span, whole, known.under(fresh))
    await recut(at, span, whole)
    return len(fresh.starts)


async def put_seconds(at: Place, new: Intervals) -> int:
    """Lay in values of less than 5 minutes, in stretches of whole 5 minutes of which nothing is known yet."""
    five = await asyncio.to_thread(_five_minutes, new, at.calendar)
    whole = Interval(int(five.starts[0]), int(five.starts[-1]) + 1)
    known = await at.all_of(Span.FIVE_MINUTES, whole)
    fresh = ~np.isin(five.starts, known.starts) & ~await lone_coarser(at, Span.FIVE_MINUTES, five.starts)
    if not fresh.any():
        return 0
    ends = np.append(np.searchsorted(new.start_ms, five.starts[1:]), len(new.start_ms))
    chosen = np.repeat(fresh, ends - np.searchsorted(new.start_ms, five.starts))
    place = {"site": at.site, "span": SECONDS, "channel": at.number}
    rows = [{**place, **row} for row in await asyncio.to_thread(_days, new, chosen, at.calendar)]
    await at.connection.execute(insert(chunk), rows)
    seconds = Interval(int(new.start_ms[0]), int(new.start_ms[-1]) + 2 * _SECOND_MS)
    await shelves.clear(at.connection, at.site, SECONDS, at.number, seconds)
    await at.replace(Span.FIVE_MINUTES, whole, known.under(five.part(fresh)))
    await recut(at, Span.FIVE_MINUTES, whole)
    return int(chosen.sum())


async def lone_coarser(at: Place, span: Span, starts: Whole) -> NDArray[np.bool_]:
    """Which intervals of ``span`` lie in a coarser one whose own parts are not there: they count there already."""
    lone = np.zeros(len(starts), np.bool_)
    for fine, coarse in pairwise(ORDER[ORDER.index(span) :]):
        first = at.calendar.interval(coarse, int(starts[0]) + 1).start
        around = Interval(first, at.calendar.interval(coarse, int(starts[-1]) + 1).end)
        parts, found = await at.all_of(fine, around), await at.all_of(coarse, around)
        for start in found.starts.tolist():
            end = at.calendar.interval(coarse, start + 1).end
            begin, until = np.searchsorted(parts.starts, (start, end))
            if begin == until:
                here = np.searchsorted(starts, (start, end))
                lone[here[0] : here[1]] = True
    return lone


async def recut(at: Place, span: Span, whole: Interval, touched: Whole | None = None) -> None:
    """Make the closed hours and days anew in which intervals of ``span`` were laid.

    Of those in which some were ``touched``, and no part is left, nothing stays.
    """
    for fine, coarse in pairwise(ORDER[ORDER.index(span) :]):
        first = at.calendar.interval(coarse, whole.start + 1).start
        around = Interval(first, at.calendar.interval(coarse, whole.end).end)
        made = await asyncio.to_thread(coarser, await at.all_of(fine, around), at.calendar, coarse)
        if at.last is not None:
            made = made.part(made.starts != at.calendar.interval(coarse, at.last).start)
        kept = await at.all_of(coarse, around)
        if touched is not None:
            held = [at.calendar.interval(coarse, start + 1).start for start in touched.tolist()]
            touched = np.unique(np.array(held, np.int64))
            kept = kept.part(~np.isin(kept.starts, touched) | np.isin(kept.starts, made.starts))
        await at.replace(coarse, around, kept.under(made))


def _whole_j(values: Numbers) -> Whole:
    known = np.isfinite(values)
    return np.where(known, np.rint(np.where(known, values, 0.0)).astype(np.int64), NOTHING)


def _stretch(new: Intervals) -> Stretch:
    power = milliwatts(new.power_w)
    columns = dict.fromkeys(COLUMNS, np.full(len(power), NOTHING, np.int64))
    columns |= {MEAN: power, IMPORT: _whole_j(new.import_j), EXPORT: _whole_j(new.export_j)}
    columns[COVERED] = np.where(power == NOTHING, 0, new.held_ms)
    return Stretch(new.start_ms, columns)


def _five_minutes(new: Intervals, calendar: Calendar) -> Stretch:
    """Seconds as 5 minutes, with the extremes seen."""
    fine = _stretch(new)
    power = fine.columns[MEAN]
    return coarser(Stretch(fine.starts, {**fine.columns, LOW: power, HIGH: power}), calendar, Span.FIVE_MINUTES)


def _days(
    new: Intervals, chosen: "np.ndarray[tuple[int], np.dtype[np.bool_]]", calendar: Calendar
) -> list[dict[str, object]]:
    """The chosen values as sealed columns with times of their own, a set per day of the site."""
    times = new.start_ms[chosen] + _SECOND_MS
    counted = {IMPORT: _whole_j(new.import_j)[chosen], EXPORT: _whole_j(new.export_j)[chosen]}
    power = milliwatts(new.power_w)[chosen]
    rows: list[dict[str, object]] = []
    first, end = 0, 0
    while end < len(times):
        first, end = end, int(np.searchsorted(times, calendar.interval(Span.DAY, int(times[end])).end, "right"))
        mine = Times(times[first:end])
        place = {"start": int(times[first]), "until": int(times[end - 1])}
        rows.append({**place, "quantity": MEAN, "body": pack(power[first:end], mine)})
        for code, energy in counted.items():
            part = energy[first:end]
            if (part != NOTHING).any():
                counter = np.concatenate((np.zeros(1, np.int64), np.cumsum(np.where(part == NOTHING, 0, part))))
                rows.append({**place, "quantity": code, "body": pack(counter, mine)})
    return rows
