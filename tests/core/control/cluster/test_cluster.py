"""A cluster keeps its limit whatever its links do: rows of what a slave and a master do, and schedules by chance."""

import os
import time
from dataclasses import replace

import pytest

from ohmstead.core.control.cluster import master, slave
from ohmstead.core.model.cluster import FOLLOW_S, LEASE_S, RAISED_S, RESERVED_S, Poll, Report
from tests.core.control.cluster.world import MASTER, World
from tests.exploring import EXPLORING, TIMES

USUAL = 600
MANY = 1_000_000


def went_wrong(seeds: range) -> list[str]:
    """What goes wrong in the schedules of ``seeds``; every other one lowers its limit."""
    found = ((seed, World(seed, lowering=seed % 2 == 1).run()) for seed in seeds)
    return [f"seed {seed}: {wrong}" for seed, wrong in found if wrong is not None]


@pytest.mark.req("G-064", "G-063")
def test_the_sum_holds_whatever_the_links_do() -> None:
    first = int(time.time() * 1000) if EXPLORING else 0
    assert went_wrong(range(first, first + USUAL * TIMES)) == []


@pytest.mark.soak
@pytest.mark.req("G-064")
def test_the_sum_holds_in_a_million_schedules() -> None:
    count = int(os.environ.get("OHMSTEAD_SCHEDULES", MANY))
    assert went_wrong(range(count)) == []


def test_schedules_reach_what_they_are_to_show() -> None:
    worlds = [World(seed) for seed in range(200)]
    for world in worlds:
        world.run()
    assert sum(world.delivered for world in worlds) > 2000
    assert sum(world.raised for world in worlds) > 100


def _old_polls_too(memory: slave.SlaveMemory, poll: Poll, now_s: float) -> tuple[slave.SlaveMemory, None]:
    """A slave that takes any poll, however old."""
    leased = slave.changed(memory, seq=poll.seq, start=poll.start, grant_a=poll.grant_a, leased_s=now_s, heard_s=now_s)
    return leased, None


def _at_once(memory: slave.SlaveMemory, now_s: float) -> str:
    """A slave that turns to its fixed current as soon as its grant is over."""
    return "led" if memory.leased_s is not None and now_s - memory.leased_s <= LEASE_S else "fallback"


