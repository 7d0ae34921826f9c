"""What was: series in columns, and events in pages."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Literal

from pydantic import Field
from pydantic.config import JsonDict

from ohmstead.core.model.series import GaugeKind, Measure, Span
from ohmstead.web.views.base import ParamView, ReasonView, View, shaped

COLUMNS_EXAMPLE: JsonDict = {
    "start_unix_s": [1_782_036_000, 1_782_036_300],
    "energy_import_j": [120_000, 126_000],
    "energy_export_j": [0, 0],
    "power_mean_w": [400.0, 420.0],
    "power_min_w": [380.0, 395.5],
    "power_max_w": [2650.0, 450.0],
}
GaugePlace = Literal["total", "L1", "L2", "L3"]
EVENT_EXAMPLE: JsonDict = {
    "number": 4711,
    "at": "2026-06-21T10:14:48Z",
    "kind": "device.lost",
    "author": "site",
    "target": "oven",
    "severity": "warning",
    "reason": {"key": "device.lost", "params": {"device": "Oven"}},
    "data": {},
}


class GaugeColumns(View):
    """A gauge in the intervals of its channel, beside `start_unix_s`; null where it is not known."""

    model_config = shaped({"mean": [230.1, None], "min": [229.4, None], "max": [231.0, None]})

    mean: tuple[float | None, ...] = Field(description="Time-weighted")
    min: tuple[float | None, ...]
    max: tuple[float | None, ...]


class SeriesColumns(View):
    """The intervals of one channel in ascending order, one list per quantity. An interval without data is absent.

    Energies are differences of counters, so a sum over intervals is exact. A value that was not measured is null.
    """

    model_config = shaped(COLUMNS_EXAMPLE)

    start_unix_s: tuple[int, ...] = Field(description="Begin of each interval, seconds since 1970 in UTC")
    energy_import_j: tuple[int | None, ...]
    energy_export_j: tuple[int | None, ...]
    power_mean_w: tuple[float | None, ...] = Field(description="Time-weighted mean")
    power_min_w: tuple[float | None, ...]
    power_max_w: tuple[float | None, ...]
    volume_l: tuple[float | None, ...] | None = Field(
        default=None, description="Litres of gas or water; null for what counts energy, which is then null here"
    )
    flicker_pst: tuple[float | None, ...] | None = Field(
        default=None, description="The highest severity (Pst) of a `flicker` series, which has nothing else; else null"
    )
    quantities: Mapping[GaugeKind, Mapping[GaugePlace, GaugeColumns]] | None = Field(
        default=None,
        description="What `quantities` asked for, by phase and in total; null when it asked for nothing. "
        "What is nowhere known is absent.",
    )


class SeriesView(View):
    """A stretch of history of one or more channels."""

    model_config = shaped(
        {
            "span": "5min",
            "start": "2026-06-21T10:00:00Z",
            "end": "2026-06-21T10:10:00Z",
            "channels": {"grid": COLUMNS_EXAMPLE},
        }
    )

    span: Span
    start: datetime
    end: datetime = Field(description="Not included")
    channels: Mapping[str, SeriesColumns] = Field(description="Every channel asked for, in the order asked")


class HeatMapView(View):
    """A year of one channel: a row per day of the site's zone, a cell per hour that its clocks show.

    What was not measured, and the hour that is left out in spring, is null. Of the hour that comes twice in autumn a
    cell holds both: the sum of energies, the mean of means, the extreme of extremes.
    """

    model_config = shaped(
        {
            "channel": "oven",
            "year": 2026,
            "measure": "power_mean_w",
            "timezone": "Europe/Rome",
            "dates": ["2026-01-01"],
            "values": [[12.5] * 23 + [None]],
        }
    )

    channel: str
    year: int
    measure: Measure
    timezone: str
    dates: tuple[date, ...]
    values: tuple[tuple[float | None, ...], ...] = Field(description="24 for each of `dates`")


class EventView(View):
    """One thing that happened."""

    model_config = shaped(EVENT_EXAMPLE)

    number: int = Field(description="Its number in the record; a later event has a larger one")
    at: datetime
    kind: str
    author: str = Field(description="Who or what caused it: an account, site, or a device")
    target: str
    severity: Literal["info", "warning", "fault"]
    reason: ReasonView | None
    data: Mapping[str, ParamView | None]


class EventPage(View):
    """Events, newest first."""

    model_config = shaped({"events": [EVENT_EXAMPLE], "next_before": 4711})

    events: tuple[EventView, ...]
    next_before: int | None = Field(description="Pass it as `before` for the next page; null on the last")
