"""Cars that take turns on one supply, as a house on virtual time sees them (G-054 to G-061)."""

import json
from dataclasses import dataclass

import pytest

from ohmstead.core.control import decide, dump, load
from ohmstead.core.model.chargers import ChargerOptions
from ohmstead.core.model.quantities import PHASES
from tests.core.control.builders import Car, House, at, controls, site

SLOT_S = 300


def house(limit_a: float, *cars: Car, priorities: tuple[int, ...] = (), **values) -> House:
    names = "abcde"[: len(cars)]
    chargers = {
        name: {"phases": list(PHASES), "priority": priorities[number] if priorities else 2}
        for number, name in enumerate(names)
    }
    settings = controls(site(chargers, main_fuse_a=limit_a, **values))
    return House(settings, dict(zip(names, cars, strict=True)))


def on_l1(count: int, **values) -> list[Car]:
    return [Car(("L1",), **values) for _ in range(count)]


def energy(home: House) -> dict[str, float]:
    """Ampere seconds that flowed so far."""
    return {name: sum(grants[name] for _, grants, _ in home.trail) for name in home.cars}


@pytest.mark.req("EV-151", "EV-161", "G-058")
@pytest.mark.parametrize("lag_s", [0.0, 3.0, 5.0])
def test_two_cars_take_turns_of_five_minutes_and_never_draw_together(lag_s: float) -> None:
    home = house(10.0, *on_l1(2, lag_s=lag_s))
    home.run(4 * SLOT_S)
    whose = [tuple(name for name, a in grants.items() if a > 0) for _, grants, _ in home.trail]
    for slot, name in enumerate("abab"):
        assert whose[slot * SLOT_S + 12 : (slot + 1) * SLOT_S] == [(name,)] * (SLOT_S - 12)
    assert all(len(one) <= 1 for one in whose)
    assert all(max(flowing.values()) <= 10.0 for _, _, flowing in home.trail)


@pytest.mark.req("EV-167")
def test_two_cars_in_turns_get_the_same_energy_within_a_slot() -> None:
    home = house(10.0, *on_l1(2, lag_s=3.0))
    for _ in range(8 * SLOT_S):
        home.tick()
        one, other = energy(home).values()
        assert abs(one - other) <= 10.0 * SLOT_S
    assert abs(one - other) <= 0.03 * 10.0 * SLOT_S * 4


@pytest.mark.req("EV-152", "EV-162")
def test_without_power_sharing_the_first_that_was_plugged_in_keeps_what_it_has() -> None:
    home = house(40.0, *on_l1(2), sharing={"power_sharing": False})
    home.cars["a"].connected = False
    home.run(10)
    home.cars["a"].connected = True
    home.run(60)
    assert (home.granted("b")[-1], home.granted("a")[-1]) == (32.0, 8.0)
    assert home.last is not None
    assert home.last.grants["a"].reason.key == "limit.behind"
    assert home.last.grants["a"].reason.params["charger"] == "b"


@pytest.mark.req("G-062")
def test_the_order_of_plug_in_outlives_a_restart() -> None:
    home = house(40.0, *on_l1(2), sharing={"power_sharing": False})
    home.cars["a"].connected = False
    home.run(5)
    home.cars["a"].connected = True
    home.run(5)
    now = at(home.now_s)
    home.memory = load(json.loads(json.dumps(dump(home.memory, now))), now)
    assert home.memory.queue == ("b", "a")
    home.run(60)
    assert home.granted("b")[-1] > home.granted("a")[-1]


@pytest.mark.req("EV-146", "EV-148", "EV-153")
def test_a_person_s_priority_goes_before_the_installer_s() -> None:
    home = house(40.0, *on_l1(2), priorities=(4, 1))
    home.run(60)
    assert (home.granted("a")[-1], home.granted("b")[-1]) == (32.0, 8.0)
    home.settings = controls(home.settings.settings, a=ChargerOptions(priority=0))
    home.run(240)
    assert (home.granted("a")[-1], home.granted("b")[-1]) == (8.0, 32.0)


@pytest.mark.req("G-061")
def test_a_16_a_car_at_a_32_a_offer_releases_the_rest_within_70_s() -> None:
    home = house(40.0, *on_l1(1, max_a=16.0), *on_l1(1), priorities=(4, 1))
    home.run(30)
    assert home.granted("a")[-1] == 32.0
    home.run(45)
    assert home.granted("a")[-1] == 17.0
    home.run(120)
    assert home.granted("b")[-1] == 23.0


