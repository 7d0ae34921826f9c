"""The commands as a person types them: help, version, export and back, and every mistake of a configuration."""

import asyncio
import re
import tomllib
from functools import partial
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from ohmstead import __version__
from ohmstead.cli import site as site_command
from ohmstead.cli.main import app
from ohmstead.core.model.errors import ConfigurationError
from ohmstead.core.model.settings import Settings
from ohmstead.site.configuration import load
from ohmstead.site.start import starting

GOOD = """[site]
name = "Test house"
timezone = "Europe/Rome"
main_fuse_a = 25.0

[devices.grid]
driver = "modbus"
meter = "eastron-sdm630"
connect = "tcp://127.0.0.1:1"
role = "grid"

[devices.oven]
driver = "modbus"
meter = "eastron-sdm120"
connect = "tcp://127.0.0.1:1"
unit = 2
role = "load"

[chargers.garage]
board = { driver = "modbus-board", connect = "tcp://127.0.0.1:2" }
max_current_a = 16.0
"""

WRONG = (
    ("an unknown key", "main_fuse_a", "main_fuze_a", (r"site\.main_fuze_a", "main_fuse_a", "Did you mean")),
    ("a unit in the value", "main_fuse_a = 25.0", 'main_fuse_a = "25 A"', (r"site\.main_fuse_a", "25 A", "a number")),
    ("a wrong type", 'role = "load"', "role = 7", (r"devices\.oven\.role", "7", "grid.*production.*load")),
    ("a number out of range", "max_current_a = 16.0", "max_current_a = 4", (r"garage\.max_current_a", "4", ">= 6")),
    ("an address twice", "unit = 2", "unit = 1", ("oven and grid", "tcp://127.0.0.1:1 unit 1", "each device its own")),
    ("a meter nobody knows", "eastron-sdm120", "eastron-sdm12O", (r"devices\.oven\.meter", "sdm12O", "eastron-sdm120")),
    ("an address that is none", "tcp://127.0.0.1:2", "127.0.0.1:2", (r"garage\.board\.connect", "tcp://HOST:PORT")),
    ("no TOML", "[site]", "[site", ("site.toml", "TOML")),
    ("a place that is no zone", "Europe/Rome", "Rome", (r"site\.timezone", "'Rome'", "IANA")),
)


@pytest.fixture
def typed() -> CliRunner:
    return CliRunner(env={"COLUMNS": "200", "NO_COLOR": "1"})


def test_help_names_every_command_and_version_the_version(typed: CliRunner) -> None:
    said = typed.invoke(app, ["--help"]).output
    for command in ("site", "simulate", "demo", "replay", "scan", "check", "export", "password"):
        assert re.search(rf"\b{command}\b", said)
        assert typed.invoke(app, [command, "--help"]).exit_code == 0
    assert typed.invoke(app, ["--version"]).output.strip() == f"ohmstead {__version__}"


def test_a_command_that_is_none_names_the_mistake(typed: CliRunner) -> None:
    said = typed.invoke(app, ["sight"])
    assert said.exit_code == 2
    assert "sight" in said.output


def refused(typed: CliRunner, *arguments: str) -> Result:
    said = typed.invoke(app, list(arguments))
    assert said.exit_code == 2, said.output
    assert "Traceback" not in said.output
    return said


@pytest.mark.req("EV-178", "G-001")
@pytest.mark.parametrize("right, wrong, expected", [row[1:] for row in WRONG], ids=[row[0] for row in WRONG])
def test_a_configuration_that_cannot_be_is_refused_whole_with_where_what_and_what_to_do(
    typed: CliRunner, tmp_path: Path, right: str, wrong: str, expected: tuple[str, ...]
) -> None:
    file, data = tmp_path / "site.toml", tmp_path / "data"
    assert right in GOOD
    file.write_text(GOOD.replace(right, wrong), "utf-8")
    said = refused(typed, "site", "--config", str(file), "--data", str(data)).output
    for pattern in expected:
        assert re.search(pattern, said), said
    assert "got " in said
    assert "allowed: " in said
    assert not (data / "ohmstead.sqlite").exists()


