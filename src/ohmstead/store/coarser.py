"""Roll-ups of one channel added up to coarser ones, as the database does it with rows, but for many at once."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ohmstead.core.model.series import Span
from ohmstead.store.chunks import Stretch
from ohmstead.store.columns import Whole
from ohmstead.store.gauges import reduced
from ohmstead.store.intervals import Calendar
from ohmstead.store.packing import NOTHING
from ohmstead.store.quantities import COVERED, EXPORT, EXPORT_END, HIGH, IMPORT, IMPORT_END, LOW, MEAN

_KEPT_MW = 100


def coarser(fine: Stretch, calendar: Calendar, span: Span) -> Stretch:
    """The intervals of ``span`` that ``fine`` lie in, in ascending order."""
    if not len(fine.starts):
        return fine
    cuts = list(_cuts(fine.starts, calendar, span))
    begins = np.array([at for at, _ in cuts])
    columns = {code: _summed(fine, code, begins) for code in (IMPORT, EXPORT, COVERED)}
    columns |= {code: _extreme(fine, code, begins, np.maximum) for code in (HIGH, IMPORT_END, EXPORT_END)}
    columns[LOW] = _extreme(fine, LOW, begins, np.minimum)
    columns[MEAN] = _mean(fine, begins)
    columns |= reduced(fine.columns, begins)
    return Stretch(np.array([start for _, start in cuts], np.int64), columns)


def _cuts(starts: Whole, calendar: Calendar, span: Span) -> Iterator[tuple[int, int]]:
    """Where each coarser interval begins among ``starts``, and its own start."""
    at = 0
    while at < len(starts):
        whole = calendar.interval(span, int(starts[at]) + 1)
        yield at, whole.start
        at = int(np.searchsorted(starts, whole.end))


def _of(fine: Stretch, code: int) -> Whole:
    known = fine.columns.get(code)
    return np.full(len(fine.starts), NOTHING, np.int64) if known is None else known


def _summed(fine: Stretch, code: int, begins: NDArray[np.int64]) -> Whole:
    values = _of(fine, code)
    known = values != NOTHING
    total = np.add.reduceat(np.where(known, values, 0), begins)
    return np.where(np.logical_or.reduceat(known, begins), total, NOTHING)


def _extreme(fine: Stretch, code: int, begins: NDArray[np.int64], of: np.ufunc) -> Whole:
    values = _of(fine, code)
    if of is np.maximum:
        found: Whole = of.reduceat(values, begins)
        return found
    highest = np.iinfo(np.int64).max
    found = of.reduceat(np.where(values == NOTHING, highest, values), begins)
    return np.where(found == highest, NOTHING, found)


def _mean(fine: Stretch, begins: NDArray[np.int64]) -> Whole:
    power, covered = _of(fine, MEAN), _of(fine, COVERED)
    known = power != NOTHING
    energy = np.add.reduceat(np.where(known, power.astype(np.float64) * covered, 0.0), begins)
    held = np.add.reduceat(covered, begins)
    measured = np.logical_or.reduceat(known, begins) & (held > 0)
    mean = energy / np.maximum(held, 1) / _KEPT_MW
    rounded = (np.sign(mean) * np.floor(np.abs(mean) + 0.5)).astype(np.int64) * _KEPT_MW
    return np.where(measured, rounded, NOTHING)
