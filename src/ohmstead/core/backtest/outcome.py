"""What came of a strategy: sums over all days, and the car's energy hour by hour for a plot."""

from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field

JOULES_PER_KWH = 3_600_000.0


@dataclass(slots=True)
class Outcome:
    """``cost`` is ``None`` without prices. ``hours_j`` has the car's energy in each hour from the start on."""

    name: str
    hours_j: "array[float]" = field(repr=False)
    energy_j: float = 0.0
    green_j: float = 0.0
    """What came from the site's own sources, by G-017."""
    missed_j: float = 0.0
    """What cars wanted and did not have when they left."""
    cost: float | None = 0.0
    cycles: int = 0
    """How often the contactor closed."""
    visits: int = 0
    short: int = 0
    """Of them, those that left with less than they wanted."""
    switches: int = 0
    """How often the number of phases was changed."""
    calls: int = 0
    """How often the strategy was asked."""
    unknown_min: int = 0
    """Minutes that nobody measured."""

    @classmethod
    def begun(cls, name: str, minutes: int, *, priced: bool) -> "Outcome":
        """Nothing has happened yet."""
        return cls(name, array("d", bytes(8 * (-(-minutes // 60)))), cost=0.0 if priced else None)

    @property
    def solar_share(self) -> float | None:
        """The green part of the energy, 0 to 1; ``None`` without energy."""
        return self.green_j / self.energy_j if self.energy_j > 0 else None

    @property
    def energy_kwh(self) -> float:
        """Into cars."""
        return self.energy_j / JOULES_PER_KWH

    @property
    def missed_kwh(self) -> float:
        """Wanted, and not had."""
        return self.missed_j / JOULES_PER_KWH

    @property
    def per_kwh(self) -> float | None:
        """What a kilowatt-hour came to; ``None`` without prices or energy."""
        return None if self.cost is None or self.energy_j <= 0 else self.cost / self.energy_kwh


def joined(name: str, parts: Iterable[tuple[int, Outcome]], minutes: int) -> Outcome:
    """One outcome of ``parts``, each with the minute, a multiple of 60, at which it begins."""
    parts = tuple(parts)
    whole = Outcome.begun(name, minutes, priced=all(one.cost is not None for _, one in parts))
    for first, one in parts:
        for hour, joules in enumerate(one.hours_j, start=first // 60):
            whole.hours_j[hour] += joules
        whole.energy_j += one.energy_j
        whole.green_j += one.green_j
        whole.missed_j += one.missed_j
        whole.cost = None if whole.cost is None or one.cost is None else whole.cost + one.cost
        whole.cycles += one.cycles
        whole.visits += one.visits
        whole.short += one.short
        whole.switches += one.switches
        whole.calls += one.calls
        whole.unknown_min += one.unknown_min
    return whole
