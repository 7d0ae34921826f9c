"""The proposal of a scan: a site takes it once every role is set, and no role is made up."""

import tomllib
from dataclasses import replace

import pytest

from ohmstead.core.model.errors import ConfigurationError
from ohmstead.core.model.quantities import Role
from ohmstead.drivers.scanning.finding import Finding, Sureness
from ohmstead.site.configuration import parse
from ohmstead.site.proposing import entries, settled, text
from ohmstead.site.start import unusable

SITE = {"name": "My house", "timezone": "Europe/Rome"}
METER = Finding("tcp://10.0.0.2:502", 1, "modbus", "Eastron SDM630", Sureness.LIKELY, ("eastron-sdm630",))
SINGLE = Finding(
    "tcp://10.0.0.2:502", 2, "modbus", "A / B", Sureness.POSSIBLE, ("eastron-sdm120", "eastron-sdm230"), phases=1
)
INVERTER = Finding("tcp://10.0.0.3:502", 1, "sunspec", 'Sun "x"\\ \x1b', Sureness.SURE, sides=("inverter", "meter"))
BOARD = Finding("tcp://10.0.0.4:502", 1, "modbus-board", "Board", Sureness.SURE, phases=1, rated_current_a=32.0)
BOX = Finding("tcp://10.0.0.5:502", 61, "power-box", "Power Box", Sureness.SURE, circuits=((1, 2, 3), (7,)))
P1 = Finding("serial:///dev/ttyUSB0?baud=115200", 1, "p1", "P1", Sureness.SURE)
ALL = (METER, SINGLE, INVERTER, BOARD, BOX, P1)


def proposed(findings, roles=(), language="en") -> str:
    sections = settled(entries(findings), SITE)
    if roles:
        chosen = iter(roles)
        sections = [each.with_role(next(chosen)) if each.open else each for each in sections]
    return text(sections, SITE, language)


@pytest.mark.parametrize("language", ["en", "it"])
def test_a_site_takes_the_proposal_unchanged_once_its_roles_are_set(language):
    settings = parse(proposed(ALL, [Role.LOAD] * 9, language), "proposal", unusable)
    assert {name: device.role for name, device in settings.devices.items()} == {
        "eastron-sdm630": Role.LOAD,
        "eastron-sdm120": Role.LOAD,
        "inverter": Role.PRODUCTION,
        "meter": Role.LOAD,
        "circuit-1-2-3": Role.LOAD,
        "circuit-7": Role.LOAD,
        "supply": Role.GRID,
    }
    assert settings.chargers["charger"].max_current_a == 6.0
    assert settings.chargers["charger"].phases == ("L1",)


def test_a_board_that_can_be_bought_is_proposed_with_its_own_driver():
    found = replace(BOARD, driver="phoenix-ev-cc", model="Phoenix Contact EV-CC-AC1-M3-CBC-SER-PCB", phases=3)
    settings = parse(proposed([found]), "proposal", unusable)
    charger = settings.chargers["charger"]
    assert (charger.board.driver, charger.max_current_a) == ("phoenix-ev-cc", 6.0)


def test_the_line_of_a_role_that_nobody_can_know_waits_as_a_comment_and_the_site_names_it():
    raw = proposed(ALL)
    with pytest.raises(ConfigurationError) as raised:
        parse(raw, "proposal", unusable)
    assert sorted({mistake.where.partition(": ")[2] for mistake in raised.value.mistakes}) == [
        f"devices.{name}.role" for name in ("circuit-1-2-3", "circuit-7", "eastron-sdm120", "eastron-sdm630", "meter")
    ]
    uncommented = raw.replace('# role = "load"', 'role = "load"')
    assert len(parse(uncommented, "proposal", unusable).devices) == 7


@pytest.mark.parametrize(
    "sides, roles",
    [
        (("battery",), {"battery": Role.BATTERY}),
        (("inverter", "battery"), {"inverter": Role.PRODUCTION, "battery": Role.BATTERY}),
        (("either",), {"inverter": None}),
    ],
)
def test_a_battery_is_proposed_as_one_and_left_open_where_it_shares_an_inverter_that_does_not_tell(sides, roles):
    made = settled(entries([replace(INVERTER, sides=sides)]), SITE)
    assert {each.key: each.values.get("role") for each in made} == roles
    assert not any(each.refused for each in made)


def test_several_supply_meters_leave_their_role_open():
    other = Finding("serial:///dev/ttyUSB1?baud=115200", 1, "p1", "P1", Sureness.SURE)
    assert all(each.open for each in entries((P1, other)))
    assert [each.key for each in entries((P1, other))] == ["supply", "supply-2"]


def test_what_fits_several_tables_names_the_others():
    assert "or: eastron-sdm230" in proposed([SINGLE])


def test_what_cannot_stand_beside_the_others_is_a_comment_with_the_reason():
    slow = Finding("serial:///dev/ttyUSB0?baud=9600", 1, "modbus", "B23", Sureness.SURE, ("abb-b23",))
    fast = Finding("serial:///dev/ttyUSB0?baud=19200", 2, "modbus", "B24", Sureness.SURE, ("abb-b24",))
    raw = proposed([slow, fast], [Role.GRID])
    assert list(tomllib.loads(raw)["devices"]) == ["abb-b23"]
    assert "# [devices.abb-b24]" in raw
    assert "as another device there" in raw


def test_a_second_grid_meter_is_not_taken():
    sections = [each.with_role(Role.GRID) for each in entries([METER, SINGLE])]
    first, second = settled(sections, SITE)
    assert first.refused == ""
    assert "one device has the role grid" in second.refused


def test_a_device_nobody_can_read_yet_and_a_box_without_phases_are_comments():
    stranger = Finding("http://10.0.0.9", 1, "shelly", "Shelly", Sureness.SURE)
    empty = Finding("tcp://10.0.0.5:502", 61, "power-box", "Power Box", Sureness.SURE)
    raw = proposed([empty])
    assert tomllib.loads(raw).keys() == {"site"}
    assert "set them in the box" in raw
    assert "http://10.0.0.9" in proposed([stranger], [Role.LOAD])


def test_no_remark_of_a_device_can_break_out_of_its_comment():
    wild = Finding("tcp://10.0.0.3:502", 1, "sunspec", 'x\n[site]\nname = "y', Sureness.SURE, sides=("inverter",))
    raw = proposed([wild])
    assert tomllib.loads(raw)["site"]["name"] == "My house"


def test_a_site_that_cannot_be_is_refused():
    with pytest.raises(ConfigurationError, match="IANA"):
        text([], {"name": "x", "timezone": "Rome"}, "en")
