"""What a house draws day and night."""

import math

import pytest

from ohmstead.core.accounting.always_on import consumption, of_day, of_days, shown

DAY = range(0, 86_400, 300)


def cooking(at: int) -> float:
    """More than the base while people are up."""
    return 300.0 + (900.0 if 7 <= at / 3600 < 22 else 0.0)


@pytest.mark.req("EM-245", "G-114")
def test_a_base_load_that_a_battery_feeds_by_night_is_always_on() -> None:
    sun = {at: max(0.0, 5000 * math.sin((at / 3600 - 6) / 12 * math.pi)) for at in DAY}
    night = {at: not 7 <= at / 3600 < 22 for at in DAY}
    store = {at: 300.0 if night[at] else -min(2000.0, sun[at] / 2) for at in DAY}
    grid = {at: cooking(at) - sun[at] - store[at] for at in DAY}
    assert max(grid[at] for at in DAY if night[at]) == pytest.approx(0.0)
    [found] = of_days((0, 86_400), consumption((grid, sun, store)))
    assert found == pytest.approx(300.0)


@pytest.mark.req("G-114")
@pytest.mark.parametrize("outage", ["no power", "no readings"])
def test_an_hour_of_outage_does_not_lower_it(outage: str) -> None:
    grid = {at: 0.0 if 3 <= at / 3600 < 4 else cooking(at) for at in DAY}
    if outage == "no readings":
        grid = {at: watts for at, watts in grid.items() if watts}
    assert len(grid) == (288 if outage == "no power" else 276)
    assert of_days((0, 86_400), consumption((grid,))) == [pytest.approx(300.0)]


@pytest.mark.req("G-114")
def test_what_is_shown_is_the_median_of_the_last_seven_days() -> None:
    assert shown([9000.0, 310, 300, 290, 2500, 305, 295, 320]) == 305
    assert shown([None, None, 300.0, None, 320.0, None, None]) == 310
    assert shown([None] * 7) is None


def test_a_day_of_which_too_little_was_recorded_says_nothing() -> None:
    assert of_day([300.0] * 215, 288) is None
    assert of_day([300.0] * 216, 288) == 300
    assert of_days((0, 86_400), {}) == [None]


def test_an_interval_of_which_one_source_is_missing_says_nothing() -> None:
    assert consumption(({0: 100.0, 300: 100.0, 600: None}, {0: 50.0, 600: 1.0})) == {0: 150.0}
    assert consumption(()) == {}
