"""What must hold for every house, every fault and every pace of time."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ohmstead.core.control import ControlMemory, decide, dump, load
from ohmstead.core.model.chargers import ChargerOptions
from ohmstead.core.model.quantities import PHASES, Phase, Quality
from ohmstead.core.model.readings import PhaseReading
from ohmstead.core.model.snapshot import Snapshot
from ohmstead.core.model.time import Instant
from tests.core.control.builders import Car, House, at, controls, site
from tests.exploring import examples

FUSE_A = 25.0
CONTRACT_W = 12_000.0

phases = st.sampled_from([("L1",), ("L2",), ("L3",), PHASES])
cars = st.builds(
    Car,
    phases=phases,
    max_a=st.sampled_from([8.0, 16.0, 32.0]),
    lag_s=st.sampled_from([0.0, 1.0, 3.0, 5.0]),
    whole_amperes=st.booleans(),
)
loads = st.fixed_dictionaries({phase: st.floats(-20.0, 30.0) for phase in PHASES})


@dataclass(frozen=True)
class Turn:
    """What happens before some seconds of control."""

    seconds: int
    loads: dict[Phase, float]
    plugged: tuple[bool, bool]
    silent: tuple[bool, bool]
    meter: bool
    limit_a: float | None


turns = st.lists(
    st.builds(
        Turn,
        seconds=st.integers(1, 40),
        loads=loads,
        plugged=st.tuples(st.booleans(), st.booleans()),
        silent=st.tuples(*[st.sampled_from([False, False, False, True])] * 2),
        meter=st.sampled_from([True, True, True, False]),
        limit_a=st.sampled_from([None, 8.0, 20.0]),
    ),
    min_size=1,
    max_size=6,
)


sunny = st.lists(
    st.builds(
        Turn,
        seconds=st.integers(1, 20),
        loads=st.fixed_dictionaries({phase: st.floats(-20.0, 15.0) for phase in PHASES}),
        plugged=st.just((True, True)),
        silent=st.just((False, False)),
        meter=st.just(True),
        limit_a=st.sampled_from([None, 8.0, 20.0]),
    ),
    min_size=1,
    max_size=4,
)


def build(first: Car, second: Car, contract: bool, fallback_a: float) -> House:
    chargers = {name: {"phases": PHASES, "fallback_current_a": fallback_a} for name in ("a", "b")}
    place = {"main_fuse_a": FUSE_A, **({"contract_power_w": CONTRACT_W} if contract else {})}
    return House(controls(site(chargers, **place)), {"a": first, "b": second})


def play(house: House, story: list[Turn], check: Callable[[Snapshot, ControlMemory, House], None]) -> None:
    """Run ``story``; ``check`` sees each snapshot, the memory before it, and the house after the decision."""
    for turn in story:
        house.load_a = dict(turn.loads)
        house.silent = {name for name, silent in zip("ab", turn.silent, strict=True) if silent}
        house.meter_silent_since = None if turn.meter else house.now_s - 1
        house.settings = controls(
            house.settings.settings, a=ChargerOptions(user_limit_a=turn.limit_a), b=ChargerOptions()
        )
        for name, plugged in zip("ab", turn.plugged, strict=True):
            house.cars[name].connected = plugged
        for _ in range(turn.seconds):
            snapshot, before = house.snapshot(), house.memory
            house.tick()
            check(snapshot, before, house)


def grants(house: House) -> dict[str, float]:
    assert house.last is not None
    return {name: grant.current_a for name, grant in house.last.grants.items()}


def on_phase(house: House, phase: Phase, amperes: dict[str, float]) -> float:
    assert house.last is not None
    return sum(a for name, a in amperes.items() if phase in house.last.grants[name].phases)


def worth(before: ControlMemory, house: House) -> bool:
    """Where something changes, and now and then."""
    held = {name: one.granted_a for name, one in before.chargers.items()}
    return grants(house) != held or house.now_s % 11 == 0


def flowing(reading: PhaseReading) -> float:
    """Amperes on a phase when the decision was taken, export negative; 0 where a car's phase is not measured."""
    current_a, power_w = reading.current_a or 0.0, reading.power_w
    return -current_a if power_w is not None and power_w < 0 else current_a


def sensed(snapshot: Snapshot) -> bool:
    return snapshot.channels["grid"].quality is Quality.GOOD


