"""The code between duty and current."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ohmstead.core.charging.pilot import current_for, duty_for


@pytest.mark.req("G-033")
@pytest.mark.parametrize(("current_a", "duty_percent"), [(6, 10.0), (16, 26.7), (32, 53.3), (51, 85.0), (63, 89.2)])
def test_the_duty_offers_the_current_of_the_standard_s_table(current_a: float, duty_percent: float) -> None:
    assert round(duty_for(current_a), 1) == duty_percent
    assert round(current_for(duty_for(current_a)), 1) == current_a


@pytest.mark.req("G-033", "EV-181")
@pytest.mark.parametrize("current_a", [5.99, 0.0, -3.0, float("nan")])
def test_below_six_amperes_the_pilot_is_steady(current_a: float) -> None:
    assert duty_for(current_a) == 100.0


@pytest.mark.req("G-033")
@pytest.mark.parametrize("current_a", [51.0, 51.7, 52.49])
def test_a_current_without_a_code_is_coded_as_51(current_a: float) -> None:
    assert duty_for(current_a) == 85.0


@pytest.mark.req("G-033")
@pytest.mark.parametrize(
    ("duty_percent", "current_a"),
    [(0, 0), (5, 0), (7.9, 0), (8, 6), (9.9, 6), (10, 6), (85, 51), (96, 80), (96.9, 80), (97.1, 0), (100, 0)],
)
def test_a_vehicle_reads_each_duty_as_the_table_says(duty_percent: float, current_a: float) -> None:
    assert current_for(duty_percent) == pytest.approx(current_a)


@pytest.mark.req("G-033")
@given(st.floats(6.0, 80.0))
def test_the_pilot_never_offers_more_than_was_allowed(current_a: float) -> None:
    offered = current_for(duty_for(current_a))
    assert offered <= current_a + 1e-9
    assert offered >= 6.0 - 1e-9
