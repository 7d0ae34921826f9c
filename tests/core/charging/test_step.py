"""Pilot, permission and states, sequence by sequence of IEC 61851-1 table A.6."""

from itertools import pairwise
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ohmstead.core.charging.evidence import BITS
from ohmstead.core.charging.memory import Sequence
from ohmstead.core.charging.pilot import current_for
from ohmstead.core.charging.states import suspension
from ohmstead.core.charging.table import CHARGER, TABLE
from ohmstead.core.model.chargers import ChargerOptions, ChargerState, SuspensionReason
from ohmstead.core.model.evse import BoardFault, PilotMode
from ohmstead.texts import LANGUAGES, word
from tests.core.charging.builders import Bench, charger
from tests.exploring import examples


def test_without_a_grant_nothing_is_offered() -> None:
    bench = Bench(pilot="B")
    last = bench.run(3)
    assert last.commands.pilot_mode is PilotMode.STEADY
    assert not last.commands.permit_close
    assert last.state is ChargerState.INITIALISING


@pytest.mark.req("G-033", "EV-044")
def test_a_plugged_car_is_offered_its_grant_and_may_close() -> None:
    bench = Bench(granted_a=16.0)
    assert bench.step().state is ChargerState.NOT_CONNECTED
    bench.pilot = "B"
    last = bench.step()
    assert (last.commands.pilot_mode, last.commands.permit_close) == (PilotMode.PWM, False)
    assert current_for(last.commands.duty_percent) == pytest.approx(16.0, abs=0.01)
    assert last.state is ChargerState.PRE_CHARGE_TEST
    last = bench.step()
    assert (last.commands.pilot_mode, last.commands.permit_close) == (PilotMode.PWM, True)
    assert last.state is ChargerState.CONNECTED_WAITING_VEHICLE
    bench.pilot = "C"
    bench.run(0.5)
    bench.closed = True
    assert bench.step().state is ChargerState.CHARGING


@pytest.mark.req("G-033")
def test_on_a_stop_the_permission_stays_until_the_car_drops_its_load() -> None:
    bench = Bench().charging()
    bench.granted_a = 0.0
    first = bench.step()
    assert (first.commands.pilot_mode, first.commands.permit_close) == (PilotMode.STEADY, True)
    assert bench.run(2).commands.permit_close
    bench.pilot, bench.closed, bench.currents = "B", False, (0.0, 0.0, 0.0)
    assert not bench.step().commands.permit_close


@pytest.mark.req("G-033")
def test_a_car_that_ignores_the_stop_is_opened_under_load_after_six_seconds() -> None:
    bench = Bench().charging()
    bench.granted_a = 0.0
    stopped = bench.now_s + 0.25
    bench.run(7)
    permitted = [at for at, one in bench.trail if one.commands.permit_close]
    assert 5.75 <= permitted[-1] - stopped <= 6.0


@pytest.mark.req("G-018")
def test_a_car_that_draws_more_than_offered_is_not_waited_for() -> None:
    bench = Bench().charging()
    bench.currents = (18.0, 18.0, 18.0)
    bench.run(6)
    bench.granted_a = 0.0
    assert not bench.step().commands.permit_close


@pytest.mark.req("G-033")
def test_the_duty_rises_at_most_once_in_five_seconds_and_falls_at_once() -> None:
    bench = Bench().charging(10.0)
    changes: list[tuple[float, float]] = []
    duty = bench.last.commands.duty_percent if bench.last else 0.0
    for granted in (11.0, 12.0, 13.0, 9.0, 14.0, 15.0):
        bench.granted_a = granted
        for _ in range(8):
            now = bench.step().commands.duty_percent
            if now != duty:
                changes.append((bench.now_s, now - duty))
                duty = now
    for (before, _), (at, by) in pairwise(changes):
        assert by < 0 or at - before >= 5.0
    lowered = next(at for at, by in changes if by < 0)
    assert lowered == pytest.approx(8.0 + 6.0 + 0.25)


