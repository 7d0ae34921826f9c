"""Weekly programs on the wall clock: midnight, overlap, both nights on which the clocks change, any zone."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ohmstead.core.control.modes.week import active, change, overlaps
from ohmstead.core.model.modes import WEEKDAYS, Program, Weekday
from tests.exploring import examples

ROME = "Europe/Rome"
ZONES = (
    "Europe/Rome",
    "America/Sao_Paulo",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Asia/Kathmandu",
    "America/St_Johns",
    "Africa/Casablanca",
    "UTC",
)


def wall(text: str, zone: str = ROME, fold: int = 0) -> datetime:
    """The UTC of wall time ``text``."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)


def lasts(program: Program, first: datetime, last: datetime, zone: str = ROME) -> timedelta:
    """For how long the program is active between two moments, looked at each minute."""
    count = int((last - first) / timedelta(minutes=1))
    return timedelta(minutes=sum(active([program], zone, first + timedelta(minutes=m)) == 1 for m in range(count)))


@pytest.mark.req("EV-120", "G-003")
@pytest.mark.parametrize(
    "day, start, end, first, hours",
    [
        ("sun", "01:30", "03:30", "2026-03-28T12:00", 1),
        ("sun", "01:30", "03:30", "2026-10-24T12:00", 3),
        ("sat", "22:00", "06:00", "2026-03-28T12:00", 7),
        ("sat", "22:00", "06:00", "2026-10-24T12:00", 9),
        ("sun", "02:10", "02:50", "2026-03-28T12:00", 0),
        ("sun", "02:10", "03:20", "2026-03-28T12:00", 1 / 3),
        ("sun", "02:10", "02:50", "2026-10-24T12:00", 5 / 3),
    ],
)
def test_a_program_follows_the_wall_clock_over_both_changes_of_the_hour(
    day: Weekday, start: str, end: str, first: str, hours: float
) -> None:
    program, begin = Program(days=(day,), start=start, end=end), wall(first)
    assert lasts(program, begin, begin + timedelta(hours=40)) == timedelta(hours=hours)


@pytest.mark.req("EV-120", "EV-113", "EV-114", "EV-115")
@pytest.mark.parametrize(
    "moment, holds",
    [
        ("2026-06-22T21:59", False),
        ("2026-06-22T22:00", True),
        ("2026-06-22T23:00", True),
        ("2026-06-23T05:59", True),
        ("2026-06-22T05:00", False),
        ("2026-06-23T06:00", False),
        ("2026-06-23T23:00", False),
    ],
)
def test_a_program_over_midnight_belongs_to_the_day_on_which_it_starts(moment: str, holds: bool) -> None:
    monday = Program(days=("mon",), start="22:00", end="06:00")
    assert (active([monday], ROME, wall(moment)) == 1) is holds


@pytest.mark.req("EV-120")
@pytest.mark.parametrize("moment, number", [("09:59", 2), ("10:00", 1), ("11:59", 1), ("12:00", 2), ("18:00", None)])
def test_where_two_overlap_the_lower_number_wins(moment: str, number: int | None) -> None:
    programs = (
        Program(days=("sat",), start="10:00", end="12:00", mode="green"),
        Program(days=("sat",), start="08:00", end="18:00"),
    )
    assert active(programs, ROME, wall(f"2026-06-27T{moment}")) == number
    assert overlaps(programs) == ((1, 2),)


@pytest.mark.parametrize(
    "one, other, meet",
    [
        (("sun", "22:00", "06:00"), ("mon", "05:00", "07:00"), True),
        (("sun", "22:00", "06:00"), ("mon", "06:00", "07:00"), False),
        (("mon", "00:00", "24:00"), ("tue", "00:00", "24:00"), False),
        (("mon", "00:00", "24:00"), ("mon", "23:59", "24:00"), True),
    ],
)
def test_overlaps_are_found_over_the_end_of_the_week(
    one: tuple[Weekday, str, str], other: tuple[Weekday, str, str], meet: bool
) -> None:
    programs = [Program(days=(day,), start=start, end=end) for day, start, end in (one, other)]
    assert bool(overlaps(programs)) is meet


def test_a_whole_day_and_a_disabled_program() -> None:
    whole, none = Program(days=("mon",), start="00:00", end="24:00"), Program()
    assert lasts(whole, wall("2026-06-21T12:00"), wall("2026-06-23T12:00")) == timedelta(hours=24)
    assert active([none], ROME, wall("2026-06-22T23:00")) is None


def test_the_next_change_is_told() -> None:
    programs = (Program(days=("fri",), start="22:00", end="06:00"),)
    assert change(programs, ROME, wall("2026-06-22T12:00")) == wall("2026-06-26T22:00")
    assert change(programs, ROME, wall("2026-06-26T23:00")) == wall("2026-06-27T06:00")
    assert change((Program(),), ROME, wall("2026-06-22T12:00")) is None


times = st.integers(0, 1439).map(lambda minute: f"{minute // 60:02d}:{minute % 60:02d}")


@examples(150)
@given(
    start=times,
    end=times,
    zone=st.sampled_from(ZONES),
    since_s=st.integers(0, 18 * 365 * 86_400),
)
def test_in_any_zone_a_daily_program_holds_exactly_in_its_wall_time_but_for_the_hours_of_a_change(
    start: str, end: str, zone: str, since_s: int
) -> None:
    """Where no change of the clock is near, the active program can be read off the wall clock."""
    moment = datetime(2011, 12, 1, tzinfo=UTC) + timedelta(seconds=since_s)
    there = ZoneInfo(zone)
    near = {(moment + timedelta(hours=h)).astimezone(there).utcoffset() for h in range(-50, 51, 2)}
    local = moment.astimezone(there).strftime("%H:%M")
    expected = start <= local < end if start < end else start != end and (local >= start or local < end)
    holds = active([Program(days=WEEKDAYS, start=start, end=end)], zone, moment) == 1
    assert holds is expected or len(near) > 1


@examples(60)
@given(start=times, end=times, zone=st.sampled_from(ZONES), day=st.dates(date(2011, 12, 1), date(2030, 1, 1)))
def test_an_occurrence_is_one_interval_on_whatever_day(start: str, end: str, zone: str, day: date) -> None:
    program = Program(days=(WEEKDAYS[day.weekday()],), start=start, end=end)
    begin = datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)
    holds = [active([program], zone, begin + timedelta(minutes=5 * m)) for m in range(-36, 12 * 54)]
    assert sum(a != b for a, b in pairwise(holds)) <= 2
