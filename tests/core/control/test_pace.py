"""When a current changes: down at once, up slowly, never because something failed."""

import pytest

from ohmstead.core.control import ControlMemory, excess
from ohmstead.core.model.chargers import ChargerOptions
from ohmstead.core.model.quantities import PHASES
from ohmstead.texts import word
from tests.core.control.builders import Car, House, controls, grid, site


def house(fuse_a: float | None = 25.0, load_a: float = 5.0, car: Car | None = None, **settings: float) -> House:
    settings = {"max_current_a": 32.0, **settings}
    return House(
        controls(site({"garage": settings}, main_fuse_a=fuse_a)),
        {"garage": car or Car()},
        dict.fromkeys(PHASES, load_a),
    )


@pytest.mark.req("G-018", "EV-098")
def test_the_first_grant_after_plug_in_is_everything_available() -> None:
    assert house().tick().grants["garage"].current_a == 20.0


@pytest.mark.req("G-018", "EV-099")
def test_a_kettle_lowers_the_current_in_the_same_decision() -> None:
    home = house()
    home.run(30)
    home.load_a["L1"] += 9.0
    grant = home.tick().grants["garage"]
    assert (grant.current_a, grant.limited_by) == (11.0, "main_fuse.L1")


@pytest.mark.req("G-018", "EV-099")
def test_the_current_rises_by_one_ampere_in_five_seconds_after_ten_seconds_of_reserve() -> None:
    home = house(load_a=15.0)
    home.run(20)
    home.load_a["L1"] = 5.0
    home.run(41)
    granted = home.granted()[20:]
    assert granted[:10] == [10.0] * 10
    rises = [second for second in range(1, len(granted)) if granted[second] > granted[second - 1]]
    assert rises == [10, 15, 20, 25, 30, 35, 40]
    assert granted[-1] == 17.0


@pytest.mark.req("G-018")
def test_less_than_half_an_ampere_of_reserve_raises_nothing() -> None:
    home = house(load_a=15.0)
    home.run(20)
    home.load_a["L1"] = 14.6
    home.run(60)
    assert set(home.granted()) == {10.0}


@pytest.mark.req("G-018", "EV-181")
def test_a_stopped_car_resumes_after_a_minute_of_six_and_a_half_amperes() -> None:
    home = house()
    home.run(10)
    home.load_a["L1"] = 20.0
    assert home.tick().grants["garage"].current_a == 0.0
    home.run(20)
    home.load_a["L1"] = 18.6
    home.run(90)
    assert home.granted()[-1] == 0.0
    home.load_a["L1"] = 18.5
    home.run(60)
    assert home.granted()[-1] == 0.0
    assert home.last is not None
    assert home.last.grants["garage"].limited_by == "resume_wait"
    assert home.tick().grants["garage"].current_a == 6.0


@pytest.mark.req("G-018")
@pytest.mark.parametrize("lag_s", [0.0, 2.0, 5.0])
@pytest.mark.parametrize("whole_amperes", [False, True])
def test_a_lagging_car_does_not_hunt(lag_s: float, whole_amperes: bool) -> None:
    home = house(car=Car(lag_s=lag_s, whole_amperes=whole_amperes))
    home.run(60)
    home.load_a["L1"] += 7.3
    home.run(240)
    granted = home.granted()[60:]
    assert set(granted) == {12.7}
    over = [second for second, _, flowing in home.trail if flowing["L1"] > 25.0]
    assert len(over) <= 6


@pytest.mark.req("G-018")
def test_a_car_that_does_not_follow_is_held_to_six_amperes_and_then_to_none() -> None:
    home = house(car=Car(lag_s=1e6))
    home.cars["garage"].offers = [(-1e9, 20.0), (-1.0, 20.0)]
    home.run(5)
    home.load_a["L1"] = 10.0
    home.run(20)
    granted = home.granted()[5:]
    assert granted[:8] == [15.0] * 8
    assert granted[8:15] == [6.0] * 7
    assert granted[15] == 0.0


