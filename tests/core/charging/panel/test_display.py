"""The display: Home and its keys, the menu behind its codes, what Info shows, standby (EV chapters 2 and 3)."""

from dataclasses import replace
from typing import Any

import pytest

from ohmstead.core.charging.panel.codes import CodeMemory, entered
from ohmstead.core.charging.panel.front import knocked
from ohmstead.core.charging.panel.pages import PAGES, told_value
from ohmstead.core.charging.panel.screens import ICONS, Home, LinkShown, screen
from ohmstead.core.model.authorization import Authorization, Learning
from ohmstead.core.model.chargers import ChargerOptions, ChargerState
from ohmstead.core.model.charges import Counters
from ohmstead.core.model.evse import BoardIdentity
from ohmstead.core.model.networks import Link, NetworksNow
from ohmstead.core.model.panel import Button, PanelOptions
from ohmstead.core.model.readings import PhaseReading
from ohmstead.texts import LANGUAGES, load
from tests.core.charging.panel.scenes import Hand, reading, scene

C = ChargerState


def home(hand: Hand) -> Home:
    found = hand.screen.home
    assert found is not None
    return found


def options(panel: dict[str, Any] | None = None, **values: Any) -> ChargerOptions:
    return ChargerOptions(panel=PanelOptions.model_validate(panel or {}), **values)


def typed(hand: Hand, code: str) -> Hand:
    """Type ``code`` and confirm it."""
    for index, digit in enumerate(code):
        hand.press(*["right" for _ in range(int(digit))])
        if index < len(code) - 1:
            hand.press("down")
    return hand.press("centre")


def lines(hand: Hand) -> dict[str, str | None]:
    """The lines of a page: what each says of its value, by its label."""
    return {line.label.key.removeprefix("panel.item."): line.value and line.value.key for line in hand.screen.lines}


def chosen(hand: Hand) -> str:
    [line] = [line for line in hand.screen.lines if line.chosen]
    return line.label.key.removeprefix("panel.item.")


def admin(hand: Hand, code: str = "4444") -> Hand:
    return typed(hand.press("centre", "down", "down", "centre"), code)


@pytest.mark.req("EV-008", "EV-013", "EV-023", "G-045")
def test_home_shows_one_icon_for_each_state_and_tells_both_waits_apart() -> None:
    assert set(ICONS) == set(C)
    texts = {}
    for state in (C.WAITING_AUTHORISATION, C.CONNECTED_WAITING_VEHICLE):
        seen = home(Hand(scene(state)).wait(1))
        assert seen.icon == "waiting"
        texts[state] = seen.status.key
    assert len(set(texts.values())) == 2


ICON_ROWS = [
    ("EV-009", C.INITIALISING, "initialising"),
    ("EV-010", C.NOT_ENABLED, "not_enabled"),
    ("EV-011", C.OUT_OF_SERVICE, "out_of_service"),
    ("EV-012", C.NOT_CONNECTED, "not_connected"),
    ("EV-014", C.CONNECTED_NO_CURRENT, "no_current"),
    ("EV-015", C.CHARGING, "charging"),
    ("EV-016", C.SUSPENDED, "paused"),
    ("EV-017", C.COMPLETE, "complete"),
    ("EV-019", C.UPDATING, "updating"),
]


@pytest.mark.parametrize(
    ("state", "icon"), [pytest.param(*row[1:], marks=pytest.mark.req(row[0]), id=row[0]) for row in ICON_ROWS]
)
def test_the_icon_of_a_state(state: ChargerState, icon: str) -> None:
    seen = home(Hand(scene(state)).wait(1))
    assert (seen.icon, seen.status.key) == (icon, f"panel.state.{state}")


@pytest.mark.req("EV-018", "EV-226")
def test_an_error_shows_its_icon_its_code_its_name_and_what_to_do() -> None:
    seen = home(Hand(scene(C.ERROR, "V2", "I3")).wait(1))
    assert (seen.icon, seen.error, seen.status.key) == ("error", "V2", "error.v2.name")
    assert seen.more is not None
    assert seen.more.key == "error.v2.what"


@pytest.mark.req("EV-065")
def test_during_an_update_it_warns_not_to_switch_the_power_off() -> None:
    more = home(Hand(scene(C.UPDATING)).wait(1)).more
    assert more is not None
    assert more.key == "panel.note.updating"


