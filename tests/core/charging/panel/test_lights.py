"""The light: each row by time, which row holds, and how errors blink (EV chapter 5, G-041 to G-044)."""

from itertools import product

import pytest

from ohmstead.core.charging.panel.front import PanelMemory, follow, light, over
from ohmstead.core.charging.panel.lights import LIGHTS, Condition, covers, lasting
from ohmstead.core.charging.panel.waves import Wave
from ohmstead.core.model.authorization import Authorization
from ohmstead.core.model.chargers import ChargerState
from ohmstead.core.model.faults import ERRORS, ErrorCode
from ohmstead.core.model.panel import LightSignal, PanelSettings
from tests.core.charging.panel.scenes import Hand, reading, scene

S, C = LightSignal, ChargerState


def spans(wave: Wave, until_ms: int, step_ms: int = 25) -> list[tuple[int, int]]:
    """When it is on, sampled every ``step_ms``."""
    found: list[tuple[int, int]] = []
    for at in range(0, until_ms, step_ms):
        if wave.lit(at):
            if found and found[-1][1] == at:
                found[-1] = (found[-1][0], at + step_ms)
            else:
                found.append((at, at + step_ms))
    return found


ROWS = [
    ("EV-049", S.STARTUP, "white", [(0, 600)]),
    ("EV-050", S.OFF, None, []),
    ("EV-051", S.NO_CURRENT, "orange", [(0, 2000)]),
    ("EV-052", S.INCOMPLETE, "orange", [(0, 500), (1000, 1500)]),
    ("EV-053", S.SUSPENDED, "orange", [(0, 1000)]),
    ("EV-054", S.WAITING, "blue", [(0, 2000)]),
    ("EV-055", S.TEST, "blue", [(at, at + 100) for at in range(0, 2000, 200)]),
    ("EV-056", S.COMPLETE, "green", [(0, 2000)]),
    ("EV-057", S.CHARGING, "green", [(0, 500), (1000, 1500)]),
    ("EV-058", S.ACCEPTED, "green", [(0, 175), (350, 525)]),
    ("EV-059", S.UPDATING, "white", [(0, 1000)]),
    ("EV-060", S.CONFIRMATION, "violet", [(0, 2000)]),
    ("EV-061", S.REQUESTED, "violet", [(0, 500)]),
    ("EV-062", S.REFUSED, "red", [(0, 175), (350, 525)]),
    ("EV-063", S.ERROR, "red", [(0, 250), (1500, 1750)]),
]


@pytest.mark.req("G-042", "G-043")
@pytest.mark.parametrize(
    ("signal", "colour", "on"),
    [pytest.param(*row[1:], marks=pytest.mark.req(row[0]), id=row[0]) for row in ROWS],
)
def test_each_row_is_on_when_the_table_says(signal: LightSignal, colour: str | None, on: list[tuple[int, int]]) -> None:
    row = LIGHTS[signal]
    assert row.colour == colour
    assert spans(row.wave(), 2000) == on


@pytest.mark.req("EV-048", "EV-064")
def test_the_fifteen_rows_are_pairwise_distinct() -> None:
    assert [(row.requirement, row.signal) for row in LIGHTS.values()] == [(row[0], row[1]) for row in ROWS]
    assert len({(row.colour, row.pattern, row.duration_ms) for row in LIGHTS.values()}) == 15


@pytest.mark.req("EV-221", "EV-222", "EV-223", "EV-224", "EV-228")
@pytest.mark.parametrize("code", list(ERRORS))
def test_an_error_flashes_its_category_and_pauses_for_a_second(code: ErrorCode) -> None:
    flashes = {"I": 1, "V": 2, "D": 3}[code[0]]
    wave = light(follow(PanelMemory(), scene(C.ERROR, code), 5.0).memory, scene(C.ERROR, code), 5.0).wave
    period_ms = flashes * 500 + 1000
    assert spans(wave, period_ms) == [(at, at + 250) for at in range(0, flashes * 500, 500)]
    assert spans(wave, 3 * period_ms)[flashes] == (period_ms, period_ms + 250)


