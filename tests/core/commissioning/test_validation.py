"""The validation by multimeter: what a reading means, what is asked next, which wires to swap, when it is complete."""

from datetime import UTC, datetime
from itertools import permutations

import pytest

from ohmstead.core.commissioning.validation import again, doubt, judged, measured, progress, swaps
from ohmstead.core.model.quantities import PHASES, Phase, Role
from ohmstead.core.model.validation import Target, Validation, VoltageReading

AT = datetime(2026, 6, 21, 10, tzinfo=UTC)
LINE_V = 400.0
TARGETS = (
    Target("grid", Role.GRID, PHASES),
    Target("oven", Role.LOAD, ("L2",)),
    Target("pump", Role.LOAD, PHASES),
    Target("roof", Role.PRODUCTION, ("L1",)),
    Target("store", Role.BATTERY, ("L3",)),
)


def reading(target: str, phase: Phase, against: Phase, voltage_v: float) -> VoltageReading:
    return VoltageReading(target, phase, against, voltage_v, "repeat", "ines", AT)


def told(validation: Validation, *readings: tuple[str, Phase, Phase, float]) -> Validation:
    for each in readings:
        one = reading(*each)
        assert doubt(validation, TARGETS, PHASES, LINE_V, one) is None
        validation = measured(validation, TARGETS, PHASES, LINE_V, one)
    return validation


def asked(validation: Validation) -> tuple[str, Phase, Phase] | None:
    point = progress(validation, TARGETS, PHASES).next
    return None if point is None else (point.target, point.phase, point.against)


def measure(validation: Validation, wires: dict[tuple[str, Phase], Phase], line_v: float = LINE_V) -> Validation:
    """Answer every question truly: ``wires`` says where a wire is that is not on its own phase."""
    for _ in range(60):
        question = asked(validation)
        if question is None:
            return validation
        target, phase, against = question
        true = wires.get((target, phase), phase)
        validation = told(validation, (target, phase, against, 0.4 if true == against else line_v))
    raise AssertionError


@pytest.mark.req("G-098", "EM-231")
@pytest.mark.parametrize(
    "voltage_v, line_v, verdict",
    [
        (0, 400, "same"),
        (4.9, 400, "same"),
        (5.0, 400, "same"),
        (5.1, 400, "repeat"),
        (180, 400, "repeat"),
        (230, 400, "repeat"),
        (319.9, 400, "repeat"),
        (320, 400, "different"),
        (400, 400, "different"),
        (5.1, 230, "repeat"),
        (180, 230, "repeat"),
        (230, 230, "different"),
    ],
)
def test_0_volts_is_the_same_phase_the_line_voltage_another_and_between_is_measured_again(
    voltage_v: float, line_v: float, verdict: str
) -> None:
    assert judged(voltage_v, line_v) == verdict


@pytest.mark.req("EM-232")
@pytest.mark.parametrize("carried", list(permutations(PHASES)))
def test_every_permutation_gives_the_swaps_that_put_each_wire_on_its_terminal(carried: tuple[Phase, ...]) -> None:
    wires: dict[tuple[str, Phase], Phase] = {
        ("grid", phase): terminal for terminal, phase in zip(PHASES, carried, strict=True)
    }
    seen = progress(measure(Validation("c"), wires), TARGETS, PHASES)
    place = dict(zip(PHASES, carried, strict=True))
    for one, other in seen.swaps:
        place[one], place[other] = place[other], place[one]
    assert place == {phase: phase for phase in PHASES}
    misplaced = sum(phase != terminal for terminal, phase in zip(PHASES, carried, strict=True))
    assert len(seen.swaps) == {0: 0, 2: 1, 3: 2}[misplaced]
    assert seen.stage == ("swap" if misplaced else "done")


def test_a_supply_of_two_phases_is_swapped_once() -> None:
    assert swaps({"L1": "L2", "L2": "L1"}) == (("L1", "L2"),)


