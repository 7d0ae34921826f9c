"""What one step of the charger tells, row by row."""

import pytest

from ohmstead.core.commissioning.judging import Level, judge

STEP_W = {"L1": 920.0, "L2": 0.0, "L3": 0.0}
ROWS = [
    # what the meter shows of 920 W more on L1; what it showed before; verdict, phases, moved on
    ({"L1": 920, "L2": 0, "L3": 0}, 300, "correct", ("L1",), ()),
    ({"L1": 1050, "L2": 40, "L3": -40}, 300, "correct", ("L1",), ()),
    ({"L1": 790, "L2": 0, "L3": 0}, 300, "correct", ("L1",), ()),
    ({"L1": -920, "L2": 0, "L3": 0}, -300, "reversed", ("L1",), ()),
    ({"L1": 0, "L2": 920, "L3": 0}, 300, "wrong_phase", ("L1",), ("L2",)),
    ({"L1": 10, "L2": 0, "L3": -900}, 300, "wrong_phase", ("L1",), ("L3",)),
    ({"L1": 0, "L2": 920, "L3": 0}, 0, "wrong_phase", ("L1",), ("L2",)),
    ({"L1": 0, "L2": 0, "L3": 0}, 300, "wrong_phase", ("L1",), ()),
    ({"L1": 0, "L2": 0, "L3": 0}, 0, "unplugged", ("L1",), ()),
    ({"L2": 0, "L3": 0}, 300, "unplugged", ("L1",), ()),
    ({"L1": 500, "L2": 0, "L3": 0}, 300, None, (), ()),
    ({"L1": 1900, "L2": 0, "L3": 0}, 300, None, (), ()),
]


@pytest.mark.req("EV-180", "G-022")
@pytest.mark.parametrize("shown, before_w, verdict, phases, moved_on", ROWS)
def test_a_step_of_the_charger_tells_how_the_meter_is_wired(shown, before_w, verdict, phases, moved_on) -> None:
    car = dict.fromkeys(STEP_W, 0.0) | {"L1": 1380.0}
    before = Level(car, dict.fromkeys(shown, before_w))
    after = Level(
        {phase: watts + STEP_W[phase] for phase, watts in car.items()},
        {phase: before_w + moved for phase, moved in shown.items()},
    )
    found = judge(before, after)
    if verdict is None:
        assert found is None
    else:
        assert found is not None
        assert (found.verdict, found.phases, found.moved_on) == (verdict, phases, moved_on)


def test_two_conductors_changed_for_each_other_are_both_named() -> None:
    """A car on two phases moves L1 and L2; the meter has the clamps of L2 and L3 in each other's place."""
    before = Level({"L1": 1380.0, "L2": 1380.0}, {"L1": 1400.0, "L2": 90.0, "L3": 1500.0})
    after = Level({"L1": 2300.0, "L2": 2300.0}, {"L1": 2320.0, "L2": 90.0, "L3": 2420.0})
    found = judge(before, after)
    assert found is not None
    assert (found.verdict, found.phases, found.moved_on) == ("wrong_phase", ("L2",), ("L3",))


def test_a_step_too_small_to_judge_tells_nothing() -> None:
    assert judge(Level({"L1": 1380.0}, {"L1": 1400.0}), Level({"L1": 1500.0}, {"L1": 1520.0})) is None
