"""A building without a neutral: what hangs between two conductors, and what two transformers measure of it."""

import cmath
import math
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ohmstead.core.model.evse import BoardCommands, PilotMode
from ohmstead.core.model.quantities import PHASES
from ohmstead.core.plant.network import LEGS, Network
from ohmstead.core.plant.settings import (
    CAR_7_KW,
    CAR_11_KW,
    ChargerSettings,
    CircuitSettings,
    LoadSettings,
    SolarSettings,
    WorldSettings,
)
from ohmstead.core.plant.world import World
from tests.exploring import examples

STAR_V = 230.0 / math.sqrt(3)
POWER = st.builds(complex, st.floats(-2000, 3500), st.floats(-1000, 1000))
SINK = st.builds(complex, st.floats(0, 16), st.floats(-3, 0))
NODE = st.tuples(
    st.integers(0, 5), st.sampled_from([0.0, 0.02, 0.1]), st.tuples(POWER, POWER, POWER), st.tuples(SINK, SINK, SINK)
)
DELTA = WorldSettings(
    start=datetime(2026, 6, 21, 9, tzinfo=UTC),
    grid_type="3x230",
    main_fuse_a=40.0,
    circuits=(
        CircuitSettings("oven", ("L3",)),
        CircuitSettings("boiler", ("L1",), cable_r_ohm=0.1),
        CircuitSettings("pump", cable_r_ohm=0.05),
    ),
    loads=(
        LoadSettings("base", {"L1": 400, "L2": 700, "L3": 250}, power_factor=0.9),
        LoadSettings("roast", {"L3": 2300}, circuit="oven"),
        LoadSettings("hot water", {"L1": 2000}, circuit="boiler"),
        LoadSettings("well", {"L1": 300, "L2": 900, "L3": 600}, power_factor=0.3, circuit="pump"),
    ),
)
OFFER = BoardCommands(PilotMode.PWM, 26.6667, permit_close=True)


@pytest.mark.req("EM-348", "G-129")
@examples(60)
@given(st.lists(NODE, min_size=1, max_size=6))
def test_currents_add_up_at_every_node_and_nothing_is_left_for_a_neutral(rows) -> None:
    network = Network("grid", 0.05, 0.05, STAR_V, delta=True)
    for index, (parent, cable, powers, sinks) in enumerate(rows):
        node = network.add(f"n{index}", network.nodes[parent % len(network.nodes)], cable, cable)
        node.powers[:], node.sinks[:] = powers, sinks
    network.solve(STAR_V)
    drawn_w = 0.0
    for node in network.nodes:
        expected = [sum(child.currents[k] for child in node.children) for k in (0, 1, 2)]
        for (one, other), power, sink in zip(LEGS, node.powers, node.sinks, strict=True):
            u = node.voltages[one] - node.voltages[other]
            current = (power / u).conjugate() + sink * u / abs(u)
            drawn_w += (u * current.conjugate()).real
            expected[one] += current
            expected[other] -= current
        assert node.currents == pytest.approx(expected, abs=1e-4)  # a last sweep is spared where it moves less
        assert abs(sum(node.currents)) < 1e-9
    given_w = sum((e * i.conjugate()).real for e, i in zip(network.supply, network.root.currents, strict=True))
    assert given_w == pytest.approx(drawn_w + sum(node.loss_w() for node in network.nodes), abs=0.05)


@pytest.mark.req("EM-148", "EM-149", "EM-150", "EM-151", "EM-152")
@pytest.mark.parametrize("code", PHASES)
def test_the_clamp_of_the_table_gives_the_power_of_a_load_between_two_conductors_and_no_other_code_does(code) -> None:
    one = replace(DELTA, circuits=(CircuitSettings("heater", (code,)),))
    world = World(replace(one, loads=(LoadSettings("bars", {code: 3000}, circuit="heater"),)))
    seen = world.measure("heater")
    own = seen.elements[PHASES.index(code)]
    assert own.power_w == pytest.approx(3000, abs=0.01) == seen.power_w
    assert own.current_a == pytest.approx(3000 / own.voltage_v, abs=0.01)
    volts, amps = world.phasors("heater")
    clamped = amps[{"L1": 0, "L2": 1, "L3": 0}[code]]
    for other, (first, second) in zip(PHASES, LEGS, strict=True):
        power = ((volts[first] - volts[second]) * clamped.conjugate()).real
        assert (abs(power - 3000) > 150) is (other != code)


