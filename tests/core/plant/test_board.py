"""What a board does by itself (IEC 61851-1 table A.6, G-033, G-131)."""

import math
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ohmstead.core.model.evse import BoardCommands, BoardFault, PilotMode
from ohmstead.core.plant.flaws import Flaw
from ohmstead.core.plant.settings import CarSettings, ChargerSettings, WorldSettings
from ohmstead.core.plant.world import World
from tests.exploring import examples

OFFER = BoardCommands(PilotMode.PWM, 26.6667, permit_close=True)
STOP = BoardCommands(PilotMode.STEADY, 100.0, permit_close=True)
DT = 0.02


class Bench:
    """One charger on a stiff supply, and a host that repeats its commands every 200 ms."""

    def __init__(self, car: CarSettings | None = None, plugged: bool = True) -> None:
        charger = ChargerSettings("box", car=car or CarSettings(), plugged=plugged)
        self.world = World(WorldSettings(start=datetime(2026, 1, 1, tzinfo=UTC), chargers=(charger,)))
        self.board = self.world.board("box")
        self.commands: BoardCommands | None = OFFER
        self._ticks = 0

    def run(self, seconds: float) -> None:
        for _ in range(round(seconds / DT)):
            if self._ticks % 10 == 0:
                self.say()
            self.world.step(DT)
            self._ticks += 1

    def say(self, commands: BoardCommands | None = None) -> None:
        """Change the commands, if any are given, and pass them now."""
        self.commands = commands or self.commands
        if self.commands:
            self.board.command(self.commands)

    def until_open(self, limit_s: float = 20.0) -> float:
        """Seconds until the contactor opens; infinite when it stays closed."""
        for tick in range(1, round(limit_s / DT) + 1):
            self.run(DT)
            if not self.board.contact:
                return tick * DT
        return math.inf

    @property
    def faults(self) -> BoardFault:
        return self.board.snapshot(self.world.instant).faults

    @property
    def current_a(self) -> float:
        return max(c for c in self.board.snapshot(self.world.instant).currents_a if c is not None)


def charging(car: CarSettings | None = None) -> Bench:
    bench = Bench(car)
    bench.run(15)
    assert bench.board.contact
    assert bench.current_a > 5
    return bench


def test_row_4_contactor_closes_within_three_seconds_of_state_c_and_not_before_half_a_second() -> None:
    bench = Bench()
    while bench.board.snapshot(bench.world.instant).pilot != "C":
        bench.run(DT)
    bench.run(0.44)
    assert not bench.board.contact
    bench.run(0.1)
    assert bench.board.contact


@pytest.mark.req("G-033")
def test_row_2_2_unplugging_under_load_opens_within_100_ms() -> None:
    bench = charging()
    bench.world.unplug("box")
    assert bench.until_open() <= 0.1
    assert bench.board.snapshot(bench.world.instant).pilot == "A"
    assert bench.current_a == 0


@pytest.mark.req("G-033")
def test_row_8_1_a_car_that_opens_s2_opens_the_contactor_within_100_ms() -> None:
    bench = charging(CarSettings(battery_kwh=20.0, charged_kwh=19.97))
    for _ in range(3000):
        bench.run(DT)
        if bench.world.car("box").level == "B":
            break
    assert bench.board.contact
    assert bench.until_open() <= 0.1


@pytest.mark.req("G-033")
def test_row_10_1_stopping_the_pwm_lets_the_car_unload_before_the_contactor_opens() -> None:
    bench = charging()
    bench.say(STOP)
    currents = []
    for _ in range(round(3.1 / DT)):
        currents.append(bench.current_a)
        bench.run(DT)
    assert not bench.board.contact
    assert currents[-1] == 0
    assert bench.faults is BoardFault.NONE


@pytest.mark.req("G-033")
def test_row_10_2_a_car_that_ignores_the_stop_is_opened_under_load_after_six_seconds() -> None:
    bench = charging(CarSettings(ignores_stop=True))
    bench.say(STOP)
    assert bench.current_a > 15
    assert 6.0 <= bench.until_open() <= 6.2
    assert bench.current_a == 0


@pytest.mark.req("G-131")
def test_a_host_that_dies_opens_the_contactor_within_two_seconds() -> None:
    bench = charging()
    bench.commands = None
    assert bench.until_open() <= 1.3
    assert bench.faults is BoardFault.LEASE_LOST
    assert bench.board.pilot_mode is PilotMode.STEADY


@pytest.mark.req("G-131")
def test_a_lease_counter_that_stands_still_does_not_renew_the_lease() -> None:
    bench = charging()
    bench.commands = None
    bench.board.command(OFFER, counter=7)
    for _ in range(100):
        bench.board.command(OFFER, counter=7)
        bench.run(DT)
    assert not bench.board.contact


def test_the_lease_fault_ends_with_the_next_renewal_and_charging_goes_on() -> None:
    bench = charging()
    bench.commands = None
    bench.run(3)
    bench.say(OFFER)
    bench.run(8)
    assert bench.faults is BoardFault.NONE
    assert bench.board.contact


@pytest.mark.parametrize(
    "commands",
    [
        replace(OFFER, permit_close=False),
        replace(OFFER, pilot_mode=PilotMode.FAULT),
        BoardCommands(PilotMode.OFF, 0, True),
    ],
)
def test_withdrawn_permission_or_pilot_opens_within_100_ms(commands: BoardCommands) -> None:
    bench = charging()
    bench.say(commands)
    assert bench.until_open() <= 0.1


@pytest.mark.req("EV-306")
def test_a_car_without_diode_is_never_connected() -> None:
    bench = Bench(CarSettings(diode_ok=False))
    bench.run(10)
    assert bench.faults is BoardFault.DIODE
    assert not bench.board.contact


