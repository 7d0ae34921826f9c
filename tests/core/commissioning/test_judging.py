"""What steps of the charger tell, row by row, with appliances that come and go meanwhile."""

from collections.abc import Mapping, Sequence

import pytest

from ohmstead.core.commissioning.judging import Evidence, judge, steps
from ohmstead.core.commissioning.looks import Look
from ohmstead.core.model.verification import Findings

HOLD = 10
LOOKS = 6
ROWS = [
    # what the meter shows of 920 W more on L1; what it showed before; verdict, phases, moved on
    ({"L1": 920, "L2": 0, "L3": 0}, 300, "correct", ("L1",), ()),
    ({"L1": 1050, "L2": 40, "L3": -40}, 300, "correct", ("L1",), ()),
    ({"L1": 790, "L2": 0, "L3": 0}, 300, "correct", ("L1",), ()),
    ({"L1": -920, "L2": 0, "L3": 0}, -300, "reversed", ("L1",), ()),
    ({"L1": 0, "L2": 920, "L3": 0}, 300, "wrong_phase", ("L1",), ("L2",)),
    ({"L1": 10, "L2": 0, "L3": -900}, 300, "wrong_phase", ("L1",), ("L3",)),
    ({"L1": 0, "L2": 920, "L3": 0}, 0, "wrong_phase", ("L1",), ("L2",)),
    ({"L1": 0, "L2": -460, "L3": 0}, 300, "wrong_phase", ("L1",), ("L2",)),
    ({"L1": 0, "L2": 0, "L3": 0}, 300, "wrong_phase", ("L1",), ()),
    ({"L1": 0, "L2": 0, "L3": 0}, 0, "unplugged", ("L1",), ()),
    ({"L2": 0, "L3": 0}, 300, "unplugged", ("L1",), ()),
    ({"L1": 600, "L2": 0, "L3": 0}, 300, None, (), ()),
    ({"L1": -460, "L2": 0, "L3": 0}, 300, None, (), ()),
    ({"L1": 1900, "L2": 0, "L3": 0}, 300, None, (), ()),
]


class Story:
    """A charger that goes down and up in turn, ten looks each; ``shown`` is what the meter makes of one watt more."""

    def __init__(self, shown: Mapping[str, float], base_w: float = 300.0, phases: Sequence[str] = ("L1",)) -> None:
        self.shown, self.base_w, self.phases = shown, base_w, phases
        self.looks: list[Look] = []
        self.levels: list[tuple[int, int]] = []

    def hold(self, high: bool, extra: Sequence[Mapping[str, float]] = (), **others: Sequence[float]) -> "Story":
        """Ten looks at a level; ``extra`` is unknown and on the grid, ``others`` are measured, by look."""
        for at in range(HOLD):
            more = 920.0 if high else 0.0
            grid = {phase: self.base_w + ratio * more for phase, ratio in self.shown.items()}
            for phase, watts in (extra[at] if at < len(extra) else {}).items():
                grid[phase] += watts
            measured = {name.replace("_", "."): values[at] for name, values in others.items()}
            car = dict.fromkeys(self.phases, 1380.0 + more)
            self.looks.append(Look(car, grid, measured))
        self.levels.append((len(self.looks) - LOOKS, len(self.looks)))
        return self

    @property
    def evidence(self) -> Evidence:
        return Evidence(tuple(self.looks), tuple(self.levels))

    def judged(self, last: bool = False) -> Findings | None:
        return judge(self.evidence, last=last)[0]


def told(found: Findings | None) -> tuple[str, tuple[str, ...], tuple[str, ...]] | None:
    return None if found is None else (found.verdict, found.phases, found.moved_on)


@pytest.mark.req("EV-180", "G-022")
@pytest.mark.parametrize("shown, before_w, verdict, phases, moved_on", ROWS)
def test_steps_of_the_charger_tell_how_the_meter_is_wired(shown, before_w, verdict, phases, moved_on) -> None:
    story = Story({phase: watts / 920 for phase, watts in shown.items()}, before_w)
    for high in (True, False, True, False):
        story.hold(high)
    assert told(story.judged(last=True)) == (None if verdict is None else (verdict, phases, moved_on))


@pytest.mark.req("EV-180")
def test_two_steps_confirm_and_three_refute() -> None:
    right = Story({"L1": 1.0}).hold(True).hold(False)
    assert right.judged() is None
    assert told(right.hold(True).judged()) == ("correct", ("L1",), ())
    turned = Story({"L1": -1.0}).hold(True).hold(False).hold(True)
    assert turned.judged() is None
    assert told(turned.hold(False).judged()) == ("reversed", ("L1",), ())


def test_one_clear_step_is_enough_as_the_last_word_to_confirm_but_never_to_refute() -> None:
    assert told(Story({"L1": 1.0}).hold(True).hold(False).judged(last=True)) == ("correct", ("L1",), ())
    assert Story({"L1": -1.0}).hold(True).hold(False).judged(last=True) is None


