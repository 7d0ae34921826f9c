"""From what the database holds of roll-ups to columns: sealed bodies opened, plain rows laid over them.

Runs in a thread. Where a row and a sealed interval begin together the row is right; the open interval counts only where
neither is there.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ohmstead.core.model.series import Columns, Gauged, Measure
from ohmstead.store.columns import Bytes, Numbers, Whole, lead, times_of, write_scaled
from ohmstead.store.found import Found, Row
from ohmstead.store.gauges import bodies_of, columns_of, complete, kept_once
from ohmstead.store.intervals import Interval
from ohmstead.store.packing import NOTHING
from ohmstead.store.quantities import (
    BY_CODE,
    COVERED,
    EXPORT,
    FINER_W,
    HIGH,
    IMPORT,
    LOW,
    MEAN,
    MEASURES,
    POWERS,
    WHOLE,
    Slot,
    scale,
    shown,
)

_FIELDS: Mapping[int, str] = {
    IMPORT: "import_j",
    EXPORT: "export_j",
    MEAN: "power_mean_mw",
    LOW: "power_min_mw",
    HIGH: "power_max_mw",
    COVERED: "covered_ms",
}


def codes(measures: Sequence[Measure], gauges: Sequence[Slot]) -> tuple[int, ...]:
    """The quantities that must be fetched; when all are wanted, also what tells that an interval holds nothing."""
    wanted = tuple(shown(measures, gauges))
    twice = [
        code for slot in gauges if slot in POWERS for code in (*slot.codes, *map(WHOLE.get, slot.codes[:3])) if code
    ]
    return tuple(dict.fromkeys((*wanted, *twice, *((COVERED,) if len(measures) == len(MEASURES) else ()))))


def parts(gauges: Sequence[Slot]) -> tuple[int, ...]:
    """The quantities of which coarser intervals are made."""
    return (*_FIELDS, *(code for slot in gauges for code in slot.codes))


def nothing(measures: Sequence[Measure]) -> Columns:
    """The columns of a channel without a record."""
    return Columns(np.zeros(0, np.int64), {measure: np.zeros(0) for measure in measures})


def named(starts: Whole, values: Mapping[int, Numbers], measures: Sequence[Measure], gauges: Sequence[Slot]) -> Columns:
    """Columns by the words of the model; a gauge that is nowhere known is left out."""
    told = {
        slot.gauge: Gauged(values[slot.mean], values[slot.low], values[slot.high])
        for slot in gauges
        if not np.isnan(values[slot.mean]).all()
    }
    return Columns(starts, {measure: values[MEASURES[measure]] for measure in measures}, told, values.get(COVERED))


def columns(
    found: Found, opens: Mapping[int, Row], whole: Interval, measures: Sequence[Measure], gauges: Sequence[Slot]
) -> Mapping[int, Columns]:
    """The columns of each channel of which anything is known."""
    scales = {code: scale(code) for code in codes(measures, gauges)}
    sealed: dict[int, list[tuple[int, int, Bytes]]] = {}
    for channel, quantity, start, body in found.bodies:
        sealed.setdefault(channel, []).append((quantity, start, body))
    known: dict[bytes, tuple[Whole, int]] = {}
    parts = {
        channel: _parts(sealed.get(channel, ()), found.rows.get(channel, ()), opens.get(channel), whole, scales, known)
        for channel in {*sealed, *found.rows, *opens}
    }
    room = Room(len(scales) * sum(len(part.starts) for some in parts.values() for part in some))
    orders: dict[tuple[int, ...], _Order] = {}
    done: dict[int, Columns] = {}
    for channel, some in parts.items():
        starts, values = _together(some, scales, room, orders)
        done[channel] = named(starts, values, measures, gauges)
    return done


def rows(found: Found, rest: Row | None, whole: Interval, gauges: Sequence[Slot]) -> list[Row]:
    """The intervals of one channel as rows, ``rest`` being the open one."""
    (channel,) = {channel for channel, *_ in found.bodies} | set(found.rows) or {0}
    bodies = [(quantity, start, body) for _, quantity, start, body in found.bodies]
    plain = found.rows.get(channel, ())
    if not bodies:
        there = {row.start for row in plain}
        return [*plain, rest] if rest is not None and rest.start not in there else list(plain)
    scales = dict.fromkeys(parts(gauges), 1)
    some = _parts(bodies, plain, rest, whole, scales, {})
    starts, values = _together(some, scales, Room(len(scales) * sum(len(part.starts) for part in some)), {})
    turned = [[None if value != value else value for value in values[code].tolist()] for code in _FIELDS]
    kept = {code: np.where(np.isnan(each), NOTHING, each).astype(np.int64) for code, each in values.items()}
    known = {code: each for code, each in kept.items() if code == COVERED or (each != NOTHING).any()}
    told = bodies_of(len(starts), complete(known))
    return [
        Row(start, _int(imported), _int(exported), mean, low, high, int(covered or 0), body)
        for start, imported, exported, mean, low, high, covered, body in zip(
            starts.tolist(), *turned, told, strict=True
        )
    ]


def _int(value: float | None) -> int | None:
    return None if value is None else int(value)


class Room:
    """Room for the values of one answer, taken from the system once: many small pieces cost more than filling them."""

    def __init__(self, count: int) -> None:
        """For ``count`` values in all."""
        self._values = np.empty(count)
        self._taken = 0

    def take(self, count: int) -> Numbers:
        """The next ``count`` of it, with anything in them."""
        self._taken += count
        return self._values[self._taken - count : self._taken]


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """Some intervals of a channel that stand together: sealed ones from the ``first`` of their bodies on, or rows."""

    starts: Whole
    bodies: Mapping[int, Bytes]
    first: int = 0
    rows: Mapping[int, Numbers] = field(default_factory=dict)

    def write(self, code: int, units: int, into: Numbers) -> None:
        """Write the values of one quantity into ``into``; NaN when it is not known."""
        if code in self.bodies:
            write_scaled(self.bodies[code], units, into, self.first)
        else:
            into[:] = self.rows.get(code, np.nan)
        if code in WHOLE and kept_once(BY_CODE[code], self.bodies) and WHOLE[code] in self.bodies:
            self._write_whole(code, units, into)

    def _write_whole(self, code: int, units: int, into: Numbers) -> None:
        """As ``write`` for the power of the only phase, which stands as that of the whole device."""
        if WHOLE[code] != COVERED:
            write_scaled(self.bodies[WHOLE[code]], units * FINER_W, into, self.first)
        elif not into.any():
            write_scaled(self.bodies[COVERED], units, into, self.first)


def _parts(
    bodies: Iterable[tuple[int, int, Bytes]],
    plain: Sequence[Row],
    rest: Row | None,
    whole: Interval,
    scales: Mapping[int, int],
    known: dict[bytes, tuple[Whole, int]],
) -> list[_Part]:
    """What is known of a channel in ``whole``, sealed first. ``known``: times that were opened and cut before."""
    chunks: dict[int, dict[int, Bytes]] = {}
    for quantity, start, body in bodies:
        chunks.setdefault(start, {})[quantity] = body
    found: list[_Part] = []
    for start in sorted(chunks):
        dumped, _ = lead(next(iter(chunks[start].values())))
        if dumped not in known:
            own = times_of(dumped).own
            times = np.zeros(0, np.int64) if own is None else own
            first, end = np.searchsorted(times, (whole.start, whole.end))
            known[dumped] = times[first:end], int(first)
        starts, at = known[dumped]
        found.append(_Part(starts, chunks[start], at))
    if plain:
        found.append(_turned(plain, scales))
    if rest is not None and not any(np.any(part.starts == rest.start) for part in found):
        found.append(_turned([rest], scales))
    return found


@dataclass(frozen=True, slots=True, eq=False)
class _Order:
    """The starts of parts that were put one after the other; ``chosen`` when they must be sorted, the last counting."""

    starts: Whole
    chosen: NDArray[np.intp] | None

    @classmethod
    def of(cls, parts: Sequence[_Part]) -> "_Order":
        starts = np.concatenate([part.starts for part in parts]) if parts else np.zeros(0, np.int64)
        if (starts[1:] > starts[:-1]).all():
            return cls(starts, None)
        order = np.argsort(starts, kind="stable")
        chosen = order[np.append(starts[order][1:] != starts[order][:-1], True)]
        return cls(starts[chosen], chosen)


def _together(
    parts: Sequence[_Part], scales: Mapping[int, int], room: Room, orders: dict[tuple[int, ...], _Order]
) -> tuple[Whole, Mapping[int, Numbers]]:
    """Starts in ascending order, and a column for each of ``scales``. ``orders``: of parts that begin alike."""
    key = tuple(id(part.starts) for part in parts)
    order = orders.get(key)
    if order is None:
        order = orders[key] = _Order.of(parts)
    count = sum(len(part.starts) for part in parts)
    columns: dict[int, Numbers] = {}
    for code, units in scales.items():
        values, at = room.take(count), 0
        for part in parts:
            part.write(code, units, values[at : at + len(part.starts)])
            at += len(part.starts)
        columns[code] = values if order.chosen is None else values[order.chosen]
    return order.starts, columns


def _turned(plain: Sequence[Row], scales: Mapping[int, int]) -> _Part:
    starts = np.array([row.start for row in plain], np.int64)
    columns = {
        code: np.array([np.nan if (value := getattr(row, name)) is None else value for row in plain]) / scales[code]
        for code, name in _FIELDS.items()
        if code in scales
    }
    if len(columns) < len(scales):
        kept = columns_of([row.gauges for row in plain])
        columns |= {code: scaled(kept[code], scales[code]) for code in scales if code in kept}
    return _Part(starts, {}, rows=columns)


def scaled(values: Whole, units: int) -> Numbers:
    """Whole numbers as people read them; NaN for ``NOTHING``."""
    numbers: Numbers = np.where(values == NOTHING, np.nan, values / units)
    return numbers
