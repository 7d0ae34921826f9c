"""A stream of blocks to the values of each second: gaps, clipping, over-range, loads of several points."""

import numpy as np
import pytest

from bench.waves import RATE_HZ, render
from ohmstead.core.metrology.analyser import Inputs
from ohmstead.core.metrology.seconds import Seconds
from ohmstead.core.model.quantities import GridType
from ohmstead.core.model.sampled import PointWiring, Second

TURN = np.exp(-2j * np.pi / 3)
STAR = [230, 230 * TURN, 230 * TURN**2]


def stream(
    circuits: dict[str, tuple[PointWiring, ...]],
    currents: list[complex],
    seconds: float = 3.0,
    *,
    volts: list[complex] | None = None,
    grid: GridType = "3x400+N",
    without: range = range(0),
    clipped: dict[int, list[int]] | None = None,
    base: int = 0,
    levels: tuple[float, float, float] | None = None,
    harmonics: dict[int, dict[int, complex]] | None = None,
) -> list[Second]:
    """What is told of phasors that flow for ``seconds``; blocks whose number is in ``without`` never come.

    ``levels`` say from and to which second the voltages stand at which part.
    """
    terminals = volts or STAR
    phasors = np.zeros((len(terminals) + len(currents), 41), complex)
    phasors[:, 1] = [*terminals, *currents]
    for column, orders in (harmonics or {}).items():
        for order, value in orders.items():
            phasors[column, order] = value
    samples = render(phasors, 50.03, seconds).samples
    if levels is not None:
        begin, end, part = levels
        samples[int(begin * RATE_HZ) : int(end * RATE_HZ), : len(terminals)] *= part
    told = Seconds(Inputs(len(terminals), len(currents), RATE_HZ, 50, abs(terminals[0])), grid, circuits)
    size, found = 400, []
    for number, first in enumerate(range(0, len(samples), size)):
        if number not in without:
            part = samples[first : first + size]
            found += told.add(base + first, part, (clipped or {}).get(number, []), 1_000.0 + first / RATE_HZ)
    return found


def point(column: int, code="L1", **more) -> PointWiring:
    return PointWiring(column, code, **more)


@pytest.mark.req("G-096")
def test_powers_of_a_load_are_added_over_its_points_before_import_and_export_are_told_apart() -> None:
    circuits = {"roof": (point(0, "L1"), point(1, "L2")), "oven": (point(2, "L3"),)}
    seconds = stream(circuits, [-10, 4 * TURN, 5 * TURN**2], 4.0, base=7_000_000_000_000)
    roof, oven = seconds[-1].circuits["roof"], seconds[-1].circuits["oven"]
    assert roof.power_w == pytest.approx(-6 * 230, rel=1e-4)
    assert oven.power_w == pytest.approx(5 * 230, rel=1e-4)
    assert roof.energy_import_j == 0
    assert roof.energy_export_j == pytest.approx(6 * 230 * 3.7, rel=0.07)
    assert roof.phases["L1"].power_w == pytest.approx(-2300, rel=1e-4)
    assert seconds[-1].frequency_hz == pytest.approx(50.03, abs=0.001)


def test_two_points_on_one_phase_show_the_current_of_their_sum() -> None:
    two = {"flat": (point(0), point(1, reversed=True))}
    flowing = {3: {3: 3.0}, 4: {3: 3.0}}
    (*_, last) = stream(two, [10, 4j], harmonics=flowing)
    assert last.circuits["flat"].phases["L1"].current_a == pytest.approx(abs(10 - 4j), rel=1e-3)


def test_no_window_reaches_over_a_gap_and_what_was_measured_is_told() -> None:
    seconds = stream({"oven": (point(0),)}, [10], 4.0, without=range(22, 36))
    assert seconds[-1].lost == 14 * 400
    assert [round(each.length_s, 1) for each in seconds] == [1.0, 1.0, 1.0, 1.0][: len(seconds)]
    least = min(seconds, key=lambda each: each.measured_s)
    assert least.measured_s < 0.5
    for each in seconds:
        for values in each.circuits.values():
            assert values.power_w == pytest.approx(2300, rel=1e-4)


def test_a_clipped_column_marks_its_points_and_a_clipped_voltage_marks_all() -> None:
    circuits = {"oven": (point(0),), "pump": (point(1, "L2"),)}
    seconds = stream(circuits, [10, 10 * TURN], 3.2, clipped={25: [3], 45: [1]})
    marks = [[each.circuits[name].points[0].clipped for name in circuits] for each in seconds]
    assert marks == [[False, False], [True, False], [True, True]]


@pytest.mark.req("G-117")
def test_a_current_beyond_110_percent_of_its_rating_for_ten_seconds_is_too_large() -> None:
    circuits = {"small": (point(0, rating_a=10.0),), "right": (point(1, rating_a=12.0),)}
    seconds = stream(circuits, [11.2, 11.2], 13.0)
    small = [each.circuits["small"].points[0].too_large for each in seconds]
    assert small[:10] == [False] * 10
    assert small[11:] == [True] * len(small[11:])
    assert not any(each.circuits["right"].points[0].too_large for each in seconds)


@pytest.mark.parametrize(("direct", "told"), [(0.0, False), (0.9, False), (3.0, True)])
def test_a_direct_current_beside_a_load_is_told_after_ten_seconds_and_power_stays_right(direct: float, told: bool):
    (*_, last) = stream({"oven": (point(0),)}, [10], 13.0, harmonics={3: {0: direct}})
    assert last.circuits["oven"].points[0].direct is told
    assert last.circuits["oven"].power_w == pytest.approx(2300, rel=1e-4)


