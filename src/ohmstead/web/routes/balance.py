"""``/api/v1/balance`` and ``/api/v1/always-on``: self-consumption, what is not measured, what is always on (EM-244)."""

import datetime as dt
from datetime import UTC
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from ohmstead.web.access import TheSums, needs, operation_id
from ohmstead.web.problems import told
from ohmstead.web.summing import Period
from ohmstead.web.views.balance import AlwaysOnDayView, AlwaysOnView, BalanceView

router = APIRouter(generate_unique_id_function=operation_id, tags=["history"])

YEAR_S = 365 * 86_400


def _of_this_century(day: dt.date) -> dt.date:
    if not 2000 <= day.year <= 2099:
        raise PydanticCustomError("century", "a date from 2000 to 2099")
    return day


Day = Annotated[dt.date, AfterValidator(_of_this_century), Field(json_schema_extra={"pattern": "^20[0-9]{2}-"})]


@router.get("/api/v1/balance", dependencies=[needs("viewer")], responses=told(401, 403, 422, 503))
async def get_balance(
    sums: TheSums,
    period: Annotated[Period, Query(description="A week begins on Monday")] = "day",
    date: Annotated[
        Day | None,
        Query(description="A day of the period, at the site; today when left out", examples=["2026-06-21"]),
    ] = None,
) -> BalanceView:
    """Where energy came from and where it went in one day, week or month, by the counters."""
    day = sums.today() if date is None else date
    start, end, found = await sums.balance(period, day)
    return BalanceView(
        period=period,
        start=start.astimezone(UTC),
        end=end.astimezone(UTC),
        grid_import_j=found.grid_import_j,
        grid_export_j=found.grid_export_j,
        production_j=found.production_j,
        battery_charged_j=found.battery_charged_j,
        battery_discharged_j=found.battery_discharged_j,
        consumption_j=found.consumption_j,
        unmeasured_j=found.unmeasured_j,
        self_consumption_percent=_tenths(found.self_consumption_percent),
        self_sufficiency_percent=_tenths(found.self_sufficiency_percent),
    )


@router.get("/api/v1/always-on", dependencies=[needs("viewer")], responses=told(401, 403, 422, 503))
async def get_always_on(sums: TheSums) -> AlwaysOnView:
    """What the house draws day and night: the median of the last seven days, each by its 5th percentile."""
    found = await sums.always_on()
    return AlwaysOnView(
        power_w=_tenths(found.power_w),
        energy_year_j=None if found.power_w is None else round(found.power_w * YEAR_S),
        days=tuple(
            AlwaysOnDayView(date=day, power_w=_tenths(watts))
            for day, watts in zip(found.days, found.days_w, strict=True)
        ),
    )


def _tenths(value: float | None) -> float | None:
    return None if value is None else round(value, 1)
