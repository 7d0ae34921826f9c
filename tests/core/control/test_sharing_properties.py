"""What sharing promises for every small site, held against one that tries everything."""

from collections.abc import Iterable, Mapping
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ohmstead.core.control.filling import Demand
from ohmstead.core.control.sharing import Rules, Share, allocate
from ohmstead.core.control.turns import SLOT_S, Turns
from tests.exploring import examples

NEAR = 1e-6
LEAST = 6.0
STEP = 0.02
EQUALLY = Rules()
PHASES = ("L1", "L2", "L3")


def resources(circuit: str | None, phases: Iterable[str]) -> dict[str, float]:
    """The phases of the supply, and those of the circuit below it."""
    return {name: 1.0 for phase in phases for name in (phase, *((f"{circuit}.{phase}",) if circuit else ()))}


def houses(count: tuple[int, int], most_a: list[float], supply_a: tuple[int, int], circuit_a: tuple[int, int]):
    """Chargers with wishes and priorities, and tenths of an ampere on each phase of the supply and of circuits."""
    charger = st.tuples(
        st.sampled_from([("L1",), ("L2",), ("L3",), PHASES]),
        st.sampled_from([None, "x", "y"]),
        st.sampled_from(most_a),
        st.integers(0, 4),
    )
    return st.tuples(
        st.lists(charger, min_size=count[0], max_size=count[1]),
        st.fixed_dictionaries({name: st.integers(*supply_a) for name in PHASES}),
        st.fixed_dictionaries({f"{one}.{phase}": st.integers(*circuit_a) for one in "xy" for phase in PHASES}),
    )


sites = houses((1, 5), [0.0, 6.0, 8.0, 10.0, 16.0, 32.0], (-100, 800), (50, 500))
roomy = houses((1, 5), [6.0, 8.0, 10.0, 16.0, 32.0], (300, 800), (200, 500))
crowded = houses((4, 5), [6.0, 8.0, 10.0, 16.0, 32.0], (60, 170), (60, 300))


def built(
    site: tuple[list, dict[str, int], dict[str, int]], equal: bool = False
) -> tuple[list[Demand], dict[str, float]]:
    rows, supply, circuits = site
    demands = [
        Demand(str(number), most, resources(circuit, phases), 2 if equal else priority)
        for number, (phases, circuit, most, priority) in enumerate(rows)
    ]
    return demands, {name: tenths / 10 for name, tenths in {**supply, **circuits}.items()}


def used(demands: Iterable[Demand], amperes: Mapping[str, float]) -> dict[str, float]:
    total: dict[str, float] = {}
    for demand in demands:
        for name, weight in demand.weights.items():
            total[name] = total.get(name, 0.0) + weight * amperes[demand.name]
    return total


def fits(demands: Iterable[Demand], amperes: Mapping[str, float], capacity: Mapping[str, float]) -> bool:
    return all(
        amount <= max(0.0, capacity[name]) + NEAR for name, amount in used(demands, amperes).items() if amount > 0
    )


def best_fair(demands: list[Demand], capacity: Mapping[str, float]) -> list[float] | None:
    """The max-min fair currents of all of ``demands`` with 6 A at least, in steps of 0.02 A; None if that is too much.

    One after the other rises by a step; who cannot stops for good.
    """
    steps = dict.fromkeys((one.name for one in demands), 0)
    left = {name: amount + NEAR for name, amount in capacity.items()}

    def allowed(tried: Mapping[str, int]) -> bool:
        amperes = {name: LEAST + STEP * count for name, count in tried.items()}
        return all(amperes[one.name] <= one.most_a + NEAR for one in demands) and fits(demands, amperes, left)

    if not allowed(steps):
        return None
    going = set(steps)
    while going:
        for name in sorted(going):
            tried = {**steps, name: steps[name] + 1}
            if allowed(tried):
                steps = tried
            else:
                going.discard(name)
    return [LEAST + STEP * steps[one.name] for one in demands]


def shares_of(demands: list[Demand], capacity: Mapping[str, float], rules: Rules = EQUALLY) -> dict[str, Share]:
    return allocate(demands, capacity, rules, Turns(), 0.0)[0]


@pytest.mark.req("EV-166", "EV-147", "G-056")
@examples(60)
@given(sites, st.booleans())
def test_no_limit_is_passed_nobody_gets_a_crumb_and_nothing_is_wasted(site, sharing: bool) -> None:
    demands, capacity = built(site)
    amperes = {name: share.current_a for name, share in shares_of(demands, capacity, Rules(sharing)).items()}
    assert fits(demands, amperes, capacity)
    for demand in demands:
        a = amperes[demand.name]
        assert a == 0.0 or LEAST - NEAR <= a <= demand.most_a + NEAR
        more = {**amperes, demand.name: max(LEAST, a + 0.1)}
        if demand.most_a >= max(LEAST, a + 0.1):
            assert not fits(demands, more, {name: amount - NEAR for name, amount in capacity.items()})
    if fits(demands, {one.name: one.most_a for one in demands}, capacity):
        assert all(amperes[one.name] == one.most_a for one in demands)


@pytest.mark.req("EV-148", "EV-166")
@examples(60)
@given(sites, st.booleans())
def test_who_goes_first_gets_what_it_would_get_without_the_others(site, sharing: bool) -> None:
    demands, capacity = built(site)
    rules = Rules(sharing)
    everybody = shares_of(demands, capacity, rules)
    for level in range(5):
        first = [one for one in demands if one.priority >= level]
        alone = shares_of(first, capacity, rules)
        assert all(abs(alone[one.name].current_a - everybody[one.name].current_a) < NEAR for one in first)


