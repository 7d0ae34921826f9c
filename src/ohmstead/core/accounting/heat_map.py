"""A year at a glance: one row per day of the site's zone, one cell per hour that its clocks show (G-002).

In come hours as they were recorded, counted from each local midnight; out go 24 cells a day. The hour that no clock
shows in spring stays empty; what the clocks show twice in autumn stands in one cell, as do the two parts of an hour in
zones that change by 30 minutes.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from ohmstead.core.model.series import Measure

HOURS = 24
_JOIN: Mapping[Measure, Callable[[Sequence[float]], float]] = {
    Measure.IMPORT: sum,
    Measure.EXPORT: sum,
    Measure.LOW: min,
    Measure.HIGH: max,
    Measure.MEAN: lambda values: sum(values) / len(values),
}
"""How what falls into one cell becomes its value."""


def dates(year: int) -> tuple[date, ...]:
    """All days of ``year``."""
    first = date(year, 1, 1)
    return tuple(first + timedelta(days=day) for day in range((date(year + 1, 1, 1) - first).days))


def heat_map(
    year: int, zone: ZoneInfo, measure: Measure, hours: Iterable[tuple[int, float]]
) -> tuple[tuple[float | None, ...], ...]:
    """``hours`` are pairs of the begin in milliseconds UTC and the value, NaN where it is not known."""
    cells: dict[tuple[date, int], list[float]] = {}
    for start_ms, value in hours:
        if math.isnan(value):
            continue
        shown = datetime.fromtimestamp(start_ms / 1000, UTC).astimezone(zone)
        cells.setdefault((shown.date(), shown.hour), []).append(value)
    join = _JOIN[measure]

    def cell(values: Sequence[float] | None) -> float | None:
        return None if values is None else float(join(values))

    return tuple(tuple(cell(cells.get((day, hour))) for hour in range(HOURS)) for day in dates(year))
