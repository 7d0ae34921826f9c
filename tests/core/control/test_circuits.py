"""A tree of circuits below the supply: each limit holds, each meter counts, a silent one leads to what was agreed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ohmstead.core.control import ControlMemory, ControlSettings
from ohmstead.core.control.excess import circuit_excess
from ohmstead.core.model.chargers import ChargerOptions
from ohmstead.core.model.circuits import path
from ohmstead.core.model.quantities import PHASES, Phase, Quality, Role
from ohmstead.core.model.readings import PhaseReading
from ohmstead.core.model.settings import Settings
from ohmstead.core.model.snapshot import Channel, Snapshot
from ohmstead.texts import LANGUAGES, word
from tests.core.control.builders import Car, House, controls, site
from tests.exploring import examples


def estate(
    circuits: Mapping[str, Mapping[str, Any]], chargers: Mapping[str, Mapping[str, Any]], **values: Any
) -> ControlSettings:
    """A site whose circuits are fed as ``circuits`` say; one with ``metered`` has a meter of its own."""
    without = {name: {key: value for key, value in one.items() if key != "circuit"} for name, one in chargers.items()}
    raw = site(without, **values).model_dump(mode="json", exclude_none=True)
    raw["circuits"] = {}
    for name, one in chargers.items():
        raw["chargers"][name] |= one
    for unit, (name, one) in enumerate(circuits.items(), start=2):
        row = dict(one)
        if row.pop("metered", False):
            row["meter"] = f"{name}-meter"
            connect = {"connect": "tcp://127.0.0.1:502", "unit": unit}
            raw["devices"][f"{name}-meter"] = {"driver": "sunspec", "role": "circuit", **connect}
        raw["circuits"][name] = row
    return controls(Settings.model_validate(raw))


@dataclass
class Estate(House):
    """A house whose circuits carry loads of their own."""

    loads: dict[str, dict[Phase, float]] = field(default_factory=dict)
    deaf: dict[str, float] = field(default_factory=dict)
    """Circuits whose meter is silent, and since when."""

    def flows(self, name: str) -> dict[Phase, float]:
        """What flows into a circuit."""
        settings = self.settings.settings
        below = {one for one in settings.circuits if name in path(settings.circuits, one)}
        flowing = {p: sum(self.loads.get(one, {}).get(p, 0.0) for one in below) for p in PHASES}
        for charger, car in self.cars.items():
            if settings.chargers[charger].circuit in below:
                for phase in car.phases:
                    flowing[phase] += car.draws(self.now_s)
        return flowing

    def grid_a(self) -> dict[Phase, float]:
        flowing = super().grid_a()
        return {p: a + sum(one.get(p, 0.0) for one in self.loads.values()) for p, a in flowing.items()}

    def snapshot(self) -> Snapshot:
        seen = super().snapshot()
        channels = dict(seen.channels)
        for name, one in self.settings.settings.circuits.items():
            if one.meter is None:
                continue
            if name in self.deaf:
                channels[one.meter] = Channel(Role.CIRCUIT, Quality.STALE, self.now_s - self.deaf[name])
                continue
            flowing = self.flows(name)
            phases = {p: PhaseReading(self.voltage_v, abs(a), a * self.voltage_v) for p, a in flowing.items()}
            power_w = sum(flowing.values()) * self.voltage_v
            channels[one.meter] = Channel(Role.CIRCUIT, Quality.GOOD, 0.2, power_w=power_w, phases=phases)
        return Snapshot(seen.at, channels, seen.chargers)


def on(circuit: str, **values: Any) -> dict[str, Any]:
    return {"phases": list(PHASES), "circuit": circuit, **values}


@pytest.mark.req("EV-133", "EV-145", "G-063")
def test_a_group_of_chargers_keeps_the_current_limit_it_was_given() -> None:
    group = {"cluster": {"limit_a": 40.0}}
    home = Estate(
        estate(group, {"a": on("cluster"), "b": on("cluster")}, main_fuse_a=100.0),
        {"a": Car(PHASES), "b": Car(PHASES)},
    )
    home.run(60)
    assert (home.granted("a")[-1], home.granted("b")[-1]) == (20.0, 20.0)
    home.load_a = dict.fromkeys(PHASES, 76.0)
    home.run(5)
    assert (home.granted("a")[-1], home.granted("b")[-1]) == (12.0, 12.0)


@pytest.mark.req("EV-133")
def test_circuits_alone_need_no_grid_meter() -> None:
    settings = estate({"x": {"limit_a": 20.0}}, {"a": on("x"), "b": on("x")}, meter=False)
    home = Estate(settings, {"a": Car(("L1",)), "b": Car(("L1",))})
    home.run(60)
    assert (home.granted("a")[-1], home.granted("b")[-1]) == (10.0, 10.0)
    assert home.last is not None
    assert home.last.grants["a"].limited_by == "circuit.x.L1"


def test_what_else_draws_on_a_measured_circuit_counts_and_its_own_cars_do_not() -> None:
    home = Estate(
        estate(
            {"x": {"limit_a": 25.0, "metered": True}}, {"a": on("x"), "b": {"phases": list(PHASES)}}, main_fuse_a=63.0
        ),
        {"a": Car(("L1",)), "b": Car(("L1",))},
        loads={"x": {"L1": 15.0}},
    )
    home.run(60)
    assert (home.granted("a")[-1], home.granted("b")[-1]) == (10.0, 32.0)
    home.loads["x"]["L1"] = 17.0
    home.run(2)
    assert home.granted("a")[-1] == 8.0
    home.loads["x"]["L1"] = 26.0
    allocation = home.run(65)
    assert home.granted("a")[-1] == 0.0
    assert [notice.code for notice in allocation.notices] == ["house_over.circuit.x.L1"]
    for language in LANGUAGES:
        assert "L1" in word(allocation.notices[0].reason, language)


def test_the_reserve_of_an_unmeasured_circuit_is_kept_free() -> None:
    home = Estate(
        estate({"x": {"limit_a": 25.0, "reserve_a": 5.0}}, {"a": on("x")}, main_fuse_a=63.0), {"a": Car(("L2",))}
    )
    home.run(30)
    assert home.granted("a")[-1] == 20.0


def test_a_circuit_s_power_limit_is_shared_in_watts() -> None:
    circuits = {"x": {"limit_w": 9200.0, "metered": True}}
    home = Estate(
        estate(circuits, {"a": on("x"), "b": on("x", phases=["L1"])}, main_fuse_a=63.0),
        {"a": Car(PHASES), "b": Car(("L1",))},
    )
    home.run(120)
    assert (home.granted("a")[-1], home.granted("b")[-1]) == (10.0, 10.0)


@pytest.mark.req("G-021")
def test_a_silent_meter_of_a_circuit_raises_nothing_and_leads_to_the_agreed_current() -> None:
    circuits = {"x": {"limit_a": 32.0, "metered": True, "fallback_current_a": 12.0}}
    home = Estate(
        estate(circuits, {"a": on("x"), "b": {"phases": list(PHASES)}}, main_fuse_a=63.0),
        {"a": Car(("L1",)), "b": Car(("L1",), max_a=20.0)},
    )
    home.run(30)
    assert (home.granted("a")[-1], home.granted("b")[-1]) == (31.5, 31.5)
    home.deaf["x"] = home.now_s - 1
    home.run(8)
    assert home.granted("a")[-1] <= 31.5
    home.run(4)
    assert home.granted("a")[-1] == 12.0
    allocation = home.run(30)
    assert [notice.code for notice in allocation.notices] == ["circuit_meter_lost"]
    assert word(allocation.notices[0].reason, "it")
    assert home.granted("a")[-1] == 12.0
    del home.deaf["x"]
    home.run(9)
    assert home.granted("a")[-1] == 12.0
    home.run(240)
    assert home.granted("a")[-1] > 30.0


@pytest.mark.req("G-021")
def test_without_an_agreed_current_a_silent_circuit_stops_its_cars() -> None:
    circuits = {"x": {"limit_a": 32.0, "metered": True}}
    home = Estate(estate(circuits, {"a": on("x")}, main_fuse_a=63.0), {"a": Car(("L1",))})
    home.run(30)
    home.deaf["x"] = home.now_s - 1
    home.run(12)
    assert home.granted("a")[-1] == 0.0
    del home.deaf["x"]
    home.run(60)
    assert home.granted("a")[-1] == 0.0
    home.run(60)
    assert home.granted("a")[-1] >= 6.0


def test_an_overloaded_circuit_lowers_its_cars_also_while_the_grid_meter_is_silent() -> None:
    circuits = {"x": {"limit_a": 25.0, "metered": True}}
    home = Estate(estate(circuits, {"a": on("x")}, main_fuse_a=63.0), {"a": Car(("L1",))})
    home.run(30)
    assert home.granted("a")[-1] == 25.0
    home.meter_silent_since = home.now_s - 1
    home.loads["x"] = {"L1": 10.0}
    home.run(2)
    assert home.granted("a")[-1] == 15.0


def test_single_phase_cars_may_not_load_one_phase_more_than_agreed() -> None:
    settings = estate(
        {}, {"a": {"phases": ["L1"]}, "b": {"phases": ["L2", "L3", "L1"]}}, main_fuse_a=63.0, unbalance_limit_a=20.0
    )
    home = Estate(settings, {"a": Car(("L1",)), "b": Car(PHASES)})
    home.load_a = {"L1": 5.0, "L2": 3.0, "L3": 4.0}
    home.run(150)
    assert home.granted("a")[-1] == 18.0
    assert home.granted("b")[-1] > 30.0
    assert home.last is not None
    assert home.last.grants["a"].limited_by == "unbalance.L1"


def test_no_quarter_of_an_hour_takes_more_than_the_demand_limit() -> None:
    settings = estate({}, {"a": {"phases": list(PHASES)}}, main_fuse_a=63.0, demand_limit_w=6000.0)
    home = Estate(settings, {"a": Car(PHASES, lag_s=3.0)})
    watts: list[float] = []
    for second in range(3600):
        home.cars["a"].connected = second >= 1200
        home.load_a = dict.fromkeys(PHASES, 6.0 if 2000 <= second < 2200 else 1.0)
        home.tick()
        watts.append(230.0 * sum(home.trail[-1][2].values()))
    means = [sum(watts[start : start + 900]) / 900 for start in range(0, 2701, 60)]
    assert max(means) <= 6000.0
    assert max(means) > 5000.0
    assert max(watts) > 7000.0


@pytest.mark.req("G-023")
def test_the_grid_operator_s_curtailment_is_one_more_limit() -> None:
    home = Estate(
        estate({}, {"a": {"phases": list(PHASES)}, "b": {"phases": ["L1"]}}), {"a": Car(PHASES), "b": Car(("L1",))}
    )
    home.run(30)
    assert (home.granted("a")[-1], home.granted("b")[-1]) == (32.0, 32.0)
    home.settings = ControlSettings(
        home.settings.settings, {"a": ChargerOptions(), "b": ChargerOptions()}, operator_limit_w=4200.0
    )
    home.run(10)
    flowing = sum(home.grid_a().values())
    assert 0 < flowing * 230.0 <= 4200.0


@pytest.mark.req("G-018")
def test_a_circuit_above_its_limit_is_an_excess_as_soon_as_its_meter_tells() -> None:
    circuits = {"x": {"limit_a": 25.0, "limit_w": 9000.0, "metered": True}}
    home = Estate(estate(circuits, {"a": on("x")}, main_fuse_a=63.0), {"a": Car(("L1",))})
    home.run(20)

    def excess(load_a: float) -> bool:
        home.loads["x"] = {"L1": load_a}
        return circuit_excess("x-meter", home.snapshot().channels["x-meter"], home.settings, home.memory)

    assert not excess(0.0)
    assert excess(15.0)
    home.loads["x"] = {"L2": 20.0, "L3": 20.0}
    seen = home.snapshot().channels["x-meter"]
    assert circuit_excess("x-meter", seen, home.settings, home.memory)
    assert not circuit_excess("x-meter", seen, home.settings, ControlMemory())
    assert not circuit_excess("grid", seen, home.settings, home.memory)


lists = st.lists(
    st.tuples(
        st.integers(1, 60),
        st.fixed_dictionaries({p: st.floats(0.0, 20.0) for p in PHASES}),
        st.fixed_dictionaries({p: st.floats(-10.0, 20.0) for p in PHASES}),
        st.sampled_from([None, None, None, "x", "y"]),
    ),
    min_size=1,
    max_size=5,
)
cars = st.lists(
    st.builds(
        Car,
        phases=st.sampled_from([("L1",), ("L2",), PHASES]),
        max_a=st.sampled_from([8.0, 16.0, 32.0]),
        lag_s=st.sampled_from([0.0, 3.0, 5.0]),
        whole_amperes=st.booleans(),
    ),
    min_size=3,
    max_size=3,
)


@pytest.mark.req("EV-166", "G-018")
@examples(25)
@given(cars, lists)
def test_in_a_tree_no_circuit_is_loaded_above_its_limit_by_what_is_granted(cars: list[Car], story: list[Any]) -> None:
    circuits = {"x": {"limit_a": 25.0, "metered": True}, "y": {"limit_a": 16.0, "metered": True, "parent": "x"}}
    chargers = {"a": on("x", priority=3), "b": on("y"), "c": on("y")}
    home = Estate(estate(circuits, chargers, main_fuse_a=40.0), dict(zip("abc", cars, strict=True)))
    for seconds, supply, inside, deaf in story:
        home.load_a, home.loads = dict(supply), {"y": dict(inside)}
        home.deaf = {} if deaf is None else {deaf: home.now_s - 1}
        for _ in range(seconds):
            before = {name: home.granted(name)[-1] if home.trail else 0.0 for name in "abc"}
            home.tick()
            assert home.last is not None
            grants = home.last.grants
            for name, limit_a in (("x", 25.0), ("y", 16.0)):
                members = [one for one in "abc" if name == "x" or one in "bc"]
                if name in home.deaf:
                    assert all(grants[one].current_a <= before[one] for one in members if before[one] > 0)
                    continue
                for phase in PHASES:
                    cars_a = sum(grants[one].current_a for one in members if phase in grants[one].phases)
                    if cars_a > 0:
                        assert max(0.0, home.loads["y"][phase]) + cars_a <= limit_a + 1e-6 or home.loads["y"][phase] < 0
