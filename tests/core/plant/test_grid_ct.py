"""Transformers at the supply measure what flows there, as well as their kind can."""

from datetime import UTC, datetime

import pytest

from ohmstead.core.plant.settings import ChargerSettings, CtSettings, LoadSettings, WorldSettings
from ohmstead.core.plant.world import World

START = datetime(2026, 6, 21, 8, tzinfo=UTC)
EXACT = CtSettings(gain_error=0.0, angle_error_deg=0.0, noise_a=0.0)


def world(ct: CtSettings | None = None, radio: CtSettings | None = None) -> World:
    loads = (LoadSettings("house", {"L1": 2300.0, "L2": -1150.0, "L3": 460.0}),)
    garage = ChargerSettings("garage", ("L2", "L3", "L1"), ct=ct, radio_ct=radio)
    return World(WorldSettings(start=START, loads=loads, chargers=(garage,)))


@pytest.mark.req("G-133")
def test_they_show_current_and_signed_power_of_the_conductors_of_their_board() -> None:
    there = world(EXACT)
    there.step(1.0)
    seen, mains = there.grid_ct("garage", "wired"), there.measure("grid").phases
    assert seen.powers_w == pytest.approx([mains[1].power_w, mains[2].power_w, mains[0].power_w], rel=0.01)
    assert seen.currents_a == pytest.approx([abs(mains[k].current_a) for k in (1, 2, 0)])
    assert seen.powers_w[0] is not None
    assert seen.powers_w[0] < -1000, "it exports there"


@pytest.mark.req("G-133", "G-129")
def test_they_err_by_their_class_and_in_the_same_way_each_time() -> None:
    there, again = world(CtSettings()), world(CtSettings())
    there.step(5.0)
    again.step(5.0)
    seen, mains = there.grid_ct("garage", "wired"), there.measure("grid").phases
    assert seen == again.grid_ct("garage", "wired")
    for told, k in zip(seen.currents_a, (1, 2, 0), strict=True):
        assert told != abs(mains[k].current_a)
        assert told == pytest.approx(abs(mains[k].current_a), rel=0.011, abs=0.05)


def test_a_board_without_voltage_tells_currents_only_and_only_of_those_that_are_fitted() -> None:
    there = world(CtSettings(count=1, voltage=False))
    there.step(1.0)
    seen = there.grid_ct("garage", "wired")
    assert (seen.powers_w, seen.voltages_v) == ((None, None, None), (None, None, None))
    assert [current is None for current in seen.currents_a] == [False, True, True]


@pytest.mark.req("EV-183")
def test_a_remote_is_heard_each_second_and_grows_old_when_it_is_cut() -> None:
    there = world(radio=EXACT)
    there.step(3.25)
    first = there.grid_ct("garage", "remote")
    assert (first.link, first.age_s) == ("heard", pytest.approx(0.25))
    there.radio("garage").set_rhythm(None)
    there.step(6.0)
    later = there.grid_ct("garage", "remote")
    assert (later.link, later.sample, later.age_s) == ("lost", first.sample, pytest.approx(6.25))
    there.radio("garage").set_rhythm(2.0)
    there.step(2.0)
    assert there.grid_ct("garage", "remote").sample == first.sample + 1


@pytest.mark.req("EV-183")
def test_a_remote_is_paired_only_while_the_board_expects_one() -> None:
    there = world(radio=CtSettings(paired=False))
    there.step(2.0)
    radio = there.radio("garage")
    radio.press()
    there.step(2.0)
    assert there.grid_ct("garage", "remote").link == "unpaired"
    radio.open()
    there.step(121.0)
    radio.press()
    assert there.grid_ct("garage", "remote").link == "unpaired", "two minutes are over"
    radio.open()
    assert there.grid_ct("garage", "remote").link == "pairing"
    radio.press()
    there.step(1.0)
    assert there.grid_ct("garage", "remote").link == "heard"


def test_a_charger_without_transformers_has_none() -> None:
    with pytest.raises(KeyError):
        world().grid_ct("garage", "wired")
    with pytest.raises(KeyError):
        world(EXACT).radio("garage")
