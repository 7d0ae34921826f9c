"""The cluster from the command line: a real door is asked; what it refuses is said in its words."""

import pytest
from typer.testing import CliRunner

from ohmstead.cli.main import app

RUN = CliRunner(env={"COLUMNS": "200", "NO_COLOR": "1"})


def said(at: str, *words: str, status: int = 0) -> str:
    result = RUN.invoke(app, ["cluster", *words, "--at", at])
    assert result.exit_code == status, result.output
    return result.output


@pytest.mark.req("EV-140", "EV-145", "EV-287", "EV-291")
def test_a_cluster_is_made_changed_and_left(at: str) -> None:
    assert said(at, "show") == "alone\n"
    assert "master of Car park, 40 A" in said(at, "role", "master", "--limit", "40", "--name", "Car park")
    added = said(
        at, "add", "yard", "tcp://192.168.1.31:502", "--fallback", "6", "--name", "Yard", "--phases", "L2, L3,L1"
    )
    assert "  garage: master, priority 2, charging, granted 10 A\n" in added
    assert "tcp://192.168.1.31:502 unit 1, without contact 6 A, silent, 6 A kept for it" in added
    assert "without contact off" in said(at, "change", "yard", "--fallback", "0", "--name", "Court")
    assert "master of Court, 32 A" in said(at, "limit", "32") + said(at, "name", "Court")
    assert said(at, "remove", "yard") == "yard is no member any more.\n"
    assert said(at, "role", "alone") == "alone\n"
    assert "slave, unpaired, master -, without contact 6 A" in said(at, "role", "slave", "--fallback", "6")
    assert "within five minutes" in said(at, "pair")


@pytest.mark.req("EV-135", "EV-138")
def test_what_cannot_be_is_said_in_the_words_of_the_site(at: str) -> None:
    assert "limit_a is needed" in said(at, "role", "master", status=2)
    said(at, "role", "master", "--limit", "20")
    said(at, "add", "yard", "tcp://192.168.1.31:502")
    assert "have the same address" in said(at, "add", "again", "tcp://192.168.1.31:502", status=2)
    assert "of fixed current in all" in said(at, "change", "yard", "--fallback", "25", status=2)
    assert "nobody is no member" in said(at, "change", "nobody", "--priority", "3", status=2)
    assert "no charger with the role slave" in said(at, "pair", status=2)
