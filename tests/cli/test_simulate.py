"""``ohmstead simulate`` with a scenario: listed, refused in words, and run until it is told to end."""

import json
import subprocess
import sys
import tomllib
from pathlib import Path
from urllib.request import urlopen

import pytest
from typer.testing import CliRunner

from ohmstead.cli.main import app
from ohmstead.core.model.settings import Settings


@pytest.fixture
def typed() -> CliRunner:
    return CliRunner(env={"COLUMNS": "200", "NO_COLOR": "1"})


def test_the_scenarios_that_come_with_the_house_are_listed_with_what_there_is_to_see(typed: CliRunner) -> None:
    said = typed.invoke(app, ["simulate", "--list"])
    assert said.exit_code == 0
    assert [line.partition(":")[0] for line in said.output.splitlines()] == [
        "car-park",
        "family-house-june",
        "weak-supply",
        "winter-evening",
    ]


@pytest.mark.parametrize(
    "arguments, told",
    [
        (["car-prk"], "Did you mean car-park?"),
        (["car-park", "--counters", "x.json"], "--counters: got x.json"),
        (["car-park", "--at", "2026-06-21T08:30:00+0000"], "--at without a scenario"),
    ],
)
def test_what_does_not_fit_is_refused_in_words(typed: CliRunner, arguments: list[str], told: str) -> None:
    said = typed.invoke(app, ["simulate", *arguments])
    assert said.exit_code == 2
    assert told in said.output
    assert "Traceback" not in said.output


def test_a_file_with_mistakes_starts_nothing(typed: CliRunner, tmp_path: Path) -> None:
    file = tmp_path / "house.toml"
    file.write_text('title = "x"\nstart = 2026-01-01T00:00:00\n[site]\nname = "x"\ntimezone = "Rome"\n', "utf-8")
    said = typed.invoke(app, ["simulate", str(file)])
    assert said.exit_code == 2
    assert "site.timezone: got 'Rome'" in said.output


def test_the_test_bench_is_opened_where_the_file_says_and_ends_with_the_building(tmp_path: Path) -> None:
    file = tmp_path / "bench.txt"
    command = [sys.executable, "-m", "ohmstead.cli", "simulate", "--until-closed", "--bench-file", str(file)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdout.readline()
        address = file.read_text("utf-8")
        with urlopen(f"{address}/bench", timeout=10) as answer:
            assert json.load(answer)["chargers"].keys() == {"garage", "yard"}
        child.stdin.close()
        assert child.wait(20) == 0


@pytest.mark.parametrize("written", [True, False])
def test_a_scenario_runs_until_its_parent_goes_and_tells_the_matching_site_file(written: bool, tmp_path: Path) -> None:
    file = tmp_path / "site.toml"
    more = ["--site-file", str(file)] if written else []
    command = [sys.executable, "-m", "ohmstead.cli", "simulate", "family-house-june", "--until-closed", *more]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        if written:
            places = json.loads(child.stdout.readline())
            assert places["grid"].startswith("serial:///dev/")
        child.stdin.close()
        said = child.stdout.read().decode()
        assert child.wait(20) == 0
    text = file.read_text("utf-8") if written else said
    settings = Settings.model_validate(tomllib.loads(text))
    assert settings.devices["grid"].driver == "p1"
    assert settings.chargers["garage"].max_current_a == 16
