"""What the app words by a value of the program: each value has its text, so that no screen says nothing."""

from typing import get_args

import pytest

from ohmstead import texts
from ohmstead.core.model.settings import DeviceSettings
from ohmstead.core.plant.cars import CARS
from ohmstead.core.plant.flaws import Flaw

DRIVERS = [driver for driver in get_args(DeviceSettings.model_fields["driver"].annotation) if driver != "modbus"]
"""Meters on Modbus are named by their table."""


@pytest.mark.parametrize("language", texts.LANGUAGES)
@pytest.mark.parametrize(
    "family, values", [("ui.dlm.model", DRIVERS), ("ui.bench.car", list(CARS)), ("ui.bench.flaw", list(Flaw))]
)
def test_each_value_has_its_text(language, family, values):
    assert len(values) > 5
    assert [value for value in values if f"{family}.{value}" not in texts.load(language)] == []
