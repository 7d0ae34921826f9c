"""How a car follows its pilot (IEC 61851-1 table A.6 rows 6 and 10.1)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ohmstead.core.model.evse import PilotMode
from ohmstead.core.plant.car import Car
from ohmstead.core.plant.pilot import offered_a
from ohmstead.core.plant.settings import CAR_7_KW, CAR_11_KW, CarSettings

DT = 0.05


def _run(car: Car, seconds: float, duty: float, mode: PilotMode = PilotMode.PWM, volts: float = 230.0) -> float:
    """Run with voltage on the inlet whenever S2 is closed; returns the current at the end."""
    for _ in range(round(seconds / DT)):
        car.step(DT, mode, duty, volts if car.level in "CD" else 0.0)
    return car.current_a


def _plugged(settings: CarSettings) -> Car:
    car = Car(settings)
    car.plug()
    return car


@pytest.mark.parametrize(
    "duty, amps",
    [
        (5, 0),
        (7.9, 0),
        (8, 6),
        (10, 6),
        (16, 9.6),
        (26.6667, 16),
        (53.3333, 32),
        (85, 52.5),
        (90, 65),
        (96.5, 80),
        (97, 80),
        (97.5, 0),
        (100, 0),
        (0, 0),
    ],
)
def test_duty_means_the_current_of_the_standards_table(duty: float, amps: float) -> None:
    assert offered_a(PilotMode.PWM, duty) == pytest.approx(amps, abs=1e-3)


def test_a_steady_pilot_offers_nothing() -> None:
    assert offered_a(PilotMode.STEADY, 50.0) == 0.0


@pytest.mark.parametrize("settings", [CAR_11_KW, CAR_7_KW, CarSettings(lag_s=4.0), CarSettings(lag_s=5.0)])
@pytest.mark.parametrize("duty, amps", [(10.0, 6.0), (20.0, 12.0)])
@pytest.mark.req("EV-306")
def test_car_follows_a_new_offer_within_five_seconds(settings: CarSettings, duty: float, amps: float) -> None:
    car = _plugged(settings)
    assert _run(car, 20, 26.6667) == pytest.approx(16.0, abs=0.01)
    assert _run(car, 5.05, duty) == pytest.approx(amps, abs=0.01)
    assert _run(car, 5.05, 26.6667) == pytest.approx(16.0, abs=0.01)


@pytest.mark.req("EV-306")
def test_car_keeps_its_current_until_its_lag_is_over() -> None:
    car = _plugged(CarSettings(lag_s=4.0))
    _run(car, 20, 26.6667)
    assert _run(car, 3.9, 10.0) == pytest.approx(16.0, abs=0.01)


@pytest.mark.req("EV-306")
def test_car_never_takes_more_than_its_own_limit() -> None:
    assert _run(_plugged(CAR_11_KW), 20, 53.3333) == pytest.approx(16.0)
    assert _run(_plugged(CAR_7_KW), 20, 53.3333) == pytest.approx(32.0, abs=0.01)


@pytest.mark.parametrize("settings", [CAR_11_KW, CAR_7_KW, CarSettings(lag_s=5.0)])
def test_row_10_1_car_opens_s2_within_three_seconds_of_the_pwms_end(settings: CarSettings) -> None:
    car = _plugged(settings)
    _run(car, 20, 26.6667)
    assert car.level == "C"
    _run(car, 3.0, 100.0, PilotMode.STEADY)
    assert (car.level, car.current_a) == ("B", 0.0)
    assert _run(car, 20, 26.6667) == pytest.approx(16.0, abs=0.01)


def test_a_car_that_ignores_the_stop_keeps_drawing() -> None:
    car = _plugged(CarSettings(ignores_stop=True))
    _run(car, 20, 26.6667)
    assert _run(car, 10, 100.0, PilotMode.STEADY) == pytest.approx(16.0, abs=0.01)


@pytest.mark.req("EV-306")
def test_a_full_battery_ends_the_charging_and_stays_in_b() -> None:
    car = _plugged(CarSettings(battery_kwh=20.0, charged_kwh=19.999))
    _run(car, 30, 26.6667)
    assert car.full
    assert (car.level, car.current_a) == ("B", 0.0)


def test_a_car_that_was_away_comes_back_with_room_in_its_battery() -> None:
    car = _plugged(CarSettings(battery_kwh=20.0, charged_kwh=19.999))
    _run(car, 30, 26.6667)
    car.unplug()
    car.plug()
    assert not car.full


@pytest.mark.req("EV-306")
def test_a_car_refuses_offers_below_its_own_minimum() -> None:
    car = _plugged(CarSettings(min_current_a=8.0))
    _run(car, 20, 12.0)
    assert car.level == "B"


@pytest.mark.req("EV-306")
def test_ventilation_and_overdraw_are_habits_a_car_can_have() -> None:
    car = _plugged(CarSettings(ventilation=True, overdraw=1.26))
    assert _run(car, 20, 20.0) == pytest.approx(12.0 * 1.26, abs=0.01)
    assert car.level == "D"


def test_losing_the_voltage_ends_the_current_at_once() -> None:
    car = _plugged(CAR_11_KW)
    _run(car, 20, 26.6667)
    assert _run(car, DT, 26.6667, volts=0.0) == 0.0


def test_a_car_slower_than_the_standard_is_refused() -> None:
    with pytest.raises(ValueError, match="allowed: 5 s"):
        Car(CarSettings(lag_s=4.5, ramp_a_per_s=2.0))


@given(st.lists(st.tuples(st.floats(0, 100), st.sampled_from(PilotMode), st.booleans()), max_size=40))
def test_current_is_never_negative_nor_above_what_the_car_can(rows) -> None:
    car = _plugged(CAR_7_KW)
    for duty, mode, live in rows:
        for _ in range(10):
            car.step(0.5, mode, duty, 230.0 if live else 0.0)
            assert 0.0 <= car.current_a <= 32.0