@pytest.mark.req("EV-176", "G-018", "G-020")
@examples(25)
@given(cars, cars, st.booleans(), turns)
def test_grants_and_house_stay_below_each_limit_whenever_control_could_see(
    first: Car, second: Car, contract: bool, story: list[Turn]
) -> None:
    def check(snapshot: Snapshot, before: ControlMemory, house: House) -> None:
        if not sensed(snapshot) or house.silent:
            return
        now = grants(house)
        grid = snapshot.channels["grid"]
        drawn = {n: {p: one.current_a or 0.0 for p, one in r.phases.items()} for n, r in snapshot.chargers.items()}
        might = {
            n: max(
                now[n],
                r.offered_a or 0.0,
                *drawn[n].values(),
                before.chargers[n].granted_a if n in before.chargers else 0,
            )
            for n, r in snapshot.chargers.items()
        }
        raised = [n for n in now if now[n] > (before.chargers[n].granted_a if n in before.chargers else 0.0)]
        base: dict[Phase, float] = {}
        for phase in PHASES:
            one = grid.phases[phase]
            signed = (one.current_a or 0.0) * (1 if (one.power_w or 0.0) >= 0 else -1)
            base[phase] = signed - sum(d[phase] for d in drawn.values())
            if on_phase(house, phase, now) > 0:
                assert base[phase] + on_phase(house, phase, now) <= FUSE_A + 1e-6
            touching = [n for n in raised if house.last and phase in house.last.grants[n].phases]
            if touching:
                assert base[phase] + on_phase(house, phase, might) <= FUSE_A + 1e-6
        if contract and any(now.values()):
            house_w = sum(base.values()) * 230.0
            assert house_w + sum(230.0 * on_phase(house, p, now) for p in PHASES) <= CONTRACT_W + 1e-3

    play(build(first, second, contract, 0.0), story, check)


@pytest.mark.req("G-018")
@examples(25)
@given(cars, cars, st.booleans(), st.sampled_from([0.0, 10.0]), turns)
def test_a_current_never_rises_on_silence_nor_faster_than_it_may(
    first: Car, second: Car, contract: bool, fallback_a: float, story: list[Turn]
) -> None:
    raised_at: dict[str, float] = {}

    def check(snapshot: Snapshot, before: ControlMemory, house: House) -> None:
        for name, now_a in grants(house).items():
            memory = before.chargers.get(name)
            held_a = memory.granted_a if memory else 0.0
            assert now_a == 0 or now_a >= 6.0
            assert abs(now_a * 10 - round(now_a * 10)) < 1e-6
            if now_a <= held_a:
                continue
            assert name not in house.silent
            if not sensed(snapshot):
                assert house.memory.grid.lost
                assert memory is None or not memory.started
                assert now_a <= fallback_a
                continue
            if held_a > 0:
                assert now_a <= held_a + 1.0 + 1e-9
                assert house.now_s - raised_at.get(name, -1e9) >= 5.0
            elif memory is not None and memory.suspended:
                assert now_a == 6.0
            raised_at[name] = house.now_s

    play(build(first, second, contract, fallback_a), story, check)


def _no_power(snapshot: Snapshot, phase: Phase) -> Snapshot:
    grid = snapshot.channels["grid"]
    lacking = {**grid.phases, phase: replace(grid.phases[phase], power_w=None)}
    return replace(snapshot, channels={"grid": replace(grid, phases=lacking)})


def _no_current(snapshot: Snapshot, phase: Phase) -> Snapshot:
    grid = snapshot.channels["grid"]
    lacking = {**grid.phases, phase: replace(grid.phases[phase], current_a=float("nan"))}
    return replace(snapshot, channels={"grid": replace(grid, phases=lacking)})


def _no_voltage(snapshot: Snapshot, phase: Phase) -> Snapshot:
    grid = snapshot.channels["grid"]
    lacking = {**grid.phases, phase: replace(grid.phases[phase], voltage_v=None)}
    return replace(snapshot, channels={"grid": replace(grid, phases=lacking)})


def _grid(**values: object) -> Callable[[Snapshot, Phase], Snapshot]:
    def apply(snapshot: Snapshot, phase: Phase) -> Snapshot:
        grid = snapshot.channels["grid"]
        return replace(snapshot, channels={"grid": replace(grid, **values)})  # type: ignore[arg-type]  # any field

    return apply


def _own(**values: object) -> Callable[[Snapshot, Phase], Snapshot]:
    def apply(snapshot: Snapshot, phase: Phase) -> Snapshot:
        if "a" not in snapshot.chargers:
            return snapshot
        one = replace(snapshot.chargers["a"], **values)  # type: ignore[arg-type]  # any field
        return replace(snapshot, chargers={**snapshot.chargers, "a": one})

    return apply


def _unmeasured(snapshot: Snapshot, phase: Phase) -> Snapshot:
    if "a" not in snapshot.chargers:
        return snapshot
    one = snapshot.chargers["a"]
    lacking = {**one.phases, phase: replace(one.phases[phase], current_a=None)}
    return replace(snapshot, chargers={**snapshot.chargers, "a": replace(one, phases=lacking)})


def _gone(snapshot: Snapshot, phase: Phase) -> Snapshot:
    return replace(snapshot, chargers={n: one for n, one in snapshot.chargers.items() if n != "a"})


GRID_LOSSES = [
    _no_power,
    _no_current,
    _no_voltage,
    _grid(power_w=None),
    _grid(age_s=None),
    _grid(phases={}),
    _grid(quality=Quality.BAD),
    _grid(age_s=9.0),
]
CHARGER_LOSSES = [
    _gone,
    _unmeasured,
    _own(phases={}),
    _own(hardware_max_a=None),
    _own(connected=None),
    _own(quality=Quality.STALE),
    _own(offered_a=None),
    _own(phases_used=None),
]