@pytest.mark.req("G-023")
@pytest.mark.parametrize(("granted_a", "fallback_a", "left_a"), [(16, 8, 8), (7, 10, 7), (16, 0, 0), (0, 10, 0)])
def test_an_expired_grant_leaves_the_fallback_and_never_more(
    granted_a: float, fallback_a: float, left_a: float
) -> None:
    bench = Bench(settings=charger(fallback_current_a=fallback_a), granted_a=granted_a, pilot="B")
    bench.run(2)
    bench.renewing = False
    last = bench.run(20)
    offered = current_for(last.commands.duty_percent) if last.commands.pilot_mode is PilotMode.PWM else 0.0
    assert offered == pytest.approx(left_a, abs=0.01)
    assert last.commands.permit_close is (left_a > 0)


@pytest.mark.req("G-051", "EV-045")
def test_pause_and_off_act_without_a_new_grant() -> None:
    bench = Bench().charging()
    bench.wish(paused=True)
    paused = bench.step()
    assert (paused.commands.pilot_mode, paused.state) == (PilotMode.STEADY, ChargerState.SUSPENDED)
    assert paused.reason is not None
    assert paused.reason.key == "limit.paused"
    bench.wish(paused=False, enabled=False)
    assert bench.step().state is ChargerState.NOT_ENABLED


@pytest.mark.req("G-034", "EV-045")
def test_a_car_that_asks_for_ventilation_never_gets_permission() -> None:
    bench = Bench().charging()
    bench.pilot = "D"
    last = bench.step()
    assert not last.commands.permit_close
    assert last.state is ChargerState.SUSPENDED
    assert last.reason is not None
    assert last.reason.key == "limit.ventilation"
    bench.closed, bench.pilot = False, "C"
    assert bench.run(6).commands.permit_close


@pytest.mark.req("EV-044")
def test_no_energy_reads_differently_before_and_after_the_first_current() -> None:
    bench = Bench(pilot="B", granted_a=0.0, limited_by="main_fuse.L1")
    assert bench.step().state is ChargerState.CONNECTED_NO_CURRENT
    bench.granted_a, bench.limited_by = 10.0, "main_fuse.L1"
    assert bench.run(1).state is ChargerState.CONNECTED_WAITING_VEHICLE
    bench.granted_a = 0.0
    assert bench.step().state is ChargerState.SUSPENDED


@pytest.mark.req("G-054")
def test_a_car_that_leaves_c_by_itself_is_complete_and_may_want_more_later() -> None:
    bench = Bench().charging()
    bench.pilot, bench.closed, bench.currents = "B", False, (0.0, 0.0, 0.0)
    last = bench.step()
    assert last.state is ChargerState.COMPLETE
    assert last.commands.pilot_mode is PilotMode.PWM
    bench.pilot = "C"
    assert bench.run(6).commands.permit_close
    bench.closed, bench.currents = True, (8.0, 8.0, 8.0)
    assert bench.step().state is ChargerState.CHARGING


@pytest.mark.req("G-054", "G-131")
def test_a_car_whose_board_has_opened_by_itself_is_not_complete() -> None:
    bench = Bench().charging()
    bench.pilot, bench.closed, bench.currents, bench.faults = "B", False, (0.0, 0.0, 0.0), BoardFault.LEASE_LOST
    bench.step()
    bench.faults = BoardFault.NONE
    assert ChargerState.COMPLETE not in [bench.step().state for _ in range(20)]


@pytest.mark.req("G-054")
def test_a_car_that_draws_less_than_an_ampere_for_five_minutes_is_complete() -> None:
    bench = Bench().charging()
    bench.currents = (0.4, 0.4, 0.4)
    assert bench.run(299, 1.0).state is ChargerState.CHARGING
    assert bench.run(3, 1.0).state is ChargerState.COMPLETE


@pytest.mark.req("G-054", "G-051")
def test_a_car_that_was_paused_is_not_complete_when_it_resumes() -> None:
    bench = Bench().charging()
    bench.wish(paused=True)
    bench.run(1)
    bench.pilot, bench.closed, bench.currents = "B", False, (0.0, 0.0, 0.0)
    bench.run(10)
    bench.wish(paused=False)
    assert bench.run(1).state is ChargerState.CONNECTED_WAITING_VEHICLE