@pytest.mark.req("EM-146", "EM-151")
def test_two_transformers_count_all_the_energy_of_any_load_to_the_joule() -> None:
    world = World(DELTA)
    before = {name: world.measure(name) for name in world.points}
    for _ in range(600):
        world.step(1.0)
    for name in ("grid", "pump"):
        seen, then = world.measure(name), before[name]
        two = sum(
            now.energy_import_j - now.energy_export_j - (old.energy_import_j - old.energy_export_j)
            for now, old in zip(seen.elements[:2], then.elements[:2], strict=True)
        )
        assert two == pytest.approx(seen.energy_import_j - then.energy_import_j, abs=2)
        assert seen.power_w == pytest.approx(sum(row.power_w for row in seen.elements[:2]), abs=1e-6)
    pump = world.measure("pump")
    assert min(row.power_w for row in pump.elements[:2]) < 0 < pump.power_w
    assert pump.energy_export_j == 0
    assert pump.neutral_current_a < 1e-9
    assert world.measure("boiler").elements[0].energy_import_j == pytest.approx(600 * 2000, rel=0.01)


def test_a_breaker_carries_the_current_of_a_conductor_not_that_of_a_load() -> None:
    house = replace(DELTA, main_fuse_a=32.0, circuits=(), supply_r_ohm=0.0)
    balanced = World(replace(house, loads=(LoadSettings("all", dict.fromkeys(PHASES, 5000.0)),)))
    assert balanced.measure("grid").phases[0].current_a == pytest.approx(15_000 / math.sqrt(3) / 230, rel=1e-6)
    single = World(replace(house, loads=(LoadSettings("one", {"L3": 5000.0}),)))
    assert [row.current_a for row in single.measure("grid").phases] == pytest.approx([21.74, 21.74, 0.0], abs=0.01)


def test_a_car_on_one_phase_charges_between_two_conductors_and_one_on_three_from_each_alike() -> None:
    house = replace(DELTA, circuits=(), loads=())
    for settings, amperes, power_w in (
        (ChargerSettings("garage", ("L2",), car=CAR_7_KW, plugged=True), [0, 16, 16], 230 * 16),
        (ChargerSettings("garage", car=CAR_11_KW, plugged=True), [16, 16, 16], math.sqrt(3) * 230 * 16),
    ):
        world = World(replace(house, chargers=(settings,)))
        for _ in range(400):
            world.board("garage").command(OFFER)
            world.step(0.1)
        seen = world.measure("grid")
        assert [abs(row.current_a) for row in seen.phases] == pytest.approx(amperes, abs=0.05)
        assert seen.power_w == pytest.approx(power_w, rel=0.02)
        assert world.measure("garage").power_w == pytest.approx(power_w, rel=0.02)
        assert abs(sum(world.phasors("grid")[1])) < 1e-9
    with pytest.raises(ValueError, match=r"car\.phases: got 2; allowed: 1 or 3"):
        World(replace(house, chargers=(ChargerSettings("garage", car=replace(CAR_11_KW, phases=2)),)))


def test_the_sun_feeds_back_on_all_conductors() -> None:
    world = World(replace(DELTA, circuits=(), loads=(), solar=SolarSettings(6000, 5000)))
    seen = world.measure("grid")
    assert seen.power_w < -2000
    angles = [cmath.phase(-i / u) for u, i in zip(*world.phasors("grid"), strict=True)]
    assert angles == pytest.approx([0.0] * 3, abs=0.01)
