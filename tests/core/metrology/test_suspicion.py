"""What speaks against a transformer: beyond its range for ten seconds, or empty beside its neighbours."""

import pytest

from ohmstead.core.metrology.suspicion import Suspicion, watched

RATED = {1: 50.0, 2: 50.0, 3: None}


def after(seconds: range, currents: dict[int, float | None]) -> Suspicion:
    memory = Suspicion()
    for now in seconds:
        memory = watched(memory, currents, RATED, float(now))
    return memory


@pytest.mark.req("G-117")
@pytest.mark.parametrize(
    ("current_a", "seconds", "small"), [(55.0, 60, False), (55.1, 9, False), (55.1, 10, True), (None, 60, False)]
)
def test_more_than_110_percent_for_ten_seconds_is_too_small(current_a, seconds, small):
    memory = after(range(seconds + 1), {1: current_a, 2: 1.0})
    assert memory.too_small(1, float(seconds)) is small
    assert not memory.too_small(2, float(seconds))


@pytest.mark.req("G-117")
def test_one_moment_within_the_range_begins_the_time_anew():
    memory = after(range(10), {1: 80.0})
    memory = watched(memory, {1: 40.0}, RATED, 10.0)
    memory = watched(memory, {1: 80.0}, RATED, 11.0)
    assert not memory.too_small(1, 20.0)
    assert memory.too_small(1, 21.0)


def test_without_a_rating_nothing_is_beyond():
    assert not after(range(60), {3: 9_000.0}).too_small(3, 60.0)


@pytest.mark.req("G-116", "EM-296")
@pytest.mark.parametrize(
    ("currents", "seconds", "empty"),
    [
        ({1: 0.0, 2: 3.0}, 599, False),
        ({1: 0.0, 2: 3.0}, 600, True),
        ({1: 0.0, 2: 0.4}, 700, False),
        ({1: 0.0}, 700, False),
        ({1: 0.5, 2: 3.0}, 700, False),
        ({1: None, 2: 3.0}, 700, False),
    ],
)
def test_nothing_for_ten_minutes_is_evidence_only_beside_a_current(currents, seconds, empty):
    assert after(range(seconds + 1), currents).open(1, float(seconds)) is empty
