"""Modes in a ``site.toml``: what can be carried out is taken, what cannot is told with the key and what is needed."""

import pytest

from ohmstead.core.model.errors import ConfigurationError
from ohmstead.site.configuration import parse

METER = """
[devices.grid]
driver = "modbus"
meter = "eastron-sdm630"
connect = "tcp://192.168.1.20:502"
role = "grid"
"""


def text(charger: str, fuse: bool = True, meter: bool = True) -> str:
    return f"""
[site]
name = "Home"
timezone = "Europe/Rome"
{"main_fuse_a = 25" if fuse else ""}
surplus = {{ minimum_export_w = 200, order = "car_first" }}
{METER if meter else ""}
[chargers.garage]
board = {{ connect = "tcp://192.168.1.30:502" }}
max_current_a = 16
{charger}
"""


@pytest.mark.req("EV-276", "EV-277", "EV-274")
def test_modes_and_programs_are_written_down() -> None:
    settings = parse(
        text(
            'mode = "programmed"\ndefault_mode = "off"\ngreen = { operation = "hybrid", minimum_percent = 50 }\n'
            'programs = [{ days = ["sun", "mon"], start = "22:00", end = "24:00", mode = "green", limit_a = 10 }]'
        ),
        "site.toml",
    )
    garage = settings.chargers["garage"]
    assert garage.programs[0].days == ("mon", "sun")
    assert (garage.mode, garage.default_mode, garage.green.share) == ("programmed", "off", 0.5)
    assert (settings.site.surplus.minimum_export_w, settings.site.surplus.order) == (200, "car_first")


@pytest.mark.req("EV-100", "G-028", "EV-096")
@pytest.mark.parametrize(
    ("charger", "place", "said"),
    [
        ('mode = "ocpp"', {}, "chargers.garage.mode: got 'ocpp'; allowed: fast, green, programmed: no central system"),
        ('mode = "green"', {"fuse": False}, "chargers.garage.mode: got 'green' without what it goes by"),
        ('mode = "green"', {"meter": False}, "a grid meter and, in [site], main_fuse_a or contract_power_w"),
        ('mode = "programmed"\ndefault_mode = "green"', {"fuse": False}, "chargers.garage.default_mode"),
        ('programs = [{ days = ["mon"], mode = "green" }]', {"fuse": False}, "chargers.garage.programs.0.mode"),
        ('programs = [{ days = ["mon"], end = "22:00" }]', {}, "chargers.garage.programs.0.end"),
        ('programs = [{ days = ["mon"], limit_a = 5 }]', {}, "at least the 6 A that a car needs"),
        ('programs = [{ days = ["mon", "mon"] }]', {}, "each day once"),
        ('programs = [{ days = ["mon"], start = "7:00" }]', {}, "chargers.garage.programs.0.start"),
        ("green = { minimum_percent = 42 }", {}, "chargers.garage.green.minimum_percent"),
        ("green = { share = 42 }", {}, "chargers.garage.green.share"),
    ],
)
def test_what_cannot_be_carried_out_is_refused(charger: str, place: dict[str, bool], said: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        parse(text(charger, **place), "site.toml")
    assert said in str(error.value)
