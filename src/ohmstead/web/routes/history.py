"""``/api/v1/series`` and ``/api/v1/events``: what was recorded, and what happened."""

import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import AwareDatetime

from ohmstead.core.model.series import GaugeKind, Span, owner
from ohmstead.web.access import TheAnswers, TheHouse, needs, operation_id
from ohmstead.web.house import House, NumberedEvent
from ohmstead.web.problems import bad_request, told
from ohmstead.web.series import Asked
from ohmstead.web.views.base import reason_view
from ohmstead.web.views.history import EventPage, EventView, SeriesView
from ohmstead.web.views.site import MistakeView

router = APIRouter(generate_unique_id_function=operation_id, tags=["history"])

MOST_CHANNELS = 30
MOST_POINTS = 10_000
"""Per channel: a week of 5 minutes is 2,016, a year of hours 8,784."""
MOST_POINTS_IN_ALL = MOST_CHANNELS * MOST_POINTS
"""A year of hours of thirty circuits is 263,520."""
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
    answers: TheAnswers,
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
    zipped = "gzip" in request.headers.get("accept-encoding", "")
    body = await answers.series(Asked(tuple(dict.fromkeys(channel)), span, start, until, gauges), zipped)
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
