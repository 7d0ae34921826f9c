"""``./dev test``: arguments make a partial run; a full run ends with the page, but only when everything passed."""

import re

import pytest

from doors import app
from doors import test as door
from tests import exploring


class Runs:
    """Notes the commands instead of running them; each ends with the code planned for the word in it."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.codes: dict[str, int] = {}
        self.env: dict[str, str] = {}

    def __call__(self, command, env=None) -> int:
        self.env = env or {}
        line = " ".join(str(part) for part in command[1:])
        self.lines.append(line)
        return next((code for word, code in self.codes.items() if word in line), 0)


@pytest.fixture
def runs(monkeypatch, tmp_path):
    """A tree with browser tests and no app, where nothing is really run."""
    noted = Runs()
    (tmp_path / "tests" / "browser").mkdir(parents=True)
    (tmp_path / "tests" / "browser" / "test_home.py").touch()
    monkeypatch.setattr(door, "visibly", noted)
    monkeypatch.setattr(door, "ROOT", tmp_path)
    monkeypatch.setattr(door, "CACHE", tmp_path / "cache")
    monkeypatch.setattr(app, "exists", lambda: False)
    monkeypatch.delenv("CI", raising=False)
    return noted


def test_arguments_go_to_pytest_as_they_are_and_nothing_else_runs(runs):
    assert door.test(["tests/a.py", "-k", "x"]) == 0
    assert runs.lines == ["-m pytest tests/a.py -k x"]


def test_a_full_run_keeps_the_browser_in_a_call_of_its_own(runs):
    assert door.test([]) == 0
    everything, browser, page = runs.lines
    assert re.match(r"-m pytest -n \d+ --dist worksteal --ignore=tests/browser --requirements-out ", everything)
    assert re.match(r"-m pytest -n auto --dist worksteal tests/browser --requirements-out ", browser)
    assert page.startswith("-m checks.requirements.page")
    assert "--compare" not in page


def test_on_ci_the_page_is_compared(runs, monkeypatch):
    monkeypatch.setenv("CI", "true")
    door.test([])
    assert runs.lines[-1].startswith("-m checks.requirements.page --compare")


@pytest.mark.parametrize("failing", ["--ignore=tests/browser", "worksteal tests/browser"])
def test_a_run_that_failed_leaves_the_page_alone(runs, failing):
    runs.codes[failing] = 1
    assert door.test([]) == 1
    assert not any("requirements.page" in line for line in runs.lines)


def test_a_stale_page_fails_the_run(runs):
    runs.codes["requirements.page"] = 1
    assert door.test([]) == 1


def test_the_apps_own_tests_run_where_there_is_an_app(runs, monkeypatch):
    ran = []
    monkeypatch.setattr(app, "exists", lambda: True)
    monkeypatch.setattr(app, "script", lambda name: ran.append(name) or 1)
    assert door.test([]) == 1
    assert ran == ["test"]


def test_soak_runs_the_long_tests_and_explores_with_each_property(runs, monkeypatch):
    monkeypatch.delenv("OHMSTEAD_EXPLORE", raising=False)
    assert door.soak(["-x"]) == 0
    assert runs.lines == ["-m pytest -m soak or hypothesis -x"]
    assert exploring.times(runs.env["OHMSTEAD_EXPLORE"]) >= 10


def test_who_soaks_may_say_how_far(runs, monkeypatch):
    monkeypatch.setenv("OHMSTEAD_EXPLORE", "3")
    door.soak([])
    assert runs.env["OHMSTEAD_EXPLORE"] == "3"


def test_a_test_run_repeats_its_examples(runs):
    door.test(["tests/a.py"])
    assert "OHMSTEAD_EXPLORE" not in runs.env
