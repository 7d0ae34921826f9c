"""Where energy came from over a day, week or month, and what is always on."""

from datetime import date, datetime
from typing import Literal

from pydantic import Field
from pydantic.config import JsonDict

from ohmstead.web.views.base import View, shaped

BALANCE_EXAMPLE: JsonDict = {
    "period": "day",
    "start": "2026-06-20T22:00:00Z",
    "end": "2026-06-21T22:00:00Z",
    "grid_import_j": 14_400_000,
    "grid_export_j": 36_000_000,
    "production_j": 108_000_000,
    "battery_charged_j": 18_000_000,
    "battery_discharged_j": 14_400_000,
    "consumption_j": 82_800_000,
    "unmeasured_j": 7_200_000,
    "self_consumption_percent": 66.7,
    "self_sufficiency_percent": 82.6,
}
LOAD_EXAMPLE: JsonDict = {"id": "oven", "name": "Oven", "kind": "device", "energy_j": 9_936_000, "share": 0.12}
DAY_EXAMPLE: JsonDict = {"date": "2026-06-20", "power_w": 214.0}


class BalanceView(View):
    """Joules by counters over one day, week or month of the site's zone; `null` where a needed counter is missing."""

    model_config = shaped(BALANCE_EXAMPLE)

    period: Literal["day", "week", "month"]
    start: datetime
    end: datetime = Field(description="Not included")
    grid_import_j: int | None
    grid_export_j: int | None
    production_j: int | None
    battery_charged_j: int | None
    battery_discharged_j: int | None
    consumption_j: int | None = Field(description="Grid + production + battery")
    unmeasured_j: int | None = Field(description="Consumption that no circuit and no charger measured")
    self_consumption_percent: float | None = Field(description="Of the production, what was not exported")
    self_sufficiency_percent: float | None = Field(description="Of the consumption, what was not imported")


class LoadShareView(View):
    """What one circuit or charger used."""

    model_config = shaped(LOAD_EXAMPLE)

    id: str
    name: str
    kind: Literal["device", "charger"]
    energy_j: int | None
    share: float | None = Field(description="Of the consumption, 0 to 1")


class BreakdownView(View):
    """Which load used how much in [start, end), by counters; `null` where a needed counter is missing."""

    model_config = shaped(
        {
            **{key: value for key, value in BALANCE_EXAMPLE.items() if key.endswith("_j") or key in ("start", "end")},
            "loads": [LOAD_EXAMPLE],
            "unmeasured_share": 0.087,
        }
    )

    start: datetime = Field(
        description="What was asked for, widened to whole 5 minutes; hours when 5 years have passed"
    )
    end: datetime
    grid_import_j: int | None
    grid_export_j: int | None
    production_j: int | None
    battery_charged_j: int | None
    battery_discharged_j: int | None
    consumption_j: int | None = Field(description="Grid + production + battery")
    loads: tuple[LoadShareView, ...] = Field(description="Every circuit and charger, the largest first")
    unmeasured_j: int | None = Field(description="Consumption that no circuit and no charger measured")
    unmeasured_share: float | None = Field(description="Of the consumption, 0 to 1")


class AlwaysOnDayView(View):
    """One day."""

    model_config = shaped(DAY_EXAMPLE)

    date: date
    power_w: float | None = Field(description="5th percentile of its five-minute means; null when less was recorded")


class AlwaysOnView(View):
    """What the house draws day and night, the battery's part included."""

    model_config = shaped({"power_w": 214.0, "energy_year_j": 6_748_704_000, "days": [DAY_EXAMPLE]})

    power_w: float | None = Field(description="Median of the days; null while none was recorded long enough")
    energy_year_j: int | None = Field(description="What that makes in 365 days")
    days: tuple[AlwaysOnDayView, ...] = Field(description="The last seven whole days, oldest first")
