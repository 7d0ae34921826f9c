"""Sessions, what is learnt of the car, and what survives a restart."""

import json

import pytest

from ohmstead.core.charging import dump, load, observe, without_session
from ohmstead.core.model.chargers import ChargerOptions, ChargerState
from ohmstead.core.model.evse import BoardIdentity
from ohmstead.core.model.quantities import Quality
from tests.core.charging.builders import IDENTITY, Bench, charger


def charge(bench: Bench, seconds: int, watts: int = 11_000) -> None:
    """Deliver ``watts`` for ``seconds``, second by second."""
    for _ in range(seconds):
        bench.energy_j = (bench.energy_j or 0) + watts
        bench.step(1.0)


@pytest.mark.req("G-052")
def test_a_session_counts_energy_and_only_the_time_with_the_contactor_closed() -> None:
    bench = Bench().charging()
    before = bench.memory.session.session
    assert before is not None
    charge(bench, 7200)
    bench.wish(paused=True)
    bench.pilot, bench.closed, bench.currents = "B", False, (0.0, 0.0, 0.0)
    bench.run(3600, 1.0)
    bench.wish(paused=False)
    bench.run(1, 1.0)
    bench.pilot, bench.closed, bench.currents = "C", True, (16.0, 16.0, 16.0)
    charge(bench, 3600)
    bench.closed, bench.pilot = False, "A"
    ended = bench.step(1.0).events[-1]
    assert ended.kind == "session.ended"
    assert ended.data["energy_j"] == 10_800 * 11_000
    assert ended.data["charging_s"] == pytest.approx(10_800, abs=10)
    assert bench.memory.session.session is None
    assert [event.kind for event in bench.events] == ["session.started", "session.ended"]


@pytest.mark.req("G-052")
def test_a_counter_that_falls_or_leaps_adds_nothing() -> None:
    bench = Bench(energy_j=5_000_000).charging()
    charge(bench, 10)
    bench.energy_j = 0
    bench.step(1.0)
    charge(bench, 10)
    bench.energy_j = 10**12
    bench.step(1.0)
    charge(bench, 10)
    session = bench.memory.session.session
    assert session is not None
    assert session.energy_j == 30 * 11_000


@pytest.mark.req("G-052")
def test_without_a_counter_the_measured_power_stands_in() -> None:
    bench = Bench(energy_j=None, power_w=3680.0).charging()
    bench.run(3600, 1.0)
    session = bench.memory.session.session
    assert session is not None
    assert session.energy_j == pytest.approx(3606 * 3680, rel=0.002)


@pytest.mark.req("G-024", "G-051")
def test_pause_and_session_limit_end_with_the_session() -> None:
    options = ChargerOptions(user_limit_a=20.0, paused=True, session_limit_a=8.0)
    assert without_session(options) == ChargerOptions(user_limit_a=20.0)


@pytest.mark.req("G-020")
def test_terminals_are_turned_to_the_phases_of_the_site() -> None:
    bench = Bench(settings=charger(phases=["L2", "L3", "L1"])).charging()
    bench.currents = (16.0, 0.0, 0.0)
    step = bench.run(4)
    reading = observe(step, bench.snapshot(), IDENTITY, bench.settings)
    assert {phase: one.current_a for phase, one in reading.phases.items()} == {"L2": 16.0, "L3": 0.0, "L1": 0.0}
    assert (reading.state, reading.iec_state, reading.connected) == (ChargerState.CHARGING, "C2", True)
    assert reading.offered_a == pytest.approx(16.0, abs=0.01)
    assert reading.hardware_max_a == 32.0


def test_the_used_phases_are_known_after_three_seconds_and_grow_at_once() -> None:
    bench = Bench(granted_a=16.0, pilot="C", closed=True)
    bench.run(2)
    assert bench.memory.phases_used is None
    bench.currents = (6.0, 0.0, 0.0)
    bench.run(2.5)
    assert bench.memory.phases_used is None
    bench.run(1)
    assert bench.memory.phases_used == ("L1",)
    bench.currents = (6.0, 2.0, 0.0)
    bench.step()
    assert bench.memory.phases_used == ("L1", "L2")
    bench.pilot, bench.closed = "A", False
    bench.step()
    assert bench.memory.phases_used is None


@pytest.mark.req("G-023")
def test_a_loose_cable_without_a_readable_rating_is_a_bad_reading() -> None:
    bench = Bench(granted_a=16.0, pilot="B")
    socket = BoardIdentity(1, "test", "board", "1", "1", rated_current_a=32.0, phases=3, socket=True)
    reading = observe(bench.step(), bench.snapshot(), socket, bench.settings)
    assert reading.quality is Quality.BAD
    assert reading.problem is not None


@pytest.mark.req("G-052")
def test_a_session_goes_on_after_a_restart() -> None:
    bench = Bench().charging()
    charge(bench, 100)
    session = bench.memory.session.session
    assert session is not None
    saved = json.loads(json.dumps(dump(bench.memory, bench.now)))
    bench.now_s += 3.0
    bench.memory = load(saved, bench.now)
    bench.energy_j = (bench.energy_j or 0) + 20_000
    bench.closed, bench.last = False, None
    first = bench.step()
    assert not first.commands.permit_close
    bench.run(6)
    again = bench.memory.session.session
    assert again is not None
    assert (again.id, again.energy_j) == (session.id, session.energy_j + 20_000)
    assert again.connected_at.utc == session.connected_at.utc
    assert bench.memory.phases_used == ("L1", "L2", "L3")


@pytest.mark.parametrize("saved", [{}, {"version": 7}, {"version": 1}, {"version": 1, "blocked_s": None}])
def test_a_memory_that_is_none_is_refused(saved: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="pilot memory"):
        load(saved, Bench().now)