@pytest.mark.req("EV-020", "EV-119")
def test_the_number_of_the_active_program_stands_beside_programmed() -> None:
    assert home(Hand(scene(options=options(mode="programmed"), program=3)).wait(1)).program == 3
    assert home(Hand(scene(options=options(mode="fast"), program=3)).wait(1)).program is None


@pytest.mark.req("EV-024", "EV-025", "EV-026")
def test_power_is_shown_only_during_a_session_energy_and_time_stay() -> None:
    seen = home(Hand().wait(1))
    assert (seen.power_w, seen.energy_j, seen.charging_s) == (7000.0, 3_600_000, 600.0)
    after = scene(C.NOT_CONNECTED, last_energy_j=3_700_000, last_charging_s=660.0)
    seen = home(Hand(after).wait(1))
    assert (seen.power_w, seen.energy_j, seen.charging_s) == (None, 3_700_000, 660.0)


@pytest.mark.req("EV-041", "G-046")
def test_up_and_down_choose_a_mode_that_the_centre_confirms_within_five_seconds() -> None:
    hand = Hand().press("up")
    assert (home(hand).mode, home(hand).choosing) == ("green", True)
    hand.press("down").press("down")
    assert home(hand).mode == "programmed"
    hand.press("centre")
    assert hand.asked == [("set_mode", "programmed")]
    late = Hand().press("up").wait(4.5)
    assert home(late).choosing
    late.wait(1)
    assert (home(late).mode, home(late).choosing) == ("fast", False)
    late.press("centre")
    assert (late.asked, late.screen.page) == ([], "menu")


@pytest.mark.req("EV-041", "G-046", "G-051")
@pytest.mark.parametrize("key", ["left", "right"])
def test_left_and_right_pause_resume_and_try_to_end_an_error(key: Button) -> None:
    assert Hand().press(key).asked == [("pause", True)]
    assert Hand(scene(C.SUSPENDED, options=options(paused=True))).press(key).asked == [("pause", False)]
    assert Hand(scene(C.ERROR, "D4")).press(key).asked == [("recover", None)]
    ocpp = Hand(scene(options=options(mode="ocpp"))).press(key)
    assert ocpp.asked == []
    assert ocpp.screen.note is not None
    assert ocpp.screen.note.key == "panel.note.ocpp"


@pytest.mark.req("EV-027", "EV-029")
def test_the_centre_opens_the_menu_with_its_three_sections() -> None:
    hand = Hand().press("centre")
    assert list(lines(hand)) == ["user", "info", "admin", "back"]


@pytest.mark.req("EV-042", "EV-095", "G-046")
def test_in_the_menu_keys_navigate_change_a_value_and_confirm_it() -> None:
    hand = Hand().press("centre", "centre", "down")
    assert chosen(hand) == "limit"
    hand.press("left", "left")
    assert hand.screen.lines[1].changed
    assert hand.screen.lines[1].value is not None
    assert hand.screen.lines[1].value.params == {"limit_a": 14.0}
    assert hand.asked == []
    hand.press("centre")
    assert hand.asked == [("set_user_limit", 14.0)]
    hand.press("right", "down", "centre")
    assert hand.asked == [("set_user_limit", 14.0)], "a value that was left unconfirmed is dropped"


@pytest.mark.req("EV-215", "EV-302", "G-049")
def test_admin_is_always_behind_its_code() -> None:
    hand = Hand().press("centre", "down", "down", "centre")
    assert (hand.screen.page, hand.screen.digits) == ("code", "0•••")
    typed(hand, "4443")
    assert (hand.screen.page, hand.screen.note and hand.screen.note.key) == ("code", "panel.note.wrong_code")
    typed(hand, "4444")
    assert hand.screen.page == "admin"
    other = Hand(scene(options=options({"admin_code": "9071"})))
    assert admin(other).screen.page == "code"
    assert typed(other, "9071").screen.page == "admin"


@pytest.mark.req("EV-214")
def test_a_menu_code_stands_before_the_menu_where_one_is_set() -> None:
    hand = Hand(scene(options=options({"menu_code": "0102"}))).press("centre")
    assert hand.screen.page == "code"
    assert typed(hand, "0102").screen.page == "menu"
    hand.wait(61).press("centre", "centre")
    assert hand.screen.page == "code", "standby closes it again"