@pytest.mark.req("EV-044")
@pytest.mark.parametrize("pilot", ["E", "F"])
def test_a_dead_pilot_puts_the_charger_out_of_service(pilot: str) -> None:
    bench = Bench().charging()
    bench.pilot = pilot
    last = bench.step()
    assert last.state is ChargerState.OUT_OF_SERVICE
    assert not last.commands.permit_close


@pytest.mark.req("EV-220", "EV-226")
@pytest.mark.parametrize("fault", [bit for bit, _ in BITS])
def test_every_fault_of_a_board_withdraws_permission_and_has_a_code_and_words(fault: BoardFault) -> None:
    bench = Bench().charging()
    bench.faults, bench.closed = fault, False
    last = bench.step()
    assert last.state is ChargerState.ERROR
    assert not last.commands.permit_close
    (held,) = bench.memory.errors.held
    assert (fault, held.code) in BITS
    assert last.reason is held.reason
    assert all(word(held.reason, language).startswith(held.code) for language in LANGUAGES)


def test_a_lease_that_was_lost_for_a_moment_is_told_and_no_error() -> None:
    bench = Bench().charging()
    bench.faults, bench.closed = BoardFault.LEASE_LOST, False
    last = bench.step()
    assert last.state is ChargerState.OUT_OF_SERVICE
    assert not last.commands.permit_close
    bench.faults = BoardFault.NONE
    bench.step()
    assert [event.kind for event in bench.events if event.kind.startswith("board")] == [
        "board.fault",
        "board.fault_cleared",
    ]
    assert bench.run(6).commands.permit_close


@pytest.mark.parametrize(
    ("fault", "for_a_moment", "for_good"),
    [
        (BoardFault.CONTACTOR_WELDED, True, True),
        (BoardFault.RESIDUAL_CURRENT, True, False),
        (BoardFault.DIODE, True, False),
        (BoardFault.LOCK, False, False),
        (BoardFault.OVER_TEMPERATURE, False, False),
    ],
)
def test_state_f_tells_the_vehicle_of_a_fault_for_300_ms_or_for_good(
    fault: BoardFault, for_a_moment: bool, for_good: bool
) -> None:
    bench = Bench().charging()
    bench.faults, bench.closed = fault, False
    modes = [bench.step(0.1).commands.pilot_mode for _ in range(30)]
    shown_s = 0.1 * modes.count(PilotMode.FAULT)
    assert (shown_s >= 0.3) is for_a_moment
    assert (modes[-1] is PilotMode.FAULT) is for_good


@pytest.mark.req("G-038")
def test_after_an_error_current_waits_sixty_seconds() -> None:
    bench = Bench().charging()
    bench.temperature_c, bench.closed, bench.pilot = 76.0, False, "B"
    bench.run(3)
    assert [one.code for one in bench.memory.errors.held] == ["D7"]
    bench.temperature_c = 59.0
    bench.run(2)
    over_at = bench.now_s
    waiting = bench.step()
    assert (waiting.state, waiting.suspended) == (ChargerState.SUSPENDED, SuspensionReason.ENERGY_NOT_AVAILABLE)
    bench.run(70)
    offered = [at for at, one in bench.trail if at > over_at and one.commands.permit_close]
    assert offered[0] - over_at == pytest.approx(60.0, abs=1.5)


@pytest.mark.req("G-131")
def test_a_frozen_board_loses_its_permission_in_two_seconds() -> None:
    bench = Bench().charging()
    bench.frozen = True
    last = bench.run(2)
    assert last.commands.permit_close is False
    assert last.state is ChargerState.OUT_OF_SERVICE
    assert not last.usable
    bench.frozen = False
    assert bench.run(6).commands.permit_close


