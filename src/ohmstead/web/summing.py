"""Sums of what was recorded: the balance of a day, week or month, the breakdown of any range, and always-on.

Series of the house come in, in days of the site's own zone; balances come out. Always-on changes once a day, so it is
worked out once a day.
"""

import asyncio
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
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


KEEP_FIVE_MINUTES = timedelta(days=5 * 365)


@dataclass(frozen=True, slots=True)
class Breakdown:
    """The range that was added up, its balance, and the joules of each load and charger."""

    start: datetime
    end: datetime
    balance: Balance
    used_j: Mapping[str, int | None]


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
        roles = self._roles()
        found = await self._house.read(list(roles), Span.DAY, start, end)
        return start, end, balance(_counted(roles[name], [columns]) for name, columns in found.items())

    async def breakdown(self, start: datetime, end: datetime) -> Breakdown:
        """What each load used in a range, widened to whole 5 minutes, or hours where those are gone.

        Raises StoreError.
        """
        kept = self._house.clock.now().utc - KEEP_FIVE_MINUTES
        first, last = _widened(start, end, timedelta(hours=1) if start < kept else timedelta(minutes=5))
        roles = self._roles()
        parts: dict[str, list[Columns]] = {name: [] for name in roles}
        for span, begin, until in self._cut(first, last, Span.HOUR if start < kept else Span.FIVE_MINUTES):
            for name, columns in (await self._house.read(list(roles), span, begin, until)).items():
                parts[name].append(columns)
        counted = {name: _counted(roles[name], columns) for name, columns in parts.items()}
        used = {name: one.net_j for name, one in counted.items() if one.role is None or one.role is Role.LOAD}
        return Breakdown(first, last, balance(counted.values()), used)

    def _roles(self) -> Mapping[str, Role | None]:
        """All that counts in the balance; a charger has no role. What a charger's own vehicle meter counts is its."""
        settings = self._house.settings
        roles: dict[str, Role | None] = {name: device.role for name, device in settings.devices.items()}
        apart = (Role.VEHICLE, Role.CIRCUIT)
        return {name: role for name, role in roles.items() if role not in apart} | dict.fromkeys(settings.chargers)

    def _cut(self, start: datetime, end: datetime, fine: Span) -> Iterator[tuple[Span, datetime, datetime]]:
        """A range as whole days of the site, and what is left of it at either end."""
        zone = self._zone()
        days = start.astimezone(zone).date(), end.astimezone(zone).date()
        first, last = self._midnight(days[0]), self._midnight(days[1])
        if first < start:
            first = self._midnight(days[0] + timedelta(days=1))
        if first >= last:
            yield fine, start, end
            return
        yield Span.DAY, first, last
        if start < first:
            yield fine, start, first
        if last < end:
            yield fine, last, end

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


def _counted(role: Role | None, parts: Sequence[Columns]) -> Counted:
    imported, exported = (
        [joules for columns in parts for joules in columns.values[measure].tolist()]
        for measure in (Measure.IMPORT, Measure.EXPORT)
    )
    return Counted(role, _sum(imported), _sum(exported))


def _widened(start: datetime, end: datetime, step: timedelta) -> tuple[datetime, datetime]:
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    return epoch + (start - epoch) // step * step, epoch - (epoch - end) // step * step


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
