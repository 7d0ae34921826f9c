"""One door for changes: role, range and conflict are checked before anything changes."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ohmstead.core.charging.session import without_session
from ohmstead.core.model.chargers import ChargerOptions, ChargerReading, ChargerState
from ohmstead.core.model.errors import CommandRefused
from ohmstead.core.model.events import Action, Command
from ohmstead.core.model.modes import GreenOptions, Program, SurplusSettings, WeekPlan, six
from ohmstead.core.model.quantities import Quality
from ohmstead.core.model.reasons import Reason
from ohmstead.core.model.settings import BoardSettings, ChargerSettings, Settings, SiteSettings
from ohmstead.core.model.time import Instant
from ohmstead.site.commands import decided
from ohmstead.texts import LANGUAGES, word
from tests.core.control.builders import at as control_at
from tests.core.control.builders import site as control_site

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


def asking(action: Action, value: Any, *, metered: bool = True, managed: bool = True) -> ChargerOptions:
    """What the garage's options become. Raises CommandRefused."""
    place = {"main_fuse_a": 25} if managed else {}
    settings = control_site(meter=metered, **place)
    command = Command("ada", "user", "garage", action, value)
    options, event = decided(command, settings, {"garage": ChargerOptions()}, {}, control_at(0))
    assert event.data["action"] == action.value
    assert word(event.reason or Reason(""), "it")
    return options


@pytest.mark.req("EV-096", "EV-100", "EV-121")
@pytest.mark.parametrize(
    ("mode", "place", "refused"),
    [
        ("fast", {}, None),
        ("green", {}, None),
        ("programmed", {}, None),
        ("ocpp", {}, "command.no_central_system"),
        ("green", {"metered": False, "managed": False}, "command.green_without_meter"),
        ("green", {"managed": False}, "command.green_without_limit"),
        ("programmed", {"managed": False}, None),
    ],
)
def test_a_mode_is_chosen_or_refused_with_what_is_missing(
    mode: str, place: dict[str, bool], refused: str | None
) -> None:
    if refused is None:
        assert asking(Action.SET_MODE, mode, **place).mode == mode
        return
    with pytest.raises(CommandRefused) as error:
        asking(Action.SET_MODE, mode, **place)
    assert error.value.reason.key == refused


@pytest.mark.req("G-028", "EV-116", "EV-117")
@pytest.mark.parametrize(
    "program, default, managed, refused",
    [
        ({"days": ["mon"]}, "off", True, None),
        ({"days": ["mon"], "start": "22:00", "end": "22:00"}, "off", True, "command.program.equal_times"),
        ({"days": ["mon"], "limit_a": 5.9}, "off", True, "command.program.limit_too_low"),
        ({"days": ["mon"], "limit_a": 33.0}, "off", True, "command.program.limit"),
        ({"days": ["mon"], "mode": "green"}, "off", False, "command.program.green_without_limit"),
        ({"days": [], "mode": "green", "start": "22:00", "end": "22:00"}, "off", False, None),
        ({"days": ["mon"]}, "green", False, "command.green_without_limit"),
    ],
)
def test_programs_that_cannot_be_are_refused_and_nothing_changes(
    program: dict[str, Any], default: Any, managed: bool, refused: str | None
) -> None:
    plan = WeekPlan(programs=six([Program(), Program(**program)]), default_mode=default)
    if refused is None:
        options = asking(Action.SET_PROGRAMS, plan, managed=managed)
        assert (options.programs, options.default_mode) == (plan.programs, default)
        return
    with pytest.raises(CommandRefused) as error:
        asking(Action.SET_PROGRAMS, plan, managed=managed)
    assert error.value.reason.key == refused
    assert error.value.reason.params.get("number", 2) == 2


@pytest.mark.req("EV-104", "EV-275")
@pytest.mark.parametrize("percent", [0, 4, 7, 101, 75.5])
def test_the_green_share_goes_from_5_to_100_percent_in_steps_of_5(percent: float) -> None:
    with pytest.raises(ValueError, match="minimum_percent"):
        GreenOptions.model_validate({"minimum_percent": percent})
    assert asking(Action.SET_GREEN, GreenOptions(operation="hybrid", minimum_percent=5)).green.share == 0.05
    with pytest.raises(CommandRefused):
        asking(Action.SET_GREEN, "hybrid")


@pytest.mark.req("G-031", "EV-272")
def test_the_factory_values() -> None:
    new = ChargerOptions()
    assert (new.mode, new.green.operation, new.green.minimum_percent, new.default_mode) == ("fast", "solar", 75, "fast")
    assert all(not program.days for program in new.programs)
    assert SurplusSettings().minimum_export_w == 0
