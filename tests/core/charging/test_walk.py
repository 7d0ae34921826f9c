"""Random walks: the fast one of the benchmark, and one over the simulated board and car with rules (hypothesis)."""

from dataclasses import replace

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from bench import pilot_walk
from bench.pilot_walk import Violated, Walk
from ohmstead.core.charging import Step, step
from ohmstead.core.plant.flaws import AT_CAR, AT_CHARGER, Flaw
from ohmstead.core.plant.settings import CarSettings
from tests.core.charging.rig import DT, NAME, Rig
from tests.exploring import TIMES, examples


@pytest.mark.req("G-033", "G-034", "G-131", "EV-220")
def test_a_random_walk_never_violates_a_property_and_comes_around() -> None:
    walks = [Walk(seed) for seed in range(4 * TIMES)]
    for walk in walks:
        walk.walk(1500)
    assert sum(walk.closings for walk in walks) >= 4
    assert sum(walk.errors for walk in walks) >= 4


def test_a_walk_catches_a_host_that_permits_what_it_must_not(monkeypatch: pytest.MonkeyPatch) -> None:
    def careless(*words: object, **more: object) -> Step:
        taken = step(*words, **more)  # type: ignore[arg-type]  # whatever the walk gives
        return replace(taken, commands=replace(taken.commands, permit_close=True))

    monkeypatch.setattr(pilot_walk, "step", careless)
    with pytest.raises(Violated, match="seed 7"):
        Walk(7).walk(2000)


class Charger(RuleBasedStateMachine):
    """Whatever people, cars, wires and faults do: closed means C2 or D2, a good earth, a live lease, no error."""

    @initialize(
        car=st.builds(
            CarSettings,
            phases=st.sampled_from([1, 3]),
            max_current_a=st.sampled_from([6.0, 16.0, 32.0]),
            lag_s=st.sampled_from([0.2, 0.5]),
            ventilation=st.booleans(),
            simplified=st.booleans(),
            overdraw=st.sampled_from([1.0, 1.0, 1.26]),
        ),
        cable_a=st.sampled_from([None, 20.0]),
        ventilated=st.booleans(),
    )
    def begin(self, car: CarSettings, cable_a: float | None, ventilated: bool) -> None:
        self.rig = Rig(car, cable_a, ventilated=ventilated)
        self.rig.watch = self.hold
        self.ill_s = 0.0
        self.rig.plug()

    @rule(seconds=st.sampled_from([0.1, 1.0, 8.0]))
    def wait(self, seconds: float) -> None:
        for _ in range(round(seconds / DT)):
            self.rig.run(DT)
            if not self.rig.alive:
                self.hold(self.rig)

    @rule(plugged=st.booleans())
    def cable(self, plugged: bool) -> None:
        (self.rig.plug if plugged else self.rig.unplug)()

    @rule(amps=st.sampled_from([0.0, 6.0, 16.0]))
    def grant(self, amps: float) -> None:
        self.rig.granted_a = amps

    @rule(paused=st.booleans())
    def pause(self, paused: bool) -> None:
        self.rig.wish(paused=paused)

    @rule()
    def recover(self) -> None:
        self.rig.press()

    @rule(flaw=st.sampled_from([*AT_CHARGER, *AT_CAR]))
    def hurt(self, flaw: Flaw) -> None:
        if flaw is not Flaw.WELDED_CONTACTOR:
            self.rig.hurt(flaw)

    @rule()
    def heal(self) -> None:
        self.rig.heal()

    @rule(share=st.sampled_from([0.8, 1.0, 1.2]))
    def voltage(self, share: float) -> None:
        self.rig.world.set_voltage(share)

    @rule(alive=st.booleans())
    def host(self, alive: bool) -> None:
        self.rig.alive = alive

    @rule()
    def restart(self) -> None:
        self.rig.board.restart()

    def hold(self, rig: Rig) -> None:
        """Closed although one of the conditions fails: only for as long as it takes to see it and to open."""
        board = rig.board
        seen = board.snapshot(rig.world.instant)
        level = rig.world.car(NAME).level
        asks = level == "C" or (level == "D" and rig.settings.ventilated)
        well = asks and seen.lease_left_s > 0 and not seen.faults and not (rig.alive and rig.codes)
        self.ill_s = 0.0 if well or not rig.closed else self.ill_s + DT
        assert self.ill_s <= 0.25 + 1e-9, (seen, rig.codes, level)
        assert rig.closed or rig.current_a == 0


Charger.TestCase.settings = examples(12)
TestWhateverHappens = pytest.mark.req("G-033", "G-034", "G-131", "EV-220", "EV-306")(Charger.TestCase)
