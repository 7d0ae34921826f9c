"""What people set on the chargers of the house in memory, and why they gave what they gave."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ohmstead.core.control.timeline import Timeline
from ohmstead.core.model.chargers import ChargerOptions
from ohmstead.core.model.snapshot import SiteState


@dataclass
class MemoryModes:
    """Implements the desk of modes."""

    latest: SiteState | None
    told: Sequence[Timeline]
    failing: Exception | None

    def options_of(self, charger: str) -> ChargerOptions:
        return self.latest.options[charger] if self.latest is not None else ChargerOptions()

    async def timelines(self, charger: str, start: datetime, end: datetime) -> tuple[Timeline, ...]:
        if self.failing:
            raise self.failing
        return tuple(line for line in self.told if line.session.startswith(charger))
