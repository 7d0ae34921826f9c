"""Both button models by how long they are held (EV-033 to EV-043, G-046, G-047)."""

from dataclasses import replace

import pytest

from ohmstead.core.charging.panel.buttons import LEASE_S, ButtonMemory, press
from ohmstead.core.charging.panel.front import sound
from ohmstead.core.charging.panel.sounds import SOUNDS
from ohmstead.core.model.chargers import ChargerOptions, ChargerState
from ohmstead.core.model.faults import ErrorCode
from ohmstead.core.model.panel import Button, PanelSettings
from tests.core.charging.panel.scenes import Hand, scene

ONE = PanelSettings(display=False)
C = ChargerState


def held(display: bool, buttons: tuple[Button, ...], for_s: float) -> list[str]:
    """What holding ``buttons`` so long and letting go means, heard every tenth of a second meanwhile."""
    memory, found = press(ButtonMemory(), frozenset(buttons), display, 0.0)
    steps = round(for_s * 100)
    for step in range(10, steps + 1, 10):
        memory, more = press(memory, frozenset(buttons), display, step / 100)
        found += more
    return [*found, *press(memory, frozenset(), display, for_s)[1]]


TIMES = [
    (0.05, "short"),
    (0.99, "short"),
    (1.0, "nothing"),
    (14.9, "nothing"),
    (15.0, "restart"),
    (29.9, "restart"),
    (30.0, "reset"),
    (45.0, "reset"),
]


@pytest.mark.req("EV-036", "EV-037", "G-047")
@pytest.mark.parametrize(("for_s", "meant"), TIMES)
def test_one_button(for_s: float, meant: str) -> None:
    told = {"short": ["centre"], "nothing": [], "restart": ["restart"], "reset": ["restart", "reset"]}
    assert held(False, ("centre",), for_s) == told[meant]


@pytest.mark.req("EV-038", "EV-039", "EV-040", "G-047")
@pytest.mark.parametrize(("for_s", "meant"), TIMES)
def test_left_and_right_together(for_s: float, meant: str) -> None:
    told = {"short": [], "nothing": [], "restart": ["restart"], "reset": ["restart", "reset"]}
    assert held(True, ("left", "right"), for_s) == told[meant]


@pytest.mark.req("EV-038", "G-047")
@pytest.mark.parametrize("button", ["centre", "up", "down", "left", "right"])
def test_a_single_one_of_five_never_restarts(button: Button) -> None:
    assert held(True, (button,), 31.0) == []
    assert held(True, (button,), 0.5) == [button]


@pytest.mark.req("G-046")
def test_left_and_right_one_after_the_other_are_the_pair_and_no_single_press() -> None:
    memory, _ = press(ButtonMemory(), frozenset({"left"}), True, 0.0)
    memory, none = press(memory, frozenset({"left", "right"}), True, 0.3)
    assert none == ()
    memory, none = press(memory, frozenset({"right"}), True, 0.6)
    assert (none, press(memory, frozenset(), True, 0.7)[1]) == ((), ())


@pytest.mark.req("G-047")
def test_who_is_no_longer_heard_has_neither_pressed_nor_reset_anything() -> None:
    memory, _ = press(ButtonMemory(), frozenset({"left", "right"}), True, 0.0)
    memory, _ = press(memory, frozenset({"left", "right"}), True, 1.5)
    late_s = 1.5 + LEASE_S + 28
    memory, found = press(memory, frozenset({"left", "right"}), True, late_s)
    assert found == ()
    memory, found = press(memory, frozenset({"left", "right"}), True, late_s + 1)
    assert found == ()
    assert press(memory, frozenset(), True, late_s + 4)[1] == ()


@pytest.mark.req("EV-033", "EV-034", "EV-035")
@pytest.mark.parametrize(
    ("state", "codes", "paused", "wished"),
    [
        (C.CHARGING, (), False, [("pause", True)]),
        (C.SUSPENDED, (), True, [("pause", False)]),
        (C.ERROR, ("D4",), False, [("recover", None)]),
        (C.ERROR, ("D4",), True, [("recover", None)]),
        (C.CONNECTED_WAITING_VEHICLE, (), False, []),
        (C.NOT_CONNECTED, (), False, []),
    ],
)
def test_a_short_press_of_the_one_button(
    state: ChargerState, codes: tuple[ErrorCode, ...], paused: bool, wished: list[tuple[str, bool | None]]
) -> None:
    seen = scene(state, *codes, settings=ONE, options=ChargerOptions(paused=paused))
    assert Hand(seen).press("centre").asked == wished


@pytest.mark.req("EV-036", "EV-037")
def test_holding_the_one_button_wishes_a_restart_and_then_the_factory_settings() -> None:
    hand = Hand(scene(settings=ONE)).hold("centre", for_s=14.8)
    assert hand.asked == []
    hand.hold("centre", for_s=0.4)
    assert hand.asked == [("restart", None)]
    hand.hold("centre", for_s=15)
    assert hand.asked == [("restart", None), ("factory_reset", None)]
    hand.hold()
    assert len(hand.wishes) == 2


@pytest.mark.req("EV-212", "G-047")
def test_a_button_clicks_unless_that_is_off_and_each_threshold_beeps() -> None:
    hand = Hand()
    hand.hold("up")
    heard = sound(hand.memory, hand.scene, hand.now_s)
    assert heard is not None
    assert (heard.name, heard.wave) == ("key", SOUNDS["key"])
    quiet = ChargerOptions().panel.model_copy(update={"button_sound": False})
    silent = Hand(scene(options=replace(ChargerOptions(), panel=quiet)))
    silent.hold("left", "right")
    assert sound(silent.memory, silent.scene, silent.now_s) is None
    silent.hold("left", "right", for_s=15.1)
    beep = sound(silent.memory, silent.scene, silent.now_s)
    assert beep is not None
    assert beep.name == "restart"


@pytest.mark.req("EV-225", "G-041")
def test_an_error_sounds_with_its_light_for_half_a_minute_or_until_a_button_is_touched() -> None:
    hand = Hand(scene(C.ERROR, "V4")).wait(1)
    began_s = hand.memory.alarm_s
    assert began_s is not None
    heard = sound(hand.memory, hand.scene, began_s + 0.6)
    assert heard is not None
    assert (heard.name, heard.wave.lit(heard.age_ms)) == ("alarm", True)
    assert sound(hand.memory, hand.scene, began_s + 29.9) is not None
    assert sound(hand.memory, hand.scene, began_s + 30.0) is None
    hand.hold("up")
    hand.hold()
    assert sound(hand.memory, hand.scene, hand.now_s + 0.1) is None
    hand.sees(reading=scene(C.ERROR, "V4", "I1").reading)
    assert sound(hand.memory, hand.scene, hand.now_s + 0.1) is not None
