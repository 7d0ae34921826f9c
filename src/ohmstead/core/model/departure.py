"""A target of departure: how much is to be in the car by when, and what is known of the hours until then."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from ohmstead.core.model.charges import Tariff
from ohmstead.core.model.quantities import JOULES_PER_KWH

CHARGING_EFFICIENCY = 0.9
"""Of what a charger gives so much reaches the battery: on-board chargers lose a tenth."""
MOST_KWH = 500.0
HOURS = 24


class DepartureTarget(BaseModel):
    """Energy out of the charger by a time: in kWh, or from one state of charge to another of a battery."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    by: AwareDatetime
    energy_kwh: float | None = Field(default=None, gt=0, le=MOST_KWH, allow_inf_nan=False)
    from_percent: int | None = Field(default=None, ge=0, le=100)
    to_percent: int | None = Field(default=None, ge=1, le=100)
    battery_kwh: float | None = Field(default=None, gt=0, le=MOST_KWH, allow_inf_nan=False)

    @model_validator(mode="after")
    def _one_way(self) -> "DepartureTarget":
        given = [one is not None for one in (self.from_percent, self.to_percent, self.battery_kwh)]
        if any(given) if self.energy_kwh is not None else not all(given):
            raise ValueError("either energy_kwh, or from_percent, to_percent and battery_kwh together")
        if self.from_percent is not None and self.to_percent is not None and self.from_percent >= self.to_percent:
            raise ValueError("to_percent above from_percent")
        return self

    @property
    def wanted_kwh(self) -> float:
        """What the charger has to give for it."""
        if self.energy_kwh is not None:
            return self.energy_kwh
        share = ((self.to_percent or 0) - (self.from_percent or 0)) / 100
        return share * (self.battery_kwh or 0.0) / CHARGING_EFFICIENCY


@dataclass(frozen=True, slots=True)
class Departure:
    """A target that holds for the session; ``since_j`` is what the session had when it was set."""

    target: DepartureTarget
    since_j: int = 0

    def left_j(self, energy_j: int) -> float:
        """What is still to be given once the session has ``energy_j``."""
        return max(0.0, self.target.wanted_kwh * JOULES_PER_KWH - (energy_j - self.since_j))


@dataclass(frozen=True, slots=True)
class Foresight:
    """What is known of hours to come: prices, and the surplus of the sun by hour of the UTC day, as of late.

    ``surplus_w`` is ``None`` while nothing is known of it.
    """

    tariff: Tariff = field(default_factory=Tariff)
    surplus_w: tuple[float, ...] | None = None


NO_FORESIGHT = Foresight()


def by_hour(seen: Iterable[tuple[int, float]]) -> tuple[float, ...] | None:
    """The mean of ``seen`` surpluses, each with its hour of the UTC day; ``None`` unless every hour was seen."""
    sums, counts = [0.0] * HOURS, [0] * HOURS
    for hour, watts in seen:
        sums[hour] += max(0.0, watts)
        counts[hour] += 1
    if not all(counts):
        return None
    return tuple(total / count for total, count in zip(sums, counts, strict=True))