BALANCED = [8.0, 8.0 * TURN, 8.0 * TURN**2]


@pytest.mark.parametrize(
    ("flowing", "unplugged"),
    [
        (BALANCED, []),
        ([8.0, 0.01 * TURN, 8.0 * TURN**2], [1]),
        ([8.0, 0.01 * TURN, 3.0 * TURN**2], []),
        ([8.0, 0.01 * TURN, -8.0], []),
        ([0.3, 0.01 * TURN, 0.3 * TURN**2], []),
    ],
    ids=["all flow", "one is open", "unlike loads", "a motor on two phases", "next to nothing"],
)
def test_a_transformer_that_is_open_shows_by_the_other_two_of_a_balanced_load(flowing, unplugged) -> None:
    pump = {"pump": (point(0, "L1"), point(1, "L2"), point(2, "L3"))}
    seconds = stream(pump, flowing, 12.0)
    told = [n for n, each in enumerate(seconds[-1].circuits["pump"].points) if each.open]
    assert told == unplugged
    assert not any(each.open for each in seconds[5].circuits["pump"].points)


@pytest.mark.parametrize("dip", [False, True])
def test_ten_minutes_of_flicker_are_told_and_flagged_where_the_supply_was_disturbed(dip: bool) -> None:
    told = Seconds(Inputs(1, 0, RATE_HZ, 50, 230.0), "1x230", {})
    samples = render(np.array([[0, 230.0]], complex), 50.0, 1.0).samples
    seen = []
    for second in range(580, 1_202):
        level = 0.6 if dip and second == 900 else 1.0
        seen += told.add(second * 8_000, samples * np.float32(level), [], float(second))
    first, last = [each.flicker for each in seen if each.flicker is not None]
    assert first.pst == (None,)
    assert last.ended_s == pytest.approx(1_200.0)
    assert last.flagged is dip
    assert (last.pst[0] > 1.0) is dip


def test_disturbances_are_told_by_the_front_ends_clock() -> None:
    dip = stream({"oven": (point(0),)}, [10], 4.0, levels=(2.0, 2.3, 0.7))
    (seen,) = [each for second in dip for each in second.disturbances]
    assert (seen.kind, seen.terminals, seen.whole) == ("dip", (0, 1, 2), True)
    assert seen.began_s == pytest.approx(1_002.0, abs=0.021)
    assert seen.duration_s == pytest.approx(0.3, abs=0.031)
    running = stream({"oven": (point(0),)}, [10], 3.2, levels=(2.0, 9.0, 0.7))[-1].running
    assert [(each.kind, each.whole) for each in running] == [("dip", False)]
    gap = stream({"oven": (point(0),)}, [10], 5.0, levels=(2.0, 9.0, 0.7), without=range(50, 70))
    cut = [each for second in gap for each in second.disturbances]
    assert [(each.kind, each.whole) for each in cut] == [("dip", False)]


@pytest.mark.req("EM-151", "G-095", "EM-146")
def test_two_transformers_on_a_delta_grid_give_the_power_and_the_third_current() -> None:
    volts = [133 * TURN**n for n in range(3)]
    flowing = [(volts[0] - volts[2]) / 20 + (volts[0] - volts[1]) / 30, (volts[1] - volts[0]) / 30]
    third = -(flowing[0] + flowing[1])
    truth = abs(volts[0] - volts[2]) ** 2 / 20 + abs(volts[0] - volts[1]) ** 2 / 30
    (*_, last) = stream({"all": (point(0, "L1"), point(1, "L2"))}, flowing, volts=volts, grid="3x230")
    values = last.circuits["all"]
    assert values.power_w == pytest.approx(truth, rel=1e-3)
    assert values.phases["L3"].current_a == pytest.approx(abs(third), rel=1e-3)
    assert values.phases["L3"].power_w is None
    assert values.phases["L1"].voltage_v == pytest.approx(230.4, rel=1e-3)


def test_what_does_not_flow_has_no_power_factor() -> None:
    (*_, last) = stream({"idle": (point(0),)}, [0.001])
    assert last.circuits["idle"].power_factor is None
    assert last.circuits["idle"].points[0].thd_current is None


def test_points_that_the_front_end_lacks_and_samples_of_the_past_are_refused() -> None:
    inputs = Inputs(1, 1, RATE_HZ)
    with pytest.raises(ValueError, match="point 2"):
        Seconds(inputs, "1x230", {"oven": (point(1),)})
    with pytest.raises(ValueError, match="more than the 1 voltages"):
        Seconds(inputs, "3x400+N", {"oven": (point(0, "L3"),)})
    seconds = Seconds(inputs, "1x230", {})
    seconds.add(100, np.zeros((10, 2), np.float32), [], None)
    with pytest.raises(ValueError, match="sample 109 after sample 109"):
        seconds.add(109, np.zeros((10, 2), np.float32), [], None)


def test_a_close_look_shows_harmonics_and_a_waveform_as_the_point_is_wired() -> None:
    told = Seconds(Inputs(1, 1, RATE_HZ), "1x230", {"oven": (point(0, reversed=True),)})
    assert told.look("oven") is None
    phasors = np.zeros((2, 41), complex)
    phasors[:, 1], phasors[1, 5] = [230, -10], 2.0
    samples = render(phasors, 50.0, 1.0).samples
    told.add(0, samples, [], None)
    look = told.look("oven")
    assert look is not None
    current = look.currents[0]
    assert current.phasor == pytest.approx((10, 0), abs=0.01)
    assert current.harmonics[5] == pytest.approx(2.0, abs=0.01)
    assert max(current.waveform) == pytest.approx(max(-samples[:, 1]), rel=0.05)
    assert 100 <= len(current.waveform) <= 260
