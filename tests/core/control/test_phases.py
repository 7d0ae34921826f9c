"""One phase or three: what control wants of a charger that can switch them, seen at its grants."""

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ohmstead.core.control import ControlMemory, decide, dump, load
from ohmstead.core.model.chargers import ChargerOptions, ChargerReading
from ohmstead.core.model.clustering import ClusterSettings
from ohmstead.core.model.grants import Allocation
from ohmstead.core.model.modes import GreenOptions
from ohmstead.core.model.phases import PhasesSeen
from ohmstead.core.model.quantities import PHASES
from ohmstead.core.model.snapshot import Snapshot
from tests.core.control.builders import at, charger, controls, grid, site
from tests.exploring import examples

FIRST = PHASES[:1]
PAUSE_S = 60.0
VOLTS = 230.0


@dataclass
class Roof:
    """A house with sun and one charger; it follows what is granted and switches in ``PAUSE_S``, never under a load."""

    options: ChargerOptions
    surplus_w: float = 0.0
    place: dict[str, Any] | None = None
    car: tuple[str, ...] = PHASES
    connected: int | None = 3
    bound: int = 10
    uneven_w: float = 0.0
    """What the house takes on the first phase, and gives on the others."""

    def __post_init__(self) -> None:
        values = {"main_fuse_a": 40, "contract_power_w": 20000, **(self.place or {})}
        one = {"phases": list(PHASES), "phase_switchings": self.bound}
        self.settings = controls(site({"garage": one}, **values), garage=self.options)
        self.memory = ControlMemory()
        self.now_s = 0.0
        self.drawn_a = 0.0
        self.begun = False
        self.switched = 0
        self.to: int | None = None
        self.left_s = 0.0
        self.switchings: list[float] = []
        self.trail: list[tuple[float, float, int | None, float]] = []
        self.last: Allocation[ControlMemory] | None = None

    @property
    def live(self) -> tuple[str, ...]:
        return self.car if self.connected == 3 else FIRST

    def reading(self) -> ChargerReading:
        seen = PhasesSeen(self.connected, self.car if self.begun else None, self.switched, begun=self.begun, to=self.to)
        drawn = dict.fromkeys(self.live, self.drawn_a)
        held = self.last.grants["garage"].current_a if self.last and self.to is None else 0.0
        used = self.live if self.begun and self.connected is not None else None
        return charger(
            at(self.now_s), drawn=drawn, offered_a=held, contactor_closed=held > 0, switching=seen, phases_used=used
        )

    def run(self, seconds: float) -> "Roof":
        for _ in range(round(seconds)):
            self._second()
        return self

    def _second(self) -> None:
        self.now_s += 1.0
        loads = dict.fromkeys(PHASES, -self.surplus_w / 3 - self.uneven_w / 2)
        loads[PHASES[0]] += 1.5 * self.uneven_w
        for phase in self.live if self.drawn_a else ():
            loads[phase] += self.drawn_a * VOLTS
        now = at(self.now_s)
        snapshot = Snapshot(now, {"grid": grid(loads, voltage_v=VOLTS)}, {"garage": self.reading()})
        self.last = decide(snapshot, self.settings, self.memory, now)
        self.memory = self.last.memory
        self._obey()
        self.trail.append((self.now_s, self.drawn_a * len(self.live), self.connected, sum(loads.values())))

    def _obey(self) -> None:
        assert self.last is not None
        grant = self.last.grants["garage"]
        if self.to is None and grant.switch_to not in (None, self.connected):
            counts = self.begun
            self.to, self.left_s = grant.switch_to, PAUSE_S if counts else 1.0
            if counts:
                self.switched += 1
                self.switchings.append(self.now_s)
        if self.to is not None:
            self.drawn_a, self.left_s = 0.0, self.left_s - 1.0
            self.connected = None
            if self.left_s <= 0:
                self.connected, self.to = self.to, None
            return
        sure = grant.counted_on in (None, self.connected)
        self.drawn_a = grant.current_a if sure else 0.0
        self.begun = self.begun or self.drawn_a > 0

    @property
    def grant(self) -> Any:
        assert self.last is not None
        return self.last.grants["garage"]

    @property
    def timers(self) -> dict[str, float]:
        assert self.last is not None
        return {one.name: one.left_s for one in self.last.explanations["garage"].timers}


def roof(surplus_w: float, setting: str = "automatic", **more: Any) -> Roof:
    options = ChargerOptions(mode=more.pop("mode", "green"), phase_switching=setting)
    return Roof(replace(options, **more.pop("options", {})), surplus_w, **more)


@pytest.mark.req("G-032", "G-013")
@pytest.mark.parametrize("surplus_w, count, power_w", [(2000, 1, 2000), (4500, 3, 4500), (1300, 1, 0), (7000, 3, 7000)])
def test_with_little_sun_a_car_gets_one_phase_and_with_more_three(surplus_w, count, power_w):
    house = roof(surplus_w, options={"user_limit_a": 16.0}).run(400)
    assert (house.grant.counted_on, house.switched) == (count, 0)
    assert house.drawn_a * VOLTS * len(house.live) == pytest.approx(power_w, abs=75)