@pytest.mark.req("G-018")
def test_a_car_that_settles_a_little_above_the_pilot_is_not_thrown_back() -> None:
    class Thirsty(Car):
        def draws(self, now_s: float) -> float:
            drawn = super().draws(now_s)
            return drawn + 0.3 if drawn else 0.0

    home = house(car=Thirsty(max_a=40.0))
    home.run(200)
    assert min(home.granted()[20:]) >= 18.5
    assert all(flowing["L1"] <= 25.0 for second, _, flowing in home.trail if second > 20)


def test_a_lost_meter_stops_the_car_within_eleven_seconds_and_is_reported_after_thirty() -> None:
    home = house()
    home.run(20)
    home.meter_silent_since = 19.0
    home.run(40)
    granted = home.granted()
    assert granted[20:29] == [20.0] * 9
    assert granted[29:] == [0.0] * 31
    assert home.last is not None
    assert [(notice.code, notice.owner) for notice in home.last.notices] == [("D9", "grid")]


def test_a_meter_that_is_back_lifts_the_stop_after_ten_seconds_and_a_minute() -> None:
    home = house()
    home.run(20)
    home.meter_silent_since = 19.0
    home.run(40)
    home.meter_silent_since = None
    home.run(69)
    assert home.granted()[-1] == 0.0
    home.run(3)
    assert home.granted()[-1] == 6.0
    assert home.last is not None
    assert home.last.notices == ()


@pytest.mark.parametrize(("load_a", "held_a"), [(5.0, 10.0), (18.0, 7.0), (20.0, 0.0)])
def test_the_fallback_current_is_never_more_than_what_was_held(load_a: float, held_a: float) -> None:
    home = house(load_a=load_a, fallback_current_a=10.0)
    home.run(20)
    home.meter_silent_since = 19.0
    home.run(300)
    assert home.granted()[-1] == held_a


def test_nothing_is_raised_while_the_meter_is_late() -> None:
    home = house(load_a=15.0)
    home.run(20)
    home.load_a["L1"] = 0.0
    home.run(9)
    home.meter_silent_since = 28.0
    home.run(9)
    assert set(home.granted()) == {10.0}
    assert home.last is not None
    assert home.last.grants["garage"].limited_by == "grid_meter_stale"


@pytest.mark.req("G-051")
def test_a_pause_stops_at_once_and_resuming_needs_no_wait() -> None:
    home = house()
    home.run(10)
    going = home.settings
    home.settings = controls(going.settings, garage=ChargerOptions(paused=True))
    assert home.tick().grants["garage"].limited_by == "paused"
    home.run(30)
    home.settings = going
    assert home.tick().grants["garage"].current_a == 20.0


def test_without_limits_of_the_supply_a_higher_wish_is_granted_at_once() -> None:
    home = house(fuse_a=None)
    home.settings = controls(home.settings.settings, garage=ChargerOptions(user_limit_a=8.0))
    home.run(5)
    home.settings = controls(home.settings.settings)
    assert home.tick().grants["garage"].current_a == 32.0


@pytest.mark.req("G-018")
def test_excess_is_seen_on_a_phase_and_in_total_while_something_can_be_lowered() -> None:
    settings = controls(site(main_fuse_a=25.0, contract_power_w=9000))
    assert not excess(grid({"L1": 230 * 26.0}), settings, ControlMemory())
    home = house()
    home.tick()
    assert excess(grid({"L2": 230 * 25.1}), settings, home.memory)
    assert not excess(grid({"L2": 230 * 25.0}), settings, home.memory)
    assert not excess(grid({"L2": -230 * 30.0}), settings, home.memory)
    assert excess(grid({"L1": 3100.0, "L2": 3000.0, "L3": 3000.0}), settings, home.memory)


@pytest.mark.req("G-018")
def test_a_stopped_car_is_told_how_much_more_is_needed() -> None:
    home = house()
    home.run(10)
    home.load_a["L1"] = 20.0
    home.run(1)
    home.load_a["L1"] = 18.8
    grant = home.tick().grants["garage"]
    assert grant.reason.key == "limit.resume_needs_more.power"
    assert "6.2 A" in word(grant.reason)
    assert "6,5 A" in word(grant.reason, "it")
