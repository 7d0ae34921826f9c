"""``/api/v1/series`` and ``/api/v1/events``: what was recorded, and what happened."""

import asyncio
import gzip
import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import AwareDatetime

if TYPE_CHECKING:  # a site starts without numpy; it is loaded when history is first read
    import numpy as np
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]

from ohmstead.core.model.series import (
    FLICKER_STEPS,
    GAUGE_DIGITS,
    Columns,
    Gauged,
    GaugeKind,
    Measure,
    Span,
    counts_volume,
    owner,
    tells_flicker,
)
from ohmstead.web.access import TheHouse, needs, operation_id
from ohmstead.web.house import House, NumberedEvent
from ohmstead.web.problems import bad_request, told
from ohmstead.web.views.base import reason_view
from ohmstead.web.views.history import EventPage, EventView, GaugeColumns, SeriesColumns, SeriesView
from ohmstead.web.views.site import MistakeView

router = APIRouter(generate_unique_id_function=operation_id, tags=["history"])

MOST_CHANNELS = 30
MOST_POINTS = 10_000
"""Per channel: a week of 5 minutes is 2,016, a year of hours 8,784."""
MOST_POINTS_IN_ALL = 100_000
SECONDS = {
    Span.SECOND: 1,
    Span.FIVE_MINUTES: 300,
    Span.QUARTER: 900,
    Span.HOUR: 3_600,
    Span.DAY: 86_400,
    Span.WEEK: 604_800,
    Span.MONTH: 2_419_200,
}
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
LATEST = datetime(2100, 1, 1, tzinfo=UTC)


@router.get(
    "/api/v1/series",
    response_model=SeriesView,
    dependencies=[needs("viewer")],
    responses=told(401, 403, 422, 503),
)
async def get_series(
    request: Request,
    house: TheHouse,
    channel: Annotated[
        list[str],
        Query(
            min_length=1,
            max_length=MOST_CHANNELS,
            description="A device or charger, or a series beside a device such as grid.gas; may be repeated",
            examples=[["grid", "oven"]],
        ),
    ],
    span: Annotated[Span, Query(description="Length of one interval; a day is one of the site's zone")],
    start: Annotated[
        AwareDatetime, Query(alias="from", description="ISO 8601 with zone", examples=["2026-06-21T00:00:00+02:00"])
    ],
    end: Annotated[
        AwareDatetime | None,
        Query(
            alias="to",
            description="ISO 8601 with zone, not included; now when left out",
            examples=["2026-06-22T00:00:00+02:00"],
        ),
    ] = None,
    quantities: Annotated[
        list[str] | None,
        Query(
            max_length=20,
            description="Gauges that come too: voltage_v, current_a, power_w, reactive_power_var, power_factor; "
            "repeated or with commas between",
            examples=[["voltage_v,current_a"]],
        ),
    ] = None,
) -> Response:
    """What was recorded in [from, to), in columns. Intervals without data are absent."""
    until = house.clock.now().utc if end is None else end
    gauges = _checked_quantities(quantities or ())
    check_channels(house, channel)
    _check_range(len(set(channel)) * (1 + len(gauges)), span, start, until)
    asked = list(dict.fromkeys(channel))
    found = await house.read(asked, span, start, until, gauges)
    zipped = "gzip" in request.headers.get("accept-encoding", "")
    told = gauges or None
    body = await house.clock.outside(asyncio.to_thread(_body, (span, start, until), found, told, zipped))
    headers = {"Vary": "Accept-Encoding"} | ({"Content-Encoding": "gzip"} if zipped else {})
    return Response(body, media_type="application/json", headers=headers)


