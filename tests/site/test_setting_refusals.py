"""A charger's settings at their bounds: what cannot be is refused in words, and each role changes only its own."""

from pathlib import Path
from typing import Any

import pytest

from ohmstead.core.model.errors import CommandRefused
from ohmstead.core.model.events import AccessRole
from ohmstead.core.model.parameters import PARAMETERS
from ohmstead.drivers.virtual_time import VirtualClock, run_virtual
from ohmstead.site.commands import ROLE_NEEDED
from ohmstead.texts import LANGUAGES, word
from tests.site.staging import SETTINGS, START, home
from tests.site.test_setting_effects import Stand
from tests.site.test_setting_up import Bench

WRONG: tuple[tuple[str, object, str], ...] = (
    ("mode", "turbo", "setting.choice"),
    ("mode", True, "setting.choice"),
    ("mode", "ocpp", "command.no_central_system"),
    ("user_limit", 5.9, "setting.range"),
    ("user_limit", 16.1, "setting.range"),
    ("user_limit", float("nan"), "setting.number"),
    ("user_limit", "8", "setting.number"),
    ("green_percent", 0, "setting.range"),
    ("green_percent", 42, "setting.invalid"),
    ("green_percent", None, "setting.needed"),
    ("minimum_export", -1, "setting.range"),
    ("priority", 2.5, "command.priority"),
    ("load_management", "off", "command.switch"),
    ("grid_limit", 6, "setting.range"),
    ("authorize_card", True, "command.no_reader"),
    ("name", "", "setting.name"),
    ("name", "x" * 81, "setting.name"),
    ("name", 7.0, "setting.text"),
    ("max_current", 5, "setting.range"),
    ("max_current", 81, "setting.range"),
    ("fallback_current", 3, "setting.invalid"),
    ("fallback_current", 17, "setting.range"),
    ("earthing", "none", "setting.choice"),
)


@pytest.mark.req("EV-273", "EV-275", "EV-294", "EV-304")
def test_what_cannot_be_is_refused_in_words_and_nothing_changes(tmp_path: Path) -> None:
    async def main(clock: VirtualClock) -> None:
        async with home(clock, f"sqlite:///{tmp_path / 'site.db'}", pilot_s=0.25) as house:
            stand = Stand(house, Bench())
            options = house.site.modes.options_of("garage")
            for key, value, refusal in WRONG:
                with pytest.raises(CommandRefused) as caught:
                    await stand.set(key, value)
                assert (key, caught.value.reason.key) == (key, refusal)
                assert all(word(caught.value.reason, language) for language in LANGUAGES)
            assert house.site.settings == SETTINGS
            assert house.site.modes.options_of("garage") == options

    run_virtual(main, START)


@pytest.mark.req("G-008")
def test_who_may_change_what_is_kept_at_the_door(tmp_path: Path) -> None:
    values: dict[str, Any] = {"switch": True, "number": 6, "text": "x", "meter": "new"}

    async def main(clock: VirtualClock) -> None:
        async with home(clock, f"sqlite:///{tmp_path / 'site.db'}", pilot_s=0.25) as house:
            stand = Stand(house, Bench())
            below: dict[AccessRole, AccessRole] = {"user": "viewer", "installer": "user", "owner": "installer"}
            for row in PARAMETERS:
                value = row.choices[0] if row.choices else values[row.kind]
                value = 1000 if row.key == "grid_limit" else 2 if row.key == "priority" else value
                value = 50 if row.key in ("green_percent", "phase_pause") else value
                with pytest.raises(CommandRefused) as caught:
                    await stand.set(row.key, value, below[ROLE_NEEDED[row.action]])
                assert (row.key, caught.value.reason.key) == (row.key, "command.role")

    run_virtual(main, START)
