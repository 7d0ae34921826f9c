"""``/api/v1/heatmap``: a year of hours of one channel, for a picture."""

import asyncio
from datetime import UTC, datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query

from ohmstead.core.accounting.heat_map import dates, heat_map
from ohmstead.core.model.series import Columns, Measure, Span
from ohmstead.web.access import TheHouse, needs, operation_id
from ohmstead.web.problems import told
from ohmstead.web.routes.history import check_channels
from ohmstead.web.views.history import HeatMapView

router = APIRouter(generate_unique_id_function=operation_id, tags=["history"])


@router.get("/api/v1/heatmap", dependencies=[needs("viewer")], responses=told(401, 403, 422, 503))
async def get_heat_map(
    house: TheHouse,
    channel: Annotated[str, Query(description="A device or charger", examples=["oven"])],
    year: Annotated[int, Query(ge=2000, le=2099, description="Of the site's zone", examples=[2026])],
    measure: Annotated[Measure, Query(description="What the cells show")] = Measure.MEAN,
) -> HeatMapView:
    """The hours of a year as a table of days."""
    check_channels(house, [channel])
    name = house.settings.site.timezone
    zone = ZoneInfo(name)
    start, end = (datetime(each, 1, 1, tzinfo=zone).astimezone(UTC) for each in (year, year + 1))
    found = (await house.read([channel], Span.HOUR, start, end))[channel]
    values = await house.clock.outside(asyncio.to_thread(_cells, year, zone, measure, found))
    return HeatMapView(channel=channel, year=year, measure=measure, timezone=name, dates=dates(year), values=values)


def _cells(year: int, zone: ZoneInfo, measure: Measure, found: Columns) -> tuple[tuple[float | None, ...], ...]:
    pairs = zip(found.start_ms.tolist(), found.values[measure].tolist(), strict=True)
    rows = heat_map(year, zone, measure, pairs)
    return tuple(tuple(None if value is None else round(value, 1) for value in row) for row in rows)
