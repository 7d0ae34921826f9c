"""Every sequence of IEC 61851-1 table A.6 with its limit, on the simulated board and car, by the one table."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from ohmstead.core.charging.pilot import current_for
from ohmstead.core.charging.table import CHARGER, OFFERS, TABLE, VEHICLE
from ohmstead.core.model.chargers import ChargerState
from ohmstead.core.model.evse import PilotMode
from ohmstead.core.plant.flaws import Flaw
from ohmstead.core.plant.settings import CarSettings
from tests.core.charging.builders import Bench
from tests.core.charging.rig import DT, Rig

FULL = CarSettings(battery_kwh=20.0, charged_kwh=19.99, lag_s=0.5)
LOOKS = 2 * DT
"""What it takes to see something and to be seen, at 20 looks a second."""


@dataclass(frozen=True)
class Sequence:
    """A row's number, what brings it about, and what must be so within its limit."""

    number: str
    begin: Callable[[], Rig]
    act: Callable[[Rig], object]
    then: Callable[[Rig], bool]
    within_s: float


def _plugged(granted_a: float = 16.0, car: CarSettings | None = None) -> Rig:
    rig = Rig(car)
    rig.granted_a = granted_a
    rig.run(1).plug().run(1)
    return rig


def _iec(rig: Rig) -> str:
    return str(rig.reading().iec_state)


def _less(rig: Rig) -> None:
    rig.granted_a = 0.0
    rig.limited_by = "main_fuse.L1"


def _more(amps: float) -> Callable[[Rig], None]:
    def act(rig: Rig) -> None:
        rig.granted_a = amps

    return act


def _waits_in_c1() -> Rig:
    return _plugged(0.0, CarSettings(simplified=True))


def _stopped() -> Rig:
    rig = Rig().charging()
    _less(rig)
    return rig.run(2 * DT)


def _healed() -> Rig:
    rig = Rig().run(1).hurt(Flaw.BROKEN_BOARD).run(2).heal().run(2)
    assert rig.codes == ("D3",)
    return rig


SEQUENCES = (
    Sequence("1.1", lambda: Rig().run(1), Rig.plug, lambda r: _iec(r)[0] == "B", 0.2),
    Sequence("1.3", lambda: Rig(CarSettings(simplified=True)).run(1), Rig.plug, lambda r: _iec(r)[0] == "C", 0.2),
    Sequence("2.1", lambda: _plugged(0.0), Rig.unplug, lambda r: _iec(r) == "A1", 0.2),
    Sequence("2.2", lambda: Rig().charging(), Rig.unplug, lambda r: not r.closed, 0.1),
    Sequence("4", lambda: Rig().run(1).plug(), lambda r: r.until(lambda r: _iec(r) == "C2"), lambda r: r.closed, 3.0),
    Sequence("8.1", lambda: Rig(FULL).charging(), lambda r: r.until(lambda r: r.world.car("garage").level == "B", 300),
             lambda r: not r.closed, 0.1),
    Sequence("8.2", _stopped, lambda r: r.until(lambda r: r.world.car("garage").level == "B"),
             lambda r: not r.closed, 0.1),
    Sequence("3.1, 9.1", lambda: _plugged(0.0), _more(16.0), lambda r: _iec(r) == "B2", 6.0),
    Sequence("3.2", _waits_in_c1, _more(16.0), lambda r: r.closed, 3.0),
    Sequence("9.3", lambda: _plugged(car=CarSettings(min_current_a=32.0)), _less, lambda r: _iec(r) == "B1", LOOKS),
    Sequence("10.1", lambda: Rig().charging(), _less, lambda r: r.current_a == 0 and not r.closed, 3.0 + LOOKS),
    Sequence("10.2", lambda: Rig(CarSettings(ignores_stop=True, lag_s=0.5)).charging(), _less,
             lambda r: not r.closed, 6.0 + LOOKS),
    Sequence("12", lambda: Rig().charging(), lambda r: r.hurt(Flaw.PILOT_SHORT), lambda r: not r.closed, 3.0),
    Sequence("13", _healed, Rig.press, lambda r: not r.codes and r.seen.pilot_mode is PilotMode.STEADY, 1.0),
)  # fmt: skip


@pytest.mark.req("G-033", "EV-305")
@pytest.mark.parametrize("sequence", [pytest.param(one, id=one.number) for one in SEQUENCES])
def test_each_sequence_of_table_a6_keeps_its_limit(sequence: Sequence) -> None:
    rig = sequence.begin()
    sequence.act(rig)
    assert rig.until(sequence.then, sequence.within_s + 1.0) <= sequence.within_s + 1e-9


def test_each_limit_of_the_table_is_the_one_that_is_tried() -> None:
    tried = {one.number: one.within_s for one in SEQUENCES}
    for row in (*VEHICLE, *CHARGER):
        if row.within_s is not None and row.number in tried:
            assert tried[row.number] <= row.within_s + LOOKS + 1e-9, row
    numbered = {row.number for row in TABLE if row.number}
    assert numbered - {"11", "6", "9.1"} <= set(tried)


@pytest.mark.req("G-033")
def test_row_6_the_offer_falls_within_a_look_and_rises_once_in_five_seconds() -> None:
    rig = Rig().charging()
    rig.granted_a = 8.0
    assert rig.until(lambda r: current_for(r.seen.duty_percent) == pytest.approx(8.0, abs=0.01)) <= OFFERS[0].within_s
    rig.granted_a = 16.0
    assert rig.until(lambda r: r.seen.duty_percent > 14) == pytest.approx(OFFERS[1].within_s, abs=0.2)


