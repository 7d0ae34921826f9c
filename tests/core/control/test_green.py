"""Green: the thresholds and timers of EV-100 to EV-109, seen at what the charger is granted."""

from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ohmstead.core.control import ControlMemory, decide, dump, load
from ohmstead.core.model.chargers import ChargerOptions
from ohmstead.core.model.modes import GreenOptions, SurplusOrder
from ohmstead.core.model.quantities import PHASES, Quality, Role
from ohmstead.core.model.snapshot import Channel, Snapshot
from tests.core.control.builders import Car, House, at, charger, controls, grid, site
from tests.exploring import examples


def sunny(
    surplus_w: float,
    percent: int | None = None,
    cars: dict[str, Car] | None = None,
    chargers: dict[str, Any] | None = None,
    voltage_v: float = 230.0,
    **place: Any,
) -> House:
    """A house that would export ``surplus_w``; Hybrid with ``percent``, else Solar."""
    options = ChargerOptions(
        mode="green",
        green=GreenOptions() if percent is None else GreenOptions(operation="hybrid", minimum_percent=percent),
    )
    settings = site(chargers, main_fuse_a=40, contract_power_w=20000, **place)
    house = House(controls(settings, **dict.fromkeys(settings.chargers, options)), cars or {"garage": Car()})
    house.voltage_v = voltage_v
    shine(house, surplus_w)
    return house


def shine(house: House, surplus_w: float) -> None:
    """So much is left besides the cars from now on."""
    house.load_a = dict.fromkeys(PHASES, -surplus_w / house.voltage_v / 3)


def press(house: House, name: str, options: ChargerOptions) -> None:
    """A person sets a charger otherwise."""
    house.settings = replace(house.settings, options={**house.settings.options, name: options})


def imported_w(house: House) -> float:
    """At the grid connection."""
    return sum(house.grid_a().values()) * house.voltage_v


def first_s(house: House, name: str = "garage") -> float | None:
    """When the car first got current."""
    return next((at_s for at_s, grants, _ in house.trail if grants[name] > 0), None)


def closings(house: House, name: str = "garage") -> int:
    """How often it began to get current."""
    granted = house.granted(name)
    return sum(before == 0 < after for before, after in zip([0.0, *granted], granted, strict=False))


@pytest.mark.req("EV-103", "EV-109", "EV-101")
@pytest.mark.parametrize("surplus_w, starts", [(1390, False), (1400, True)])
def test_solar_starts_at_1400_w_on_one_phase(surplus_w: float, starts: bool) -> None:
    house = sunny(surplus_w)
    house.run(120)
    assert (first_s(house) is not None) is starts
    assert imported_w(house) <= 0


@pytest.mark.req("EV-104", "EV-105", "EV-106", "EV-102")
@pytest.mark.parametrize(
    "percent, threshold_w, most_from_grid_w",
    [(100, 1400, 0), (90, 1260, 140), (75, 1050, 350), (50, 700, 700), (25, 350, 1050)],
)
def test_hybrid_starts_at_its_share_of_the_least_power_and_takes_the_rest_from_the_grid(
    percent: int, threshold_w: float, most_from_grid_w: float
) -> None:
    below, house = sunny(threshold_w - 10, percent), sunny(threshold_w, percent)
    below.run(120)
    house.run(120)
    assert first_s(below) is None
    assert house.granted()[-1] == 6.0
    assert most_from_grid_w - 20.5 <= imported_w(house) <= most_from_grid_w


@pytest.mark.req("EV-105", "EV-104")
@pytest.mark.parametrize("surplus_w, current_a", [(1050, 6.0), (1200, 6.0), (1400, 6.0), (3000, 13.0)])
def test_in_hybrid_the_import_does_not_grow_with_the_power(surplus_w: float, current_a: float) -> None:
    house = sunny(surplus_w, 75)
    house.run(300)
    drawn_w = house.granted()[-1] * 230
    assert house.granted()[-1] == current_a
    assert min(surplus_w, drawn_w) / drawn_w >= 0.75


@pytest.mark.req("EV-107")
@pytest.mark.parametrize("export_w, starts", [(1900, True), (1890, False)])
def test_the_minimum_exported_power_is_no_surplus_before_and_while_charging(export_w: float, starts: bool) -> None:
    house = sunny(export_w, surplus={"minimum_export_w": 500.0})
    house.run(400)
    assert (first_s(house) is not None) is starts
    assert closings(house) == int(starts)
    assert imported_w(house) <= -500


