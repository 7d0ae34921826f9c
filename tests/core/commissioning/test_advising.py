"""What one reading gives away about its installation, in rows: what was done wrong, and what the advice names."""

import math
from dataclasses import replace

import pytest

from ohmstead.core.commissioning.advising import Installed, advise
from ohmstead.core.model.quantities import PHASES, Role
from ohmstead.core.model.readings import PhaseReading, Reading
from ohmstead.core.model.time import Instant
from ohmstead.simulator.demo import START
from ohmstead.texts import LANGUAGES, word

AT = Instant(START, 0.0)
LOAD = Installed(Role.LOAD)
GRID = Installed(Role.GRID, guards_fuse=True)


def phase(power_w: float, angle: float = 10.0, voltage_v: float = 230.0) -> PhaseReading:
    """A phase whose current is ``angle`` degrees behind, at the power it then has."""
    apparent = abs(power_w / math.cos(math.radians(angle)))
    reactive = apparent * math.sin(math.radians(angle))
    return PhaseReading(voltage_v, apparent / voltage_v, power_w, reactive, math.cos(math.radians(angle)))


def reading(*phases: PhaseReading, **changes) -> Reading:
    rows = dict(zip(PHASES, phases, strict=False))
    total = sum(each.power_w for each in phases if each.power_w is not None)
    return replace(Reading("meter", AT, power_w=total, frequency_hz=50.0, phases=rows), **changes)


GOOD = reading(phase(1000.0), phase(600.0, 20.0), phase(1500.0, -15.0))


def keys(of: Reading, installed: Installed = LOAD) -> list[str]:
    found = advise(of, installed)
    for language in LANGUAGES:
        assert all(word(each.reason, language) for each in found)
    return sorted({each.reason.key for each in found})


@pytest.mark.parametrize(
    "installed",
    [LOAD, GRID, Installed(Role.PRODUCTION), Installed(Role.BATTERY), Installed(Role.LOAD, "3x230")],
)
def test_a_healthy_reading_needs_no_advice(installed):
    assert keys(GOOD, installed) == []


@pytest.mark.req("EV-180", "G-022")
@pytest.mark.parametrize(
    "wrong, seen, expected",
    [
        ("a missing phase", reading(phase(1000.0), phase(0.0, voltage_v=2.0)), "check.voltage_none"),
        ("no neutral", reading(phase(1000.0, voltage_v=400.0)), "check.voltage_between"),
        ("another country", reading(phase(1000.0, voltage_v=120.0)), "check.voltage"),
        ("another model", replace(GOOD, frequency_hz=66.0), "check.frequency"),
        ("the sum of other phases", replace(GOOD, power_w=4000.0), "check.sum"),
        ("the transformer's ratio", reading(replace(phase(2000.0), current_a=2.0)), "check.too_much"),
        ("one phase twice", reading(phase(1000.0), phase(1000.0), phase(900.0)), "check.alike"),
        ("a reversed transformer", reading(phase(1000.0), phase(-600.0, 190.0)), "check.negative_load.phase"),
    ],
)
def test_a_mistake_of_the_installation_shows_in_one_reading(wrong, seen, expected):
    assert keys(seen) == [expected], wrong


def test_a_supply_meter_of_whole_amperes_is_taken_at_its_word_and_no_further():
    small = PhaseReading(voltage_v=230.0, current_a=0.0, power_w=200.0)
    assert keys(reading(small)) == ["check.too_much"]
    assert keys(reading(small, current_step_a=1.0)) == []
    assert keys(reading(replace(small, power_w=400.0), current_step_a=1.0)) == ["check.too_much"]


@pytest.mark.parametrize("role", [Role.PRODUCTION, Role.BATTERY])
def test_an_inverter_that_feeds_the_same_into_each_phase_is_no_mistake(role):
    assert keys(reading(phase(1000.0), phase(1000.0), phase(1000.0)), Installed(role)) == []


@pytest.mark.req("EV-180", "G-022")
def test_currents_on_the_voltages_of_other_phases_show_in_their_angle():
    rotated = reading(*(phase(-500.0 - each, 130.0) for each in range(3)))
    swapped = reading(phase(1000.0), phase(-500.0, 130.0), phase(-500.0, -110.0))
    assert "check.rotated" in keys(rotated, GRID)
    assert "check.swapped" in keys(swapped, GRID)


def test_a_house_that_exports_is_no_rotation():
    assert keys(reading(phase(-900.0, 176.0), phase(1200.0), phase(-850.0, -175.0)), GRID) == []


def test_what_produces_may_draw_a_little_at_night_but_no_more():
    night = reading(phase(-12.0, 180.0), phase(-10.0, 180.0), phase(-11.0, 180.0))
    assert keys(night, Installed(Role.PRODUCTION)) == ["check.negative_production"]
    assert keys(replace(night, power_w=-20.0), Installed(Role.PRODUCTION)) == []
    wrong = reading(phase(-1200.0, 180.0))
    assert keys(wrong, Installed(Role.PRODUCTION)) == ["check.negative_production.phase"]


def test_a_grid_meter_that_cannot_guard_the_fuse_is_told_where_a_fuse_is_set():
    blind = reading(PhaseReading(voltage_v=230.0), phase(1000.0), power_w=1000.0)
    assert keys(blind, GRID) == ["check.no_current"]
    assert keys(replace(blind, phases={}), GRID) == ["check.no_phases"]
    assert keys(blind, Installed(Role.GRID)) == []


def test_advice_stands_where_it_shows():
    (one,) = advise(reading(phase(1000.0), phase(800.0, voltage_v=120.0)), LOAD)
    assert (one.phase, one.quantity) == ("L2", "voltage_v")


def test_missing_values_are_no_mistakes():
    assert keys(Reading("meter", AT)) == []
    assert keys(reading(PhaseReading(), PhaseReading(), PhaseReading())) == []
