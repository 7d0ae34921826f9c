"""One door for changes: role, range and conflict are checked before anything changes."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ohmstead.core.charging.session import without_session
from ohmstead.core.model.chargers import ChargerOptions, ChargerReading, ChargerState
from ohmstead.core.model.errors import CommandRefused
from ohmstead.core.model.events import Action, Command
from ohmstead.core.model.quantities import Quality
from ohmstead.core.model.settings import BoardSettings, ChargerSettings, Settings, SiteSettings
from ohmstead.core.model.time import Instant
from ohmstead.site.commands import decided
from ohmstead.texts import LANGUAGES, word

NOW = Instant(datetime(2026, 6, 21, 10, tzinfo=UTC), 100.0)
SETTINGS = Settings(
    site=SiteSettings(name="Home", timezone="Europe/Rome"),
    chargers={"garage": ChargerSettings(board=BoardSettings(connect="tcp://127.0.0.1:1"), max_current_a=16.0)},
)
PLUGGED = ChargerReading("garage", NOW, Quality.GOOD, ChargerState.CHARGING, connected=True)
COMMAND = Command("ada", "user", "garage", Action.SET_USER_LIMIT, 10.0)


def carried_out(command: Command, options: ChargerOptions | None = None, connected: bool = True) -> ChargerOptions:
    reading = replace(PLUGGED, connected=connected)
    return decided(command, SETTINGS, {"garage": options or ChargerOptions()}, {"garage": reading}, NOW)[0]


@pytest.mark.req("EV-097")
def test_the_user_limit_stays_within_the_installation_limit() -> None:
    assert carried_out(COMMAND).user_limit_a == 10.0
    assert carried_out(replace(COMMAND, value=16)).user_limit_a == 16.0
    for wrong in (16.1, 5.9, -1, 1e9, float("nan"), True, "10"):
        with pytest.raises(CommandRefused):
            carried_out(replace(COMMAND, value=wrong))


@pytest.mark.req("G-024")
def test_the_session_limit_stays_within_the_user_limit_and_ends_with_the_session() -> None:
    limited = replace(COMMAND, action=Action.SET_SESSION_LIMIT, value=8)
    options = carried_out(limited, ChargerOptions(user_limit_a=10.0))
    assert options.session_limit_a == 8.0
    with pytest.raises(CommandRefused):
        carried_out(replace(limited, value=11), ChargerOptions(user_limit_a=10.0))
    assert without_session(options) == ChargerOptions(user_limit_a=10.0)


@pytest.mark.req("G-051")
def test_a_pause_needs_a_car_and_ends_with_the_session() -> None:
    pause = replace(COMMAND, action=Action.PAUSE, value=True)
    assert carried_out(pause).paused
    assert not without_session(carried_out(pause)).paused
    with pytest.raises(CommandRefused):
        carried_out(pause, connected=False)


@pytest.mark.req("G-134")
def test_off_is_not_a_mode_but_not_enabled() -> None:
    assert not carried_out(replace(COMMAND, action=Action.ENABLE, value=False)).enabled
    with pytest.raises(CommandRefused):
        carried_out(replace(COMMAND, action=Action.SET_MODE, value="off"))


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"role": "viewer"}, "command.role"),
        ({"target": "barn"}, "command.unknown_charger"),
        ({"expires": NOW.utc - timedelta(seconds=1)}, "command.expired"),
        ({"value": 99}, "command.range"),
        ({"value": "x"}, "command.number"),
        ({"action": Action.ENABLE, "value": 1}, "command.switch"),
        ({"action": Action.SET_MODE, "value": "turbo"}, "command.mode"),
    ],
)
def test_a_refusal_says_why_in_every_language(change: dict[str, object], key: str) -> None:
    with pytest.raises(CommandRefused) as caught:
        carried_out(replace(COMMAND, **change))  # type: ignore[arg-type]  # the table is deliberately wrong
    assert caught.value.reason.key == key
    assert all(word(caught.value.reason, language) for language in LANGUAGES)
