"""Networks from the command line: a real site is asked; what it refuses is said in its words."""

import pytest
from typer.testing import CliRunner

from ohmstead.cli.main import app

RUN = CliRunner(env={"COLUMNS": "200", "NO_COLOR": "1"})


@pytest.mark.req("EV-203", "EV-204")
def test_links_are_shown_and_a_wifi_is_joined_with_a_key_that_is_asked_for(at: str) -> None:
    shown = RUN.invoke(app, ["networks", "show", "--at", at])
    assert shown.exit_code == 0
    assert "*  ethernet" in shown.output
    assert "1000 Mbit/s" in shown.output
    assert "Mobile this month: 0.0 of 200.0 MB" in shown.output
    assert " 78 %  wpa         Via Roma 12" in RUN.invoke(app, ["networks", "scan", "--at", at]).output
    wrong = RUN.invoke(app, ["networks", "join", "Via Roma 12", "--at", at], input="moonlight\n")
    assert wrong.exit_code == 2
    assert "Is the key right" in wrong.output
    joined = RUN.invoke(app, ["networks", "join", "Via Roma 12", "--at", at], input="sunshine\n")
    assert joined.exit_code == 0
    assert "Joined Via Roma 12, address 192.168.1.21/24." in joined.output
    assert "sunshine" not in joined.output


def test_a_place_where_no_site_runs_is_said() -> None:
    said = RUN.invoke(app, ["networks", "show", "--at", "here"])
    assert said.exit_code == 2
    assert "allowed: HOST:PORT of a running site" in said.output
