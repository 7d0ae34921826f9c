"""Charging modes on the wire: Green's settings, the six weekly programs, why a current is as it is, and was."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, Field
from pydantic.config import JsonDict

from ohmstead.core.model.modes import (
    MOST_EXPORT_W,
    PROGRAMS,
    DefaultMode,
    GreenOperation,
    ProgramMode,
    SurplusOrder,
    Weekday,
)
from ohmstead.web.views.base import ReasonView, View, shaped

GREEN_EXAMPLE: JsonDict = {"operation": "hybrid", "minimum_percent": 75}
PROGRAM_EXAMPLE: JsonDict = {
    "days": ["mon", "tue", "wed", "thu", "fri"],
    "start": "22:00",
    "end": "06:00",
    "mode": "fast",
    "limit_a": 10.0,
}
DISABLED_EXAMPLE: JsonDict = {"days": [], "start": "22:00", "end": "06:00", "mode": "fast", "limit_a": None}
PLAN_EXAMPLE: JsonDict = {"default_mode": "off", "programs": [PROGRAM_EXAMPLE, *[DISABLED_EXAMPLE] * 5]}
WAITING_EXAMPLE: JsonDict = {
    "key": "limit.green_waiting",
    "params": {"surplus_w": 1100.0, "needed_w": 1400.0, "duration_s": 60.0},
}
EXPLANATION_EXAMPLE: JsonDict = {
    "mode": "green",
    "program": None,
    "wish_a": 0.0,
    "limits": [
        {"name": "user", "current_a": 16.0, "reason": {"key": "limit.user", "params": {"limit_a": 16.0}}},
        {"name": "green", "current_a": 0.0, "reason": WAITING_EXAMPLE},
    ],
    "winner": "green",
    "timers": [{"name": "green_start", "ends_at": "2026-06-21T10:15:48Z"}],
}
TOLD_EXAMPLE: JsonDict = {
    "at": "2026-06-21T08:01:04Z",
    "current_a": 0.0,
    "limited_by": "green",
    "mode": "green",
    "program": None,
    "reason": WAITING_EXAMPLE,
}

DEPARTURE_PLAN_EXAMPLE: JsonDict = {
    "by": "2026-06-22T05:00:00Z",
    "wanted_kwh": 18.0,
    "left_kwh": 18.0,
    "state": "waiting",
    "basis": "prices",
    "late": False,
    "cost": 3.24,
    "stretches": [{"start": "2026-06-22T00:00:00Z", "end": "2026-06-22T02:00:00Z"}],
}

Percent = Annotated[float, Field(strict=True, ge=5, le=100, multiple_of=5, allow_inf_nan=False)]


def _distinct(days: tuple[Weekday, ...]) -> tuple[Weekday, ...]:
    if len(set(days)) != len(days):
        raise ValueError("each day once")
    return days


Days = Annotated[
    tuple[Weekday, ...], AfterValidator(_distinct), Field(max_length=7, json_schema_extra={"uniqueItems": True})
]


class GreenView(View):
    """How Green charges."""

    model_config = shaped(GREEN_EXAMPLE)

    operation: GreenOperation = Field(description="solar: on surplus alone; hybrid: the grid helps at the least power")
    minimum_percent: Percent = Field(description="The least share of green energy in hybrid")


class ProgramView(View):
    """One weekly program, by the wall clock of the site. An end before the start lies on the next day."""

    model_config = shaped(PROGRAM_EXAMPLE)

    days: Days = Field(description="When it starts; none disables it")
    start: str = Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$", description="HH:MM")
    end: str = Field(pattern=r"^(([01]\d|2[0-3]):[0-5]\d|24:00)$", description="HH:MM, to 24:00; no longer in it")
    mode: ProgramMode
    limit_a: float | None = Field(
        strict=True, gt=0, le=80, allow_inf_nan=False, description="Ampere per phase, 6 or more; null for none"
    )


Programs = Annotated[tuple[ProgramView, ...], Field(min_length=PROGRAMS, max_length=PROGRAMS)]


class WeekPlanBody(View):
    """All six programs, and what holds while none is active."""

    model_config = shaped(PLAN_EXAMPLE)

    default_mode: DefaultMode = Field(description="off: the charger does not charge outside the programs")
    programs: Programs = Field(description="Where two overlap the one with the lower number wins")


class OverlapView(View):
    """Two programs that share a time of the week."""

    model_config = shaped({"wins": 1, "loses": 2})

    wins: int = Field(description="Number, from 1")
    loses: int


class WeekPlanView(View):
    """The programs as they are, and what a person should know about them."""

    model_config = shaped({**PLAN_EXAMPLE, "overlaps": [], "next_change": "2026-06-22T20:00:00Z"})

    default_mode: DefaultMode
    programs: Programs
    overlaps: tuple[OverlapView, ...] = Field(description="No error: the lower number wins")
    next_change: datetime | None = Field(description="When another program begins to hold, or none any more")


class SurplusBody(View):
    """What of the surplus is not for cars; of the whole site."""

    model_config = shaped({"minimum_export_w": 500.0, "order": "battery_first"})

    minimum_export_w: float = Field(
        strict=True, ge=0, le=MOST_EXPORT_W, allow_inf_nan=False, description="Always exported, in watts"
    )
    order: SurplusOrder = Field(description="Who takes the sun first; what a battery discharges is never surplus")


class LimitView(View):
    """What one limit allows."""

    model_config = shaped({"name": "green", "current_a": 0.0, "reason": WAITING_EXAMPLE})

    name: str = Field(description="As in limited_by")
    current_a: float
    reason: ReasonView


class TimerView(View):
    """A wait that runs."""

    model_config = shaped({"name": "green_start", "ends_at": "2026-06-21T10:15:48Z"})

    name: Literal["green_start", "green_rest", "green_stop", "resume"]
    ends_at: datetime = Field(description="If nothing changes until then")


class ExplanationView(View):
    """Why a charger gets what it gets."""

    model_config = shaped(EXPLANATION_EXAMPLE)

    mode: Literal["fast", "green", "off", "invalid", "ocpp"] = Field(description="That holds now, by program or choice")
    program: int | None = Field(description="Number of the active program, from 1")
    wish_a: float | None = Field(description="What the mode wants per phase; null for all there is")
    limits: tuple[LimitView, ...]
    winner: str = Field(description="The limit that binds")
    timers: tuple[TimerView, ...]


class ToldView(View):
    """What held from a moment on."""

    model_config = shaped(TOLD_EXAMPLE)

    at: datetime
    current_a: float
    limited_by: str
    mode: str
    program: int | None
    reason: ReasonView


class SessionWhyView(View):
    """The explanations of one session."""

    model_config = shaped({"session": "garage-20260621T080103000Z", "ended_at": None, "told": [TOLD_EXAMPLE]})

    session: str
    ended_at: datetime | None = Field(description="Null while the car is plugged in")
    told: tuple[ToldView, ...] = Field(description="Oldest first; each holds until the next")


class TimelineView(View):
    """What was explained in a time, session by session."""

    model_config = shaped(
        {"sessions": [{"session": "garage-20260621T080103000Z", "ended_at": None, "told": [TOLD_EXAMPLE]}]}
    )

    sessions: tuple[SessionWhyView, ...]


class StretchView(View):
    """From start up to end it is to charge."""

    model_config = shaped({"start": "2026-06-22T00:00:00Z", "end": "2026-06-22T02:00:00Z"})

    start: datetime
    end: datetime


class DeparturePlanView(View):
    """What is to be in the car by when, and how that is to be met."""

    model_config = shaped(DEPARTURE_PLAN_EXAMPLE)

    by: datetime
    wanted_kwh: float = Field(description="What the charger has to give for it, from when it was set")
    left_kwh: float | None = Field(description="What it still has to give")
    state: Literal["waiting", "charging", "met"] | None = Field(description="Null before the first plan")
    basis: Literal["prices", "sun", "both", "nothing"] = Field(description="What the stretches were chosen by")
    late: bool = Field(description="Whether the time may not suffice")
    cost: float | None = Field(description="As planned, in the currency of the prices; null where none is known")
    stretches: tuple[StretchView, ...]
