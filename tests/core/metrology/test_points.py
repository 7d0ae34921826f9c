"""Which voltage drives a current, on each type of grid; and transformers that stray."""

from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.waves import RATE_HZ, render
from ohmstead.core.metrology.analyser import Analyser, Inputs
from ohmstead.core.metrology.points import Point, Transformer, voltages_of
from ohmstead.core.metrology.quantities import Circuits, Quantities, line_voltages, unbalance
from ohmstead.core.model.quantities import GridType, Phase

TURN = np.exp(-2j * np.pi / 3)
GRIDS: dict[GridType, tuple[list[complex], int]] = {
    "1x230": ([230], 50),
    "3x400+N": ([230, 230 * TURN, 230 * TURN**2], 50),
    "3x230": ([132.8, 132.8 * TURN, 132.8 * TURN**2], 50),
    "2x120/240": ([120, -120], 60),
    "3x120/208": ([120, 120 * TURN, 120 * TURN**2], 60),
    "3x277/480": ([277, 277 * TURN, 277 * TURN**2], 60),
    "3x347/600": ([347, 347 * TURN, 347 * TURN**2], 60),
}
"""Terminal voltages against the box's reference (on a delta grid the middle of the three), and the frequency."""
ideal = Transformer(100.0)


def measure(
    grid: GridType, currents: list[complex], points: list[Point], terminals: list[complex] | None = None
) -> Quantities:
    """What the points show when ``currents`` (RMS phasors) flow, on the grid's own voltages unless told otherwise."""
    volts, hertz = terminals or GRIDS[grid][0], GRIDS[grid][1]
    phasors = np.zeros((len(volts) + len(currents), 41), complex)
    phasors[:, 1] = [*volts, *currents]
    inputs = Inputs(len(volts), len(currents), RATE_HZ, hertz, abs(volts[0]))
    window = Analyser(inputs).feed(render(phasors, hertz, 0.6).samples)[0]
    return Circuits(points, voltages_of(points, grid, len(volts))).quantities(window)


@pytest.mark.req("EM-115")
@pytest.mark.parametrize("grid", get_args(GridType))
def test_a_resistive_load_between_phase_and_neutral_is_measured_on_every_grid(grid: GridType) -> None:
    volts = GRIDS[grid][0]
    if grid == "3x230":
        currents = [(volts[0] - volts[2]) / 20, (volts[1] - volts[2]) / 20, (volts[0] - volts[1]) / 20]
        expected = [230**2 / 20] * 3
    else:
        currents = [volt / 20 for volt in volts]
        expected = [abs(volt) ** 2 / 20 for volt in volts]
    codes: tuple[Phase, ...] = ("L1", "L2", "L3")
    points = [Point(column, codes[column], ideal) for column in range(len(volts))]
    seen = measure(grid, currents, points)
    assert seen.power_w == pytest.approx(expected, rel=1e-3)
    assert seen.power_factor == pytest.approx([1.0] * len(volts), abs=1e-3)
    assert seen.reactive_power_var == pytest.approx([0.0] * len(volts), abs=2.0)


@pytest.mark.req("EM-247")
@pytest.mark.parametrize("volts", [207.0, 230.0, 253.0])
def test_each_power_follows_the_voltage_that_its_own_supply_wire_has_now(volts: float) -> None:
    terminals = [volts, 230 * TURN, 230 * TURN**2]
    currents = [10, 10 * TURN, 10 * TURN**2]
    points = [Point(column, code, ideal) for column, code in enumerate(("L1", "L2", "L3"))]
    seen = measure("3x400+N", currents, points, terminals)
    assert seen.power_w == pytest.approx([10 * volts, 2_300, 2_300], rel=1e-3)
    assert seen.voltage_v == pytest.approx([volts, 230, 230], rel=1e-3)


impedances = st.builds(complex, st.floats(5, 80), st.floats(-40, 40))


@pytest.mark.req("EM-151", "EM-095")
@given(impedances, impedances, impedances, st.floats(0.85, 1.15), st.floats(-20, 20))
def test_two_transformers_give_the_whole_power_of_any_delta_load(
    one: complex, two: complex, three: complex, uneven: float, shift_v: float
) -> None:
    volts = [132.8 * uneven + shift_v, 132.8 * TURN + shift_v, 132.8 * TURN**2 + shift_v]
    i12, i23, i31 = ((volts[a] - volts[b]) / z for a, b, z in ((0, 1, one), (1, 2, two), (2, 0, three)))
    flowing = [i12 - i31, i23 - i12]
    truth = sum(abs(i) ** 2 * z.real for i, z in ((i12, one), (i23, two), (i31, three)))
    seen = measure("3x230", flowing, [Point(0, "L1", ideal), Point(1, "L2", ideal)], volts)
    assert seen.power_w.sum() == pytest.approx(truth, rel=1e-3)


PLACEMENTS: dict[str, tuple[int, int, int, Phase]] = {
    "between L1 and L3": (0, 2, 0, "L1"),
    "between L2 and L3": (1, 2, 1, "L2"),
    "between L1 and L2": (0, 1, 0, "L3"),
}
"""From, to, the conductor that is clamped, and the code to configure (EM-148 to EM-150)."""