def test_several_mistakes_are_told_at_once(typed: CliRunner, tmp_path: Path) -> None:
    file = tmp_path / "site.toml"
    file.write_text(GOOD.replace("main_fuse_a", "main_fuze_a").replace("= 16.0", "= 4"), "utf-8")
    said = refused(typed, "site", "--config", str(file), "--data", str(tmp_path)).output
    assert "2 mistakes" in said
    assert "main_fuze_a" in said
    assert "max_current_a" in said


def test_a_list_that_lacks_only_what_was_refused_is_one_mistake(typed: CliRunner, tmp_path: Path) -> None:
    file = tmp_path / "site.toml"
    file.write_text(GOOD.replace('role = "load"', 'role = "load"\nphases = ["L4"]'), "utf-8")
    said = refused(typed, "site", "--config", str(file), "--data", str(tmp_path)).output
    assert "1 mistake" in said
    assert re.search(r"oven\.phases\.0: got 'L4' \(text\); allowed: 'L1', 'L2' or 'L3'", said), said
    file.write_text(GOOD.replace('role = "load"', 'role = "load"\nphases = []'), "utf-8")
    said = refused(typed, "site", "--config", str(file), "--data", str(tmp_path)).output
    assert re.search(r"oven\.phases: got .*allowed: at least 1", said), said


@pytest.mark.parametrize("command", [["site", "--config"], ["replay"], ["simulate"]])
def test_a_file_that_cannot_be_read_is_told_in_words(typed: CliRunner, tmp_path: Path, command: list[str]) -> None:
    binary = tmp_path / "binary.toml"
    binary.write_bytes(b"[site]\n\xff")
    for path, came in (
        (tmp_path / "no.toml", "no such file"),
        (tmp_path, "a folder"),
        (binary, "no UTF-8, from byte 8"),
    ):
        said = refused(typed, *command, str(path)).output
        assert came in said
        assert "Errno" not in said
        assert re.search("allowed: .*a (readable )?(TOML )?file", said), said


def test_a_file_that_is_not_there_is_named(typed: CliRunner, tmp_path: Path) -> None:
    said = refused(typed, "site", "--config", str(tmp_path / "no.toml"), "--data", str(tmp_path)).output
    assert "no such file" in said


@pytest.mark.parametrize(
    "listen", ["8080", "localhost", ":80", "127.0.0.1:", "127.0.0.1:http", "127.0.0.1:70000", "h:²"]
)
def test_an_address_to_listen_on_is_host_and_port(typed: CliRunner, tmp_path: Path, listen: str) -> None:
    said = refused(typed, "site", "--data", str(tmp_path), "--listen", listen).output
    assert "HOST:PORT" in said


def test_an_ipv6_address_stands_in_brackets() -> None:
    assert site_command.listen_address("[::1]:8080") == ("::1", 8080)


