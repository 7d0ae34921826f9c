"""The limit that an energy manager outside sets: it narrows, and its silence never raises anything."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ohmstead.core.control.limits.energy_manager import ManagerMemory, dump, limit, load, state, written
from ohmstead.core.model.managers import ManagerWrite
from ohmstead.core.model.time import Instant

START = Instant(datetime(2026, 6, 21, tzinfo=UTC), 1000.0)
NEW = ManagerMemory()


def after(*writes: tuple[float, ManagerWrite]) -> ManagerMemory:
    memory = NEW
    for at_s, write in writes:
        memory = written(memory, write, "ems", START.plus(at_s))
    return memory


def allowed(memory: ManagerMemory, at_s: float) -> float | None:
    found = limit(memory, START.plus(at_s))
    return None if found is None else found.current_a


def test_without_a_manager_there_is_no_limit():
    assert limit(NEW, START) is None
    assert allowed(after((0, ManagerWrite(fallback_a=6.0, heartbeat=1))), 1000) is None, "agreeing is not steering"


@pytest.mark.parametrize(
    ("writes", "at_s", "a"),
    [
        (((0, ManagerWrite(setpoint_a=10.0)),), 59, 10.0),
        (((0, ManagerWrite(setpoint_a=10.0)),), 60, 0.0),
        (((0, ManagerWrite(setpoint_a=10.0, fallback_a=6.0)),), 60, 6.0),
        (((0, ManagerWrite(setpoint_a=0.0, fallback_a=16.0)),), 60, 0.0),
        (((0, ManagerWrite(setpoint_a=10.0)), (50, ManagerWrite(setpoint_a=10.0))), 100, 10.0),
        (((0, ManagerWrite(setpoint_a=10.0, timeout_s=5.0)),), 6, 0.0),
        (((0, ManagerWrite(setpoint_a=10.0, timeout_s=0.0)),), 99_999, 10.0),
        (((0, ManagerWrite(setpoint_a=10.0, timeout_s=0.0, valid_s=20.0)),), 20, 0.0),
        (((0, ManagerWrite(setpoint_a=10.0, heartbeat=1)), (50, ManagerWrite(heartbeat=2))), 100, 10.0),
        (((0, ManagerWrite(setpoint_a=10.0, heartbeat=1)), (50, ManagerWrite(heartbeat=1))), 100, 0.0),
        (((0, ManagerWrite(setpoint_a=10.0, heartbeat=1)), (50, ManagerWrite(setpoint_a=12.0))), 100, 0.0),
        (((0, ManagerWrite(setpoint_a=10.0)), (70, ManagerWrite(setpoint_a=12.0))), 71, 12.0),
        (((0, ManagerWrite(setpoint_a=10.0)), (5, ManagerWrite(withdraw=True))), 6, None),
    ],
    ids=[
        "what was set holds",
        "until the time-out",
        "then what was agreed",
        "but no more than was set last",
        "writing again is a sign of life",
        "the time-out can be chosen",
        "or none",
        "a setpoint can run out by itself",
        "a beat is a sign of life",
        "the same beat is none",
        "and where it beats, nothing else is",
        "a manager that comes back is obeyed",
        "and one that withdraws is not",
    ],
)
def test_a_setpoint_and_its_watchdog(writes, at_s, a):
    assert allowed(after(*writes), at_s) == a


def test_a_restart_counts_as_silence_until_it_is_heard():
    memory = load(dump(after((0, ManagerWrite(setpoint_a=16.0, fallback_a=8.0, heartbeat=7)))))
    assert (allowed(memory, 1), state(memory, START).standing) == (8.0, "lost")
    assert allowed(written(memory, ManagerWrite(heartbeat=7), "ems", START), 1) == 16.0
    with pytest.raises(ValueError, match="start without it"):
        load({"setpoint_a": 6.0})


writes = st.builds(
    ManagerWrite,
    setpoint_a=st.none() | st.sampled_from([0.0, 6.0, 10.0, 32.0]),
    withdraw=st.just(False),
    valid_s=st.none() | st.floats(0, 100),
    fallback_a=st.none() | st.sampled_from([0.0, 6.0, 32.0]),
    timeout_s=st.none() | st.sampled_from([0.0, 5.0, 60.0]),
    heartbeat=st.none() | st.integers(0, 3),
)


@given(st.lists(st.tuples(st.floats(0, 100), writes), min_size=1, max_size=8), st.floats(0, 1000), st.floats(0, 1000))
def test_silence_never_raises_a_current(story, soon_s, later_s):
    at_s, memory = 0.0, NEW
    for pause_s, write in story:
        at_s += pause_s
        memory = written(memory, write, "ems", START.plus(at_s))
    soon, later = allowed(memory, at_s + soon_s), allowed(memory, at_s + soon_s + later_s)
    assert (soon is None) is (later is None)
    assert soon is None or later is None or later <= soon
    last = memory.setpoint_a
    assert soon is None or last is None or soon <= last
    assert allowed(load(dump(replace(memory))), at_s) in (
        None,
        *([] if last is None else [min(last, memory.fallback_a)]),
    )