@pytest.mark.req("EV-150", "G-060")
@examples(60)
@given(roomy)
def test_where_all_of_a_priority_can_have_6_a_the_shares_are_the_fairest_there_are(site) -> None:
    demands, capacity = built(site, equal=True)
    best = best_fair(demands, capacity)
    assume(best is not None)
    shares = shares_of(demands, capacity)
    assert best is not None
    assert [shares[one.name].current_a for one in demands] == pytest.approx(best, abs=3 * STEP)


@pytest.mark.req("EV-151", "G-057")
@examples(60)
@given(crowded)
def test_where_they_cannot_it_is_somebody_s_turn_and_everybody_s_comes(site) -> None:
    demands, capacity = built(site, equal=True)
    fitting = [one for one in demands if one.most_a >= LEAST and fits([one], {one.name: LEAST}, capacity)]
    assume(fitting and best_fair(fitting, capacity) is None)
    turns, served = Turns(), set[str]()
    for slot in range(2 * len(fitting)):
        shares, turns = allocate(demands, capacity, Rules(), turns, SLOT_S * slot)
        amperes = {name: share.current_a for name, share in shares.items()}
        on = {name for name, a in amperes.items() if a > 0}
        assert fits(demands, amperes, capacity)
        assert turns.since.keys() <= on
        for one in fitting:
            wait = shares[one.name].wait
            assert (one.name in on) is (wait is None)
            if wait is not None:
                assert {name for name in one.weights if name in holder_of(demands, wait.holder)}
                assert wait.in_turn_a >= LEAST - NEAR
        served |= on
    assert served == {one.name for one in fitting}


def holder_of(demands: Iterable[Demand], name: str) -> Mapping[str, float]:
    return next(one.weights for one in demands if one.name == name)


@pytest.mark.req("EV-167", "EV-151", "G-060")
@examples(60)
@given(st.integers(2, 5), st.integers(60, 299), st.lists(st.integers(1, 120), min_size=1, max_size=30))
def test_over_a_full_turn_of_equals_energy_evens_out(count: int, tenths: int, paces: list[int]) -> None:
    capacity = min(tenths, 60 * count - 1) / 10
    demands = [Demand(str(number), 32.0, {"limit": 1.0}, 2) for number in range(count)]
    turns, now_s = Turns(), 0.0
    ampere_s = dict.fromkeys((one.name for one in demands), 0.0)
    times = 0
    while now_s < 2 * count * SLOT_S - 1e-9:
        shares, turns = allocate(demands, {"limit": capacity}, Rules(), turns, now_s)
        end = min(share.turn_until_s for share in shares.values() if share.turn_until_s is not None)
        step = min(float(paces[times % len(paces)]), end - now_s)
        times += 1
        for name, share in shares.items():
            ampere_s[name] += share.current_a * step
        now_s += step
        assert max(ampere_s.values()) - min(ampere_s.values()) <= capacity * SLOT_S + NEAR
    assert max(ampere_s.values()) - min(ampere_s.values()) <= NEAR * capacity * SLOT_S


@examples(100)
@given(sites, st.booleans())
def test_asked_again_at_once_it_answers_the_same(site, sharing: bool) -> None:
    demands, capacity = built(site)
    first, turns = allocate(demands, capacity, Rules(sharing), Turns(), 0.0)
    for moment, later in pairwise((0.0, 1.0, SLOT_S - 1.0)):
        assert moment < later
        again, turns = allocate(demands, capacity, Rules(sharing), turns, later)
        assert {n: one.current_a for n, one in again.items()} == {n: one.current_a for n, one in first.items()}


@pytest.mark.req("G-058")
def test_a_newcomer_joins_at_the_end_and_a_turn_ends_with_its_car() -> None:
    limit = {"limit": 10.0}
    ask = {name: Demand(name, 32.0, {"limit": 1.0}) for name in "abcd"}

    def whose(names: str, turns: Turns, now_s: float) -> tuple[str, Turns]:
        shares, turns = allocate([ask[name] for name in names], limit, Rules(), turns, now_s)
        return "".join(name for name, share in shares.items() if share.current_a > 0), turns

    turn, turns = whose("abc", Turns(), 0.0)
    assert turn == "a"
    turn, turns = whose("dabc", turns, 100.0)
    assert (turn, turns.ring) == ("a", ("a", "b", "c", "d"))
    turn, turns = whose("dbc", turns, 200.0)
    assert (turn, turns.since) == ("b", {"b": 200.0})
    turn, turns = whose("dbc", turns, 499.0)
    assert turn == "b"
    turn, turns = whose("dbc", turns, 500.0)
    assert turn == "c"
    turn, turns = whose("dbc", turns, 800.0)
    assert turn == "d"


@pytest.mark.req("G-059")
def test_a_turn_that_is_given_away_passes_to_the_next() -> None:
    ask = [Demand(name, 32.0, {"limit": 1.0}) for name in "ab"]
    _, turns = allocate(ask, {"limit": 10.0}, Rules(), Turns(), 0.0)
    shares, turns = allocate(ask, {"limit": 10.0}, Rules(passing=("a",)), turns, 70.0)
    assert (shares["a"].current_a, shares["b"].current_a) == (0.0, 10.0)
    assert shares["a"].wait is not None
    assert (shares["a"].wait.holder, shares["a"].wait.until_s, shares["a"].wait.in_turn_a) == ("b", 370.0, 10.0)
