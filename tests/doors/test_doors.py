"""The command line of ``./dev`` says what there is and refuses what there is not."""

import pytest

from doors import __main__ as front
from doors import environment, jobs
from doors.jobs import Job
from doors.place import DoorError


@pytest.fixture
def prepared(monkeypatch):
    """A front door whose preparations are already done."""
    monkeypatch.setattr(environment, "prepare", lambda: None)
    return front


def test_help_names_every_door(capsys):
    assert front.main(["--help"]) == 0
    printed = capsys.readouterr().out
    assert all(f"./dev {name}" in printed for name in ("demo", "test", "check", "bench", "soak", "screens", "run"))


def test_no_word_at_all_is_answered_with_help():
    assert front.main([]) == 2


def test_a_door_that_is_not_there_is_named(capsys):
    assert front.main(["chek"]) == 2
    assert "there is no door called 'chek'" in capsys.readouterr().err


def test_check_takes_no_arguments(capsys):
    assert front.main(["check", "src"]) == 2
    assert "takes no arguments" in capsys.readouterr().err


def test_a_door_that_cannot_open_says_why_without_a_traceback(prepared, monkeypatch, capsys):
    def shut() -> None:
        raise DoorError("no network")

    monkeypatch.setattr(environment, "prepare", shut)
    assert front.main(["check"]) == 1
    assert capsys.readouterr().err == "no network\n"


def test_settings_made_for_pip_count_for_uv(monkeypatch):
    monkeypatch.setenv("PIP_FIND_LINKS", "wheels")
    monkeypatch.setenv("PIP_INDEX_URL", "https://example.org/simple")
    monkeypatch.delenv("UV_FIND_LINKS", raising=False)
    monkeypatch.setenv("UV_DEFAULT_INDEX", "https://example.org/mine")
    settings = environment.uv_settings()
    assert settings["UV_FIND_LINKS"] == "wheels"
    assert settings["UV_DEFAULT_INDEX"] == "https://example.org/mine"


def test_a_failed_job_is_printed_and_the_others_still_run(capsys):
    code = jobs.run([Job("good", ["true"]), Job("bad", ["sh", "-c", "echo the reason; exit 3"]), Job("last", ["true"])])
    assert code == 1
    out, err = capsys.readouterr()
    assert "bad failed\nthe reason" in out
    assert [line.split()[:2] for line in err.splitlines()] == [["ok", "good"], ["FAIL", "bad"], ["ok", "last"]]


def test_jobs_that_all_pass_end_well():
    assert jobs.run([Job("good", ["true"])]) == 0