def test_a_board_that_restarts_starts_without_an_offer_and_keeps_the_session() -> None:
    bench = Bench().charging()
    session = bench.memory.session.session
    bench.uptime_s, bench.pilot, bench.closed = 0.0, "A", False
    first = bench.step()
    assert first.state is ChargerState.INITIALISING
    assert not first.commands.permit_close
    assert [event.kind for event in first.events] == ["board.restarted"]
    bench.pilot = "C"
    assert bench.run(6).commands.permit_close
    assert bench.memory.session.session is not None
    assert session is not None
    assert bench.memory.session.session.id == session.id


def test_each_row_of_the_table_names_its_clause() -> None:
    assert all(row.clause and row.effect for row in TABLE)
    assert {row.to for row in CHARGER} == set(get_args(Sequence))


WORLD = st.tuples(
    st.sampled_from("ABCDEF"),
    st.booleans(),
    st.sampled_from([BoardFault.NONE] * 4 + [BoardFault.LEASE_LOST, BoardFault.DIODE, BoardFault.CONTACTOR_WELDED]),
    st.sampled_from([None, 0.0, 6.0, 9.7, 16.0, 32.0, 63.0]),
    st.booleans(),
    st.booleans(),
    st.sampled_from([0.1, 0.25, 1.0, 4.0]),
    st.booleans(),
)


@pytest.mark.req("G-033", "G-034", "G-131")
@examples(150)
@given(st.lists(WORLD, max_size=40))
def test_whatever_happens_permission_needs_a_grant_a_car_and_a_sound_board(story: list[tuple[object, ...]]) -> None:
    bench = Bench(settings=charger(fallback_current_a=8.0, max_current_a=20.0))
    stopped_at: float | None = None
    raised_at = -1e9
    duty = 100.0
    for pilot, closed, fault, granted, renewing, paused, dt, frozen in story:
        bench.pilot, bench.closed, bench.faults = pilot, closed, fault
        bench.granted_a, bench.renewing, bench.frozen = granted, renewing, frozen
        bench.options = ChargerOptions(paused=bool(paused))
        seen = bench.snapshot().pilot
        commands = bench.step(float(dt)).commands  # type: ignore[arg-type]  # the story is a tuple of mixed things
        if commands.pilot_mode is PilotMode.PWM:
            stopped_at = None
            grant = bench.grant
            assert grant is not None
            live = grant.expires.monotonic_s > bench.now.monotonic_s
            most = grant.current_a if live else min(grant.current_a, 8.0)
            assert 6.0 - 0.01 <= current_for(commands.duty_percent) <= min(most, 20.0) + 1e-9
            assert not paused
            if commands.duty_percent > duty:
                assert bench.now_s - raised_at >= 5.0
                raised_at = bench.now_s
        elif stopped_at is None:
            stopped_at = bench.now_s
        duty = commands.duty_percent
        if commands.permit_close:
            assert seen in ("B", "C")
            assert not fault
            assert stopped_at is None or bench.now_s - stopped_at < 6.0


def test_a_board_that_had_no_host_before_this_one_is_not_reported_as_lost() -> None:
    bench = Bench(faults=BoardFault.LEASE_LOST)
    bench.step()
    bench.faults = BoardFault.NONE
    bench.run(1)
    assert bench.events == []
    bench.faults = BoardFault.LEASE_LOST
    bench.step()
    assert [event.kind for event in bench.events] == ["board.fault"]


@pytest.mark.req("EV-045", "EV-118")
@pytest.mark.parametrize(
    ("limited_by", "reason"),
    [
        ("invalid_program", SuspensionReason.INVALID_PROGRAM),
        ("green", SuspensionReason.GREEN_ENERGY_NOT_AVAILABLE),
        ("main_fuse.L1", SuspensionReason.ENERGY_NOT_AVAILABLE),
        ("energy_manager", SuspensionReason.ENERGY_NOT_AVAILABLE),
        ("ventilation", SuspensionReason.VENTILATION),
        ("paused", SuspensionReason.PAUSED),
    ],
)
def test_the_limit_that_stops_it_says_which_of_the_six_reasons_holds(limited_by, reason):
    assert suspension(limited_by) is reason
