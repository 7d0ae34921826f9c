"""Who may charge: what is asked of a session, what app and card say, and when all of it ends (G-072, G-073)."""

from datetime import UTC, datetime, timedelta

import pytest

from ohmstead.core.charging import authorization
from ohmstead.core.charging.authorization import AuthorizationMemory, follow, from_app, from_card, seen
from ohmstead.core.model.authorization import AuthorizationMode, BadCardNumber, card_number
from ohmstead.core.model.events import Event
from ohmstead.core.model.time import Instant

START = Instant(datetime(2026, 6, 21, 8, tzinfo=UTC), 1000.0)
CARD = "04A1B2C3"


class Charger:
    """What is remembered of one charger, moved on by plain words."""

    def __init__(self, mode: AuthorizationMode) -> None:
        self.mode, self.memory, self.now = mode, AuthorizationMemory(), START
        self.session: str | None = None
        self.events: list[Event] = []

    def plug(self, session: str | None) -> "Charger":
        self.session = session
        return self.wait(0.05)

    def wait(self, seconds: float) -> "Charger":
        self.now = Instant(self.now.utc + timedelta(seconds=seconds), self.now.monotonic_s + seconds)
        return self._took(follow(self.memory, self.mode, self.session, "garage", self.now))

    def app(self, allowed: bool) -> str | None:
        found = from_app(self.memory, self.mode, allowed, "garage", "ada", self.now)
        self._took(found)
        return found.hindrance and found.hindrance.key

    def card(self, number: str = CARD, valid: bool = True) -> "Charger":
        return self._took(from_card(self.memory, self.mode, number, valid, "garage", self.now))

    def _took(self, found: authorization.Decided) -> "Charger":
        self.memory = found.memory
        self.events += found.events
        return self

    @property
    def told(self) -> tuple[str | None, str | None]:
        shown = seen(self.memory, self.now)
        return shown.verdict, shown.type

    @property
    def kinds(self) -> list[str]:
        return [event.kind for event in self.events]


@pytest.mark.req("EV-187", "G-072")
def test_a_charger_that_asks_for_nothing_lets_each_session_begin_at_once() -> None:
    assert Charger("none").plug("s1").told == ("granted", "None")


@pytest.mark.req("EV-187", "EV-188", "G-072")
@pytest.mark.parametrize("mode", ["app", "card", "both"])
def test_any_other_waits_until_somebody_who_may_has_spoken(mode: AuthorizationMode) -> None:
    charger = Charger(mode).plug("s1").wait(86_400)
    assert charger.told == ("waiting", None)
    assert not charger.memory.granted
    refused = charger.app(allowed=True)
    assert refused == (None if mode != "card" else "authorization.not_by_app")
    if mode == "card":
        charger.card()
    assert charger.told == ("granted", "App" if mode != "card" else f"RFID:{CARD}")


@pytest.mark.req("EV-188")
def test_where_both_may_either_is_enough() -> None:
    assert Charger("both").plug("s1").card().told == ("granted", f"RFID:{CARD}")
    charger = Charger("both").plug("s1")
    assert charger.app(allowed=True) is None
    assert charger.told == ("granted", "App")


@pytest.mark.req("EV-189", "G-072")
def test_after_a_denial_a_card_still_authorises_while_the_vehicle_stays() -> None:
    charger = Charger("both").plug("s1")
    charger.app(allowed=False)
    assert charger.told == ("rejected", None)
    assert charger.wait(3600).card().told == ("granted", f"RFID:{CARD}")
    assert charger.kinds == ["session.rejected", "session.authorized"]


@pytest.mark.req("EV-189", "G-072")
def test_a_denial_ends_with_the_session() -> None:
    charger = Charger("both").plug("s1")
    charger.app(allowed=False)
    assert charger.plug(None).plug("s2").told == ("waiting", None)


