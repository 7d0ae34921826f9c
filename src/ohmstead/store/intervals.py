"""Cutting time into intervals: days of the site's zone, hours of the day, 5 minutes of the hour, seconds (G-002).

Times are milliseconds UTC. An interval holds the times *after* its start up to and including its end, since a
counter read at 12:05:00 tells what flowed before 12:05. Hours are counted from local midnight, so that every
finer interval lies wholly within one coarser, also on days of 23 or 25 hours and in zones with odd offsets.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from ohmstead.core.model.series import Span

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECOND_MS = 1000
FIVE_MINUTES_MS = 300_000
QUARTER_MS = 900_000
HOUR_MS = 3_600_000

_MILLISECOND = timedelta(milliseconds=1)
_DAY = timedelta(days=1)


def to_ms(moment: datetime) -> int:
    """``moment`` as whole milliseconds UTC. Raises ValueError when it has no zone."""
    if moment.tzinfo is None:
        raise ValueError(f"a time without zone: {moment.isoformat()}; give it in UTC")
    return (moment - EPOCH) // _MILLISECOND


def from_ms(ms: int) -> datetime:
    """``ms`` as a time in UTC."""
    return EPOCH + timedelta(milliseconds=ms)


@dataclass(frozen=True, slots=True)
class Interval:
    """The times after ``start`` up to ``end``."""

    start: int
    end: int


class Calendar:
    """The intervals of one zone. Remembers the day asked last, since times mostly come in order."""

    def __init__(self, zone: ZoneInfo) -> None:
        """``zone`` is the site's."""
        self._zone = zone
        self._day = Interval(0, 0)

    def interval(self, span: Span, at: int) -> Interval:
        """The interval of ``span`` that holds ``at``."""
        if span in (Span.WEEK, Span.MONTH):
            return self._long(span, at)
        day = self._day if self._day.start < at <= self._day.end else self._find_day(at)
        if span is Span.DAY:
            return day
        hour = _part(day, at, HOUR_MS)
        if span is Span.HOUR:
            return hour
        if span is Span.QUARTER:
            return _part(hour, at, QUARTER_MS)
        five = _part(hour, at, FIVE_MINUTES_MS)
        return five if span is Span.FIVE_MINUTES else _part(five, at, SECOND_MS)

    def around(self, span: Span, start: int, end: int) -> Interval:
        """The whole intervals of ``span`` that cover ``start`` to ``end``."""
        return Interval(self.interval(span, start + 1).start, self.interval(span, max(end, start + 1)).end)

    def _long(self, span: Span, at: int) -> Interval:
        day = self._date(at)
        if span is Span.WEEK:
            first = day - day.weekday() * _DAY
            return Interval(self._midnight(first), self._midnight(first + 7 * _DAY))
        first = day.replace(day=1)
        return Interval(self._midnight(first), self._midnight((first + 31 * _DAY).replace(day=1)))

    def _find_day(self, at: int) -> Interval:
        day = self._date(at)
        self._day = Interval(self._midnight(day), self._midnight(day + _DAY))
        return self._day

    def _date(self, at: int) -> date:
        day = from_ms(at - 1).astimezone(self._zone).date()
        while at <= self._midnight(day):
            day -= _DAY
        while at > self._midnight(day + _DAY):
            day += _DAY
        return day

    def _midnight(self, day: date) -> int:
        return to_ms(datetime(day.year, day.month, day.day, tzinfo=self._zone).astimezone(UTC))


def _part(whole: Interval, at: int, length: int) -> Interval:
    start = whole.start + (at - 1 - whole.start) // length * length
    return Interval(start, min(start + length, whole.end))