def test_a_data_folder_that_cannot_be_is_told(typed: CliRunner, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    assert "--data" in refused(typed, "site", "--data", str(tmp_path / "file")).output


@pytest.mark.parametrize("command", [["export"], ["password", "--stdin"]])
def test_commands_that_look_at_a_site_make_none(typed: CliRunner, tmp_path: Path, command: list[str]) -> None:
    said = refused(typed, *command, "--data", str(tmp_path / "typo")).output
    assert "--data" in said
    assert not (tmp_path / "typo").exists()


@pytest.mark.req("G-008")
def test_a_password_can_be_set_before_the_first_run_so_that_others_may_be_let_in(
    typed: CliRunner, tmp_path: Path
) -> None:
    file, data = tmp_path / "site.toml", tmp_path / "data"
    file.write_text(GOOD, "utf-8")
    said = refused(typed, "site", "--config", str(file), "--data", str(data), "--listen", "0.0.0.0:0").output
    assert "without any account" in said
    assert "ohmstead password --config site.toml" in said
    command = ["password", "--stdin", "--config", str(file), "--data", str(tmp_path / "other")]
    done = typed.invoke(app, command, input="correct horse battery\n")
    assert done.exit_code == 0, done.output
    url = site_command.store_url(tmp_path / "other", None)

    async def once() -> None:
        async with starting(file, url, partial(site_command.admit, "0.0.0.0")) as (house, _):
            assert house.settings.site.name == "Test house"

    asyncio.run(once())


def test_a_role_that_is_none_is_refused(typed: CliRunner, tmp_path: Path) -> None:
    said = refused(typed, "password", "--role", "king", "--data", str(tmp_path)).output
    assert "viewer, user, installer, owner" in said


def test_a_data_folder_belongs_to_one_site_at_a_time(tmp_path: Path) -> None:
    with site_command.alone(tmp_path), pytest.raises(ConfigurationError), site_command.alone(tmp_path):
        raise AssertionError
    with site_command.alone(tmp_path):
        pass


STRANGE = """[site]
name = "Haus \\"Ö\\" \\\\ \\u007f\\n"
timezone = "Europe/Rome"
grid_type = "1x230"
contract_power_w = 3e3

[devices.0-der_zaehler]
name = "der Zähler"
driver = "sunspec"
connect = "tcp://[::1]:502"
role = "grid"
phases = ["L1"]
period_s = 0.2

[chargers.a-b_1]
board = { connect = "tcp://127.0.0.1:2", unit = 9 }
max_current_a = 6
enabled = false
fallback_current_a = 6.0
"""


BOXES = """[site]
name = "Boxes"
timezone = "Europe/Rome"
main_fuse_a = 25
max_current_a = 20.0

[gateways.main]
kind = "genius"

[boxes.cellar]
connect = "tcp://127.0.0.1:2"
unit = 61
gateway = "main"
parts = ["hub", { kind = "core", cable_m = 1.5 }]

[devices.oven]
driver = "power-box"
connect = "tcp://127.0.0.1:2"
unit = 61
slots = [1, { slot = 4, phase = "L2", reversed = true, ct = "SCT02 50 A" }]
role = "load"

[devices.pump]
driver = "samples"
connect = "samples://127.0.0.1:3"
points = [{ column = 7, phase = "L2", rating_a = 50, phase_error = [[1.0, 0.5], [5.0, 0.2]] }]
role = "load"
part_of = "oven"
"""


CLUSTER = """[site]
name = "Car park"
timezone = "Europe/Rome"
main_fuse_a = 63

[circuits.hall]
limit_a = 40.0

[circuits.wall]
limit_a = 20.0
parent = "hall"

[chargers.own]
board = { connect = "tcp://127.0.0.1:2" }
max_current_a = 16
circuit = "wall"

[chargers.yard]
board = { driver = "cluster-member", connect = "tcp://127.0.0.1:3", unit = 4 }
max_current_a = 16
fallback_current_a = 6.0

[cluster]
role = "master"
name = "Car park"
limit_a = 32.0
"""


@pytest.mark.parametrize("text", [GOOD, STRANGE, BOXES, CLUSTER, '[site]\nname = "x"\ntimezone = "UTC"\n'])
def test_what_is_exported_is_the_same_site_again(typed: CliRunner, tmp_path: Path, text: str) -> None:
    file, data = tmp_path / "site.toml", tmp_path / "data"
    file.write_text(text, "utf-8")

    async def once() -> Settings:
        async with starting(file, site_command.store_url(data, None)) as (house, _):
            return house.settings

    settings = asyncio.run(once())
    said = typed.invoke(app, ["export", "--data", str(data)])
    assert said.exit_code == 0, said.output
    again = tmp_path / "again.toml"
    again.write_text(said.stdout, "utf-8")
    assert load(again) == settings
    assert tomllib.loads(said.stdout)["site"]["name"] == settings.site.name
