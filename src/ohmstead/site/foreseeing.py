"""What a site foresees: its prices, and the sun that the last week left over in each hour of the day.

The week is read only while somebody has set a target of departure, and once an hour at most.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from math import isnan
from typing import TYPE_CHECKING

from ohmstead.core.model.charges import Tariff
from ohmstead.core.model.departure import Foresight, by_hour
from ohmstead.core.model.errors import StoreError
from ohmstead.core.model.quantities import Role
from ohmstead.core.model.series import Columns, Measure, Span
from ohmstead.core.model.settings import Settings
from ohmstead.drivers.clock import Clock

if TYPE_CHECKING:
    from ohmstead.store.store import Store

WEEK = timedelta(days=7)
AGAIN_S = 3600.0
LOOK_S = 5.0
_HOUR_S = 3600.0


class Foreseeing:
    """Owner of what is known of the hours to come."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        store: "Callable[[], Store]",
        tariff: Callable[[], Tariff],
        wanted: Callable[[], bool],
    ) -> None:
        """``store`` raises StoreError without one; ``wanted`` tells whether a target of departure is set."""
        self._clock, self._store, self._tariff, self._wanted = clock, store, tariff, wanted
        grid = [name for name, device in settings.devices.items() if device.role is Role.GRID]
        self._grid, self._chargers = grid[:1], tuple(settings.chargers)
        self._surplus_w: tuple[float, ...] | None = None
        self._looked_at: float | None = None

    @property
    def foresight(self) -> Foresight:
        """All of it as it is now."""
        return Foresight(self._tariff(), self._surplus_w)

    async def run(self) -> None:
        """Look at the last week while it is wanted."""
        while True:
            now = self._clock.now()
            old = self._looked_at is None or now.monotonic_s - self._looked_at >= AGAIN_S
            if self._grid and old and self._wanted():
                self._looked_at = now.monotonic_s
                with suppress(StoreError):
                    self._surplus_w = await self._clock.outside(self._look(now.utc))
            await asyncio.sleep(LOOK_S)

    async def _look(self, now: datetime) -> tuple[float, ...] | None:
        measures = (Measure.IMPORT, Measure.EXPORT)
        channels = (*self._grid, *self._chargers)
        found = await self._store().read(channels, Span.HOUR, now - WEEK, now, measures)
        return await asyncio.to_thread(lambda: by_hour(_surpluses(found, self._grid[0], self._chargers)))


def _surpluses(found: Mapping[str, Columns], grid: str, chargers: Sequence[str]) -> Iterator[tuple[int, float]]:
    """Of each recorded hour what was left without the cars, in watts, with its hour of the UTC day."""
    cars: dict[int, float] = {}
    for name in chargers:
        for at, joules in zip(found[name].start_ms.tolist(), found[name].values[Measure.IMPORT].tolist(), strict=True):
            cars[at] = cars.get(at, 0.0) + (0.0 if isnan(joules) else joules)
    columns = found[grid]
    values = columns.values
    for at, taken, given in zip(
        columns.start_ms.tolist(), values[Measure.IMPORT].tolist(), values[Measure.EXPORT].tolist(), strict=True
    ):
        left_w = (given - taken + cars.get(at, 0.0)) / _HOUR_S
        if not isnan(left_w):
            yield datetime.fromtimestamp(at / 1000, UTC).hour, left_w