@pytest.mark.req("EV-214", "EV-215")
def test_codes_are_set_and_removed_in_admin() -> None:
    hand = admin(Hand())
    hand.press(*["down" for _ in range(list(lines(hand)).index("menu_code"))]).press("centre")
    assert hand.screen.page == "menu_code"
    typed(hand, "1203")
    coded = typed(Hand(scene(options=options({"menu_code": "1203"}))).press("centre"), "1203")
    typed(coded.press("down", "down", "centre"), "4444")
    coded.press(*["down" for _ in range(list(lines(coded)).index("no_menu_code"))]).press("centre")
    assert [*hand.asked, *coded.asked] == [("set_menu_code", "1203"), ("set_menu_code", None)]


@pytest.mark.req("G-049")
def test_five_wrong_codes_lock_for_a_minute_doubling_to_fifteen() -> None:
    memory, now_s, locks = CodeMemory(), 0.0, []
    for _ in range(6):
        for _ in range(5):
            assert memory.left_s(now_s) == 0
            memory = entered(memory, False, now_s)
        locks.append(memory.left_s(now_s))
        assert entered(memory, True, now_s + 1) == memory, "no code is taken meanwhile"
        now_s += locks[-1]
    assert locks == [60, 120, 240, 480, 900, 900]
    assert entered(memory, True, now_s) == CodeMemory()


@pytest.mark.req("G-049")
def test_who_is_locked_out_is_told_for_how_long_and_the_right_code_does_not_open() -> None:
    hand = Hand().press("centre", "down", "down", "centre")
    for _ in range(5):
        typed(hand, "0000")
    assert hand.screen.note is not None
    assert hand.screen.note.key == "panel.note.locked"
    typed(hand, "4444")
    assert hand.screen.page == "code"


@pytest.mark.req("EV-030", "EV-031", "EV-032")
def test_info_shows_the_device_both_counters_and_both_sides() -> None:
    seen = replace(
        scene(),
        name="Garage",
        version="0.1.0",
        identity=BoardIdentity(1, "Ohmstead", "board", "S-17", "1.2", 32.0, 3),
        total=Counters(12, 655 * 3_600_000, 7_200.0),
        partial=Counters(2, 3_600_000, 600.0),
        grid={"L1": PhaseReading(voltage_v=231.0, current_a=4.0)},
        grid_w=924.0,
        reading=reading(phases={"L1": PhaseReading(voltage_v=229.0, current_a=10.0)}),
    )
    hand = Hand(seen).press("centre", "down", "centre", "centre")
    told = {line.label.key: line.value and line.value.params for line in hand.screen.lines}
    assert told["panel.item.device.serial"] == {"text": "S-17"}
    hand.press("left", "down", "centre")
    told = {line.label.key: line.value and line.value.params for line in hand.screen.lines}
    assert told["panel.item.sessions.total"] == {"sessions": 12, "energy": "655.0", "time": "2:00"}
    assert told["panel.item.sessions.partial"] == {"sessions": 2, "energy": "1.0", "time": "0:10"}
    hand.press("left", "down", "down", "centre")
    told = {line.label.key: line.value and line.value.params for line in hand.screen.lines}
    assert told["panel.item.grid.power"] == {"power_w": 924.0}
    assert told["panel.item.grid.l1"] == {"voltage_v": 231.0, "current_a": 4.0}
    assert told["panel.item.vehicle.power"] == {"power_w": 7000.0}
    assert told["panel.item.vehicle.l1"] == {"voltage_v": 229.0, "current_a": 10.0}
    assert told["panel.item.grid.l2"] == {}


@pytest.mark.req("EV-031", "G-053")
def test_the_partial_counters_begin_anew_when_that_is_confirmed() -> None:
    hand = Hand().press("centre", "down", "centre", "down", "centre", "down", "down", "centre")
    assert hand.screen.page == "anew"
    assert hand.asked == []
    hand.press("down", "centre")
    assert (hand.asked, hand.screen.page) == ([("counters_anew", None)], "sessions")


@pytest.mark.req("EV-195", "EV-197", "EV-198")
def test_a_card_is_added_at_the_display_and_its_number_stands_there() -> None:
    hand = admin(Hand(scene(reader=True))).press("down", "centre")
    assert (hand.screen.page, hand.asked) == ("card", [("learn", None)])
    hand.sees(learning=Learning("read", None, "04A1B2C3"))
    assert hand.memory.heard == "read"
    assert [line.value or line.label.params for line in hand.screen.lines] == [{}, {"card": "04A1B2C3"}]
    hand.press("centre")
    assert hand.asked[1:] == [("keep_card", "04A1B2C3")]
    left = admin(Hand(scene(reader=True))).press("down", "centre").wait(61)
    assert left.asked == [("learn", None), ("forget_card", None)]


