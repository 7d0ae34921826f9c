"""When a vehicle meter is starting, late, lost and back."""

from collections.abc import Iterable
from datetime import UTC, datetime

import pytest

from ohmstead.core.charging.vehicle_meter import Judgement, MeterMemory, judge
from ohmstead.core.model.time import Instant
from ohmstead.texts import word

START = Instant(datetime(2026, 1, 10, tzinfo=UTC), 500.0)


def story(good: Iterable[bool], may_start_s: float = 90.0) -> list[Judgement]:
    """One judgement a second; the meter's values of that second are good or not there."""
    memory, told = MeterMemory(), []
    for second, there in enumerate(good):
        now = START.plus(second)
        seen = judge(memory, "mid", "MID meter", now if there else None, may_start_s, now)
        memory = seen.memory
        told.append(seen)
    return told


def first(told: list[Judgement], state: str) -> int:
    return next(second for second, seen in enumerate(told) if seen.state == state)


@pytest.mark.req("G-039", "EV-247")
@pytest.mark.parametrize("may_start_s", [90.0, 120.0])
def test_a_meter_that_never_answers_is_starting_and_then_lost(may_start_s: float) -> None:
    told = story([False] * 200, may_start_s)
    assert first(told, "lost") == may_start_s
    early = told[: int(may_start_s)]
    assert {seen.notice.code for seen in early if seen.notice} == {"meter.starting"}
    assert all(seen.hold is None for seen in early)
    advice = [seen.notice.reason.key for seen in told if seen.notice and seen.notice.code == "D9"]
    assert advice.index("fault.d9.vehicle_advice") + may_start_s == 180


@pytest.mark.req("EV-246", "EV-220", "G-038")
def test_a_lost_meter_holds_the_charger_until_a_minute_after_it_has_been_back_for_ten_seconds() -> None:
    told = story([True] * 100 + [False] * 50 + [True] * 100)
    assert first(told, "lost") == 129, "30 s after its last values"
    back = next(second for second in range(150, 250) if told[second].state == "good")
    assert back == 160
    assert told[back].notice is None
    held = [second for second, seen in enumerate(told) if seen.hold is not None]
    assert (held[0], held[-1]) == (129, 219)
    hold = told[back + 1].hold
    assert hold is not None
    assert (hold.name, hold.current_a) == ("vehicle_meter_lost", 0.0)
    assert "MID meter" in word(hold.reason, "it")


@pytest.mark.req("G-038")
def test_values_now_and_then_do_not_clear_it() -> None:
    told = story([True] * 100 + [False] * 40 + ([True] * 5 + [False] * 2) * 10)
    assert {seen.state for seen in told[140:]} == {"lost"}


def test_a_short_silence_stops_nobody() -> None:
    told = story([True] * 100 + [False] * 29 + [True] * 5)
    assert [seen.state for seen in told[100:129]] == ["late"] * 29
    assert all(seen.hold is None and seen.notice is None for seen in told)