@pytest.mark.req("G-061")
def test_a_car_that_wants_more_again_gets_it_back() -> None:
    home = house(40.0, *on_l1(1, max_a=10.0), *on_l1(1), priorities=(4, 1))
    home.run(200)
    assert (home.granted("a")[-1], home.granted("b")[-1]) == (11.0, 29.0)
    home.cars["a"].max_a = 32.0
    home.run(200)
    assert (home.granted("a")[-1], home.granted("b")[-1]) == (32.0, 8.0)


@pytest.mark.req("EV-147")
def test_where_there_is_enough_for_all_nobody_is_held_to_what_it_draws() -> None:
    plenty = house(80.0, *on_l1(2, max_a=10.0))
    plenty.run(300)
    assert (plenty.granted("a")[-1], plenty.granted("b")[-1]) == (32.0, 32.0)


@dataclass
class Sleeper(Car):
    """A car that draws nothing until it has seen its pilot taken away ``deaf`` times."""

    deaf: int = 0

    def draws(self, now_s: float) -> float:
        taken = sum(1 for (_, a), (_, b) in zip(self.offers, self.offers[1:], strict=False) if a > 0 and b == 0)
        return super().draws(now_s) if taken >= self.deaf else 0.0


@pytest.mark.req("G-059")
def test_a_sleeping_car_is_woken_once_in_its_turn() -> None:
    home = house(10.0, Sleeper(("L1",), deaf=1), *on_l1(1))
    home.run(60)
    assert home.granted("a")[:60].count(0.0) in (5, 6)
    assert (home.granted("a")[-1], home.granted("b")[-1]) == (10.0, 0.0)


@pytest.mark.req("G-059")
def test_a_car_that_does_not_wake_loses_its_turn_and_after_three_is_asked_every_15_min() -> None:
    home = house(10.0, Sleeper(("L1",), deaf=99), *on_l1(1))
    home.run(80)
    assert (home.granted("a")[-1], home.granted("b")[-1]) == (0.0, 10.0)
    home.run(3 * (SLOT_S + 80))
    assert home.last is not None
    assert [notice.code for notice in home.last.notices] == ["asleep"]
    slept = home.now_s
    home.run(700)
    assert sum(home.granted("a")[int(slept) :]) == 0
    assert home.granted("b")[-1] == 10.0
    home.run(400)
    assert sum(home.granted("a")[int(slept) + 700 :]) > 0


@pytest.mark.req("EV-156", "G-054")
def test_a_turn_ends_with_its_car() -> None:
    home = house(10.0, *on_l1(3))
    home.run(60)
    home.cars["a"].connected = False
    home.run(10)
    assert home.granted("b")[-1] == 10.0
    home.run(SLOT_S)
    assert home.granted("c")[-1] == 10.0


@pytest.mark.req("EV-151")
def test_a_house_that_wavers_around_the_minimum_does_not_switch_a_waiting_car_on_and_off() -> None:
    home = house(20.0, *on_l1(2))
    starts = 0
    for second in range(600):
        home.load_a = {"L1": 7.8 if second // 20 % 2 else 8.3}
        before = home.granted("b")[-1] if home.trail else 0.0
        home.tick()
        starts += before == 0 and home.granted("b")[-1] > 0
    assert starts <= 3


@pytest.mark.req("EV-151")
def test_a_waiting_car_is_told_whose_turn_it_is_and_for_how_long() -> None:
    home = house(10.0, *on_l1(2))
    allocation = home.run(61)
    waiting, charging = allocation.grants["b"], allocation.grants["a"]
    assert (waiting.limited_by, waiting.reason.key) == ("turn", "limit.turn_wait")
    assert waiting.reason.params == {"charger": "a", "wait_s": 240.0}
    assert (charging.limited_by, charging.reason.key) == ("main_fuse.L1", "limit.in_turn")
    assert charging.reason.params == {"available_a": 10.0, "wait_s": 240.0}


@pytest.mark.req("EV-151", "G-058")
def test_a_turn_survives_a_restart() -> None:
    home = house(10.0, *on_l1(2))
    home.run(200)
    now = at(home.now_s)
    memory = load(json.loads(json.dumps(dump(home.memory, now))), now)
    assert memory.turns == home.memory.turns
    assert decide(home.snapshot(), home.settings, memory, now).grants["b"].current_a == 0.0


@pytest.mark.req("G-063")
def test_a_charger_whose_rotation_nobody_checked_counts_on_every_phase() -> None:
    settings = controls(
        site({"a": {"phases": ["L1"]}, "b": {"phases": list(PHASES), "rotation_known": False}}, main_fuse_a=20.0)
    )
    home = House(settings, {"a": Car(("L1",)), "b": Car(("L2",))})
    home.run(120)
    assert (home.granted("a")[-1], home.granted("b")[-1]) == (10.0, 10.0)
    home.load_a = {"L3": 14.5}
    home.run(30)
    assert home.granted("b")[-1] == 0.0
