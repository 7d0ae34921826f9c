"""Grid types: their conductors and colours, what the four points of the diagram measure, wires and breakers."""

from typing import get_args

import pytest

from ohmstead.core.commissioning.grids import BREAKER_STANDARD, GRIDS, SupplyWire, unfit
from ohmstead.core.metrology.points import VOLTAGE_OF
from ohmstead.core.model.points import codes_of
from ohmstead.core.model.quantities import GridType

EUROPEAN = ("1x230", "3x400+N", "3x230")
AMERICAN = ("2x120/240", "3x120/208", "3x277/480", "3x347/600")


@pytest.mark.req("EM-115", "EM-139")
def test_there_are_seven_grid_types_each_with_rules():
    assert get_args(GridType) == (*EUROPEAN, *AMERICAN)
    assert tuple(GRIDS) == get_args(GridType)


def conductors(grid) -> str:
    return ", ".join(f"{one.mark} {one.colour} {one.meaning}" for one in GRIDS[grid].conductors)


@pytest.mark.req("EM-118", "EM-119", "EM-121", "EM-124", "EM-128")
@pytest.mark.parametrize(
    ("grid", "told"),
    [
        ("1x230", "L1 brown L1, N blue N"),
        ("3x400+N", "L1 brown L1, L2 black L2, L3 grey L3, N blue N"),
        ("3x230", "L1 brown L1, L2 black L2, L3 grey L3"),
    ],
)
def test_european_conductors(grid, told):
    assert conductors(grid) == told


AMERICAN_COLOURS = "L1 black L1, L2 red L2, L3 blue L3, N white N"


@pytest.mark.req("EM-130", "EM-131", "EM-132", "EM-136", "G-092")
def test_american_conductors_with_the_third_phase_a_phase():
    assert conductors("2x120/240") == "A black L1, B red L2, N white N"
    assert [conductors(grid) for grid in AMERICAN[1:]] == [AMERICAN_COLOURS] * 3


@pytest.mark.req("EM-122", "EM-123", "EM-126", "EM-127")
def test_in_europe_the_second_phase_is_black_and_the_third_grey_with_neutral_and_without():
    for grid in ("3x400+N", "3x230"):
        found = {one.meaning: one.colour for one in GRIDS[grid].conductors}
        assert (found["L1"], found["L2"], found["L3"]) == ("brown", "black", "grey")


@pytest.mark.req("EM-134", "EM-135", "EM-137")
@pytest.mark.parametrize(("meaning", "colour"), [("L1", "black"), ("L2", "red"), ("N", "white")])
def test_american_colours_that_europe_uses_for_something_else(meaning, colour):
    found = [one.colour for grid in AMERICAN for one in GRIDS[grid].conductors if one.meaning == meaning]
    assert found == [colour] * len(AMERICAN)


@pytest.mark.req("EM-120", "EM-125", "EM-129", "EM-133", "EM-138")
@pytest.mark.parametrize(
    ("grid", "told"),
    [
        ("1x230", "load 1 L1, load 2 L1, load 3 L1, load 4 L1"),
        ("3x400+N", "load 1 L1, load 1 L2, load 1 L3, load 2 any"),
        ("3x230", "load 1 L1, load 1 L2, load 1 L3, load 2 any"),
        ("2x120/240", "load 1 L1, load 1 L2, load 2 L1, load 3 L2"),
        ("3x120/208", "load 1 L1, load 1 L2, load 1 L3, load 2 L1"),
        ("3x277/480", "load 1 L1, load 1 L2, load 1 L3, load 2 L1"),
        ("3x347/600", "load 1 L1, load 1 L2, load 1 L3, load 2 L1"),
    ],
)
def test_what_the_four_points_of_the_diagram_measure(grid, told):
    assert ", ".join(f"load {one.load} {one.phase or 'any'}" for one in GRIDS[grid].points) == told


@pytest.mark.req("EM-145", "G-091")
def test_the_breaker_of_the_box_has_poles_by_the_diagram():
    assert {grid: rules.poles for grid, rules in GRIDS.items()} == {
        "1x230": 2, "3x400+N": 4, "3x230": 3, "2x120/240": 2, "3x120/208": 3, "3x277/480": 3, "3x347/600": 3,
    }  # fmt: skip


@pytest.mark.req("EM-144")
def test_american_breakers_need_ul_489():
    assert {BREAKER_STANDARD[GRIDS[grid].region] for grid in AMERICAN} == {"UL 489"}


@pytest.mark.req("EM-143", "EM-141", "EM-142")
@pytest.mark.parametrize("grid", AMERICAN)
@pytest.mark.parametrize(
    ("awg", "breaker_a", "broken"),
    [
        (18, 6, ()),
        (16, 6, ()),
        (16, 10, ()),
        (18, 10, ("breaker",)),
        (14, 6, ("gauge",)),
        (14, 10, ("gauge",)),
        (20, 6, ("gauge",)),
        (20, 10, ("gauge",)),
    ],
)
def test_american_supply_wires(grid, awg, breaker_a, broken):
    assert unfit(SupplyWire(breaker_a, awg=awg), grid) == broken


@pytest.mark.req("EM-140")
@pytest.mark.parametrize("grid", EUROPEAN)
@pytest.mark.parametrize(
    ("area_mm2", "breaker_a", "insulation_v", "broken"),
    [
        (1.0, 6, 600, ()),
        (1.5, 6, 600, ()),
        (0.75, 6, 600, ("area",)),
        (1.0, 10, 600, ("breaker",)),
        (1.0, 6, 300, ("insulation",)),
    ],
)
def test_european_supply_wires(grid, area_mm2, breaker_a, insulation_v, broken):
    assert unfit(SupplyWire(breaker_a, area_mm2, insulation_v=insulation_v), grid) == broken


@pytest.mark.req("G-093")
def test_the_supply_range_is_open_above_264_volts():
    assert {grid for grid, rules in GRIDS.items() if rules.supply_range_open} == {"3x277/480", "3x347/600"}
    assert all((rules.phase_v > 264) is rules.supply_range_open for rules in GRIDS.values())
    assert not GRIDS["3x347/600"].from_manual


@pytest.mark.parametrize("grid", get_args(GridType))
def test_rules_settings_and_arithmetic_agree_on_the_phases(grid):
    assert GRIDS[grid].phases == codes_of(grid) == tuple(VOLTAGE_OF[grid])
    assert GRIDS[grid].neutral is (grid != "3x230")
