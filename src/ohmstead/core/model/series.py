"""Series: what is recorded of each channel, and what is asked back."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Span(StrEnum):
    """The resolutions a series is kept in. Days are days of the site's own zone (G-002)."""

    SECOND = "1s"
    FIVE_MINUTES = "5min"
    HOUR = "1h"
    DAY = "1d"


@dataclass(frozen=True, slots=True)
class SeriesPoint:
    """One interval of one channel.

    Energies are differences of the cumulative counters over the interval, so the points of any range add up to
    one subtraction. Power is the time-weighted mean and the extremes seen. An interval without data is absent.
    """

    start: datetime
    energy_import_j: int | None
    energy_export_j: int | None
    power_mean_w: float | None
    power_min_w: float | None
    power_max_w: float | None


@dataclass(frozen=True, slots=True)
class Series:
    """A stretch of one channel's history, points in ascending order, gaps left out."""

    channel: str
    span: Span
    start: datetime
    end: datetime
    points: tuple[SeriesPoint, ...]
