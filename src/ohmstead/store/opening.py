"""From what the database holds of roll-ups to columns: sealed bodies opened, plain rows laid over them.

Runs in a thread. Where a row and a sealed interval begin together the row is right; the open interval counts only where
neither is there.
"""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from ohmstead.core.model.series import Columns, Measure
from ohmstead.store.chunks import EXPORT, HIGH, IMPORT, LOW, MEAN
from ohmstead.store.closing import COVERED
from ohmstead.store.columns import Numbers, Whole, times_of, unpack_scaled
from ohmstead.store.found import Found, Row
from ohmstead.store.intervals import Interval

ALL = (IMPORT, EXPORT, MEAN, LOW, HIGH, COVERED)
_FIELDS: Mapping[int, str] = {
    IMPORT: "import_j",
    EXPORT: "export_j",
    MEAN: "power_mean_mw",
    LOW: "power_min_mw",
    HIGH: "power_max_mw",
    COVERED: "covered_ms",
}
_MEASURES: Mapping[Measure, tuple[int, int]] = {
    Measure.IMPORT: (IMPORT, 1),
    Measure.EXPORT: (EXPORT, 1),
    Measure.MEAN: (MEAN, 1000),
    Measure.LOW: (LOW, 1000),
    Measure.HIGH: (HIGH, 1000),
}
"""The quantity behind each measure, and how many of its units make one of the measure's."""


def codes(measures: Sequence[Measure]) -> tuple[int, ...]:
    """The quantities that must be fetched; when all are wanted, also what tells that an interval holds nothing."""
    wanted = tuple(_MEASURES[measure][0] for measure in measures)
    return (*wanted, COVERED) if len(wanted) == len(_MEASURES) else wanted


def nothing(measures: Sequence[Measure]) -> Columns:
    """The columns of a channel without a record."""
    return Columns(np.zeros(0, np.int64), {measure: np.zeros(0) for measure in measures})


def columns(
    found: Found, opens: Mapping[int, Row], whole: Interval, measures: Sequence[Measure]
) -> Mapping[int, Columns]:
    """The columns of each channel of which anything is known."""
    scales = {_MEASURES[measure][0]: _MEASURES[measure][1] for measure in measures}
    sealed: dict[int, list[tuple[int, int, bytes]]] = {}
    for channel, quantity, start, body in found.bodies:
        sealed.setdefault(channel, []).append((quantity, start, body))
    known: dict[bytes, Whole] = {}
    done: dict[int, Columns] = {}
    for channel in {*sealed, *found.rows, *opens}:
        rows = found.rows.get(channel, ())
        starts, values = _together(sealed.get(channel, ()), rows, opens.get(channel), whole, scales, known)
        done[channel] = Columns(starts, {measure: values[_MEASURES[measure][0]] for measure in measures})
    return done


def rows(found: Found, rest: Row | None, whole: Interval) -> list[Row]:
    """The intervals of one channel as rows, ``rest`` being the open one."""
    (channel,) = {channel for channel, *_ in found.bodies} | set(found.rows) or {0}
    bodies = [(quantity, start, body) for _, quantity, start, body in found.bodies]
    plain = found.rows.get(channel, ())
    if not bodies:
        there = {row.start for row in plain}
        return [*plain, rest] if rest is not None and rest.start not in there else list(plain)
    starts, values = _together(bodies, plain, rest, whole, dict.fromkeys(ALL, 1), {})
    turned = [[None if value != value else value for value in values[code].tolist()] for code in _FIELDS]
    return [
        Row(start, _int(imported), _int(exported), mean, low, high, int(covered or 0))
        for start, imported, exported, mean, low, high, covered in zip(starts.tolist(), *turned, strict=True)
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
    names = {code: _FIELDS[code] for code in scales}
    return starts, {
        code: np.array([np.nan if (value := getattr(row, name)) is None else value for row in plain]) / scales[code]
        for code, name in names.items()
    }