@pytest.mark.req("EV-306", "G-036")
def test_a_car_that_draws_126_percent_is_the_hosts_matter_and_160_percent_of_the_rating_the_boards() -> None:
    bench = Bench(CarSettings(overdraw=1.26))
    bench.run(30)
    assert bench.board.contact
    assert bench.current_a == pytest.approx(16 * 1.26, abs=0.1)
    bench = Bench(CarSettings(max_current_a=32.0, overdraw=1.6, lag_s=0.5))
    bench.commands = BoardCommands(PilotMode.PWM, 53.33, permit_close=True)
    bench.run(3)
    assert bench.until_open() <= 9.0
    assert bench.faults is BoardFault.OVER_CURRENT


def test_lowering_the_offer_is_no_over_current_while_the_car_follows() -> None:
    bench = charging(CarSettings(lag_s=5.0))
    bench.say(BoardCommands(PilotMode.PWM, 10.0, permit_close=True))
    bench.run(12)
    assert bench.board.contact
    assert bench.current_a == pytest.approx(6.0, abs=0.01)


def test_a_welded_contact_is_found_and_told() -> None:
    bench = charging()
    bench.world.charger("box").hurt(Flaw.WELDED_CONTACTOR)
    bench.say(replace(OFFER, permit_close=False))
    bench.run(0.6)
    assert bench.board.contact
    assert bench.faults is BoardFault.CONTACTOR_WELDED


def test_a_contact_that_does_not_close_is_found_and_told() -> None:
    bench = Bench()
    bench.world.charger("box").hurt(Flaw.STUCK_CONTACTOR)
    bench.run(10)
    assert not bench.board.contact
    assert bench.faults is BoardFault.CONTACTOR_STUCK_OPEN


def test_losing_the_supply_opens_and_forgets_the_lease() -> None:
    bench = charging()
    bench.commands = None
    energy = bench.board.snapshot(bench.world.instant).energy_j
    bench.world.cut_mains()
    bench.run(DT)
    assert not bench.board.contact
    bench.world.restore_mains()
    bench.run(1)
    snapshot = bench.board.snapshot(bench.world.instant)
    assert (snapshot.contactor_closed, snapshot.lease_left_s) == (False, 0.0)
    assert snapshot.uptime_s <= 1.1
    assert snapshot.energy_j == energy


def test_energy_follows_what_the_car_drew() -> None:
    bench = charging()
    before = bench.board.snapshot(bench.world.instant).energy_j
    meter = bench.world.measure("box").energy_import_j
    bench.run(60)
    drawn = bench.board.snapshot(bench.world.instant).energy_j - before
    cable_and_drawn = bench.world.measure("box").energy_import_j - meter
    assert drawn == pytest.approx(3 * 16 * 229 * 0.995 * 60, rel=0.01)
    assert drawn < cable_and_drawn < drawn * 1.02


def test_a_single_phase_board_does_not_measure_what_it_does_not_have() -> None:
    charger = ChargerSettings("box", ("L3",), cable_rating_a=20.0)
    world = World(WorldSettings(start=datetime(2026, 1, 1, tzinfo=UTC), chargers=(charger,)))
    world.step(1.0)
    snapshot = world.board("box").snapshot(world.instant)
    assert snapshot.currents_a == (0.0, None, None)
    assert snapshot.voltages_v[1:] == (None, None)
    assert snapshot.proximity_a is None
    world.plug("box")
    world.step(1.0)
    assert world.board("box").snapshot(world.instant).proximity_a == 20.0
    assert world.board("box").identity().phases == 1


ACTS = st.sampled_from(
    [
        "offer",
        "stop",
        "forbid",
        "fault",
        "off",
        "clear",
        "silent",
        "plug",
        "unplug",
        "short",
        "earth",
        "heal",
        "dark",
        "light",
    ]
)


@pytest.mark.req("G-131")
@examples(40)
@given(st.lists(st.tuples(ACTS, st.floats(0.02, 6.0)), max_size=15))
def test_a_closed_contactor_always_means_permission_lease_car_and_no_fault(rows) -> None:
    bench = Bench()
    sayings = {
        "offer": OFFER,
        "stop": STOP,
        "forbid": replace(OFFER, permit_close=False),
        "fault": replace(OFFER, pilot_mode=PilotMode.FAULT),
        "off": replace(OFFER, pilot_mode=PilotMode.OFF),
        "clear": replace(OFFER, clear_faults=True),
    }
    for act, seconds in rows:
        if act in sayings:
            bench.say(sayings[act])
        elif act == "silent":
            bench.commands = None
        elif act in ("plug", "unplug"):
            getattr(bench.world, act)("box")
        elif act in ("dark", "light"):
            bench.world.cut_mains() if act == "dark" else bench.world.restore_mains()
        else:
            charger = bench.world.charger("box")
            charger.heal()
            if act != "heal":
                charger.hurt({"short": Flaw.PILOT_SHORT, "earth": Flaw.BROKEN_EARTH}[act])
        since_bad = 0.0
        for _ in range(round(seconds / DT)):
            bench.run(DT)
            snapshot = bench.board.snapshot(bench.world.instant)
            said = bench.commands
            good = (
                bench.world.energised
                and snapshot.pilot in "CD"
                and not snapshot.faults
                and snapshot.lease_left_s > 0
                and (said is None or said.permit_close)
            )
            since_bad = 0.0 if good else since_bad + DT
            assert not snapshot.contactor_closed or since_bad <= 0.25
            assert snapshot.contactor_closed or bench.current_a == 0
