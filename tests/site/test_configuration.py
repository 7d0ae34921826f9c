"""A wrong site.toml is refused whole, and each mistake says where, what came, what is allowed, what to do."""

import re
from pathlib import Path

import pytest

from ohmstead.core.model.errors import ConfigurationError
from ohmstead.site.configuration import load, parse, validate

GOOD = """
[site]
name = "Via Roma 12"
timezone = "Europe/Rome"
main_fuse_a = 25.0
contract_power_w = 10000

[devices.grid]
driver = "modbus"
meter = "eastron-sdm630"
connect = "tcp://192.168.1.20:502"
role = "grid"

[chargers.garage]
board = { driver = "modbus-board", connect = "tcp://192.168.1.30:502" }
max_current_a = 16.0
"""


def test_a_whole_file_becomes_settings_with_the_name_as_address() -> None:
    settings = parse(GOOD, "site.toml")
    assert settings.site.id == "via-roma-12"
    assert settings.chargers["garage"].phases == ("L1", "L2", "L3")


@pytest.mark.parametrize(
    ("wrong", "right", "said"),
    [
        (
            "main_fuse = 25",
            "main_fuse_a = 25.0",
            "site.main_fuse: got unknown key 'main_fuse'; allowed: contract_power_w",
        ),
        ("main_fuse = 25", "main_fuse_a = 25.0", "Did you mean main_fuse_a?"),
        ('main_fuse_a = "25 A"', "main_fuse_a = 25.0", "got '25 A' (text); allowed: a number, such as 25.0. Ampere"),
        ("main_fuse_a = -1", "main_fuse_a = 25.0", "got -1 (number); allowed: a number >= 6"),
        ("contract_power_w = 10", "contract_power_w = 10000", "allowed: a number >= 500"),
        ("contract_power_w = 10", "contract_power_w = 10000", "Watt, not kW: contract_power_w = 10000"),
        ("main_fuse_a = 5.9", "main_fuse_a = 25.0", "allowed: a number >= 6"),
        (
            "max_current_a = 16.0\nfallback_current_a = 16.1",
            "max_current_a = 16.0",
            "chargers.garage.fallback_current_a: got 16.1; allowed: at most max_current_a, 16 A",
        ),
        (
            "max_current_a = 16.0\nfallback_current_a = 5.9",
            "max_current_a = 16.0",
            "chargers.garage.fallback_current_a: got 5.9 (number); allowed: 0, which stops the charger, or",
        ),
        (
            'role = "grid"\nperiod_s = 11',
            'role = "grid"',
            "devices.grid.period_s: got 11; allowed: at most 10 s for the grid meter that chargers follow. Without",
        ),
        (
            '[chargers."a/b c"]',
            "[chargers.garage]",
            "chargers.a/b c: got 'a/b c' (text); allowed: small letters, digits",
        ),
        ("[devices.Grid]", "[devices.grid]", "devices.Grid: got 'Grid' (text); allowed: small letters, digits"),
        ("[devices.-grid]", "[devices.grid]", "beginning with a letter or digit"),
        ('role = "gird"', 'role = "grid"', "devices.grid.role: got 'gird' (text); allowed: 'grid', 'production'"),
        *(
            (f'timezone = "{name}"', 'timezone = "Europe/Rome"', "allowed: an IANA time zone such as Europe/Rome")
            for name in ("Factory", "localtime", "posixrules")
        ),
        ('timezone = "Roma"', 'timezone = "Europe/Rome"', "allowed: an IANA time zone such as Europe/Rome"),
        (
            'connect = "192.168.1.20"',
            'connect = "tcp://192.168.1.20:502"',
            "allowed: tcp://HOST:PORT, tcp+rtu://HOST:PORT or serial://",
        ),
        ("max_current_a = 5", "max_current_a = 16.0", "allowed: a number >= 6"),
        ('name = "x', 'name = "Via Roma 12"', "allowed: TOML 1.0"),
        ('meter = ""', 'meter = "eastron-sdm630"', "devices.grid.meter"),
    ],
)
def test_a_mistake_says_where_what_came_and_what_is_allowed(wrong: str, right: str, said: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse(GOOD.replace(right, wrong), "site.toml")
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("grid_type", "device", "charger", "said"),
    [
        ("1x230", '["L1"]', '["L2"]', "chargers.garage.phases: got L2; allowed: L1: the grid_type is 1x230"),
        ("1x230", '["L1"]', '["L1", "L2"]', "chargers.garage.phases: got L1, L2; allowed: L1"),
        ("2x120/240", '["L1"]', '["L3", "L2", "L1"]', "chargers.garage.phases: got L3, L2, L1; allowed: L1, L2"),
        ("1x230", '["L3"]', '["L1"]', "devices.grid.phases: got L3; allowed: L1: the grid_type is 1x230"),
    ],
)
def test_a_phase_that_the_supply_does_not_have_is_refused(grid_type, device, charger, said) -> None:
    text = GOOD.replace("main_fuse_a", f'grid_type = "{grid_type}"\nmain_fuse_a')
    text = text.replace('role = "grid"', f'role = "grid"\nphases = {device}') + f"phases = {charger}\n"
    with pytest.raises(ConfigurationError) as caught:
        parse(text, "site.toml")
    assert said in str(caught.value)


