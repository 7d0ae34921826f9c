"""An installer without a screen at hand asks the same of the command line."""

import pytest
from typer.testing import CliRunner

from ohmstead.cli.main import app


def run(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["wiring", *words])
    return done.exit_code, done.output


@pytest.mark.req("G-089")
def test_a_transformer_is_named_with_its_article() -> None:
    assert run("transformer", "250") == (0, "AC-CT-400A  Split Core CT 400 A\n")
    assert run("transformer", "63", "--new-three-phase")[1].splitlines()[-1].startswith("or I1-IAC-2")
    assert run("transformer", "63", "--bus-bar") == (0, "AC-RSCT-4CM  Rogowski coil 0–400 A\n")
    status, told = run("transformer", "20000")
    assert (status, "10000 A" in told) == (2, True)


@pytest.mark.req("EM-169")
def test_a_cable_is_judged_and_the_exit_status_says_whether_it_may_be_used() -> None:
    assert run("cable") == (0, "The cable may be used.\n")
    status, told = run("cable", "--pin-1-with", "3", "--no-straight", "--connector", "RJ12")
    assert status == 1
    assert [line.split()[0] for line in told.splitlines()] == ["Pins", "The", "The"]
    assert run("cable", "--connector", "USB")[0] == 2
