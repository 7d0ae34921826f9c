"""What the worker makes of the bytes of a front end, without a socket: refusals, and proposals for the wiring."""

import cmath
import itertools
import math
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from ohmstead.core.model.quantities import Role
from ohmstead.core.model.reasons import Reason
from ohmstead.core.model.sampled import PointWiring, ProposedWiring, Wiring
from ohmstead.core.plant.clamps import ClampSettings, Scene, WaveSettings
from ohmstead.core.plant.waveforms import Waves
from ohmstead.drivers.sampling.talk import Question, asked, told_wiring, written
from ohmstead.drivers.sampling.worker import Stream, Worker
from ohmstead.protocols.samples import Block, Hello, SamplesBroken, block_frame, hello_frame, steps_of

RATE = 4_800.0
TURN = cmath.exp(-2j * math.pi / 3)
VOLTS = tuple(230 * TURN**n for n in range(3))
MAINS = tuple(PointWiring(n, code) for n, code in enumerate(("L1", "L2", "L3")))
LOADS = {"oven": PointWiring(3, "L1"), "pump": PointWiring(4, "L1"), "boiler": PointWiring(5, "L1")}
SITS_ON = {"oven": 1, "pump": 2, "boiler": 0}
WIRING = Wiring(
    "127.0.0.1",
    1,
    "3x400+N",
    {"grid": MAINS, **{name: (point,) for name, point in LOADS.items()}},
    {"grid": Role.GRID, **dict.fromkeys(LOADS, Role.LOAD)},
)
ROME = replace(WIRING, timezone="Europe/Rome")
NOON = datetime(2026, 6, 21, 12, tzinfo=UTC)
HELLO = Hello(RATE, 50, 3, 6, "i16", (0.02,) * 3 + (0.004,) * 6)


def stream(wiring: Wiring = WIRING, step_s: float = 1_000.0) -> Stream:
    """On a clock that is always far ahead."""
    clock = itertools.count(0.0, step_s)
    return Stream(wiring, "samples://test", lambda: next(clock))


def house(seconds: int, stream: Stream, began: datetime = NOON) -> None:
    """Loads on other phases than their settings say go on and off; the pump's transformer is turned round."""
    utc_ns = int(began.timestamp() * 1e9)
    clamps = [ClampSettings() for _ in range(6)]
    clamps[4] = ClampSettings(reversed=True)
    waves = Waves(WaveSettings(RATE, tuple(clamps)))
    stream.feed(hello_frame(HELLO))

    chance = np.random.default_rng(3)
    on = dict.fromkeys(LOADS, 0.0)
    for second in range(seconds):
        if second % 2:
            name = list(LOADS)[int(chance.integers(3))]
            on[name] = 0.0 if on[name] else float(chance.uniform(3, 11))
        mains = [0.6 * TURN**n for n in range(3)]
        for name, terminal in SITS_ON.items():
            mains[terminal] += on[name] * TURN**terminal
        currents = (*mains, *(on[name] * TURN ** SITS_ON[name] for name in LOADS))
        data, clipped = steps_of(HELLO, waves.render(Scene(50.0, VOLTS, currents), int(RATE)))
        stream.feed(block_frame(Block(second * int(RATE), utc_ns + second * 1_000_000_000, int(RATE), data, clipped)))


@pytest.mark.req("G-097")
def test_phases_and_directions_are_proposed_from_what_the_loads_did() -> None:
    seen = stream()
    house(10, seen)
    early = seen.proposal(True)
    assert isinstance(early, Reason)
    assert early.key == "samples.too_early"
    seen = stream()
    house(90, seen)
    found = seen.proposal(True)
    assert isinstance(found, ProposedWiring)
    told = {point.circuit: (point.phase, point.reversed) for point in found.points if point.sure}
    assert told == {"oven": ("L2", False), "pump": ("L3", True), "boiler": ("L1", False)}
    unsure = seen.proposal(False)
    assert isinstance(unsure, ProposedWiring)
    assert not any(point.sure for point in unsure.points)


@pytest.mark.req("G-097")
def test_a_known_load_and_a_night_say_where_the_mains_are() -> None:
    """The mains too are found: sure by the evidence, and each told with its place."""
    by_day, by_night = stream(ROME), stream(ROME)
    house(70, by_day)
    house(70, by_night, datetime(2026, 6, 21, 23, 30, tzinfo=UTC))
    day, night = by_day.proposal(False), by_night.proposal(False)
    helped = by_day.proposal(False, ("oven", "pump", "boiler"))
    assert isinstance(day, ProposedWiring)
    assert isinstance(night, ProposedWiring)
    assert isinstance(helped, ProposedWiring)
    assert day.night_s == 0.0
    assert night.night_s == pytest.approx(70, abs=1)
    assert not any(point.sure for point in day.mains)
    for surer in (night, helped):
        assert float(surer.mains[0].reason.params["margin"]) > float(day.mains[0].reason.params["margin"]) + 2
        assert [(point.circuit, point.phase, point.reversed) for point in surer.mains] == [
            ("grid", phase, False) for phase in ("L1", "L2", "L3")
        ]


def test_a_night_in_which_a_battery_works_is_no_evidence() -> None:
    battery = {**WIRING.circuits, "cellar": (PointWiring(5, "L1"),)}
    del battery["boiler"]
    roles = {**WIRING.roles, "cellar": Role.BATTERY}
    del roles["boiler"]
    seen = stream(replace(ROME, circuits=battery, roles=roles))
    house(70, seen, datetime(2026, 6, 21, 23, 30, tzinfo=UTC))
    found = seen.proposal(False)
    assert isinstance(found, ProposedWiring)
    assert 0 < found.night_s < 60


def test_without_the_mains_on_the_same_front_end_nothing_is_proposed() -> None:
    alone = Wiring("127.0.0.1", 1, "3x400+N", {"oven": (LOADS["oven"],)}, {"oven": Role.LOAD})
    refused = stream(alone).proposal(True)
    assert isinstance(refused, Reason)
    assert refused.key == "samples.no_mains"


def block(first: int, count: int = 480) -> bytes:
    data, _ = steps_of(HELLO, np.zeros((count, 9)))
    return block_frame(Block(first, 0, count, data))


def test_samples_of_the_past_and_more_than_announced_end_the_connection() -> None:
    seen = stream()
    seen.feed(hello_frame(HELLO) + block(480))
    with pytest.raises(SamplesBroken) as past:
        seen.feed(block(0))
    assert past.value.reason.key == "samples.backwards"
    flooded = stream(step_s=0.0)
    with pytest.raises(SamplesBroken) as flood:
        flooded.feed(hello_frame(HELLO) + b"".join(block(480 * n) for n in range(60)))
    assert flood.value.reason.key == "samples.flood"


def test_what_is_said_over_the_pipes_arrives_as_it_was() -> None:
    assert told_wiring(written(WIRING)) == WIRING
    question = Question(7, "look", "oven")
    assert asked(written(question)) == question
    answer = Worker(WIRING, lambda word: None).answer(question)
    assert answer.refusal is not None
    assert answer.refusal.key == "samples.nothing_yet"
