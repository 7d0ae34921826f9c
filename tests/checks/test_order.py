"""The order of tests: another each time, the same for the same number, files kept together."""

import pytest

FILE = "import pytest\n\n@pytest.mark.parametrize('n', range(8))\ndef test_n(n): ...\n"


@pytest.fixture
def order(planted_run):
    """Collects two planted files and hands back the tests in their order."""
    planted_run.makeconftest('pytest_plugins = ["checks.order"]\n')
    planted_run.makepyfile(test_a=FILE, test_b=FILE)

    def collect(*arguments: str) -> list[str]:
        result = planted_run.runpytest_subprocess("--collect-only", "-q", "-p", "no:cacheprovider", *arguments)
        return [line for line in result.outlines if "::" in line]

    return collect


def test_the_same_number_repeats_the_order(order):
    assert order("--order", "7") == order("--order", "7") != order("--order", "8")


def test_zero_keeps_the_order_of_the_files(order):
    assert order("--order", "0") == [f"test_{file}.py::test_n[{n}]" for file in "ab" for n in range(8)]


def test_files_stay_together(order):
    files = [line.split("::")[0] for line in order("--order", "3")]
    assert files in (["test_a.py"] * 8 + ["test_b.py"] * 8, ["test_b.py"] * 8 + ["test_a.py"] * 8)


def test_all_workers_agree(planted_run, order):
    result = planted_run.runpytest_subprocess("-n", "2", "-p", "no:cacheprovider")
    result.assert_outcomes(passed=16)
