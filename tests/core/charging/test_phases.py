"""Switching between one phase and three, by the real board and car of the plant."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ohmstead.core.charging.memory import dump, load
from ohmstead.core.model.chargers import ChargerState
from ohmstead.core.model.evse import PilotMode
from ohmstead.core.plant.cars import CARS
from ohmstead.core.plant.flaws import Flaw
from ohmstead.core.plant.settings import CarSettings
from tests.core.charging.rig import NAME, Rig
from tests.exploring import examples

CAR = CarSettings(lag_s=0.5)
PAUSE_S = 20.0


def _rig(car: CarSettings = CAR, **settings: object) -> Rig:
    rig = Rig(car, switches=True, **{"phase_pause_s": PAUSE_S, **settings})
    rig.switch_to = 3
    return rig.run(1)


def _live(rig: Rig) -> int:
    return sum(abs(one.current_a) > 1.0 for one in rig.world.measure(NAME).phases)


def _switched(rig: Rig) -> int:
    session = rig.memory.session.current
    return 0 if session is None else session.switchings


@pytest.mark.req("G-032")
def test_a_car_on_three_phases_goes_to_one_only_after_its_current_is_gone_and_the_contactor_open():
    rig = _rig().charging()
    assert _live(rig) == 3
    trail: list[tuple[bool, float, int | None, PilotMode]] = []
    rig.watch = lambda r: trail.append((r.closed, r.current_a, r.seen.phases, r.seen.pilot_mode))
    rig.switch_to = 1
    rig.until(lambda r: _live(r) == 1 and r.state is ChargerState.CHARGING)
    moved = next(index for index, row in enumerate(trail) if row[2] != 3)
    opened = next(index for index, row in enumerate(trail) if not row[0])
    assert opened < moved
    assert all(current < 0.01 for _, current, _, _ in trail[opened:moved])
    closed_again = next(index for index, row in enumerate(trail) if index > moved and row[0])
    assert (closed_again - opened) * 0.05 >= PAUSE_S
    assert any(row[3] is PilotMode.FAULT for row in trail[opened:closed_again])
    assert _switched(rig) == 1
    assert [event.kind for event in rig.events if event.kind.startswith("phases")] == ["phases.switched"]


def test_a_car_on_one_phase_charges_with_a_third_of_the_power():
    rig = _rig().charging()
    three_w = rig.world.measure(NAME).power_w
    rig.switch_to = 1
    rig.run(PAUSE_S + 30)
    assert rig.world.measure(NAME).power_w == pytest.approx(three_w / 3, rel=0.02)
    assert rig.reading().phases_used == ("L1",)
    assert rig.reading().switching.car == ("L1", "L2", "L3")


@pytest.mark.req("G-032")
def test_without_a_car_the_phases_are_set_at_once_and_nothing_is_counted():
    rig = _rig()
    assert rig.seen.phases == 3
    rig.switch_to = 1
    rig.run(1)
    assert rig.seen.phases == 1
    rig.charging()
    assert (_live(rig), _switched(rig)) == (1, 0)


@pytest.mark.req("G-032")
def test_before_the_first_current_there_is_no_pause_and_nothing_is_counted():
    rig = _rig()
    rig.granted_a = 0.0
    rig.plug().run(3)
    rig.switch_to, rig.granted_a = 1, 10.0
    assert rig.until(lambda r: _live(r) == 1, PAUSE_S - 5)
    assert _switched(rig) == 0


@pytest.mark.req("G-032")
def test_an_offer_that_counts_on_other_phases_than_are_connected_is_none():
    rig = _rig()
    rig.counted_on = 1
    rig.plug().run(30)
    assert (rig.closed, rig.last.reason.key) == (False, "limit.phases")
    rig.counted_on = 3
    rig.until(lambda r: _live(r) == 3)


@pytest.mark.req("G-032")
def test_the_bound_of_a_session_holds_and_the_next_car_begins_anew():
    rig = _rig(phase_switchings=2, phase_pause_s=10.0).charging()
    for to in (1, 3, 1, 3):
        rig.switch_to = to
        rig.run(40)
    assert (_switched(rig), _live(rig)) == (2, 3)
    rig.unplug().run(2)
    assert next(e for e in rig.events if e.kind == "session.ended").data["switchings"] == 2
    rig.charging()
    rig.switch_to = 1
    rig.run(40)
    assert (_switched(rig), _live(rig)) == (1, 1)


@pytest.mark.req("G-032")
def test_a_car_whose_owner_wants_it_left_alone_is_not_switched():
    rig = _rig().charging()
    rig.wish(keep_phases=True).switch_to = 1
    rig.run(60)
    assert (_live(rig), _switched(rig)) == (3, 0)
    rig.unplug().run(2).charging()
    assert rig.options.keep_phases is False
    assert _live(rig) == 1


@pytest.mark.req("G-032")
def test_a_car_that_does_not_bear_it_is_told_of_and_not_switched_again():
    rig = _rig(replace(CARS["phase_shy"], lag_s=0.5)).charging()
    rig.switch_to = 1
    rig.run(PAUSE_S + 220)
    assert rig.memory.refused
    assert [event.kind for event in rig.events if event.severity == "warning"] == ["phases.refused"]
    rig.switch_to = 3
    rig.run(60)
    assert (rig.seen.phases, _switched(rig)) == (1, 1)


@pytest.mark.req("G-032")
def test_a_host_that_begins_anew_in_the_middle_keeps_the_pause_and_where_it_was_going():
    rig = _rig().charging()
    rig.switch_to = 1
    rig.until(lambda r: r.memory.sequence == "switch")
    left_s = rig.memory.pause_until - rig.world.instant.monotonic_s
    rig.memory = load(dump(rig.memory, rig.world.instant), rig.world.instant)
    assert rig.until(lambda r: r.closed) >= left_s - 1
    assert (rig.seen.phases, _switched(rig)) == (1, 1)


@pytest.mark.req("G-032")
@pytest.mark.parametrize("at_s", [0.0, 0.1, 0.3, 3.0, 12.0])
def test_a_supply_that_fails_in_the_middle_ends_on_the_phases_that_were_asked_for(at_s):
    rig = _rig().charging()
    rig.switch_to = 1
    rig.run(PAUSE_S + 30).switch_to = 3
    rig.until(lambda r: r.memory.sequence == "switch")
    rig.run(at_s)
    rig.world.cut_mains()
    rig.run(5)
    assert not rig.closed
    rig.world.restore_mains()
    rig.run(PAUSE_S + 60)
    assert (rig.seen.phases, _live(rig), rig.codes) == (3, 3, ())


@pytest.mark.req("G-032")
def test_a_contactor_of_the_phases_that_is_stuck_is_an_error_and_nothing_is_closed():
    rig = _rig().charging()
    rig.hurt(Flaw.STUCK_PHASES).switch_to = 1
    rig.until(lambda r: "D3" in r.codes)
    assert not rig.run(60).closed


def test_a_board_that_cannot_switch_is_asked_for_nothing():
    rig = Rig(CAR)
    rig.switch_to = 1
    rig.charging().run(10)
    assert (_live(rig), rig.last.commands.one_phase, rig.reading().switching) == (3, False, None)


WALK = st.lists(
    st.tuples(
        st.sampled_from(["one", "three", "plug", "unplug", "less", "more", "restart", "host", "alone", "cut"]),
        st.floats(0.1, 14.0),
    ),
    min_size=3,
    max_size=6,
)


def _walked(rig: Rig, step: str) -> None:
    match step:
        case "one" | "three":
            rig.switch_to = 1 if step == "one" else 3
        case "plug" | "unplug":
            getattr(rig, step)()
        case "less" | "more":
            rig.granted_a = 0.0 if step == "less" else 16.0
        case "restart":
            rig.board.restart()
        case "host":
            rig.memory = load(dump(rig.memory, rig.world.instant), rig.world.instant)
        case "alone":
            rig.alive = not rig.alive
        case "cut":
            rig.world.cut_mains()
            rig.run(1.5).world.restore_mains()


@pytest.mark.req("G-032", "G-131")
@examples(3)
@given(WALK)
def test_whatever_happens_the_phases_never_move_under_a_current_and_a_session_keeps_its_bound_and_its_pauses(walk):
    rig = _rig(phase_pause_s=10.0, phase_switchings=2).charging()
    phases, seen, opened_at = rig.board.phase_switch.live(3), 3, 0.0

    def watch(rig: Rig) -> None:
        nonlocal phases, seen, opened_at
        now, now_s = rig.board.phase_switch.live(3), rig.world.instant.monotonic_s
        assert _switched(rig) <= 2
        if now != phases:
            assert not rig.closed
            assert rig.current_a == 0.0
            phases = now
        if not rig.world.car(NAME).plugged:
            seen = 0
        elif rig.closed:
            assert seen in (0, now) or now_s - opened_at >= 10.0 - 1.0
            seen, opened_at = now, now_s

    rig.watch = watch
    for step, seconds in walk:
        _walked(rig, step)
        rig.run(seconds)