@router.get(
    "/api/v1/events",
    response_model=EventPage,
    dependencies=[needs("viewer")],
    responses=told(401, 403, 422, 503),
)
async def get_events(
    house: TheHouse,
    before: Annotated[
        int | None,
        Query(ge=1, le=2**53, description="Only those with a smaller number; `next_before` of the page before"),
    ] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> EventPage:
    """The latest events, newest first."""
    page = await house.events(before, limit)
    return EventPage(events=tuple(_event(each) for each in page.events), next_before=page.older)


def check_channels(house: House, channels: list[str], where: str = "query.channel") -> None:
    """Raise Refused unless each is a device, a charger, or a series beside a device."""
    known = [*house.settings.devices, *house.settings.chargers]
    if unknown := [id for id in channels if id not in known and owner(id) not in house.settings.devices]:
        shown = ", ".join(known[:10]) + (f" and {len(known) - 10} more" if len(known) > 10 else "")
        raise bad_request(
            *(MistakeView(where=where, came=repr(id[:80]), allowed=shown or "nothing yet") for id in unknown)
        )


def _checked_quantities(asked: Sequence[str]) -> tuple[GaugeKind, ...]:
    words = [word for each in asked for word in each.split(",") if word]
    if unknown := [word for word in words if word not in set(GaugeKind)]:
        allowed = ", ".join(GaugeKind)
        raise bad_request(
            *(MistakeView(where="query.quantities", came=repr(word[:80]), allowed=allowed) for word in unknown)
        )
    return tuple(dict.fromkeys(GaugeKind(word) for word in words))


def check_bounds(start: datetime, end: datetime) -> None:
    """Raise Refused unless ``start`` is before ``end`` and both are in this century."""
    mistakes = [
        MistakeView(where=f"query.{name}", came=at.isoformat(), allowed="a time from 2000 to 2100")
        for name, at in (("from", start), ("to", end))
        if not EARLIEST <= at <= LATEST
    ]
    if not mistakes and start >= end:
        mistakes = [MistakeView(where="query.from", came=start.isoformat(), allowed=f"earlier than {end.isoformat()}")]
    if mistakes:
        raise bad_request(*mistakes)


def _check_range(channels: int, span: Span, start: datetime, end: datetime) -> None:
    check_bounds(start, end)
    most = min(MOST_POINTS, MOST_POINTS_IN_ALL // channels)
    points = math.ceil((end - start) / timedelta(seconds=SECONDS[span]))
    if points > most:
        longest = timedelta(seconds=most * SECONDS[span])
        raise bad_request(
            MistakeView(
                where="query.from..to",
                came=f"{points} intervals of {span} for {channels} channels",
                allowed=f"{most} intervals, that is {longest}; or a longer span",
            )
        )


def _body(
    asked: tuple[Span, datetime, datetime],
    found: Mapping[str, Columns],
    quantities: Sequence[GaugeKind] | None,
    zipped: bool,
) -> bytes:
    """The answer as JSON; a hundred thousand points take long enough to be made outside the loop."""
    span, start, end = asked
    view = (
        SeriesView.model_construct(  # all of it is made here: to look at each value again takes as long as to write it
            span=span,
            start=start.astimezone(UTC),
            end=end.astimezone(UTC),
            channels={
                channel: _columns(channel, columns).model_copy(update={"quantities": _gauges(columns, quantities)})
                for channel, columns in found.items()
            },
        )
    )
    body = view.model_dump_json().encode()
    return gzip.compress(body, 5) if zipped else body


def _gauges(
    columns: Columns, quantities: Sequence[GaugeKind] | None
) -> dict[GaugeKind, dict[str, GaugeColumns]] | None:
    if quantities is None:
        return None
    told: dict[GaugeKind, dict[str, GaugeColumns]] = {}
    if GaugeKind.POWER in quantities:
        power = (columns.values[measure] for measure in (Measure.MEAN, Measure.LOW, Measure.HIGH))
        total = Gauged(*power)
        if any(not math.isnan(value) for value in total.mean.tolist()):
            told[GaugeKind.POWER] = {"total": _gauge(GaugeKind.POWER, total)}
    for gauge, gauged in columns.gauges.items():
        told.setdefault(gauge.kind, {})[gauge.phase or "total"] = _gauge(gauge.kind, gauged)
    return told


def _gauge(quantity: GaugeKind, gauged: Gauged) -> GaugeColumns:
    digits = GAUGE_DIGITS[quantity]
    mean, low, high = (_rounded(each, digits) for each in (gauged.mean, gauged.low, gauged.high))
    return GaugeColumns.model_construct(mean=mean, min=low, max=high)


def _columns(channel: str, columns: Columns) -> SeriesColumns:
    starts = tuple((columns.start_ms // 1000).tolist())
    imported = columns.values[Measure.IMPORT]
    if counts_volume(channel):
        litres = tuple(_known(imported / 1000))
        return _without_power(starts).model_copy(update={"volume_l": litres})
    if tells_flicker(channel):
        known = zip(columns.values[Measure.HIGH].tolist(), columns.values[Measure.MEAN].tolist(), strict=True)
        highest = [mean if math.isnan(high) else high for high, mean in known]  # foreign history has means only
        severities = tuple(None if math.isnan(value) else round(value / FLICKER_STEPS, 3) for value in highest)
        return _without_power(starts).model_copy(update={"flicker_pst": severities})
    return SeriesColumns.model_construct(
        start_unix_s=starts,
        energy_import_j=_whole(imported),
        energy_export_j=_whole(columns.values[Measure.EXPORT]),
        power_mean_w=_rounded(columns.values[Measure.MEAN], 1),
        power_min_w=_rounded(columns.values[Measure.LOW], 1),
        power_max_w=_rounded(columns.values[Measure.HIGH], 1),
    )


def _without_power(starts: tuple[int, ...]) -> SeriesColumns:
    empty = (None,) * len(starts)
    return SeriesColumns(
        start_unix_s=starts,
        energy_import_j=empty,
        energy_export_j=empty,
        power_mean_w=empty,
        power_min_w=empty,
        power_max_w=empty,
    )


def _whole(values: "Numbers") -> tuple[int | None, ...]:
    if values.sum() == values.sum():
        return tuple(values.astype("int64").tolist())
    return tuple(None if value is None else int(value) for value in _known(values))


def _rounded(values: "Numbers", digits: int) -> tuple[float | None, ...]:
    return tuple(_known(values.round(digits)))


def _known(values: "Numbers") -> list[float | None]:
    """Values with ``None`` where they are not known; most are known, or none."""
    told: list[float | None] = values.tolist()
    return told if values.sum() == values.sum() else [None if value != value else value for value in told]


def _event(numbered: NumberedEvent) -> EventView:
    event = numbered.event
    return EventView(
        number=numbered.number,
        at=event.at.astimezone(UTC),
        kind=event.kind,
        author=event.author,
        target=event.target,
        severity=event.severity,
        reason=reason_view(event.reason),
        data=event.data,
    )