@pytest.mark.req("G-033")
def test_row_11_a_car_that_toggles_without_pwm_is_hungry_again_and_told() -> None:
    bench = Bench().charging()
    bench.pilot, bench.closed, bench.currents = "B", False, (0.0, 0.0, 0.0)
    bench.run(1)
    assert bench.memory.full
    bench.granted_a, bench.limited_by = 0.0, "main_fuse.L1"
    bench.run(7)
    assert bench.last is not None
    assert bench.last.state is ChargerState.COMPLETE
    for level in "CBCB":
        bench.pilot = level
        bench.step(0.3)
    assert not bench.memory.full
    assert [event.kind for event in bench.events].count("vehicle.toggled") == 1


@pytest.mark.req("EV-047", "G-035")
def test_a_test_precedes_every_closing_and_its_state_is_seen() -> None:
    rig = Rig(CarSettings(battery_kwh=20.0, charged_kwh=19.99, lag_s=0.5))
    tests: list[str] = []
    closings: list[int] = []

    def watch(rig: Rig) -> None:
        if rig.state is ChargerState.PRE_CHARGE_TEST and (not tests or tests[-1] != "test"):
            tests.append("test")
        if rig.closed and tests[-1:] != ["closed"]:
            closings.append(len(tests))
            assert tests[-1:] == ["test"]
            tests.append("closed")

    rig.watch = watch
    rig.plug().until(lambda r: r.closed)
    rig.wish(paused=True).run(8).wish(paused=False).until(lambda r: r.closed)
    assert len(closings) == 2


def test_after_the_car_has_opened_the_next_closing_is_tested_and_not_before_five_seconds() -> None:
    rig = Rig().charging()
    car = rig.world.car("garage")
    full, car.stored_j = car.stored_j, 1e12
    rig.until(lambda r: not r.closed)
    assert rig.memory.full
    car.stored_j = full
    assert rig.until(lambda r: r.closed, 20) >= 4.9


@pytest.mark.req("G-034", "EV-045")
@pytest.mark.parametrize(("ventilated", "state"), [(False, ChargerState.SUSPENDED), (True, ChargerState.CHARGING)])
def test_a_car_that_asks_for_ventilation_charges_only_where_there_is_one(ventilated: bool, state: ChargerState) -> None:
    rig = Rig(CarSettings(ventilation=True, lag_s=0.5), ventilated=ventilated).plug().run(10)
    assert rig.state is state
    assert (rig.current_a > 15) is ventilated
    reading = rig.reading()
    assert (reading.suspended == "ventilation") is not ventilated


@pytest.mark.req("G-033", "EV-306")
def test_a_car_with_a_simplified_pilot_is_offered_ten_ampere() -> None:
    rig = Rig(CarSettings(simplified=True, max_current_a=32.0))
    rig.run(1).plug().until(lambda r: r.closed)
    rig.run(5)
    assert rig.reading().offered_a == pytest.approx(10.0, abs=0.01)
    assert rig.current_a <= 10.0
    assert "vehicle.simplified" in [event.kind for event in rig.events]


@pytest.mark.req("EV-306")
@pytest.mark.parametrize(("wake_up", "charges"), [("off", False), ("once", True)])
def test_a_car_that_sleeps_is_woken_once_as_the_profile_says(wake_up: str, charges: bool) -> None:
    rig = Rig(CarSettings(sleeps_s=20.0, lag_s=0.5), wake_up=wake_up)
    rig.granted_a = 0.0
    rig.plug().run(25)
    rig.granted_a = 16.0
    shown: list[PilotMode] = []
    rig.watch = lambda r: shown.append(r.last.commands.pilot_mode)
    rig.run(60)
    assert rig.closed is charges
    assert (shown.count(PilotMode.FAULT) * DT == pytest.approx(4.0, abs=0.2)) is charges


def test_a_car_that_never_asks_is_woken_only_once_until_it_is_unplugged() -> None:
    rig = Rig(CarSettings(min_current_a=32.0))
    shown: list[bool] = []
    rig.watch = lambda r: shown.append(r.last.commands.pilot_mode is PilotMode.FAULT)

    def wakings() -> int:
        return sum(not before and after for before, after in zip([False, *shown], shown, strict=False))

    rig.plug().run(120)
    assert wakings() == 1
    rig.unplug().run(2).plug().run(60)
    assert wakings() == 2


@pytest.mark.req("G-033", "EV-307")
@pytest.mark.parametrize("cable_a", [13.0, 20.0, 32.0, 63.0])
def test_a_cable_bounds_the_offer_by_its_coding(cable_a: float) -> None:
    rig = Rig(CarSettings(max_current_a=32.0, lag_s=0.5), cable_a=cable_a)
    rig.granted_a = 32.0
    rig.charging()
    assert rig.reading().cable_max_a == cable_a
    assert rig.reading().offered_a == pytest.approx(min(32.0, cable_a), abs=0.02)


@pytest.mark.req("EV-242")
def test_the_plug_is_locked_before_the_contactor_closes_and_released_after_it_opened() -> None:
    rig = Rig(cable_a=32.0)
    rig.watch = lambda r: (not r.closed) or r.board.locked or pytest.fail("closed without lock")
    rig.charging()
    assert rig.board.locked
    rig.wish(paused=True).run(8)
    assert not rig.closed
    assert not rig.board.locked