@pytest.mark.req("EV-028", "G-048")
def test_it_closes_after_a_minute_on_any_page_and_is_on_home_again() -> None:
    hand = Hand().press("centre", "down", "centre")
    touched_s = hand.memory.display.touched_s
    hand.wait(touched_s + 59 - hand.now_s)
    assert (hand.screen.on, hand.screen.page) == (True, "info")
    hand.wait(1)
    assert not hand.screen.on
    hand.press("up")
    assert (hand.screen.on, hand.screen.page, hand.asked) == (True, "home", [])


@pytest.mark.req("EV-043", "G-048")
@pytest.mark.parametrize("button", ["centre", "up", "down", "left", "right"])
def test_the_key_that_wakes_it_does_nothing_else(button: Button) -> None:
    hand = Hand().wait(61).press(button)
    assert (hand.screen.on, hand.screen.page, hand.asked) == (True, "home", [])
    assert not home(hand).choosing


@pytest.mark.req("G-048", "EV-251")
def test_a_knock_a_card_a_plug_or_an_error_wakes_it_and_errors_and_updates_keep_it_open() -> None:
    shown = Authorization("waiting", None, "refused")
    for woke in (
        reading(C.CHARGING),
        reading(C.NOT_CONNECTED, authorization=shown),
        reading(C.ERROR, "I1", connected=False),
    ):
        hand = Hand(scene(C.NOT_CONNECTED)).wait(61)
        assert not hand.screen.on
        assert hand.sees(reading=woke).screen.on
    hand = Hand(scene(C.NOT_CONNECTED)).wait(61)
    hand.memory = knocked(hand.memory, hand.now_s)
    assert hand.screen.on
    failed = Hand().press("centre", "down").sees(reading=reading(C.ERROR, "I3"))
    assert failed.screen.page == "home", "an error is shown whatever page was open"
    failed.press("centre").wait(61)
    assert (failed.screen.on, failed.screen.page) == (True, "home")
    assert Hand(scene(C.UPDATING)).wait(200).screen.on


def test_every_line_that_can_stand_there_has_its_text_in_every_language() -> None:
    names = {item.name for page in PAGES.values() for item in page} | {"menu", "code", "card"}
    for language in LANGUAGES:
        texts = load(language)
        assert [name for name in sorted(names) if f"panel.item.{name}" not in texts] == []
        assert [state for state in C if f"panel.state.{state}" not in texts] == []
        for item in (item for page in PAGES.values() for item in page if item.choices):
            seen = scene(C.CHARGING, reader=True, modes=("fast", "green", "programmed", "ocpp"))
            assert item.choices is not None
            for value in item.choices(seen):
                assert told_value(item, value).key in texts


def test_a_dark_display_shows_nothing() -> None:
    hand = Hand().wait(61)
    seen = screen(hand.memory.display, hand.scene, hand.now_s)
    assert (seen.on, seen.home, seen.lines) == (False, None, ())


WIFI = Link("wifi", "wlan0", connected=True, reaches=True, signal_percent=78)
MOBILE = Link("mobile", "wwan0", connected=True, reaches=True, signal_percent=40)


@pytest.mark.req("EV-022", "EV-003")
@pytest.mark.parametrize(
    ("networks", "shown"),
    [
        (None, ()),
        (NetworksNow(), (LinkShown("wifi", "down"),)),
        (NetworksNow((Link("ethernet", "eth0", connected=True), WIFI)), (LinkShown("wifi", "works", 78),)),
        (NetworksNow((replace(WIFI, reaches=None),)), (LinkShown("wifi", "works", 78),)),
        (NetworksNow((replace(WIFI, reaches=False),)), (LinkShown("wifi", "no_internet", 78),)),
        (NetworksNow((replace(WIFI, enabled=False),)), (LinkShown("wifi", "down", 78),)),
        (NetworksNow((MOBILE, WIFI)), (LinkShown("wifi", "works", 78), LinkShown("mobile", "works", 40))),
        (NetworksNow((Link("mobile", "wwan0"),)), (LinkShown("wifi", "down"), LinkShown("mobile", "down"))),
        (NetworksNow((Link("wifi", "wlan0"),), hotspot="Ohmstead"), (LinkShown("wifi", "hotspot"),)),
    ],
)
def test_home_shows_wifi_and_where_fitted_mobile(networks: NetworksNow | None, shown: tuple[LinkShown, ...]) -> None:
    assert home(Hand(scene(networks=networks))).links == shown