@pytest.mark.req("EM-148", "EM-149", "EM-150", "EM-152")
@pytest.mark.parametrize("placement", PLACEMENTS)
def test_a_single_phase_delta_load_is_right_with_its_code_and_plainly_wrong_with_any_other(placement: str) -> None:
    begin, end, _, right = PLACEMENTS[placement]
    volts = GRIDS["3x230"][0]
    current = (volts[begin] - volts[end]) / 26.45
    codes: tuple[Phase, ...] = ("L1", "L2", "L3")
    seen = measure("3x230", [current] * 3, [Point(column, code, ideal) for column, code in enumerate(codes)])
    for code, power_w in zip(codes, seen.power_w, strict=True):
        if code == right:
            assert power_w == pytest.approx(2_000, rel=1e-3)
        else:
            assert abs(power_w - 2_000) > 0.05 * 2_000


@given(st.floats(-8, 8), st.floats(0.9, 1.1), st.floats(-80, 80))
def test_a_transformers_gain_and_phase_error_are_taken_out_again(lead_deg: float, gain: float, angle: float) -> None:
    truth = 12.0 * np.exp(1j * np.radians(angle))
    shown = truth / gain * np.exp(1j * np.radians(lead_deg))
    crooked = Transformer(100.0, gain, ((0.1, lead_deg), (100.0, lead_deg)))
    seen = measure("1x230", [shown], [Point(0, "L1", crooked)])
    assert seen.current_a[0] == pytest.approx(12.0, rel=1e-4)
    assert seen.power_w[0] == pytest.approx((230 * truth.conjugate()).real, abs=0.0005 * 230 * 12)
    assert seen.reactive_power_var[0] == pytest.approx((230 * truth.conjugate()).imag, abs=0.0005 * 230 * 12)


def test_a_phase_error_is_read_off_at_the_current_that_flows() -> None:
    split = Transformer(100.0, 1.0, ((0.1, 3.0), (1.0, 2.0), (100.0, 0.5)))
    for current, lead in ((0.05, 3.0), (0.55, 2.5), (1.0, 2.0), (50.5, 1.25), (500.0, 0.5)):
        shown = current * np.exp(1j * np.radians(60 + lead))
        seen = measure("1x230", [shown], [Point(0, "L1", split)])
        assert seen.displacement_factor[0] == pytest.approx(0.5, abs=2e-3), current


def test_a_reversed_transformer_turns_the_sign_of_power_only() -> None:
    points = [Point(0, "L1", ideal), Point(0, "L1", ideal, reversed=True)]
    seen = measure("1x230", [10.0], points)
    assert seen.power_w.tolist() == pytest.approx([2_300, -2_300], rel=1e-3)
    assert seen.current_a.tolist() == pytest.approx([10, 10], rel=1e-3)


@pytest.mark.parametrize("table", [((1.0, 2.0), (0.5, 1.0)), ((1.0, 2.0), (1.0, 3.0)), ((1.0, 90.0),)])
def test_a_transformer_that_cannot_be_is_refused(table: tuple[tuple[float, float], ...]) -> None:
    with pytest.raises(ValueError, match="phase error"):
        Transformer(50.0, 1.0, table)


@pytest.mark.req("EM-115")
def test_a_code_or_a_terminal_that_the_grid_lacks_is_refused() -> None:
    with pytest.raises(ValueError, match="code L3; a grid 2x120/240 has L1, L2"):
        voltages_of([Point(0, "L3", ideal)], "2x120/240", 2)
    with pytest.raises(ValueError, match="needs more than the 2 voltages"):
        voltages_of([Point(0, "L1", ideal)], "3x230", 2)


def test_line_voltages_and_unbalance_are_those_of_the_terminals() -> None:
    phasors = np.zeros((3, 41), complex)
    phasors[:, 1] = [230 + 11.5, 230 * TURN + 11.5 * TURN**2, 230 * TURN**2 + 11.5 * TURN]
    window = Analyser(Inputs(3, 0, RATE_HZ)).feed(render(phasors, 50.0, 0.6).samples)[0]
    expected = [abs(phasors[a, 1] - phasors[b, 1]) for a, b in ((0, 1), (1, 2), (2, 0))]
    assert line_voltages(window) == pytest.approx(expected, rel=1e-4)
    found = unbalance(window)
    assert found is not None
    assert found.negative == pytest.approx(0.05, abs=1e-4)
    assert found.zero == pytest.approx(0.0, abs=1e-4)
    assert found.clockwise


def test_phases_that_turn_the_other_way_are_told() -> None:
    phasors = np.zeros((3, 41), complex)
    phasors[:, 1] = [230, 230 * TURN**2, 230 * TURN]
    found = unbalance(Analyser(Inputs(3, 0, RATE_HZ)).feed(render(phasors, 50.0, 0.6).samples)[0])
    assert found is not None
    assert not found.clockwise
