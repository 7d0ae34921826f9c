"""What a site refuses of a charger whose board has no lease."""

import pytest

from ohmstead.core.model.errors import ConfigurationError
from ohmstead.site.configuration import parse

TEXT = """
[site]
name = "House"
timezone = "Europe/Rome"

[devices.grid]
driver = "board-ct"
connect = "board://garage"
input = "wired"
role = "grid"

[chargers.garage]
board = { driver = "modbus-board", connect = "tcp://192.168.1.30:502" }
max_current_a = 16.0
"""


@pytest.mark.parametrize("driver", ["phoenix-ev-cc", "evse-din"])
def test_transformers_at_a_board_that_has_no_input_for_them_are_refused(driver: str) -> None:
    assert parse(TEXT, "site.toml").devices["grid"].board == "garage"
    with pytest.raises(ConfigurationError, match=f"whose board .driver {driver}. has no input") as raised:
        parse(TEXT.replace("modbus-board", driver), "site.toml")
    assert [mistake.where for mistake in raised.value.mistakes] == ["site.toml: devices.grid.connect"]


def test_a_board_that_nobody_makes_is_refused_with_those_that_are_known() -> None:
    with pytest.raises(ConfigurationError, match="phoenix-ev-cc"):
        parse(TEXT.replace("modbus-board", "phoenix"), "site.toml")
