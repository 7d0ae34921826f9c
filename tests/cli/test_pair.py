"""Pairing from the command line: what is said when there is nobody to ask."""

import socket

import pytest
from typer.testing import CliRunner

from ohmstead.cli.main import app


@pytest.mark.parametrize("at", ["here", "127.0.0.1", "127.0.0.1:99999", ":8080"])
def test_a_place_that_is_none_is_said_with_what_is_allowed(at: str) -> None:
    said = CliRunner(env={"COLUMNS": "200", "NO_COLOR": "1"}).invoke(app, ["pair", "garage", "--at", at])
    assert said.exit_code == 2
    assert f"--at: got {at}; allowed: HOST:PORT of a running site" in said.output


def test_a_site_that_does_not_run_is_said() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        at = f"127.0.0.1:{taken.getsockname()[1]}"
        said = CliRunner(env={"COLUMNS": "200", "NO_COLOR": "1"}).invoke(app, ["pair", "garage", "--at", at])
    assert said.exit_code == 2
    assert "Start the site first." in said.output


@pytest.mark.parametrize(
    "words, told",
    [
        ([], "--by: got nothing; allowed: HH:MM"),
        (["--by", "soon", "--kwh", "5"], "--by: got 'soon'; allowed: HH:MM"),
        (["--by", "07:00"], "--kwh: got neither or both ways"),
        (["--by", "07:00", "--kwh", "5", "--to", "80"], "--kwh: got neither or both ways"),
    ],
)
def test_a_departure_that_says_nothing_or_two_things_is_refused(words: list[str], told: str) -> None:
    said = CliRunner(env={"COLUMNS": "200", "NO_COLOR": "1"}).invoke(app, ["depart", "garage", *words])
    assert said.exit_code == 2
    assert told in said.output
