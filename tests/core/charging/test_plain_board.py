"""Charging on a board that tells neither lease nor uptime, and measures nothing."""

import pytest

from ohmstead.core.charging.memory import dump, load
from ohmstead.core.charging.stepping import held_errors, unheard
from ohmstead.core.model.chargers import ChargerState
from ohmstead.core.model.evse import BoardFault
from tests.core.charging.builders import Bench

NOTHING = (None, None, None)


def bench() -> Bench:
    return Bench(uptime_s=None, lease_left_s=None, currents=NOTHING, energy_j=None, power_w=None, temperature_c=None)


def charging() -> Bench:
    made = bench()
    made.granted_a = 16.0
    for made.pilot in ("B", "C"):
        made.run(2)
    made.closed = True
    made.run(6)
    return made


@pytest.mark.req("EV-044")
def test_a_board_that_tells_no_uptime_charges_and_is_alive_as_long_as_it_is_heard():
    made = charging()
    made.run(60)
    assert made.last.state is ChargerState.CHARGING
    assert made.memory.errors.held == ()


@pytest.mark.req("G-052")
def test_energy_that_nobody_measures_is_unknown_and_never_zero():
    made = charging()
    assert made.memory.session.session.energy_j is None
    assert made.memory.session.session.charging_s == pytest.approx(6.0, abs=0.5)
    made.pilot, made.closed = "A", False
    made.run(1)
    (ended,) = [event for event in made.events if event.kind == "session.ended"]
    assert (ended.data["energy_j"], ended.data["measured_by"]) == (None, "nobody")


@pytest.mark.req("G-038")
def test_an_error_outlives_looks_of_a_board_that_cannot_say_whether_it_has_begun_anew():
    made = charging()
    made.faults, made.closed = BoardFault.RESIDUAL_CURRENT, False
    made.run(1)
    made.faults = BoardFault.NONE
    made.run(30)
    assert [one.code for one in made.memory.errors.held] == ["V2"]
    made.memory = load(dump(made.memory, made.now), made.now)
    made.run(1)
    assert [one.code for one in made.memory.errors.held] == ["V2"]


@pytest.mark.req("G-131", "EV-238")
@pytest.mark.parametrize(("lease_s", "text"), [(None, "fault.board_unheard"), (1.0, "fault.board_silent")])
def test_people_are_not_told_that_a_board_without_a_lease_has_opened(lease_s, text):
    made = charging()
    made.lease_left_s = lease_s
    made.memory = Bench(lease_left_s=lease_s, uptime_s=None, pilot="C").run(2).memory
    made.now_s += 60
    (error,) = held_errors(unheard(unheard(made.memory, made.now), made.now.plus(31.0)), made.now)
    assert (error.code, error.detail.key) == ("D1", text)


@pytest.mark.req("EV-236")
def test_a_pilot_of_no_state_is_one_error_and_not_two():
    made = charging()
    made.pilot, made.faults, made.closed = "E", BoardFault.PILOT, False
    made.run(5)
    assert [one.code for one in made.memory.errors.held] == ["V4"]
    assert made.last.commands.permit_close is False