MISTAKES = {
    "old polls are taken": (slave, "accept", _old_polls_too),
    "the fallback comes too early": (slave, "standing", _at_once),
    "what was sent is forgotten": (master, "_held", lambda member, now_s: 0.0),
    "a start knows everything": (master, "_unknown", lambda member, now_s: False),
    "the fallback is not reserved": (master, "_reserve", master._held),
    "vehicles are taken to follow at once": (slave, "holds_a", slave.allowed_a),
    "any old number is heard": (slave, "newer", lambda one, other, numbers: True),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_the_schedules_find_each_mistake(mistake: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(*MISTAKES[mistake])
    assert any(World(seed).run() is not None for seed in range(3000))


def led_at(now_s: float, grant_a: float = 16.0, fallback_a: float = 6.0) -> slave.SlaveMemory:
    """A slave that was granted so much at ``now_s``."""
    memory = slave.SlaveMemory(1, 7, 0.0, 0.0, MASTER, fallback_a)
    beat = slave.report(memory, now_s).beat
    memory, refused = slave.accept(memory, Poll(MASTER, 3, 7, beat, 100, grant_a, fallback_a), now_s)
    assert refused is None
    return memory


@pytest.mark.req("EV-143", "G-064", "G-067")
@pytest.mark.parametrize(
    ("after_s", "grant_a", "fallback_a", "allowed_a"),
    [
        (LEASE_S - 0.1, 16.0, 0.0, 16.0),
        (LEASE_S + 0.1, 16.0, 0.0, 0.0),
        (LEASE_S + 0.1, 16.0, 6.0, 6.0),
        (LEASE_S + 0.1, 0.0, 6.0, 0.0),
        (RAISED_S - 0.1, 0.0, 6.0, 0.0),
        (RAISED_S + 0.1, 0.0, 6.0, 6.0),
        (RAISED_S + 0.1, 16.0, 0.0, 0.0),
    ],
)
def test_a_slave_without_a_master_stops_or_takes_its_fixed_current(
    after_s: float, grant_a: float, fallback_a: float, allowed_a: float
) -> None:
    memory = led_at(100.0, grant_a, fallback_a)
    assert slave.allowed_a(memory, 100.0 + after_s) == allowed_a


@pytest.mark.req("G-067")
@pytest.mark.parametrize(
    ("change", "after_s", "why"),
    [
        ({}, 1.0, "repeated"),
        ({"seq": 99}, 1.0, "repeated"),
        ({"seq": 101}, LEASE_S + 0.5, "stale"),
        ({"seq": 101, "boot": 8}, 1.0, "stale"),
        ({"seq": 101, "master": 4712}, 1.0, "other_master"),
        ({"seq": 101}, 1.0, None),
    ],
)
def test_a_slave_refuses_what_is_old_or_anothers(change: dict[str, int], after_s: float, why: str | None) -> None:
    memory = led_at(100.0)
    poll = replace(Poll(MASTER, 3, 7, 100_000, 100, 8.0, 6.0), **change)  # type: ignore[arg-type]  # numbers only
    after, refused = slave.accept(memory, poll, 100.0 + after_s)
    assert refused == why
    assert (after.grant_a, after == memory) == ((16.0, True) if why else (8.0, False))


@pytest.mark.req("G-064")
def test_nobody_is_heard_while_a_vehicle_may_still_draw_from_before_the_start() -> None:
    memory = slave.SlaveMemory(1, 7, 100.0, 100.0, MASTER)
    poll = Poll(MASTER, 3, 7, 0, 1, 16.0, 0.0)
    assert slave.accept(memory, poll, 100.0 + FOLLOW_S - 0.1)[1] == "starting"
    assert slave.accept(memory, poll, 100.0 + FOLLOW_S + 0.1)[1] is None


def heard_from(
    name: str, led: master.MasterMemory, now_s: float, allowed_a: float, told: Poll | None
) -> master.MasterMemory:
    said = Report(
        ord(name),
        MASTER,
        5,
        int(now_s * 1000),
        *((told.start, told.seq) if told else (0, 0)),
        allowed_a,
        allowed_a,
        0.0,
    )
    return master.heard(led, name, said, now_s)


@pytest.mark.req("G-064", "G-063")
def test_a_silent_member_keeps_what_it_was_granted_reserved_and_then_its_fallback() -> None:
    led = master.begun(MASTER, 1, ["own"], {"a": 6.0}, 0.0)
    led, _ = master.taken_up(led, "own", 0.0)
    led = heard_from("a", led, 30.0, 0.0, None)
    for now_s in (30.0, 32.0, 34.0):
        led = master.wished(led, {"own": 20.0, "a": 20.0}, 40.0)
        led, poll = master.polled(led, "a", now_s)
        assert poll is not None
        led = heard_from("a", led, now_s + 0.1, poll.grant_a, poll)
        led, own_a = master.taken_up(led, "own", now_s + 0.2)
    assert (poll.grant_a, own_a) == (20.0, 20.0)
    led = master.wished(led, {"own": 40.0, "a": 20.0}, 40.0)
    for now_s, left_a in ((39.0, 20.0), (32.1 + RESERVED_S - 0.5, 20.0), (32.1 + RESERVED_S + 0.5, 34.0)):
        led, own_a = master.taken_up(led, "own", now_s)
        assert (master.silent(led, "a", now_s), own_a) == (True, left_a)


@pytest.mark.req("G-064")
def test_a_member_comes_back_after_three_good_polls() -> None:
    led = master.begun(MASTER, 1, [], {"a": 0.0}, 0.0)
    led = heard_from("a", led, 30.0, 0.0, None)
    grants: list[float] = []
    poll: Poll | None = None
    for now_s in (30.0, 32.0, 50.0, 52.0, 54.0, 56.0, 58.0):
        led = master.wished(led, {"a": 16.0}, 16.0)
        if now_s == 50.0:
            led = heard_from("a", led, 49.9, 0.0, poll)
        led, poll = master.polled(led, "a", now_s)
        assert poll is not None
        grants.append(poll.grant_a)
        led = heard_from("a", led, now_s + 0.1, poll.grant_a, poll)
    assert grants == [0.0, 16.0, 0.0, 0.0, 0.0, 16.0, 16.0]


@pytest.mark.req("G-066")
def test_another_master_is_told_and_not_fought() -> None:
    led = master.begun(MASTER, 1, [], {"a": 0.0}, 0.0)
    led = master.heard(led, "a", Report(1, MASTER + 1, 5, 1000, 9, 9, 16.0, 16.0, 0.0), 1.0)
    assert led.members["a"].taken
    assert master.polled(led, "a", 1.1)[1] is None