@pytest.mark.req("EV-109", "G-013")
@pytest.mark.parametrize(
    "phases, voltage_v, least_w",
    [(("L1",), 230.0, 1400.0), (("L1",), 245.0, 1470.0), (PHASES, 230.0, 4140.0), (PHASES, 220.0, 4000.0)],
)
def test_the_least_power_goes_by_phases_and_voltage(phases: Any, voltage_v: float, least_w: float) -> None:
    for surplus_w, starts in ((least_w - 5, False), (least_w + 0.5, True)):
        car = {"garage": Car(phases=phases)}
        house = sunny(surplus_w, cars=car, chargers={"garage": {"phases": list(phases)}}, voltage_v=voltage_v)
        house.run(120)
        assert (first_s(house) is not None) is starts


@pytest.mark.req("G-014")
def test_a_start_waits_for_a_minute_of_sun_and_a_wave_around_the_threshold_starts_nothing() -> None:
    house = sunny(3000)
    house.run(90)
    assert first_s(house) == 61
    wave = sunny(1700)
    for half in range(20):
        shine(wave, 1700 if half % 2 else 1100)
        wave.run(60)
    assert first_s(wave) is None


@pytest.mark.req("G-014")
@pytest.mark.parametrize("dip_s, stops", [(140, 0), (190, 1)])
def test_a_dip_is_ridden_out_at_six_amperes_and_a_long_one_stops_once(dip_s: float, stops: int) -> None:
    house = sunny(1800)
    house.run(600)
    shine(house, 0)
    house.run(dip_s)
    assert house.granted()[-60] == 6.0
    shine(house, 1800)
    house.run(1200)
    assert closings(house) == 1 + stops


@pytest.mark.req("G-014")
def test_on_and_off_last_five_minutes_each() -> None:
    house = sunny(1800)
    house.run(70)
    shine(house, 0)
    house.run(400)
    began_s = first_s(house)
    ended_s = max(at_s for at_s, grants, _ in house.trail if grants["garage"] > 0)
    assert began_s is not None
    assert 300 <= ended_s + 1 - began_s <= 302
    shine(house, 5000)
    house.run(400)
    again_s = next(at_s for at_s, grants, _ in house.trail if at_s > ended_s and grants["garage"] > 0)
    assert 300 <= again_s - ended_s - 1 <= 302


@pytest.mark.req("G-014")
def test_a_car_that_is_plugged_into_sunshine_starts_at_once() -> None:
    house = sunny(3000, cars={"garage": Car(connected=False)})
    house.run(100)
    house.cars["garage"].connected = True
    house.run(2)
    assert house.granted()[-1] > 6


@pytest.mark.req("G-014")
def test_a_pause_ignores_the_waits() -> None:
    house = sunny(3000)
    house.run(100)
    press(house, "garage", ChargerOptions(mode="green", paused=True))
    house.run(1)
    assert house.granted()[-1] == 0
    press(house, "garage", ChargerOptions(mode="green"))
    house.run(2)
    assert house.granted()[-1] > 0


@pytest.mark.req("G-014", "G-018")
def test_load_management_ignores_the_waits() -> None:
    house = sunny(3000)
    house.run(90)
    house.load_a["L1"] = 39.0
    house.run(20)
    assert house.granted()[-1] == 0
    assert house.last is not None
    assert house.last.grants["garage"].limited_by == "main_fuse.L1"


def test_the_current_rises_by_steps_of_ten_seconds_and_falls_at_once() -> None:
    house = sunny(2000)
    house.run(120)
    shine(house, 5000)
    house.run(120)
    rises = [s for s, (a, b) in enumerate(pairwise(house.granted())) if 0 < a < b]
    assert rises
    assert all(later - one >= 5 for one, later in pairwise(rises))
    before = house.granted()[-1]
    shine(house, 2500)
    house.run(3)
    assert house.granted()[-1] < before


@pytest.mark.req("EV-100")
def test_a_silent_grid_meter_stops_green_at_once_and_it_comes_back_by_itself() -> None:
    house = sunny(3000)
    house.run(100)
    house.meter_silent_since = house.now_s
    house.run(12)
    assert house.granted()[-1] == 0
    house.meter_silent_since = None
    house.run(200)
    assert house.granted()[-1] > 6


@pytest.mark.req("EV-100", "EV-045")
def test_without_load_management_green_gets_nothing_and_says_so() -> None:
    settings = controls(site(), garage=ChargerOptions(mode="green"))
    house = House(settings, {"garage": Car()}, {"L1": -20.0})
    grant = house.run(100).grants["garage"]
    assert (grant.current_a, grant.limited_by, grant.reason.key) == (0.0, "green", "limit.green_impossible")


