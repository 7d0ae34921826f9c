"""Quarters of an hour, weeks and months, made of the intervals that are kept when somebody asks for them (G-009)."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from ohmstead.core.model.series import Columns, Gauged, Measure, Span
from ohmstead.store.columns import Numbers
from ohmstead.store.intervals import Calendar

MADE_OF: Mapping[Span, Span] = {Span.QUARTER: Span.FIVE_MINUTES, Span.WEEK: Span.DAY, Span.MONTH: Span.DAY}
"""Of which kept span each of the others is made; its intervals lie wholly within them."""


def widened(fine: Columns, span: Span, calendar: Calendar, measures: Sequence[Measure]) -> Columns:
    """The intervals of ``span`` that ``fine`` lie in: energies summed, means weighted by the time they held."""
    starts = [calendar.interval(span, start + 1).start for start in fine.start_ms.tolist()]
    begins = np.flatnonzero(np.diff(np.array(starts, np.int64), prepend=-1))
    weights = np.ones(len(starts)) if fine.covered_ms is None else np.maximum(fine.covered_ms, 1.0)
    values: dict[Measure, Numbers] = {}
    for measure in measures:
        if measure is Measure.MEAN:
            values[measure] = _mean(fine.values[measure], weights, begins)
        elif measure in _EXTREMES:
            values[measure] = _EXTREMES[measure].reduceat(fine.values[measure], begins) if len(begins) else np.zeros(0)
        else:
            values[measure] = _sum(fine.values[measure], begins)
    gauges = {
        gauge: Gauged(
            _mean(each.mean, weights, begins),
            np.fmin.reduceat(each.low, begins),
            np.fmax.reduceat(each.high, begins),
        )
        for gauge, each in fine.gauges.items()
    }
    return Columns(np.array(starts, np.int64)[begins], values, gauges)


_EXTREMES: Mapping[Measure, np.ufunc] = {Measure.LOW: np.fmin, Measure.HIGH: np.fmax}


def _sum(values: Numbers, begins: NDArray[np.intp]) -> Numbers:
    """NaN where no part is known."""
    if not len(begins):
        return np.zeros(0)
    known = ~np.isnan(values)
    total = np.add.reduceat(np.where(known, values, 0.0), begins)
    return np.where(np.logical_or.reduceat(known, begins), total, np.nan)


def _mean(values: Numbers, weights: Numbers, begins: NDArray[np.intp]) -> Numbers:
    if not len(begins):
        return np.zeros(0)
    held = np.where(np.isnan(values), 0.0, weights)
    total = np.add.reduceat(held, begins)
    energy = np.add.reduceat(np.where(held > 0, values, 0.0) * held, begins)
    return np.where(total > 0, energy / np.where(total > 0, total, 1.0), np.nan)