def test_three_phases_in_order_mean_as_many_as_the_supply_has() -> None:
    text = GOOD.replace("main_fuse_a", 'grid_type = "1x230"\nmain_fuse_a') + 'phases = ["L1", "L2", "L3"]\n'
    assert parse(text, "site.toml").chargers["garage"].phases == ("L1", "L2", "L3")


def test_a_meter_that_no_charger_follows_may_be_asked_seldom() -> None:
    alone = GOOD.split("[chargers", maxsplit=1)[0].replace('role = "grid"', 'role = "grid"\nperiod_s = 60')
    assert parse(alone, "site.toml").devices["grid"].period_s == 60.0


def test_every_mistake_is_listed_at_once() -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse(GOOD.replace('role = "grid"', "unit = 900").replace("25.0", '"a"'), "site.toml")
    assert {m.where for m in caught.value.mistakes} == {
        "site.toml: site.main_fuse_a",
        "site.toml: devices.grid.unit",
        "site.toml: devices.grid.role",
    }


def test_two_devices_at_one_address_are_refused() -> None:
    double = GOOD.replace("192.168.1.30", "192.168.1.20")
    with pytest.raises(ConfigurationError, match="garage and grid have the same address"):
        parse(double, "site.toml")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("tcp://localhost:502", "tcp://127.0.0.1:502"),
        ("tcp://LocalHost:502", "tcp://[::1]:502"),
        ("tcp://Meter.lan:502", "tcp://meter.lan.:502"),
        ("tcp://[fd00::1]:502", "tcp+rtu://[FD00:0::1]:502"),
        ("serial:///dev/ttyUSB0?baud=9600", "serial:///dev//ttyUSB0?baud=19200"),
    ],
)
def test_one_place_written_in_two_ways_is_one_place(one: str, other: str) -> None:
    text = GOOD.replace("tcp://192.168.1.20:502", one).replace("tcp://192.168.1.30:502", other)
    with pytest.raises(ConfigurationError, match="garage and grid have the same address"):
        parse(text, "site.toml")


def test_two_hosts_are_two_places() -> None:
    text = GOOD.replace("192.168.1.20", "127.0.0.1").replace("192.168.1.30", "127.0.0.2")
    assert parse(text, "site.toml").chargers


def test_an_inverter_and_the_meter_in_its_map_share_an_address_but_two_meters_do_not() -> None:
    roof = '[devices.roof]\ndriver = "sunspec"\nconnect = "tcp://192.168.1.40:502"\nrole = "production"\n'
    meter = roof.replace("roof", "heat-pump").replace("production", "load")
    assert set(parse(f"{GOOD}\n{roof}\n{meter}", "site.toml").devices) == {"grid", "roof", "heat-pump"}
    with pytest.raises(ConfigurationError, match="the same address"):
        parse(f"{GOOD}\n{meter}\n{meter.replace('heat-pump', 'oven')}", "site.toml")


