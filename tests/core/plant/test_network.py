"""Kirchhoff's laws and the balance of power, for any loads on any tree."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ohmstead.core.plant.network import SINGLE, SPLIT, Network
from tests.exploring import examples

POWER = st.builds(complex, st.floats(-2000, 3500), st.floats(-1000, 1000))
SINK = st.builds(complex, st.floats(0, 16), st.floats(-3, 0))
NODE = st.tuples(
    st.integers(0, 5),
    st.sampled_from([0.0, 0.02, 0.1]),
    st.tuples(POWER, POWER, POWER),
    st.tuples(SINK, SINK, SINK),
)


def _network(rows, ohm=0.05) -> Network:
    network = Network("grid", ohm, ohm, 230.0)
    for index, (parent, cable, powers, sinks) in enumerate(rows):
        node = network.add(f"n{index}", network.nodes[parent % len(network.nodes)], cable, cable)
        node.powers[:] = powers
        node.sinks[:] = sinks
    return network


@pytest.mark.req("G-129")
@examples(60)
@given(st.lists(NODE, min_size=1, max_size=6))
def test_currents_into_every_node_equal_what_is_drawn_there_and_below(rows) -> None:
    network = _network(rows)
    network.solve(230.0)
    for node in network.nodes:
        for k in (0, 1, 2):
            u = node.voltages[k]
            own = (node.powers[k] / u).conjugate() + node.sinks[k] * u / abs(u)
            below = sum(child.currents[k] for child in node.children)
            assert node.currents[k] == pytest.approx(own + below, abs=1e-5)


@pytest.mark.req("G-129")
@examples(60)
@given(st.lists(NODE, min_size=1, max_size=6))
def test_what_the_supply_gives_is_drawn_or_heats_a_cable(rows) -> None:
    network = _network(rows)
    network.solve(230.0)
    root = network.root
    given_w = sum((e * i.conjugate()).real for e, i in zip(network.supply, root.currents, strict=True))
    drawn_w = sum(
        (power + u * (sink * u / abs(u)).conjugate()).real
        for node in network.nodes
        for u, power, sink in zip(node.voltages, node.powers, node.sinks, strict=True)
    )
    assert given_w == pytest.approx(drawn_w + sum(node.loss_w() for node in network.nodes), abs=1e-3)


@examples(40)
@given(st.lists(NODE, min_size=1, max_size=6))
def test_each_cable_drops_the_voltage_of_its_own_current_and_of_the_neutral(rows) -> None:
    network = _network(rows)
    network.solve(230.0)
    for node in network.nodes[1:]:
        shift = node.neutral_ohm * sum(node.currents)
        for k in (0, 1, 2):
            expected = node.head_voltages[k] - node.ohm * node.currents[k] - shift
            assert node.voltages[k] == pytest.approx(expected, abs=1e-6)


@examples(60)
@given(st.lists(NODE, min_size=1, max_size=5), st.lists(st.tuples(st.integers(0, 4), NODE), max_size=4), st.data())
def test_what_was_drawn_before_leaves_no_trace(rows, changes, data) -> None:
    network = _network(rows)
    network.solve(230.0)
    for place, (_, _, powers, sinks) in changes:
        node = network.nodes[1 + place % len(rows)]
        node.powers[:], node.sinks[:] = powers, sinks
        network.solve(data.draw(st.sampled_from((0.0, 225.0, 230.0))))
    network.solve(231.0)
    fresh = _network([(*row[:2], node.powers, node.sinks) for row, node in zip(rows, network.nodes[1:], strict=True)])
    fresh.solve(231.0)
    for one, other in zip(network.nodes, fresh.nodes, strict=True):
        assert one.currents == pytest.approx(other.currents, abs=1e-4)
        assert one.voltages == pytest.approx(other.voltages, abs=1e-4)
    assert {node.name for node in network.flowing} == {node.name for node in fresh.flowing}


def test_three_equal_loads_leave_the_neutral_empty() -> None:
    network = _network([(0, 0.1, (1000 + 0j,) * 3, (0j,) * 3)])
    network.solve(230.0)
    assert abs(sum(network.root.currents)) < 1e-6


def test_a_load_on_one_phase_lowers_that_phase_and_raises_the_others() -> None:
    network = _network([(0, 0.0, (5000 + 0j, 0j, 0j), (0j,) * 3)])
    network.solve(230.0)
    one, two, three = (abs(u) for u in network.root.voltages)
    assert one < 228.0
    assert two > 230.0
    assert three > 230.0


def test_a_dead_supply_leaves_no_voltage_and_no_current_and_comes_back() -> None:
    network = _network([(0, 0.1, (1000 + 0j,) * 3, (16 + 0j,) * 3)])
    network.solve(230.0)
    before = list(network.root.currents)
    network.solve(0.0)
    assert all(value == 0 for node in network.nodes for value in (*node.voltages, *node.currents))
    network.solve(230.0)
    assert network.root.currents == pytest.approx(before, abs=1e-5)


@pytest.mark.parametrize("rotation, lines", [(SINGLE, (0,)), (SPLIT, (0, 1))])
def test_a_conductor_that_is_not_there_has_no_voltage_and_the_others_obey_the_same_laws(rotation, lines) -> None:
    network = Network("main", 0.2, 0.2, 120.0, rotation)
    network.root.powers[:] = [2400.0 if k in lines else 0j for k in (0, 1, 2)]
    network.solve(120.0)
    for k in (0, 1, 2):
        u, i = network.root.voltages[k], network.root.currents[k]
        assert (abs(u) > 100) is (k in lines)
        assert (u * i.conjugate()).real == pytest.approx(2400.0 if k in lines else 0.0, abs=1e-3)


def test_the_halves_of_a_split_winding_share_a_neutral_that_carries_only_their_difference() -> None:
    network = Network("main", 0.2, 0.2, 120.0, SPLIT)
    network.root.powers[:] = [2400.0, 1200.0, 0j]
    network.solve(120.0)
    assert abs(sum(network.root.currents)) == pytest.approx(11.16, abs=0.01)
    assert abs(network.root.voltages[0]) < 115
    assert abs(network.root.voltages[1]) > 120


def test_an_idle_phase_of_a_bar_without_branches_feels_the_neutral_of_the_others() -> None:
    network = Network("main", 0.2, 0.2, 230.0)
    network.root.powers[0] = 2300.0 + 0j
    network.solve(230.0)
    assert abs(network.root.voltages[1]) == pytest.approx(231.1, abs=0.2)
