"""The ``req`` marker: what may stand in it, and what a run writes about it."""

import json

import pytest

CONFTEST = 'pytest_plugins = ["checks.requirements.plugin"]\n'


@pytest.fixture
def run(planted_run):
    """Runs a planted test file in a process of its own; hands back the result and the outcome file."""
    planted_run.makeini("[pytest]\nmarkers =\n    req(*ids): x\n")
    planted_run.makeconftest(CONFTEST)

    def call(code: str, *arguments: str):
        planted_run.makepyfile(f"import pytest\n\n{code}")
        out = planted_run.path / "outcome.json"
        result = planted_run.runpytest_subprocess("--requirements-out", str(out), "-p", "no:cacheprovider", *arguments)
        return result, json.loads(out.read_text(encoding="utf-8"))

    return call


def test_five_ids_are_let_through(run):
    result, outcome = run("@pytest.mark.req('EV-101', 'EV-102', 'EV-103', 'EV-104', 'EV-105')\ndef test_a(): ...\n")
    result.assert_outcomes(passed=1)
    assert sorted(outcome["shown"]) == ["EV-101", "EV-102", "EV-103", "EV-104", "EV-105"]


def test_six_ids_are_a_collection_error(run):
    ids = "'EV-101', 'EV-102', 'EV-103', 'EV-104', 'EV-105'"
    code = f"pytestmark = pytest.mark.req('EV-106')\n\n@pytest.mark.req({ids})\ndef test_a(): ...\n"
    result, outcome = run(code)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*carries 6 requirements; a test shows at most 5*"])
    assert outcome == {"passed": False, "shown": {}}


@pytest.mark.parametrize("workers", [(), ("-n", "2")])
def test_an_unknown_id_is_a_collection_error(run, workers):
    result, outcome = run("@pytest.mark.req('EV-999')\ndef test_a(): ...\n", *workers)
    assert result.ret != 0
    result.stdout.fnmatch_lines(["*no such requirement: EV-999*"])
    assert outcome["passed"] is False


@pytest.mark.parametrize("workers", [(), ("-n", "2")])
def test_only_tests_that_passed_show_a_requirement(run, workers):
    result, outcome = run(
        """
@pytest.mark.req("EM-001")
def test_good(): ...

@pytest.mark.req("EM-002")
def test_bad():
    assert False

@pytest.mark.req("EM-003")
def test_skipped():
    pytest.skip(reason="planted")

@pytest.mark.req("EM-004")
@pytest.mark.parametrize("n", [1, 2])
def test_one_case_fails(n):
    assert n == 1

@pytest.mark.req("EM-005")
@pytest.mark.parametrize("n", [1, 2])
def test_all_cases_pass(n): ...
""",
        *workers,
    )
    result.assert_outcomes(passed=4, failed=2, skipped=1)
    assert outcome["passed"] is False
    assert {id_: [test.split("::")[1] for test in tests] for id_, tests in outcome["shown"].items()} == {
        "EM-001": ["test_good"],
        "EM-005": ["test_all_cases_pass"],
    }