def test_panels_and_the_battery_of_one_inverter_share_an_address() -> None:
    roof = '[devices.roof]\ndriver = "sunspec"\nconnect = "tcp://192.168.1.40:502"\nrole = "production"\n'
    cellar = roof.replace("roof", "cellar").replace("production", "battery")
    assert set(parse(f"{GOOD}\n{roof}\n{cellar}", "site.toml").devices) == {"grid", "roof", "cellar"}
    with pytest.raises(ConfigurationError, match="the same address"):
        parse(f"{GOOD}\n{cellar}\n{cellar.replace('cellar', 'attic')}", "site.toml")


@pytest.mark.parametrize(
    "keys, says",
    [
        ('key = "12AB"', r"devices\.street\.key"),
        (f'key = "{"G" * 32}"', r"devices\.street\.key"),
        (f'authentication_key = "{"A" * 32}"', "authentication_key needs key"),
        (f'key = "{"A" * 32}"\nauthentication_key = "1"', r"devices\.street\.authentication_key"),
    ],
)
def test_the_key_of_encrypted_telegrams_has_32_hexadecimal_digits(keys: str, says: str) -> None:
    street = '[devices.street]\ndriver = "p1"\nconnect = "tcp://192.168.1.40:2323"\nrole = "load"\n'
    assert parse(f'{GOOD}\n{street}key = "{"aB" * 16}"', "site.toml").devices["street"].key == "aB" * 16
    with pytest.raises(ConfigurationError, match=says):
        parse(f"{GOOD}\n{street}{keys}", "site.toml")
    with pytest.raises(ConfigurationError, match="key belongs only to"):
        parse(f'{GOOD}\n{street.replace("p1", "sunspec")}key = "{"A" * 32}"', "site.toml")


def test_circuits_of_one_power_box_share_its_address_and_no_slot() -> None:
    oven = (
        '[devices.oven]\ndriver = "power-box"\nconnect = "tcp://192.168.1.40:502"\nrole = "load"\nslots = [1, 2, 3]\n'
    )
    pump = oven.replace("oven", "pump").replace("[1, 2, 3]", "[4]")
    assert parse(f"{GOOD}\n{oven}\n{pump}", "site.toml").devices["pump"].parts == ("slot 4",)
    for wrong, says in (
        (pump.replace("[4]", "[3]"), "the same address"),
        (pump.replace("[4]", "[4, 4]"), "each slot once"),
        (pump.replace("[4]", "[29]"), "slots"),
        (pump.replace("slots = [4]", ""), "slots is needed"),
    ):
        with pytest.raises(ConfigurationError, match=says):
            parse(f"{GOOD}\n{oven}\n{wrong}", "site.toml")


SAMPLED = """
[site]
name = "Via Roma 12"
timezone = "Europe/Rome"
grid_type = "3x400+N"

[devices.grid]
driver = "samples"
connect = "samples://192.168.1.40:5390"
points = [1, 2, 3]
role = "grid"

[devices.oven]
driver = "samples"
connect = "samples://192.168.1.40:5390"
points = [{ column = 4, phase = "L2", rating_a = 50, phase_error = [[1, 0.5], [10, 0.2]] }, 5]
phases = ["L1", "L3"]
role = "load"
"""


@pytest.mark.req("EM-153", "EM-115")
def test_circuits_of_one_front_end_share_its_address_and_no_point() -> None:
    good = parse(SAMPLED, "site.toml").devices["oven"].points
    assert good is not None
    assert [(point.column, point.phase) for point in good] == [(4, "L2"), (5, None)]
    for right, wrong, says in (
        ("}, 5]", "}, 3]", "point 3; oven and grid have the same address"),
        ("}, 5]", "}, 4]", "each column once"),
        ("}, 5]", "}, 29]", "1 to 28: one front end has no more points; a second one takes those beyond"),
        ("}, 5]", "}, 5, 6]", "3 points and 2 phases"),
        ("[1, 2, 3]", "[1, 2, 3, 6]", "4 points and 3 phases"),
        ("points = [1, 2, 3]\n", "", "points, and connect"),
        ('"samples://192.168.1.40:5390"\npoints = [1', '"tcp://192.168.1.40:5390"\npoints = [1', "points, and connect"),
        ("[[1, 0.5], [10, 0.2]]", "[[10, 0.5], [1, 0.2]]", "rising amperes"),
        ("[[1, 0.5], [10, 0.2]]", "[[1, 60]]", "at most 10 degrees"),
        ("rating_a = 50", "ratin_a = 50", "Did you mean rating_a"),
        ('"3x400+N"', '"1x230"', "a point on L2; allowed: L1: the grid_type is 1x230"),
        ('"3x400+N"', '"2x120/240"', "a point on L3; allowed: L1, L2: the grid_type is 2x120/240"),
    ):
        with pytest.raises(ConfigurationError, match=re.escape(says)):
            parse(SAMPLED.replace(right, wrong, 1), "site.toml")