@pytest.mark.req("G-072")
def test_the_app_may_change_its_mind_about_what_it_said_but_not_about_a_card() -> None:
    charger = Charger("both").plug("s1")
    charger.app(allowed=False)
    assert charger.app(allowed=True) is None
    assert charger.told == ("granted", "App")
    assert charger.app(allowed=False) is None
    assert charger.card().told == ("granted", f"RFID:{CARD}")
    assert charger.app(allowed=False) == "authorization.already"
    assert charger.told == ("granted", f"RFID:{CARD}")


@pytest.mark.req("G-072")
@pytest.mark.parametrize(("waited_s", "verdict"), [(59.0, "granted"), (61.0, "waiting")])
def test_a_card_shown_without_a_vehicle_is_good_for_the_next_one_for_a_minute(waited_s: float, verdict: str) -> None:
    assert Charger("card").plug(None).card().wait(waited_s).plug("s1").told[0] == verdict


@pytest.mark.req("G-072")
def test_a_card_shown_before_is_good_for_one_session_only() -> None:
    charger = Charger("card").plug(None).card().plug("s1").plug(None).plug("s2")
    assert charger.told == ("waiting", None)


@pytest.mark.req("G-073")
def test_a_card_during_a_charge_changes_nothing_and_is_recorded() -> None:
    charger = Charger("card").plug("s1").card().card("11223344")
    assert charger.told == ("granted", f"RFID:{CARD}")
    assert charger.kinds == ["session.authorized", "card.ignored"]


@pytest.mark.req("G-074", "EV-202")
def test_a_card_that_is_blocked_or_unknown_is_refused_and_shown_so_for_a_moment() -> None:
    charger = Charger("card").plug("s1").card(valid=False)
    assert (charger.told[0], seen(charger.memory, charger.now).signal) == ("waiting", "refused")
    assert seen(charger.wait(4).memory, charger.now).signal == "requested"
    assert seen(charger.card().memory, charger.now).signal == "accepted"
    assert charger.kinds == ["card.refused", "session.authorized"]


def test_a_card_counts_for_nothing_where_only_the_app_is_asked() -> None:
    assert Charger("app").plug(None).card().plug("s1").card().told == ("waiting", None)


def test_a_session_that_waits_begins_when_nothing_is_asked_any_more_and_a_granted_one_goes_on() -> None:
    charger = Charger("app").plug("s1")
    charger.mode = "none"
    assert charger.wait(1).told == ("granted", "None")
    charger.mode = "both"
    assert charger.wait(1).told == ("granted", "None")
    assert charger.plug(None).plug("s2").told == ("waiting", None)


@pytest.mark.req("G-072")
def test_a_restart_keeps_what_was_said_and_the_time_a_card_has_left() -> None:
    charger = Charger("card").plug("s1").card()
    kept = authorization.dump(charger.memory, charger.now)
    later = Instant(charger.now.utc + timedelta(hours=1), 7.0)
    again = authorization.load(kept, 3600.0, later)
    assert (again.granted, again.type, again.session) == (True, f"RFID:{CARD}", "s1")
    waiting = Charger("card").plug(None).card().wait(40)
    kept = authorization.dump(waiting.memory, waiting.now)
    for gone_s, still in ((10.0, CARD), (30.0, None)):
        waiting.memory = authorization.load(kept, gone_s, waiting.now)
        assert waiting.wait(0).memory.shown == still


@pytest.mark.req("G-074")
@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("04a1b2c3", "04A1B2C3"),
        ("04:A1:B2:C3:D4:E5:F6", "04A1B2C3D4E5F6"),
        ("04-a1 b2.c3 d4e5f6 070809", "04A1B2C3D4E5F6070809"),
    ],
)
def test_a_number_is_upper_case_hexadecimal_without_what_stands_between(text: str, number: str) -> None:
    assert card_number(text) == number


@pytest.mark.req("G-074")
@pytest.mark.parametrize("text", ["", "04A1B2", "04A1B2C3D4", "04A1B2CG", "٠٤a1b2c3", "04A1B2C3" * 40])
def test_what_is_no_number_is_refused_and_named(text: str) -> None:
    with pytest.raises(BadCardNumber) as refused:
        card_number(text)
    assert refused.value.came == (text if len(text) <= 40 else f"{text[:40]}…")
