"""Sums of what was recorded: the balance of a day, week or month, and always-on of the last seven days.

Series of the house come in, in days of the site's own zone; balances come out. Always-on changes once a day, so it is
worked out once a day.
"""

import asyncio
import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from ohmstead.core.accounting.always_on import DAYS, consumption, of_days, shown
from ohmstead.core.accounting.balance import Balance, Counted, balance
from ohmstead.core.model.quantities import Role
from ohmstead.core.model.series import Columns, Measure, Span
from ohmstead.web.house import House

Period = Literal["day", "week", "month"]
_SOURCES = (Role.GRID, Role.PRODUCTION, Role.BATTERY)


@dataclass(frozen=True, slots=True)
class AlwaysOn:
    """What the house draws day and night, by day and as shown; watts."""

    days: tuple[date, ...] = ()
    days_w: tuple[float | None, ...] = ()
    power_w: float | None = None


class Summing:
    """Sums of one house."""

    def __init__(self, house: House) -> None:
        """Nothing is worked out yet."""
        self._house = house
        self._for: tuple[date, tuple[str, ...]] | None = None
        self._always_on = AlwaysOn()
        self._working = asyncio.Lock()

    def today(self) -> date:
        """The date at the site."""
        return self._house.clock.now().utc.astimezone(self._zone()).date()

    async def balance(self, period: Period, day: date) -> tuple[datetime, datetime, Balance]:
        """Begin, end and balance of the period that holds ``day``. Raises StoreError."""
        first, last = bounds(period, day)
        start, end = self._midnight(first), self._midnight(last)
        settings = self._house.settings
        roles: dict[str, Role | None] = {name: device.role for name, device in settings.devices.items()}
        roles |= dict.fromkeys(settings.chargers)
        names = [name for name, role in roles.items() if role is not Role.VEHICLE]
        found = await self._house.read(names, Span.DAY, start, end)
        return start, end, balance(_counted(roles[name], columns) for name, columns in found.items())

    async def always_on(self) -> AlwaysOn:
        """Of the last seven whole days. Raises StoreError."""
        today = self.today()
        sources = tuple(name for name, device in self._house.settings.devices.items() if device.role in _SOURCES)
        async with self._working:
            if self._for != (today, sources):
                self._always_on = await self._worked_out(today, sources)
                self._for = today, sources
        return self._always_on

    async def _worked_out(self, today: date, sources: tuple[str, ...]) -> AlwaysOn:
        devices = self._house.settings.devices
        days = tuple(today - timedelta(days=back) for back in range(DAYS, 0, -1))
        if not any(devices[name].role is Role.GRID for name in sources):
            return AlwaysOn(days, (None,) * DAYS)
        midnights = [self._midnight(day) for day in (*days, today)]
        found = await self._house.read(sources, Span.FIVE_MINUTES, midnights[0], midnights[-1])
        days_w = await self._house.clock.outside(asyncio.to_thread(_days, midnights, list(found.values())))
        return AlwaysOn(days, days_w, shown(days_w))

    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self._house.settings.site.timezone)

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time(), self._zone()).astimezone(UTC)


def bounds(period: Period, day: date) -> tuple[date, date]:
    """The first day of the period that holds ``day``, and the first one after it; weeks begin on Monday."""
    if period == "day":
        return day, day + timedelta(days=1)
    if period == "week":
        monday = day - timedelta(days=day.weekday())
        return monday, monday + timedelta(days=7)
    first = day.replace(day=1)
    return first, (first + timedelta(days=31)).replace(day=1)


def _counted(role: Role | None, columns: Columns) -> Counted:
    imported, exported = (columns.values[measure].tolist() for measure in (Measure.IMPORT, Measure.EXPORT))
    return Counted(role, _sum(imported), _sum(exported))


def _sum(joules: Iterable[float]) -> int | None:
    """A day without this counter adds nothing; ``None`` when no day has it."""
    known = [round(one) for one in joules if not math.isnan(one)]
    return sum(known) if known else None


def _days(midnights: list[datetime], found: list[Columns]) -> tuple[float | None, ...]:
    means = [
        {at // 1000: None if math.isnan(mean) else mean for at, mean in zip(*_means(one), strict=True)} for one in found
    ]
    return tuple(of_days([round(at.timestamp()) for at in midnights], consumption(means)))


def _means(columns: Columns) -> tuple[list[int], list[float]]:
    """When each interval begins, in milliseconds, and its mean power."""
    return columns.start_ms.tolist(), columns.values[Measure.MEAN].tolist()
