"""Properties repeat themselves in a usual run, and try many new examples when they are told to explore."""

import subprocess
import sys

import pytest

from tests.exploring import times

PROPERTY = """
from hypothesis import given, strategies as st
from tests.exploring import examples

seen = []

@examples(5)
@given(st.integers())
def tried(number):
    seen.append(number)

tried()
print(len(seen), hash(tuple(seen)))
"""


def run(explore: str | None) -> tuple[int, str]:
    env = {"PYTHONPATH": ".", "PYTHONHASHSEED": "0"} | ({} if explore is None else {"OHMSTEAD_EXPLORE": explore})
    done = subprocess.run([sys.executable, "-c", PROPERTY], env=env, capture_output=True, text=True, check=True)
    number, seen = done.stdout.split()
    return int(number), seen


def test_a_usual_run_tries_the_same_few_examples_each_time() -> None:
    first = run(None)
    assert first[0] == 5
    assert run(None) == first


def test_exploring_tries_many_times_more_and_others_each_time() -> None:
    one, other = run("30"), run("30")
    assert one[0] >= 150
    assert other[0] >= 150
    assert one[1] != other[1]


@pytest.mark.parametrize("wrong", ["0", "-3", "many", "1.5"])
def test_a_number_that_says_nothing_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match="such as 40"):
        times(wrong)
