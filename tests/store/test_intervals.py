"""Every moment lies in exactly one interval of each span, on every day of every zone."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ohmstead.core.model.series import Span
from ohmstead.store.intervals import Calendar, Interval, from_ms, to_ms

ZONES = (
    "Europe/Rome",
    "America/New_York",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "America/Havana",
    "Africa/Cairo",
    "Pacific/Apia",
    "America/St_Johns",
    "UTC",
)
COARSER = {Span.SECOND: Span.FIVE_MINUTES, Span.FIVE_MINUTES: Span.HOUR, Span.HOUR: Span.DAY}
moments = st.integers(to_ms(datetime(2006, 1, 1, tzinfo=UTC)), to_ms(datetime(2036, 1, 1, tzinfo=UTC)))


def day_of(zone: str, text: str) -> Interval:
    return Calendar(ZoneInfo(zone)).interval(Span.DAY, to_ms(datetime.fromisoformat(text)))


@pytest.mark.req("G-002")
@pytest.mark.parametrize(
    "text, hours", [("2026-03-29T12:00Z", 23), ("2026-10-25T12:00Z", 25), ("2026-06-21T12:00Z", 24)]
)
def test_days_in_rome_have_their_true_length(text: str, hours: int) -> None:
    day = day_of("Europe/Rome", text)
    assert (day.end - day.start) == hours * 3_600_000
    assert from_ms(day.start).astimezone(ZoneInfo("Europe/Rome")).strftime("%H:%M") == "00:00"


@pytest.mark.req("G-002")
@given(st.sampled_from(ZONES), moments, st.sampled_from(list(Span)))
def test_intervals_touch_and_never_overlap(zone: str, at: int, span: Span) -> None:
    calendar = Calendar(ZoneInfo(zone))
    here = calendar.interval(span, at)
    assert here.start < at <= here.end
    assert calendar.interval(span, here.start + 1) == here == calendar.interval(span, here.end)
    assert calendar.interval(span, here.end + 1).start == here.end
    assert calendar.interval(span, here.start).end == here.start


@pytest.mark.req("G-002")
@given(st.sampled_from(ZONES), moments, st.sampled_from(list(COARSER)))
def test_a_finer_interval_lies_within_one_coarser(zone: str, at: int, span: Span) -> None:
    calendar = Calendar(ZoneInfo(zone))
    fine, coarse = calendar.interval(span, at), calendar.interval(COARSER[span], at)
    assert coarse.start <= fine.start < fine.end <= coarse.end


@pytest.mark.req("G-002")
@pytest.mark.parametrize("zone", ZONES)
def test_ten_years_of_days_lose_and_double_no_second(zone: str) -> None:
    calendar = Calendar(ZoneInfo(zone))
    at = to_ms(datetime(2009, 6, 1, tzinfo=UTC))
    end = to_ms(datetime(2019, 6, 1, tzinfo=UTC))
    while at < end:
        day = calendar.interval(Span.DAY, at + 1)
        assert day.start <= at < day.end <= day.start + 26 * 3_600_000
        at = day.end


def test_a_time_at_the_border_belongs_to_what_ends_there() -> None:
    noon = datetime(2026, 6, 21, 12, tzinfo=UTC)
    found = Calendar(ZoneInfo("Europe/Rome")).interval(Span.FIVE_MINUTES, to_ms(noon))
    assert (from_ms(found.start), from_ms(found.end)) == (noon - timedelta(minutes=5), noon)