@examples(25)
@given(cars, cars, st.booleans(), turns, st.sampled_from(GRID_LOSSES), st.sampled_from(PHASES))
def test_a_value_that_the_grid_meter_lacks_never_raises_any_grant(
    first: Car, second: Car, contract: bool, story: list[Turn], lose: Callable[..., Snapshot], phase: Phase
) -> None:
    def check(snapshot: Snapshot, before: ControlMemory, house: House) -> None:
        if not sensed(snapshot) or not worth(before, house):
            return
        now = at(house.now_s - 1)
        lacking = decide(lose(snapshot, phase), house.settings, before, now).grants
        held = {n: one.granted_a for n, one in before.chargers.items()}
        for name, grant in lacking.items():
            assert grant.current_a <= max(grants(house)[name], held.get(name, 0.0)) + 1e-9

    play(build(first, second, contract, 0.0), story, check)


@examples(25)
@given(cars, cars, sunny, st.sampled_from(PHASES))
def test_a_voltage_that_is_missing_in_the_sun_takes_nothing_from_one_car_for_another(
    first: Car, second: Car, story: list[Turn], phase: Phase
) -> None:
    def check(snapshot: Snapshot, before: ControlMemory, house: House) -> None:
        lacking = decide(_no_voltage(snapshot, phase), house.settings, before, at(house.now_s - 1)).grants
        held = {n: one.granted_a for n, one in before.chargers.items()}
        for name, grant in lacking.items():
            assert grant.current_a <= max(grants(house)[name], held.get(name, 0.0)) + 1e-9

    play(build(first, second, False, 0.0), story, check)


@pytest.mark.req("G-018")
@examples(25)
@given(cars, cars, st.booleans(), turns, st.sampled_from(CHARGER_LOSSES), st.sampled_from(PHASES))
def test_a_value_that_a_charger_lacks_never_raises_its_own_grant_nor_overbooks_a_phase(
    first: Car, second: Car, contract: bool, story: list[Turn], lose: Callable[..., Snapshot], phase: Phase
) -> None:
    def check(snapshot: Snapshot, before: ControlMemory, house: House) -> None:
        if not sensed(snapshot) or "a" not in before.chargers or not worth(before, house):
            return
        lost = decide(lose(snapshot, phase), house.settings, before, at(house.now_s - 1)).grants
        held = before.chargers["a"].granted_a
        assert lost["a"].current_a <= max(grants(house)["a"], held) + 1e-9
        other = before.chargers["b"].granted_a
        if lost["b"].current_a > max(other, grants(house)["b"]):
            for one in lost["b"].phases:
                load = flowing(snapshot.channels["grid"].phases[one]) - flowing(snapshot.chargers["b"].phases[one])
                assert load + lost["b"].current_a <= FUSE_A + 1e-6

    play(build(first, second, contract, 0.0), story, check)


@pytest.mark.req("G-018")
@examples(25)
@given(cars, cars, turns, st.integers(2, 10))
def test_asking_more_often_does_not_raise_faster(first: Car, second: Car, story: list[Turn], times: int) -> None:
    def check(snapshot: Snapshot, before: ControlMemory, house: House) -> None:
        memory, now = house.memory, at(house.now_s - 1)
        start = grants(house)
        for turn in range(times):
            moment = now.plus(turn * 0.01)
            allocation = decide(snapshot, house.settings, memory, moment)
            memory = allocation.memory
            for name, grant in allocation.grants.items():
                was = before.chargers[name].granted_a if name in before.chargers else 0.0
                assert grant.current_a <= start[name] + 1e-9 or was == 0.0

    play(build(first, second, False, 0.0), story[:3], check)


@examples(25)
@given(cars, cars, turns, st.floats(-86_400, 86_400))
@pytest.mark.req("G-018", "G-002")
def test_a_restart_at_any_wall_clock_raises_nothing_and_shortens_no_wait(
    first: Car, second: Car, story: list[Turn], jump_s: float
) -> None:
    house = build(first, second, False, 0.0)
    play(house, story, lambda *_: None)
    now = at(house.now_s)
    later = Instant(now.plus(jump_s).utc, 17.0)
    memory = load(json.loads(json.dumps(dump(house.memory, now))), later)
    for name, one in memory.chargers.items():
        before = house.memory.chargers[name]
        assert one.granted_a == 0.0
        assert one.suspended == before.suspended
        if before.granted_a > 0:
            assert one.restart_a == before.granted_a
        for moment in ("raised_at", "resume_since"):
            ago, was = getattr(one, moment), getattr(before, moment)
            assert (ago is None) == (was is None)
            assert ago is None or later.monotonic_s - ago <= now.monotonic_s - was + 1e-6
    snapshot = house.snapshot()
    there = replace(snapshot, at=later, chargers={n: replace(one, at=later) for n, one in snapshot.chargers.items()})
    for name, grant in decide(there, house.settings, memory, later).grants.items():
        before = house.memory.chargers[name]
        if before.granted_a > 0 and house.cars[name].connected:
            assert grant.current_a <= before.granted_a
        if before.suspended and house.cars[name].connected:
            assert grant.current_a in (0.0, 6.0)
