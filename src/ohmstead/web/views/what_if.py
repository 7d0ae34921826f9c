"""What if, on the wire: how far a comparison is, and what each way of charging would have made of the past."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from ohmstead.web.views.base import WHOLE, ReasonView, View, shaped


class WhatIfBody(View):
    """Compare the last days of a charger."""

    model_config = shaped({"charger": "garage", "days": 30})

    charger: str = Field(min_length=1, max_length=80, description="The key in site.toml")
    days: Annotated[int, Field(ge=1, le=366), WHOLE]


class OutcomeView(View):
    """What one way of charging would have made of it."""

    model_config = shaped(
        {
            "strategy": "solar",
            "energy_kwh": 96.4,
            "missed_kwh": 21.2,
            "short_visits": 3,
            "solar_share": 0.94,
            "cost": 9.12,
            "cycles": 22,
        }
    )

    strategy: str = Field(description="fast, solar, hybrid-75 or night (22:00 to 06:00)")
    energy_kwh: float
    missed_kwh: float = Field(description="What cars got in the past and would not have had when they left")
    short_visits: int = Field(description="Visits that would have ended with less")
    solar_share: float | None = Field(description="The part that was not imported, 0 to 1; null without energy")
    cost: float | None = Field(description="By the prices of that time; null where none held at its beginning")
    cycles: int = Field(description="How often the contactor would have closed")


class WhatIfView(View):
    """A comparison. Its numbers stand when it is done."""

    model_config = shaped(
        {
            "state": "running",
            "charger": "garage",
            "days": 30,
            "share": 0.42,
            "start": "2026-05-22T10:15:00Z",
            "end": "2026-06-21T10:15:00Z",
            "visits": 19,
            "wanted_kwh": 117.6,
            "currency": "EUR",
            "outcomes": [],
            "reason": None,
        }
    )

    state: Literal["none", "reading", "running", "done", "failed"]
    charger: str | None
    days: int | None = Field(description="As asked for")
    share: float = Field(description="Of the work that is done, 0 to 1")
    start: datetime | None = Field(description="Of what was recorded in that time")
    end: datetime | None
    visits: int
    wanted_kwh: float = Field(description="What the cars got in the past")
    currency: str
    outcomes: tuple[OutcomeView, ...]
    reason: ReasonView | None = Field(description="Why it failed")
