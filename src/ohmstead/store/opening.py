"""From what the database holds of roll-ups to columns: sealed bodies opened, plain rows laid over them.

Runs in a thread. Where a row and a sealed interval begin together the row is right; the open interval counts only where
neither is there.
"""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from ohmstead.core.model.series import Columns, Gauged, Measure
from ohmstead.store.columns import Numbers, Whole, times_of, unpack_scaled
from ohmstead.store.found import Found, Row
from ohmstead.store.gauges import bodies_of, columns_of, complete
from ohmstead.store.intervals import Interval
from ohmstead.store.packing import NOTHING
from ohmstead.store.quantities import COVERED, EXPORT, HIGH, IMPORT, LOW, MEAN, MEASURES, Slot, scale, shown

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
    return (*wanted, COVERED) if len(measures) == len(MEASURES) else wanted


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
    sealed: dict[int, list[tuple[int, int, bytes]]] = {}
    for channel, quantity, start, body in found.bodies:
        sealed.setdefault(channel, []).append((quantity, start, body))
    known: dict[bytes, Whole] = {}
    done: dict[int, Columns] = {}
    for channel in {*sealed, *found.rows, *opens}:
        rows = found.rows.get(channel, ())
        starts, values = _together(sealed.get(channel, ()), rows, opens.get(channel), whole, scales, known)
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
    starts, values = _together(bodies, plain, rest, whole, dict.fromkeys(parts(gauges), 1), {})
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


def _together(
    bodies: Iterable[tuple[int, int, bytes]],
    plain: Sequence[Row],
    rest: Row | None,
    whole: Interval,
    scales: Mapping[int, int],
    known: dict[bytes, Whole],
) -> tuple[Whole, Mapping[int, Numbers]]:
    """Starts in ascending order, and a column for each of ``scales``. ``known``: times that were opened before."""
    chunks: dict[int, tuple[bytes, dict[int, Numbers]]] = {}
    for quantity, start, body in bodies:
        dumped, values = unpack_scaled(body, scales.get(quantity, 1))
        chunks.setdefault(start, (dumped, {}))[1][quantity] = values
    parts: list[tuple[Whole, Mapping[int, Numbers]]] = []
    for start in sorted(chunks):
        dumped, opened = chunks[start]
        times = known.get(dumped)
        if times is None:
            own = times_of(dumped).own
            times = known[dumped] = np.zeros(0, np.int64) if own is None else own
        first, end = np.searchsorted(times, (whole.start, whole.end))
        parts.append((times[first:end], {code: values[first:end] for code, values in opened.items()}))
    if plain:
        parts.append(_turned(plain, scales))
    if rest is not None and not any(np.any(starts == rest.start) for starts, _ in parts):
        parts.append(_turned([rest], scales))
    starts = np.concatenate([starts for starts, _ in parts]) if parts else np.zeros(0, np.int64)
    columns = {
        code: np.concatenate([_column(values, code, len(times)) for times, values in parts]) if parts else np.zeros(0)
        for code in scales
    }
    if len(starts) > 1 and not (starts[1:] > starts[:-1]).all():
        order = np.argsort(starts, kind="stable")
        last = np.append(starts[order][1:] != starts[order][:-1], True)
        chosen = order[last]
        return starts[chosen], {code: values[chosen] for code, values in columns.items()}
    return starts, columns


def _column(values: Mapping[int, Numbers], code: int, count: int) -> Numbers:
    known = values.get(code)
    return np.full(count, np.nan) if known is None else known


def _turned(plain: Sequence[Row], scales: Mapping[int, int]) -> tuple[Whole, Mapping[int, Numbers]]:
    starts = np.array([row.start for row in plain], np.int64)
    columns = {
        code: np.array([np.nan if (value := getattr(row, name)) is None else value for row in plain]) / scales[code]
        for code, name in _FIELDS.items()
        if code in scales
    }
    if len(columns) < len(scales):
        kept = columns_of([row.gauges for row in plain])
        columns |= {code: scaled(kept[code], scales[code]) for code in scales if code in kept}
    return starts, columns


def scaled(values: Whole, units: int) -> Numbers:
    """Whole numbers as people read them; NaN for ``NOTHING``."""
    numbers: Numbers = np.where(values == NOTHING, np.nan, values / units)
    return numbers