@pytest.mark.req("EM-231", "EM-232")
def test_each_grid_phase_is_asked_first_at_its_own_terminal_and_then_at_those_that_are_left() -> None:
    validation = Validation("c")
    assert asked(validation) == ("grid", "L1", "L1")
    validation = told(validation, ("grid", "L1", "L1", 398))
    assert asked(validation) == ("grid", "L1", "L2")
    validation = told(validation, ("grid", "L1", "L2", 0.3))
    assert asked(validation) == ("grid", "L2", "L1")
    validation = told(validation, ("grid", "L2", "L1", 120))
    assert asked(validation) == ("grid", "L2", "L1")
    validation = told(validation, ("grid", "L2", "L1", 0.2))
    assert asked(validation) == ("grid", "L3", "L3")


@pytest.mark.req("EM-232")
def test_after_the_swap_the_supply_is_measured_again_and_only_then_the_loads() -> None:
    swapped = measure(Validation("c"), {("grid", "L1"): "L2", ("grid", "L2"): "L1"})
    reason = doubt(swapped, TARGETS, PHASES, LINE_V, reading("oven", "L2", "L2", 0))
    assert reason is not None
    assert reason.key == "validation.swap_first"
    anew = again(swapped, frozenset({"grid"}))
    assert asked(anew) == ("grid", "L1", "L1")
    assert not any(one.counts for one in anew.readings)
    assert len(anew.readings) == len(swapped.readings)
    assert asked(told(anew, *(("grid", phase, phase, 0.1) for phase in PHASES))) == ("oven", "L2", "L2")


@pytest.mark.req("EM-233", "EM-234", "EM-235")
def test_every_phase_of_every_load_and_of_each_source_is_checked_before_it_is_complete() -> None:
    validation, questions = Validation("c"), []
    while (question := asked(validation)) is not None:
        questions.append(question)
        assert validation.completion is None
        validation = told(validation, (*question, 0.0))
    wires = [(target.device, phase, phase) for target in TARGETS for phase in target.phases]
    assert questions == wires
    assert validation.completion is not None
    assert (validation.completion.author, validation.completion.at) == ("ines", AT)


@pytest.mark.req("EM-233", "EM-235")
def test_a_load_on_another_phase_than_was_set_up_is_found_there_and_leaves_it_incomplete() -> None:
    validation = measure(Validation("c"), {("oven", "L2"): "L3"})
    seen = progress(validation, TARGETS, PHASES)
    oven = next(point for point in seen.points if point.target == "oven")
    assert (seen.stage, oven.state, oven.found, validation.completion) == ("mend", "wrong", "L3", None)
    mended = told(validation, ("oven", "L2", "L2", 0.1))
    assert mended.completion is not None
    broken = told(mended, ("pump", "L1", "L1", 400.0))
    assert broken.completion is None


def test_0_volts_nowhere_means_that_a_reading_was_wrong() -> None:
    validation = told(Validation("c"), *(("grid", "L1", against, 400.0) for against in PHASES))
    point = progress(validation, TARGETS, PHASES).next
    assert point is not None
    assert (point.state, point.phase, point.against) == ("repeat", "L1", "L1")


@pytest.mark.parametrize(
    "wrong, key",
    [
        (("grid", "L1", "L1", -1.0), "validation.voltage"),
        (("grid", "L1", "L1", 481.0), "validation.voltage"),
        (("grid", "L1", "L1", float("nan")), "validation.voltage"),
        (("attic", "L1", "L1", 0.0), "validation.unknown_wire"),
        (("oven", "L1", "L1", 0.0), "validation.unknown_wire"),
        (("oven", "L2", "L2", 0.0), "validation.grid_first"),
        (("grid", "L2", "L1", 0.0), "validation.taken"),
    ],
)
@pytest.mark.req("EM-231", "EM-232")
def test_what_cannot_be_is_refused_in_words(wrong: tuple[str, Phase, Phase, float], key: str) -> None:
    begun = told(Validation("c"), ("grid", "L1", "L1", 0.0))
    reason = doubt(begun, TARGETS, PHASES, LINE_V, reading(*wrong))
    assert reason is not None
    assert reason.key == key


def test_on_a_supply_of_one_phase_only_that_one_is_known() -> None:
    single = (Target("grid", Role.GRID, ("L1",)),)
    reason = doubt(Validation("c"), single, ("L1",), 230.0, reading("grid", "L1", "L2", 0.0))
    assert reason is not None
    assert reason.key == "validation.unknown_phase"
    complete = measured(Validation("c"), single, ("L1",), 230.0, reading("grid", "L1", "L1", 0.0))
    assert complete.completion is not None