@pytest.mark.req("G-032")
def test_when_the_sun_fades_it_goes_to_one_phase_after_three_minutes_and_says_so():
    house = roof(6000).run(300)
    assert house.grant.counted_on == 3
    house.surplus_w = 2500
    house.run(150)
    assert (house.switched, house.grant.reason.key) == (0, "limit.green_to_one")
    assert 0 < house.timers["phases_one"] < 60
    assert house.grant.reason.params["wait_s"] == pytest.approx(house.timers["phases_one"])
    house.run(300)
    assert (house.switched, house.grant.counted_on) == (1, 1)
    assert house.drawn_a * VOLTS == pytest.approx(2500, abs=75)


@pytest.mark.req("G-032")
def test_it_goes_back_to_three_only_where_one_phase_cannot_take_the_sun_and_not_at_once_from_there():
    house = roof(2000, options={"user_limit_a": 32.0}).run(300)
    house.surplus_w = 5000
    house.run(1200)
    assert (house.grant.counted_on, house.switched) == (1, 0)
    house.surplus_w = 9000
    house.run(400)
    assert (house.grant.counted_on, house.switched) == (3, 1)
    house.surplus_w = 2000
    house.run(195)
    assert (house.switched, house.drawn_a) == (1, 6.0)
    assert house.timers["phases_one"] > 150
    assert house.grant.reason.key == "limit.green_fading"
    house.run(600)
    assert (house.grant.counted_on, house.switched) == (1, 2)
    assert house.drawn_a > 6


@pytest.mark.req("G-032")
@pytest.mark.parametrize("setting, mode, count", [
    ("off", "green", 3), ("one", "fast", 1), ("three", "green", 3), ("automatic", "fast", 3), ("one", "green", 1),
])  # fmt: skip
def test_each_setting_gives_what_it_says(setting, mode, count):
    house = roof(2000, setting, mode=mode, connected=4 - count).run(200)
    assert house.connected == count
    assert house.switched == 0


@pytest.mark.req("G-032")
@pytest.mark.parametrize("options", [{"keep_phases": True}, {}])
def test_a_car_that_is_to_be_left_alone_or_has_one_phase_is_not_switched(options):
    house = roof(6000, options=options, car=PHASES if options else FIRST).run(300)
    house.surplus_w = 2000
    house.run(1500)
    assert (house.switched, house.connected) == (0, 3)


@pytest.mark.req("G-032")
@pytest.mark.parametrize("limit_a, count", [(20.0, 1), (8.0, 3)])
def test_the_unbalance_limit_decides_whether_one_phase_may_be(limit_a, count):
    house = roof(3000, place={"unbalance_limit_a": limit_a}, uneven_w=1000.0).run(400)
    assert house.connected == count
    assert (house.drawn_a > 0) is (count == 1)
    assert house.drawn_a <= limit_a - 6.5


@pytest.mark.req("G-032")
def test_while_it_is_unknown_what_is_connected_all_phases_are_counted_on():
    house = roof(2000).run(300)
    assert house.grant.phases == FIRST
    house.connected = None
    house.to, house.left_s = 1, 100.0
    house.run(1)
    assert (house.grant.phases, house.grant.counted_on) == (PHASES, None)


@pytest.mark.req("G-032")
def test_a_restart_keeps_what_was_decided_and_its_rest():
    house = roof(6000).run(300)
    house.surplus_w = 2000
    house.run(400)
    before = house.memory.modes.phases["garage"]
    house.memory = load(dump(house.memory, at(house.now_s)), at(house.now_s))
    after = house.memory.modes.phases["garage"]
    assert (after.wanted, after.session) == (1, before.session)
    assert after.switched_at == pytest.approx(before.switched_at)


@pytest.mark.req("G-032", "G-014")
@examples(3)
@given(
    st.lists(st.tuples(st.integers(20, 300), st.integers(0, 11_000)), min_size=4, max_size=8), st.integers(1, 6),
    st.sampled_from([6.0, 16.0, 40.0, None]),
)  # fmt: skip
def test_under_any_clouds_it_rests_between_switchings_keeps_its_bound_and_every_limit(clouds, bound, unbalance_a):
    house = roof(5000, place={} if unbalance_a is None else {"unbalance_limit_a": unbalance_a}, bound=bound)
    for seconds, surplus_w in clouds:
        house.surplus_w = surplus_w
        for _ in range(seconds):
            house.run(1)
            if unbalance_a is not None and house.connected == 1:
                assert house.drawn_a <= unbalance_a + 1e-6
    assert house.switched <= bound
    flowing = [at_s for at_s in house.switchings if house.trail[int(at_s) - 2][1] > 0]
    assert all(later - earlier >= 600 for earlier, later in pairwise(flowing))


@pytest.mark.req("G-032")
def test_in_hybrid_one_phase_needs_less_of_the_grid_and_is_taken():
    green = GreenOptions(operation="hybrid", minimum_percent=50)
    house = roof(2500, options={"green": green}).run(300)
    assert house.connected == 1
    assert house.trail[-1][3] <= 0


@pytest.mark.req("G-032", "G-063")
def test_a_charger_that_a_master_leads_keeps_all_its_phases():
    house = roof(2000)
    led = house.settings.settings.model_copy(update={"cluster": ClusterSettings(role="slave")})
    house.settings = replace(house.settings, settings=led)
    house.run(200)
    assert house.connected == 3
    assert house.grant.switch_to == 3