def test_two_conductors_changed_for_each_other_are_both_named() -> None:
    """A car on two phases moves L1 and L2; the meter has L2 and L3 in each other's place."""
    story = Story({"L1": 1.0, "L2": 0.0, "L3": 1.0}, phases=("L1", "L2"))
    for high in (True, False, True, False):
        story.hold(high)
    assert told(story.judged()) == ("wrong_phase", ("L2",), ("L3",))


def test_a_car_on_three_phases_shows_clamps_that_were_swapped_without_their_voltages() -> None:
    story = Story({"L1": -0.5, "L2": -0.5, "L3": 1.0}, phases=("L1", "L2", "L3"))
    for high in (True, False, True, False):
        story.hold(high)
    found = story.judged()
    assert told(found) == ("wrong_phase", ("L1", "L2"), ())
    assert found is not None
    assert found.reason.key == "verification.shifted"


def test_a_step_too_small_to_judge_tells_nothing() -> None:
    looks = [Look({"L1": 1380.0}, {"L1": 1400.0})] * HOLD + [Look({"L1": 1500.0}, {"L1": 1520.0})] * HOLD
    assert judge(Evidence(looks, [(4, 10), (14, 20)]), last=True)[0] is None


OVEN = [2200.0] * 6 + [0.0] * 4


@pytest.mark.req("EV-180")
@pytest.mark.parametrize("shown, verdict", [(1.0, "correct"), (-1.0, "reversed"), (0.0, "wrong_phase")])
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_a_measured_oven_is_taken_off_wherever_and_however_it_shows(shown: float, verdict: str, sign: float) -> None:
    for place in ("L1", "L2"):
        story = Story({"L1": shown, "L2": 0.0, "L3": 0.0})
        for turn in range(5):
            pattern = OVEN if turn % 2 else OVEN[::-1]
            story.hold(turn % 2 == 0, [{place: sign * watts} for watts in pattern], oven_L1=pattern)
        found = story.judged(last=True)
        assert found is not None
        assert found.verdict == verdict


def test_an_oven_that_shows_on_another_conductor_than_its_own_is_told_where_the_car_cannot_see_the_order() -> None:
    story = Story({"L1": 1.0, "L2": 1.0, "L3": 1.0}, phases=("L1", "L2", "L3"))
    for turn in range(5):
        pattern = OVEN if turn % 2 else OVEN[::-1]
        story.hold(turn % 2 == 0, [{"L3": watts} for watts in pattern], oven_L2=pattern)
    found = story.judged()
    assert told(found) == ("inconclusive", ("L2",), ("L3",))
    assert found is not None
    assert found.reason.params == {"device": "oven", "phase": "L2", "moved_on": "L3"}


def test_a_circuit_that_has_the_charger_in_it_is_not_taken_off() -> None:
    """A freezer behind the same sub-meter calms the meter when taken off, and would take the charger's steps along."""
    story = Story({"L1": 1.0})
    freezer = [100.0] * 5 + [0.0] * 5
    for high in (True, False, True, False, True):
        behind = [watts + (920.0 if high else 0.0) for watts in freezer]
        story.hold(high, [{"L1": watts} for watts in freezer], garage_L1=behind)
    assert told(story.judged()) == ("correct", ("L1",), ())


def test_a_measured_load_of_which_nobody_knows_where_it_shows_makes_a_step_worthless() -> None:
    story = Story({"L1": 1.0})
    for high in (True, False, True, False):
        story.hold(high, heater_L2=[0.0 if story.levels else 400.0] * HOLD)
    assert [step.votes["L1"] for step in steps(story.evidence)] == ["unclear", "right", "right"]


def test_a_battery_that_makes_good_what_the_car_takes_is_not_taken_for_a_wrong_conductor() -> None:
    """After each step the meter shows it for two seconds, then the battery has followed."""
    story = Story({"L1": 0.0})
    for high in (True, False, True, False, True, False):
        story.hold(high, [{"L1": 920.0 if high else -920.0}] * 2)
    assert story.judged(last=True) is None


@pytest.mark.req("EV-180")
def test_a_load_that_nobody_measures_and_that_switches_with_the_charger_by_chance_twice_is_outvoted() -> None:
    story = Story({"L1": 1.0})
    kettle = [-920.0, 0.0, 0.0, 920.0, 0.0, 0.0, 0.0]
    for turn, watts in enumerate([0.0, *(sum(kettle[: n + 1]) for n in range(6))]):
        story.hold(turn % 2 == 0, [{"L1": watts}] * HOLD)
    assert [step.votes["L1"] for step in steps(story.evidence)].count("right") >= 3
    found = story.judged(last=True)
    assert found is None or found.verdict == "correct"


def test_where_something_unknown_switches_all_the_time_nothing_is_refuted() -> None:
    story = Story({"L1": 0.0})
    for turn in range(8):
        story.hold(turn % 2 == 0, [{"L1": 800.0}] * 3 + [{}] * 7)
    assert story.judged(last=True) is None
