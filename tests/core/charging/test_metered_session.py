"""A session that a vehicle meter accounts, looked at from the core: never more, never twice, never another's."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ohmstead.core.charging import dump, load
from ohmstead.core.charging.memory import PilotMemory
from ohmstead.core.charging.session import LAST_WORD_S, Metered, SessionMemory, follow
from ohmstead.core.model.events import Event
from tests.core.charging.builders import START, Bench


class Place:
    """A charger with a meter, second by second."""

    def __init__(self) -> None:
        self.memory, self.second, self.counter_j = SessionMemory(), 0, 1_000_000
        self.metered = Metered()
        self.bench = Bench(energy_j=None)
        self.events: list[Event] = []

    def pass_second(self, *, pilot: str, heard: bool = True, sure: bool = True) -> None:
        self.second += 1
        now = START.plus(self.second)
        self.bench.pilot, self.bench.closed = pilot, pilot == "C"
        if pilot == "C":
            self.counter_j += 11_000
        if heard:
            self.metered = Metered(self.counter_j, now, sure)
        seen = replace(self.bench.snapshot(), at=now)
        self.memory, events = follow(self.memory, "garage", seen, now, self.metered)
        self.events += events

    def charge(self, seconds: int, **how: bool) -> None:
        for _ in range(seconds):
            self.pass_second(pilot="C", **how)

    def away(self, seconds: int, **how: bool) -> None:
        for _ in range(seconds):
            self.pass_second(pilot="A", **how)

    @property
    def ended(self) -> list[Event]:
        return [event for event in self.events if event.kind == "session.ended"]


@pytest.mark.req("EV-175")
def test_the_end_of_a_session_waits_for_the_next_word_of_its_meter() -> None:
    place = Place()
    place.away(3)
    place.pass_second(pilot="B")
    place.charge(10)
    place.charge(4, heard=False)
    place.away(5, heard=False)
    assert place.ended == []
    assert place.memory.current is None, "nobody sees it as plugged in"
    place.away(1)
    (event,) = place.ended
    assert event.data["energy_j"] == 14 * 11_000
    assert event.at == START.plus(19).utc, "when the car was unplugged"


@pytest.mark.req("EV-175")
def test_a_silent_meter_is_not_waited_for_any_longer_than_agreed() -> None:
    place = Place()
    place.away(3)
    place.charge(10)
    place.away(int(LAST_WORD_S) + 2, heard=False)
    (event,) = place.ended
    assert (event.severity, event.reason and event.reason.key) == ("warning", "event.session_ended_unheard")


@pytest.mark.req("EV-175")
def test_a_counter_that_is_not_understood_yet_begins_no_session() -> None:
    place = Place()
    place.away(2, sure=False)
    place.charge(3, sure=False)
    assert place.memory.session is not None
    assert place.memory.session.energy_j is None
    place.charge(3)
    assert place.memory.session.energy_j == 2 * 11_000


@given(
    st.lists(
        st.tuples(st.sampled_from("ABC"), st.booleans(), st.booleans(), st.integers(1, 25)), min_size=1, max_size=25
    )
)
@pytest.mark.req("EV-175")
def test_whatever_happens_each_session_is_a_stretch_of_the_counter_and_no_two_overlap(story) -> None:
    place = Place()
    place.away(2)
    for pilot, heard, sure, seconds in story:
        for _ in range(seconds):
            place.pass_second(pilot=pilot, heard=heard, sure=sure)
    place.away(int(LAST_WORD_S) + 2)
    last_j = 1_000_000
    for event in place.ended:
        from_j, to_j = event.data["counter_from_j"], event.data["counter_to_j"]
        if from_j is None:
            assert (event.data["energy_j"], to_j) == (None, None)
            continue
        assert isinstance(from_j, int)
        assert isinstance(to_j, int)
        assert event.data["energy_j"] == to_j - from_j
        assert last_j <= from_j <= to_j <= place.counter_j
        last_j = to_j


@pytest.mark.req("EV-175")
@pytest.mark.parametrize("seconds_away", [0, 3])
def test_a_restart_forgets_neither_the_begin_of_a_session_nor_that_its_end_is_awaited(seconds_away: int) -> None:
    place = Place()
    place.away(2)
    place.pass_second(pilot="B")
    place.charge(10)
    place.away(seconds_away, heard=False)
    now = START.plus(place.second)
    saved = json.loads(json.dumps(dump(PilotMemory("garage", session=place.memory), now)))
    place.memory = load(saved, now).session
    if not seconds_away:
        place.charge(5)
    place.away(3)
    (event,) = place.ended
    assert event.data["energy_j"] == (10 if seconds_away else 15) * 11_000
