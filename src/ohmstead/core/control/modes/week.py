"""Weekly programs on the wall clock of a zone: which is active, which comes next, which overlap (G-003, G-026, G-027).

An occurrence is the half-open interval [start, end) between two local wall times. A start in an hour that does not
exist is the first instant after the gap, an end there the same instant; in an hour that comes twice the start is its
first pass and the end its second, so that an occurrence is one contiguous interval. The lowest number wins.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import combinations
from zoneinfo import ZoneInfo

from ohmstead.core.model.modes import DAY_MIN, WEEKDAYS, Program

_WEEK_MIN = 7 * DAY_MIN
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Occurrence:
    """Program ``number``, counted from 1, from ``start`` up to ``end`` (UTC)."""

    number: int
    start: datetime
    end: datetime


def active(programs: Sequence[Program], zone: str, now: datetime) -> int | None:
    """The number of the program that holds at ``now``; of several the lowest."""
    local = now.astimezone(ZoneInfo(zone)).date()
    holding = (one for one in _around(tuple(programs), zone, local) if one.start <= now < one.end)
    return min((one.number for one in holding), default=None)


def change(programs: Sequence[Program], zone: str, now: datetime) -> datetime | None:
    """The next instant at which another program holds, or none any more; ``None`` when none comes within eight days."""
    local, before = now.astimezone(ZoneInfo(zone)).date(), active(programs, zone, now)
    edges = set()
    for week_day in range(0, 9, 2):
        for one in _around(tuple(programs), zone, local + timedelta(days=week_day)):
            edges |= {edge for edge in (one.start, one.end) if edge > now}
    return next((edge for edge in sorted(edges) if active(programs, zone, edge) != before), None)


def overlaps(programs: Sequence[Program]) -> tuple[tuple[int, int], ...]:
    """Numbers of the programs that share a time of the week, the one that wins there first."""
    spans = {number: tuple(_spans(program)) for number, program in enumerate(programs, start=1)}
    return tuple(
        (first, second)
        for first, second in combinations(spans, 2)
        if any(_meet(one, other) for one in spans[first] for other in spans[second])
    )


def instant(day: date, minute: int, zone: ZoneInfo, *, last: bool) -> datetime:
    """The UTC of ``minute`` of wall time from the midnight of ``day``; ``last`` picks the second pass of a time."""
    wall = datetime.combine(day, time()) + timedelta(minutes=minute)
    first, second = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if first.astimezone(zone).replace(tzinfo=None) == wall:
        return second if last else first
    return _after_gap(second, first, zone)


def _after_gap(low: datetime, high: datetime, zone: ZoneInfo) -> datetime:
    """The instant of the transition after ``low`` and not after ``high``: the first that exists behind the gap."""
    before = low.astimezone(zone).utcoffset()
    while high - low > _SECOND:
        middle = low + (high - low) // _SECOND // 2 * _SECOND
        if middle.astimezone(zone).utcoffset() == before:
            low = middle
        else:
            high = middle
    return high


@lru_cache(maxsize=256)
def _around(programs: tuple[Program, ...], zone: str, day: date) -> tuple[Occurrence, ...]:
    """Every occurrence that may hold at some time of ``day``: those that began up to two days before or begin then."""
    there = ZoneInfo(zone)
    found = []
    for number, program in enumerate(programs, start=1):
        if not program.days or program.start == program.end:
            continue
        start, end = program.span_min
        for began in (day + timedelta(days=days) for days in (-2, -1, 0, 1)):
            if WEEKDAYS[began.weekday()] in program.days:
                bounds = instant(began, start, there, last=False), instant(began, end, there, last=True)
                found.append(Occurrence(number, *bounds))
    return tuple(found)


def _spans(program: Program) -> Iterator[tuple[int, int]]:
    start, end = program.span_min
    for day in program.days:
        offset = WEEKDAYS.index(day) * DAY_MIN
        yield offset + start, offset + end


def _meet(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return any(one[0] < other[1] + turn and other[0] + turn < one[1] for turn in (-_WEEK_MIN, 0, _WEEK_MIN))