@pytest.mark.req("EM-146")
def test_a_third_transformer_on_a_delta_load_is_refused_and_so_is_another_pair() -> None:
    delta = SAMPLED.split("[devices.oven]", maxsplit=1)[0].replace("3x400+N", "3x230")
    for points in ("[1, 2, 3]", '[{ column = 1, phase = "L1" }, { column = 3, phase = "L3" }]'):
        with pytest.raises(ConfigurationError, match="on a delta grid L1 and L2 for a three-phase load"):
            parse(delta.replace("[1, 2, 3]", points), "site.toml")
    assert parse(delta.replace("[1, 2, 3]", "[1, 2]"), "site.toml").devices["grid"].points


@pytest.mark.req("EM-150")
def test_a_load_between_l1_and_l2_of_a_delta_grid_is_configured_as_l3() -> None:
    delta = SAMPLED.split("[devices.oven]", maxsplit=1)[0].replace("3x400+N", "3x230")
    single = delta.replace("[1, 2, 3]", '[{ column = 1, phase = "L3" }]').replace('"grid"\n', '"load"\n')
    assert parse(single, "site.toml").devices


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no such file"):
        load(tmp_path / "site.toml")


def test_the_example_of_the_handbook_can_be_used_as_it_is() -> None:
    settings = load(Path(__file__).parents[2] / "docs" / "site.example.toml")
    assert set(settings.devices) == {"grid", "oven", "roof"}


VEHICLE = (
    GOOD
    + """
[devices.mid]
driver = "modbus"
meter = "eastron-sdm630"
connect = "tcp://192.168.1.21:502"
role = "vehicle"
"""
)


@pytest.mark.req("EV-175")
@pytest.mark.parametrize(
    ("named", "said"),
    [
        ("", "devices.mid.role: got 'vehicle', but no charger names it"),
        ('vehicle_meter = "mad"', "chargers.garage.vehicle_meter: got 'mad', which is no device; allowed: a device"),
        ('vehicle_meter = "grid"', "chargers.garage.vehicle_meter: got 'grid', which has the role grid"),
    ],
)
def test_a_vehicle_meter_is_a_device_of_that_role_which_its_charger_names(named: str, said: str) -> None:
    text = VEHICLE.replace("max_current_a = 16.0", f"max_current_a = 16.0\n{named}")
    with pytest.raises(ConfigurationError) as caught:
        parse(text, "site.toml")
    assert said in str(caught.value)


@pytest.mark.req("EV-175")
def test_two_chargers_have_two_vehicle_meters() -> None:
    text = VEHICLE.replace("max_current_a = 16.0", 'max_current_a = 16.0\nvehicle_meter = "mid"')
    text += """
[chargers.yard]
board = { connect = "tcp://192.168.1.31:502" }
max_current_a = 16.0
vehicle_meter = "mid"
"""
    with pytest.raises(ConfigurationError) as caught:
        parse(text, "site.toml")
    assert "chargers.yard.vehicle_meter: got 'mid', as garage has; allowed: each charger its own" in str(caught.value)


