"""Charging modes as people set them: the mode, the settings of Green, the six weekly programs (EV-096 to EV-120).

Off is no mode but ``enabled = False`` (G-134); outside programs it may be the default (G-029).
"""

from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from ohmstead.core.model.quantities import MINIMUM_CURRENT_A

ChargingMode = Literal["fast", "green", "programmed", "ocpp"]
GreenOperation = Literal["solar", "hybrid"]
ProgramMode = Literal["fast", "green"]
DefaultMode = Literal["fast", "green", "off"]
SurplusOrder = Literal["battery_first", "car_first"]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]

WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
PROGRAMS = 6
DAY_MIN = 1440
MOST_EXPORT_W = 1_000_000.0

Invalid = Literal["equal_times", "green_impossible", "limit_too_low"]
"""Why a program cannot be carried out (G-028). One without days is disabled, not invalid."""


def _in_order(days: tuple[Weekday, ...]) -> tuple[Weekday, ...]:
    if len(set(days)) != len(days):
        raise ValueError("each day once")
    return tuple(day for day in WEEKDAYS if day in days)


class _Values(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class GreenOptions(_Values):
    """How Green charges: on surplus alone (Solar), or with the grid's help at the least power (Hybrid, EV-102)."""

    operation: GreenOperation = "solar"
    minimum_percent: Annotated[int, Field(ge=5, le=100, multiple_of=5)] = 75
    """The least share of green energy in Hybrid (EV-104, G-031)."""

    @property
    def share(self) -> float:
        """The part of the least power that the surplus must give: 1 in Solar."""
        return 1.0 if self.operation == "solar" else self.minimum_percent / 100


class Program(_Values):
    """One weekly program. Times are wall time of the site; an end before the start lies on the next day."""

    days: Annotated[tuple[Weekday, ...], AfterValidator(_in_order)] = ()
    """The days on which it starts (G-026); none disables it."""
    start: str = Field(default="22:00", pattern=r"^([01]\d|2[0-3]):[0-5]\d$")
    end: str = Field(default="06:00", pattern=r"^(([01]\d|2[0-3]):[0-5]\d|24:00)$")
    mode: ProgramMode = "fast"
    limit_a: float | None = Field(default=None, gt=0, le=80, allow_inf_nan=False)
    """In ampere per phase (G-025); ``None`` leaves the charger's own limits."""

    @property
    def span_min(self) -> tuple[int, int]:
        """Start and end in minutes of wall time from midnight of the start day; the end may lie after 24:00."""
        start, end = minutes(self.start), minutes(self.end)
        return start, end if end > start else end + DAY_MIN

    def invalid(self, *, green_possible: bool) -> Invalid | None:
        """What makes it invalid, if anything (G-028)."""
        if not self.days:
            return None
        if self.start == self.end:
            return "equal_times"
        if self.limit_a is not None and self.limit_a < MINIMUM_CURRENT_A:
            return "limit_too_low"
        return "green_impossible" if self.mode == "green" and not green_possible else None


class WeekPlan(_Values):
    """The six programs, and what holds while none is active (EV-111, EV-112)."""

    programs: Annotated[tuple[Program, ...], Field(min_length=PROGRAMS, max_length=PROGRAMS)]
    default_mode: DefaultMode = "fast"


class SurplusSettings(_Values):
    """What of the surplus is not for cars; one for the whole site (EV-107, G-016)."""

    minimum_export_w: float = Field(default=0.0, ge=0, le=MOST_EXPORT_W, allow_inf_nan=False)
    """Power that is always to be exported."""
    order: SurplusOrder = "battery_first"
    """Who takes the sun first: the house's battery, or the car, to which what charges the battery then counts."""


SOLAR = GreenOptions()


def minutes(time: str) -> int:
    """``"HH:MM"`` as minutes from midnight."""
    return int(time[:2]) * 60 + int(time[3:])


def six(programs: Iterable[Program]) -> tuple[Program, ...]:
    """Exactly six (EV-111): those given, then disabled ones."""
    given = tuple(programs)[:PROGRAMS]
    return given + (Program(),) * (PROGRAMS - len(given))


NO_PROGRAMS = six(())
"""As from the factory: all disabled (G-031)."""