def battery_house(battery_w: float | None, order: SurplusOrder, grid_w: float) -> float:
    """The surplus that is told next to a battery of that power."""
    settings = controls(
        site(main_fuse_a=25, contract_power_w=10000, surplus={"order": order}), garage=ChargerOptions(mode="green")
    )
    memory = ControlMemory()
    for second in range(3):
        battery = Channel(Role.BATTERY, Quality.GOOD if battery_w is not None else Quality.STALE, power_w=battery_w)
        channels = {"grid": grid({"L1": grid_w}), "battery": battery}
        allocation = decide(
            Snapshot(at(second), channels, {"garage": charger(at(second))}), settings, memory, at(second)
        )
        memory = allocation.memory
    surplus_w = allocation.grants["garage"].reason.params.get("surplus_w", -1)
    assert isinstance(surplus_w, int | float)
    return surplus_w


@pytest.mark.req("G-016")
@pytest.mark.parametrize(
    "battery_w, order, told_w",
    [
        (-1000, "battery_first", 200),
        (-1000, "car_first", 1200),
        (800, "battery_first", 0),
        (800, "car_first", 0),
        (100, "battery_first", 100),
        (None, "car_first", -1),
    ],
)
def test_what_charges_the_battery_is_surplus_only_for_a_car_that_goes_first(
    battery_w: float | None, order: SurplusOrder, told_w: float
) -> None:
    assert battery_house(battery_w, order, grid_w=-200) == pytest.approx(told_w)


def test_two_cars_share_the_sun_and_the_second_waits_until_there_is_enough_for_both() -> None:
    two = {"garage": Car(), "yard": Car(phases=("L2",))}
    house = sunny(2000, cars=two, chargers={"garage": {}, "yard": {"phases": ["L2"]}})
    house.run(200)
    assert house.granted("garage")[-1] >= 8
    assert house.granted("yard")[-1] == 0
    assert house.last is not None
    reason = house.last.grants["yard"].reason
    assert (reason.key, reason.params["surplus_w"]) == ("limit.green_waiting", pytest.approx(600, abs=30))
    shine(house, 6000)
    house.run(300)
    assert house.granted("garage")[-1] == pytest.approx(house.granted("yard")[-1], abs=0.6)
    assert -150 <= imported_w(house) <= 0


def test_a_fast_car_is_served_first_and_green_takes_what_it_leaves() -> None:
    two = {"garage": Car(), "yard": Car(phases=("L2",), max_a=10)}
    house = sunny(4600, cars=two, chargers={"garage": {}, "yard": {"phases": ["L2"]}})
    press(house, "yard", ChargerOptions(user_limit_a=10))
    house.run(300)
    assert house.granted("yard")[-1] == 10
    assert house.granted("garage")[-1] == pytest.approx(10, abs=0.6)


def test_a_restart_loses_no_wait() -> None:
    house = sunny(3000)
    house.run(40)
    house.memory = load(dump(house.memory, at(house.now_s)), at(house.now_s))
    house.run(40)
    assert first_s(house) == 61


@pytest.mark.req("EV-045")
def test_every_wait_is_told_with_what_is_there_and_what_is_needed() -> None:
    house = sunny(1100)
    waiting = house.run(5).grants["garage"].reason
    assert waiting.key == "limit.green_waiting"
    assert (round(float(waiting.params["surplus_w"])), waiting.params["needed_w"]) == (1100, 1400)
    shine(house, 3000)
    house.run(40)
    assert house.last is not None
    why = house.last.explanations["garage"]
    assert [timer.name for timer in why.timers] == ["green_start"]
    assert 0 < why.timers[0].left_s < 60
    assert (why.mode, why.winner.name, why.wish_a) == ("green", "green", 0.0)
    assert {"hardware", "installation", "green"} <= {limit.name for limit in why.limits}


clouds = st.lists(st.tuples(st.integers(10, 400), st.integers(0, 6000)), min_size=10, max_size=40)


@pytest.mark.req("G-014")
@examples(25)
@given(sky=clouds, percent=st.sampled_from([None, 25, 50, 75]), lag=st.sampled_from([0.0, 2.0, 5.0]))
def test_under_any_clouds_there_are_at_most_six_contactor_cycles_in_any_hour(
    sky: list[tuple[int, int]], percent: int | None, lag: float
) -> None:
    house = sunny(0, percent, cars={"garage": Car(lag_s=lag)})
    for lasts_s, surplus_w in sky:
        shine(house, surplus_w)
        house.run(lasts_s)
    granted = house.granted()
    starts = [s for s, (a, b) in enumerate(zip([0.0, *granted], granted, strict=False)) if a == 0 < b]
    assert all(sum(begin <= s < begin + 3600 for s in starts) <= 6 for begin in starts)
