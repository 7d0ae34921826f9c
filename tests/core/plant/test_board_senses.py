"""What a board finds by its own means: flaws, the test before a charge, the lock (G-034, G-035, G-037)."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from ohmstead.core.model.evse import BoardFault
from ohmstead.core.plant.flaws import Flaw
from ohmstead.core.plant.settings import CarSettings, ChargerSettings, WorldSettings
from ohmstead.core.plant.world import World
from tests.core.plant.test_board import DT, OFFER, Bench, charging


@pytest.mark.req("EV-248", "EV-305")
@pytest.mark.parametrize(
    ("flaw", "fault", "within_s", "lasts"),
    [
        (Flaw.PILOT_SHORT, BoardFault.PILOT_SHORT, 0.1, True),
        (Flaw.DC_LEAKAGE, BoardFault.RESIDUAL_CURRENT, 0.1, False),
        (Flaw.BROKEN_EARTH, BoardFault.EARTH, 10.0, True),
        (Flaw.SWAPPED_SUPPLY, BoardFault.SUPPLY_REVERSED, 1.1, True),
        (Flaw.BROKEN_BOARD, BoardFault.HARDWARE, 0.1, True),
    ],
)
def test_a_flaw_is_found_opens_and_stays_latched_until_it_is_cleared(
    flaw: Flaw, fault: BoardFault, within_s: float, lasts: bool
) -> None:
    bench = charging()
    bench.world.charger("box").hurt(flaw)
    assert bench.until_open() <= within_s + DT
    bench.run(0.2)
    assert (fault in bench.board.active) is lasts
    bench.world.charger("box").heal()
    bench.run(10)
    assert bench.faults is fault
    assert bench.board.active is BoardFault.NONE
    assert not bench.board.contact
    bench.say(replace(OFFER, clear_faults=True))
    bench.run(10)
    assert bench.faults is BoardFault.NONE
    assert bench.board.contact


def test_clearing_does_not_help_while_the_cause_is_there() -> None:
    bench = Bench()
    bench.world.charger("box").hurt(Flaw.BROKEN_EARTH)
    bench.run(10)
    bench.say(replace(OFFER, clear_faults=True))
    bench.run(10)
    assert not bench.board.contact
    bench.say(OFFER)
    bench.run(10)
    assert BoardFault.EARTH in bench.faults


def test_on_an_it_supply_the_earth_is_not_tested() -> None:
    bench = Bench()
    bench.commands = replace(OFFER, earth_test=False)
    bench.world.charger("box").hurt(Flaw.BROKEN_EARTH)
    bench.run(30)
    assert bench.faults is BoardFault.NONE
    assert bench.board.contact


def test_noise_on_the_pilot_does_not_open_while_the_state_is_still_seen_and_does_when_it_is_not() -> None:
    bench = charging()
    bench.world.charger("box").hurt(Flaw.NOISY_PILOT)
    bench.run(5)
    assert bench.board.contact
    bench.world.unplug("box")
    assert bench.until_open() <= 0.12 + DT


def test_a_resistance_of_no_state_is_none() -> None:
    bench = charging()
    bench.world.charger("box").hurt(Flaw.ODD_RESISTOR)
    assert bench.until_open() <= 0.1
    assert bench.board.snapshot(bench.world.instant).pilot == "E"
    assert bench.faults is BoardFault.NONE


@pytest.mark.req("G-034")
@pytest.mark.parametrize("ventilated", [False, True])
def test_state_d_is_served_in_a_ventilated_place_only(ventilated: bool) -> None:
    bench = Bench(CarSettings(ventilation=True))
    bench.commands = replace(OFFER, ventilated=ventilated)
    bench.run(10)
    assert bench.board.snapshot(bench.world.instant).pilot == "D"
    assert bench.board.contact is ventilated


@pytest.mark.req("G-035", "EV-047")
@pytest.mark.parametrize(
    ("flaw", "fault"),
    [
        (None, BoardFault.NONE),
        (Flaw.DEAD_SENSOR, BoardFault.SENSOR_TEST),
        (Flaw.BROKEN_EARTH, BoardFault.EARTH),
    ],
)
def test_the_test_before_a_charge_takes_a_second_and_finds_what_is_wrong(flaw: Flaw | None, fault: BoardFault) -> None:
    bench = Bench()
    if flaw:
        bench.world.charger("box").hurt(flaw)
    bench.say(replace(OFFER, permit_close=False, self_test=True))
    bench.run(0.5)
    assert bench.board.snapshot(bench.world.instant).self_test == "running"
    bench.run(0.6)
    assert bench.board.snapshot(bench.world.instant).self_test == ("failed" if flaw else "passed")
    assert bench.faults is fault


@pytest.mark.req("EV-242", "EV-305")
def test_a_socket_locks_before_it_closes_and_welded_contacts_keep_the_plug() -> None:
    charger = ChargerSettings("box", cable_rating_a=32.0, plugged=True)
    bench = Bench()
    bench.world = World(WorldSettings(start=datetime(2026, 1, 1, tzinfo=UTC), chargers=(charger,)))
    bench.board = bench.world.board("box")
    bench.run(10)
    assert not bench.board.contact
    bench.say(replace(OFFER, lock=True))
    bench.run(2)
    assert bench.board.locked
    assert bench.board.contact
    bench.world.charger("box").hurt(Flaw.WELDED_CONTACTOR)
    bench.say(replace(OFFER, permit_close=False, lock=False))
    bench.run(5)
    assert bench.board.contact
    assert bench.board.locked
    bench.world.charger("box").heal()
    bench.run(5)
    assert not bench.board.locked


def test_a_jammed_lock_does_not_move() -> None:
    charger = ChargerSettings("box", cable_rating_a=32.0, plugged=True)
    bench = Bench()
    bench.world = World(WorldSettings(start=datetime(2026, 1, 1, tzinfo=UTC), chargers=(charger,)))
    bench.board = bench.world.board("box")
    bench.world.charger("box").hurt(Flaw.JAMMED_LOCK)
    bench.say(replace(OFFER, lock=True))
    bench.run(5)
    assert not bench.board.locked
    assert not bench.board.contact