@pytest.mark.req("G-040", "G-041")
def test_of_several_errors_the_most_severe_one_blinks() -> None:
    hand = Hand(scene(C.ERROR, "V2", "I1", "D9"))
    hand.wait(1)
    assert len(light(hand.memory, hand.scene, hand.now_s).wave.steps_ms) == 4


@pytest.mark.req("G-044")
def test_the_order_of_the_signals_holds_for_every_state() -> None:
    for state, error, updating, commissioned in product(C, (False, True), (False, True), (False, True)):
        seen = lasting(Condition(state, True, error, updating, commissioned))
        if error or state is C.ERROR:
            assert seen is S.ERROR
        elif updating or state is C.UPDATING:
            assert seen is S.UPDATING
        elif not commissioned or state is C.INCOMPLETE_INSTALLATION:
            assert seen is S.INCOMPLETE
        else:
            assert seen not in (S.ERROR, S.UPDATING, S.INCOMPLETE)


STATES = [
    (C.NOT_CONNECTED, S.OFF),
    (C.WAITING_AUTHORISATION, S.WAITING),
    (C.WAITING_TRANSACTION_CONFIRMATION, S.CONFIRMATION),
    (C.CONNECTED_NO_CURRENT, S.NO_CURRENT),
    (C.CONNECTED_WAITING_VEHICLE, S.WAITING),
    (C.PRE_CHARGE_TEST, S.TEST),
    (C.CHARGING, S.CHARGING),
    (C.SUSPENDED, S.SUSPENDED),
    (C.COMPLETE, S.COMPLETE),
]


@pytest.mark.req("EV-048", "EV-047")
@pytest.mark.parametrize(("state", "signal"), STATES)
def test_each_state_has_its_light(state: ChargerState, signal: LightSignal) -> None:
    assert lasting(Condition(state, connected=state is not C.NOT_CONNECTED)) is signal


@pytest.mark.req("G-048")
def test_in_standby_the_light_is_off_only_without_a_vehicle() -> None:
    assert lasting(Condition(C.INCOMPLETE_INSTALLATION, connected=False, dark=True)) is S.OFF
    assert lasting(Condition(C.CHARGING, connected=True, dark=True)) is S.CHARGING
    assert lasting(Condition(C.ERROR, connected=False, dark=True)) is S.ERROR


@pytest.mark.req("G-044", "EV-202")
def test_the_answer_to_a_card_lies_over_what_lasts_but_never_over_an_error() -> None:
    hand = Hand(scene(C.WAITING_AUTHORISATION)).wait(2)
    refused = Authorization("waiting", None, "refused")
    hand.sees(reading=reading(C.WAITING_AUTHORISATION, authorization=refused))
    seen = over(hand.memory, hand.scene, hand.now_s + 0.1)
    assert seen is not None
    assert (seen.name, seen.colour, seen.age_ms) == ("refused", "red", 100)
    assert over(hand.memory, hand.scene, hand.now_s + 0.53) is None
    hand.sees(reading=reading(C.ERROR, "I1", authorization=refused))
    assert over(hand.memory, hand.scene, hand.now_s + 0.1) is None
    assert not covers(S.ACCEPTED, S.UPDATING)
    assert not covers(S.ACCEPTED, S.INCOMPLETE, commissioned=False)


@pytest.mark.req("EV-066")
def test_another_colour_table_needs_no_other_program() -> None:
    hand = Hand(scene(settings=PanelSettings.model_validate({"colours": {"charging": "blue"}}))).wait(1)
    assert light(hand.memory, hand.scene, hand.now_s).colour == "blue"


@pytest.mark.req("EV-049")
def test_it_begins_with_one_blink_in_white() -> None:
    hand = Hand(scene(C.NOT_CONNECTED))
    hand.sees()
    seen = over(hand.memory, hand.scene, hand.now_s)
    assert seen is not None
    assert (seen.name, seen.colour) == ("startup", "white")
    assert over(hand.memory, hand.scene, hand.now_s + 0.6) is None
