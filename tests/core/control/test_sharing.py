"""Equal filling per phase, and two chargers on one supply."""

import pytest

from ohmstead.core.control.filling import Demand
from ohmstead.core.control.sharing import Rules, Share, allocate
from ohmstead.core.control.turns import Turns
from ohmstead.core.model.quantities import PHASES
from tests.core.control.builders import Car, House, controls, site


def shared(demands: list[Demand], capacity: dict[str, float]) -> dict[str, Share]:
    return allocate(demands, capacity, Rules(), Turns(), 0.0)[0]


def amounts(demands: list[Demand], capacity: dict[str, float]) -> list[float]:
    shares = shared(demands, capacity)
    return [round(shares[demand.name].current_a, 6) for demand in demands]


@pytest.mark.req("EV-099")
def test_each_rises_with_the_others_until_its_own_phase_is_full() -> None:
    on_l1, other_l1 = Demand("a", 32, {"L1": 1}), Demand("b", 32, {"L1": 1})
    three = Demand("c", 16, {"L1": 1, "L2": 1, "L3": 1})
    on_l2 = Demand("d", 32, {"L2": 1})
    assert amounts([on_l1, other_l1], {"L1": 25}) == [12.5, 12.5]
    assert amounts([on_l1, on_l2], {"L1": 25, "L2": 20}) == [25, 20]
    assert amounts([on_l1, three, on_l2], {"L1": 25, "L2": 25, "L3": 25}) == [12.5, 12.5, 12.5]
    assert amounts([Demand("a", 8, {"L1": 1}), other_l1], {"L1": 25}) == [8, 17]


def test_a_charger_that_does_not_fit_gets_nothing_and_learns_why() -> None:
    demands = [Demand("a", 32, {"L1": 1}), Demand("b", 32, {"L1": 1})]
    assert amounts(demands, {"L1": 11.9}) == [11.9, 0]
    assert shared(demands, {"L1": 11.9})["b"].bound_by == "L1"
    assert amounts(demands, {"L1": -3.0}) == [0, 0]


def test_watts_are_shared_by_what_an_ampere_weighs() -> None:
    single, three = Demand("a", 32, {"W": 230}), Demand("b", 32, {"W": 690})
    assert amounts([single, three], {"W": 9200}) == [10, 10]


def two(fuse_a: float = 25.0, second: Car | None = None) -> House:
    return House(
        controls(site({"garage": {"phases": PHASES}, "yard": {"phases": PHASES}}, main_fuse_a=fuse_a)),
        {"garage": Car(PHASES, lag_s=3.0), "yard": second or Car(PHASES, lag_s=3.0)},
        {},
    )


@pytest.mark.req("EV-099")
def test_a_newcomer_waits_until_the_other_is_seen_lower() -> None:
    home = two()
    home.cars["yard"].connected = False
    home.run(30)
    assert home.granted("garage")[-1] == 25.0
    home.cars["yard"].connected = True
    home.run(1)
    assert (home.granted("garage")[-1], home.granted("yard")[-1]) == (12.5, 0.0)
    home.run(30)
    assert (home.granted("garage")[-1], home.granted("yard")[-1]) == (12.5, 12.5)
    assert all(max(flowing.values()) <= 25.0 for _, _, flowing in home.trail)


def test_single_phase_cars_on_different_phases_do_not_disturb_each_other() -> None:
    home = two(second=Car(("L2",)))
    home.cars["garage"] = Car(("L1",))
    home.run(240)
    assert (home.granted("garage")[-1], home.granted("yard")[-1]) == (25.0, 25.0)


def test_a_silent_charger_keeps_what_it_was_offered_and_gets_nothing_more() -> None:
    home = two()
    home.run(60)
    assert (home.granted("garage")[-1], home.granted("yard")[-1]) == (12.5, 12.5)
    home.silent.add("yard")
    home.cars["yard"].connected = False
    home.run(120)
    assert home.granted("garage")[-1] == 12.5
    assert home.granted("yard")[-1] == 12.5
    assert home.last is not None
    assert home.last.grants["yard"].limited_by in ("charger_silent", "main_fuse.L1")


def test_when_one_leaves_the_other_rises_to_all_there_is() -> None:
    home = two()
    home.run(60)
    home.cars["yard"].connected = False
    home.run(120)
    assert home.granted("garage")[-1] == 25.0
