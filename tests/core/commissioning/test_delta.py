"""Delta grids: 60 % of the breaker, where to clamp and what to configure, and what measures a load once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ohmstead.core.commissioning.delta import SINGLE_PHASE, THREE_PHASE, maximum_current_a, measures
from ohmstead.core.metrology.points import VOLTAGE_OF
from ohmstead.core.plant.clamps import delta_currents

PHASES = ("L1", "L2", "L3")
VOLTS = tuple(230 / 3**0.5 * complex(*each) for each in ((1, 0), (-0.5, -(3**0.5) / 2), (-0.5, 3**0.5 / 2)))


def power_w(conductor: str, code: str, currents: tuple[complex, ...]) -> float:
    """By the arithmetic of the metrology: the voltage that ``code`` stands for, times the conductor's current."""
    volts = sum(sign * each for sign, each in zip(VOLTAGE_OF["3x230"][code], VOLTS, strict=True))
    return (volts * currents[PHASES.index(conductor)].conjugate()).real


def drawn_w(between: dict) -> float:
    return sum(abs(VOLTS[one] - VOLTS[other]) ** 2 / ohm for (one, other), ohm in between.items())


@pytest.mark.req("EM-147", "G-094")
@pytest.mark.parametrize(("breaker_a", "entered_a"), [(25, 15.0), (32, 19.2), (40, 24.0), (63, 37.8), (100, 60.0)])
def test_sixty_percent_of_the_breaker(breaker_a, entered_a):
    assert maximum_current_a(breaker_a) == entered_a


@pytest.mark.req("EM-148", "EM-149", "EM-150")
@pytest.mark.parametrize(
    ("between", "conductor", "code"), [("L1 L3", "L1", "L1"), ("L2 L3", "L2", "L2"), ("L1 L2", "L1", "L3")]
)
def test_where_to_clamp_a_load_between_two_conductors(between, conductor, code):
    clamp = SINGLE_PHASE[frozenset(between.split())]
    assert (clamp.conductor, clamp.code) == (conductor, code)


@pytest.mark.req("EM-152", "EM-148", "EM-149", "EM-150")
@pytest.mark.parametrize("between", list(SINGLE_PHASE))
@given(ohm=st.floats(1, 10_000))
def test_the_configured_code_gives_the_true_power_and_no_other_does(between, ohm):
    one, other = sorted(PHASES.index(phase) for phase in between)
    currents = delta_currents(VOLTS, {(one, other): complex(ohm)})
    true, clamp = drawn_w({(one, other): ohm}), SINGLE_PHASE[between]
    assert abs(power_w(clamp.conductor, clamp.code, currents)) == pytest.approx(true)
    for wrong in set(PHASES) - {clamp.code}:
        assert abs(abs(power_w(clamp.conductor, wrong, currents)) - true) > 0.05 * true


@pytest.mark.req("EM-146", "EM-151")
@given(ohms=st.tuples(*(st.floats(1, 10_000),) * 3))
def test_two_transformers_give_the_power_of_any_three_phase_load(ohms):
    between = dict(zip(((0, 1), (1, 2), (0, 2)), ohms, strict=True))
    currents = delta_currents(VOLTS, {pair: complex(ohm) for pair, ohm in between.items()})
    seen = sum(power_w(clamp.conductor, clamp.code, currents) for clamp in THREE_PHASE)
    assert seen == pytest.approx(drawn_w(between))


@pytest.mark.req("EM-146")
@pytest.mark.parametrize(
    ("codes", "once"),
    [("L1 L2", True), ("L2 L1", True), ("L3", True), ("L1 L1", True), ("L1 L2 L3", False), ("L1 L2 L1", False),
     ("L1 L3", False)],
)  # fmt: skip
def test_a_third_transformer_counts_a_part_twice(codes, once):
    assert measures(codes.split()) is once
