"""Control's memory as it is kept across a restart."""

import json
from typing import Any

import pytest

from ohmstead.core.control import ControlMemory, decide, dump, load
from ohmstead.core.control.memory import unknown
from ohmstead.core.model.quantities import PHASES
from ohmstead.core.model.snapshot import Snapshot
from ohmstead.core.model.time import Instant
from tests.core.control.builders import START, Car, House, at, charger, controls, grid, site


def suspended() -> House:
    """A house whose car was stopped by the supply and has waited half of its minute."""
    home = House(controls(site(main_fuse_a=25.0)), {"garage": Car()}, {"L1": 5.0})
    home.run(10)
    home.load_a["L1"] = 22.0
    home.run(1)
    home.load_a["L1"] = 5.0
    home.run(30)
    return home


def restarted(home: House, utc_jump_s: float, monotonic_s: float) -> tuple[ControlMemory, Instant]:
    """The memory in a new process whose clocks stand elsewhere."""
    saved = json.loads(json.dumps(dump(home.memory, at(home.now_s))))
    now = Instant(at(home.now_s).plus(utc_jump_s).utc, monotonic_s)
    return load(saved, now), now


@pytest.mark.req("G-018", "G-002")
@pytest.mark.parametrize("utc_jump_s", [-3600.0, 2.0, 86_400.0])
def test_a_wait_goes_on_where_it_was_whatever_the_wall_clock_says(utc_jump_s: float) -> None:
    home = suspended()
    memory, now = restarted(home, utc_jump_s, 3.0)
    granted = []
    for second in range(40):
        moment = now.plus(second)
        snapshot = Snapshot(moment, {"grid": grid({"L1": 1150.0})}, {"garage": charger(moment)})
        allocation = decide(snapshot, home.settings, memory, moment)
        memory = allocation.memory
        granted.append(allocation.grants["garage"].current_a)
    first = next(second for second, current in enumerate(granted) if current > 0)
    assert 30 <= first <= 31
    assert granted[first] == 6.0


@pytest.mark.req("G-018")
def test_a_charge_goes_on_at_no_more_than_before_and_only_once_the_meter_is_heard() -> None:
    home = House(controls(site(main_fuse_a=25.0)), {"garage": Car()}, {"L1": 15.0})
    home.run(10)
    memory, now = restarted(home, 5.0, 2.0)
    unheard = decide(Snapshot(now, {}, {"garage": charger(now)}), home.settings, memory, now)
    assert unheard.grants["garage"].current_a == 0.0
    heard = Snapshot(now, {"grid": grid({"L1": 0.0})}, {"garage": charger(now)})
    assert decide(heard, home.settings, unheard.memory, now.plus(1)).grants["garage"].current_a == 10.0


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"version": 2},
        {"version": 1},
        {"chargers": {"garage": {}}},
        {"grid": None},
        {"over_limit": {"main_fuse.L1": "long"}},
        {"grid": {"heard_at": float("nan"), "fresh_since": None, "lost": False, "reported": False}},
    ],
)
def test_a_memory_that_is_none_is_refused(broken: dict[str, Any]) -> None:
    good = dump(suspended().memory, START)
    with pytest.raises(ValueError, match="control memory: "):
        load({**good, **broken} if broken and "version" not in broken else broken, START)


def test_phases_and_flags_survive() -> None:
    home = House(controls(site({"garage": {"phases": PHASES}}, main_fuse_a=25.0)), {"garage": Car(PHASES)}, {})
    home.run(20)
    memory, _ = restarted(home, 1.0, 50.0)
    kept, before = memory.chargers["garage"], home.memory.chargers["garage"]
    assert (kept.phases, kept.measured, kept.started) == (before.phases, before.measured, True)


@pytest.mark.req("G-018")
def test_where_the_memory_was_lost_each_charger_waits_as_after_a_stop_by_the_supply() -> None:
    home = House(controls(site({"garage": {"phases": PHASES}}, main_fuse_a=25.0)), {"garage": Car(PHASES)}, {})
    home.memory = unknown(["garage"])
    home.run(75)
    granted = home.granted()
    assert set(granted[:60]) == {0.0}
    assert next(current for current in granted if current > 0) == 6.0