def test_a_vehicle_meter_with_a_mistake_of_its_own_is_not_called_unknown() -> None:
    text = VEHICLE.replace("max_current_a = 16.0", 'max_current_a = 16.0\nvehicle_meter = "mid"')
    with pytest.raises(ConfigurationError) as caught:
        parse(text.replace('role = "vehicle"', 'role = "vehicle"\nunit = 900'), "site.toml")
    assert [mistake.where for mistake in caught.value.mistakes] == ["site.toml: devices.mid.unit"]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ('connect = "tcp://192.168.1.20:502"', "board://CHARGER"),
        ('connect = "board://barn"', "devices.grid.connect: got board://barn, which is no charger"),
        ('input = "wired"\nrole = "load"', 'role = "grid"'),
        ("", 'input, "wired" or "remote", is needed'),
    ],
)
def test_a_board_that_measures_the_grid_is_a_charger_with_an_input(wrong: str, said: str) -> None:
    section = {"driver": '"board-ct"', "connect": '"board://garage"', "input": '"wired"', "role": '"grid"'}
    section |= dict(line.split(" = ") for line in wrong.splitlines())
    if not wrong:
        del section["input"]
    begin, rest = GOOD.split("[devices.grid]", maxsplit=1)[0], GOOD.split("[chargers.garage]")[1]
    lines = "\n".join(f"{key} = {value}" for key, value in section.items())
    text = f"{begin}[devices.grid]\n{lines}\n\n[chargers.garage]{rest}"
    with pytest.raises(ConfigurationError) as caught:
        parse(text, "site.toml")
    assert said in str(caught.value)


SERVE = '\n[[serve]]\nas = "sdm630"\n'


def test_what_others_may_read_is_a_list_and_survives_the_store() -> None:
    text = f'{GOOD}{SERVE}{SERVE}unit = 2\nlisten = "serial:///dev/ttyUSB0?baud=9600"\n'
    one, two = parse(text, "site.toml").serve
    assert (one.looks_like, one.listen, one.unit, one.channel) == ("sdm630", "tcp://127.0.0.1:1502", 1, None)
    kept = parse(text, "site.toml").model_dump(mode="json", exclude_none=True)
    assert validate(kept, "store").serve == (one, two)


@pytest.mark.parametrize(
    ("added", "said"),
    [
        ('as = "sdm72"', "serve.0.as: got 'sdm72' (text); allowed: 'sdm630', 'sunspec', 'charger' or 'keba'"),
        (
            'as = "sdm630"\nport = 502',
            "serve.0.port: got unknown key 'port'; allowed: as, channel, charger, floats, listen, unit, writers",
        ),
        ("unit = 1", "serve.0.as: got nothing; allowed: a value; this key is needed"),
        ('as = "sdm630"\nlisten = "192.168.1.5"', "allowed: tcp://ADDRESS:PORT of this machine, or serial:///dev/NAME"),
        ('as = "sdm630"\nlisten = "tcp+rtu://127.0.0.1:1"', "serve.0.listen: got 'tcp+rtu://127.0.0.1:1' (text)"),
        ('as = "sdm630"\nchannel = "oven"', "serve.0.channel: got 'oven'; allowed: grid. Name the device whose values"),
        ('as = "sdm630"\nunit = 248', "serve.0.unit: got 248 (number); allowed: a number <= 247"),
        ('as = "sdm630"\nfloats = true', 'serve.0.floats: got true; allowed: false, or as = "sunspec"'),
        (
            'as = "sdm630"\n[[serve]]\nas = "sunspec"',
            "serve.1.unit: got tcp://127.0.0.1:1502 unit 1, as serve.0 has; allowed: each meter its own listen or unit",
        ),
    ],
)
def test_a_meter_for_others_that_cannot_be_is_refused(added: str, said: str) -> None:
    for text in (GOOD, GOOD.replace('role = "grid"', 'role = "grid"\nunit = 900')):
        if "channel" in added and "900" in text:
            continue
        with pytest.raises(ConfigurationError) as caught:
            parse(f"{text}\n[[serve]]\n{added}\n", "site.toml")
        assert said in str(caught.value)


def test_a_port_on_which_devices_are_asked_cannot_be_read_at() -> None:
    text = GOOD.replace("tcp://192.168.1.20:502", "serial:///dev/ttyUSB0?baud=9600")
    with pytest.raises(ConfigurationError, match="a serial port of its own"):
        parse(f'{text}{SERVE}listen = "serial:///dev/ttyUSB0?baud=9600"\n', "site.toml")


def test_without_a_grid_meter_the_channel_must_be_named() -> None:
    text = GOOD.replace('role = "grid"', 'role = "load"')
    with pytest.raises(ConfigurationError, match=r"serve\.0\.channel: got no device with the role grid; allowed: grid"):
        parse(text + SERVE, "site.toml")
