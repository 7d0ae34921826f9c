"""Which counter is the import is seen from which one grows while power flows in."""

from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ohmstead.protocols.meters.catalogue import load
from ohmstead.protocols.meters.codec import MeterValues
from ohmstead.protocols.meters.direction import Direction, directed, open_to_doubt, watch
from ohmstead.texts import word


def seen(*looks):
    """What is known after looks of (power, first counter, second counter)."""
    return reduce(
        watch, (MeterValues(power_w=p, energy_import_j=a, energy_export_j=b) for p, a, b in looks), Direction()
    )


def drawing(swapped, looks=4, power=900.0):
    return [(power, *((0, 1000 * i) if swapped else (1000 * i, 0))) for i in range(looks)]


@pytest.mark.parametrize("power", [900.0, -900.0])
@pytest.mark.parametrize("swapped", [True, False])
def test_three_looks_that_agree_tell_the_direction(swapped, power):
    wrong = swapped is (power > 0)
    assert seen(*drawing(swapped, power=power)).swapped is wrong
    assert not seen(*drawing(swapped, looks=3, power=power)).swapped


def test_turned_counters_are_turned_back_and_that_is_said():
    table = load("phoenix-empro")
    values = MeterValues(power_w=900.0, energy_import_j=0, energy_export_j=3000)
    turned = directed(table, seen(*drawing(True)), values)
    assert (turned.energy_import_j, turned.energy_export_j) == (3000, 0)
    (note,) = turned.notes
    assert "PhoenixContactMeterImpl" in word(note, "en")
    assert word(note, "it")
    assert directed(table, seen(*drawing(False)), values) == values


def test_looks_while_the_power_turns_or_hardly_flows_prove_nothing():
    turning = [(900.0 if i % 2 else -900.0, 0, 1000 * i) for i in range(20)]
    resting = [(10.0, 0, 1000 * i) for i in range(20)]
    both = [(900.0, 1000 * i, 1000 * i) for i in range(20)]
    reset = [(900.0, 0, 10_000 - 1000 * i) for i in range(10)]
    for looks in (turning, resting, both, reset):
        assert seen(*looks).votes == 0


def test_a_counter_that_moves_seldom_still_tells():
    looks = [(900.0, 0, 3600 * (i // 10)) for i in range(40)]
    assert seen(*looks).swapped


def test_a_verdict_stays():
    assert seen(*drawing(True), *drawing(False, looks=30)).swapped


def test_missing_counters_are_passed_over():
    holes = [look for pair in zip(drawing(True), [(900.0, None, None)] * 4, strict=True) for look in pair]
    assert seen(*holes).swapped


@given(st.lists(st.tuples(st.floats(60, 5000), st.integers(0, 5000)), max_size=30))
def test_a_meter_that_is_as_its_table_says_is_never_turned(steps):
    total, looks = 0, []
    for power, step in steps:
        total += step
        looks.append((power, total, 0))
    assert not seen(*looks).swapped


def test_only_tables_whose_sources_leave_it_open_are_watched():
    assert open_to_doubt(load("phoenix-empro"))
    assert not open_to_doubt(load("eastron-sdm630"))
    assert not open_to_doubt(load("gavazzi-em24"))
