"""A clock or dice in core are caught under any name; elsewhere they are nobody's business."""

import pytest

from checks import purity

IMPURE = [
    "from datetime import datetime\nx = datetime.now()",
    "import datetime as dt\nx = dt.datetime.utcnow()",
    "from datetime import date\nx = date.today()",
    "import numpy as np\nx = np.random.default_rng()",
    "import numpy\nx = numpy.random.rand(3)",
    "from numpy import random",
    "from numpy.random import default_rng",
    "def f(clock):\n    return clock.monotonic()",
]


@pytest.mark.parametrize("code", IMPURE)
def test_a_clock_or_dice_in_core_are_caught(said, code):
    (finding,) = said(purity.check, {"src/ohmstead/core/control/a.py": code})
    assert "core never asks the clock" in finding or "core throws no dice" in finding


@pytest.mark.parametrize("code", IMPURE)
def test_outside_core_they_are_let_through(said, code):
    assert said(purity.check, {"src/ohmstead/simulator/a.py": code}) == []


def test_a_clock_that_is_an_argument_is_let_through(said):
    code = "def decide(snapshot, now):\n    return now + snapshot.age\n"
    assert said(purity.check, {"src/ohmstead/core/control/a.py": code}) == []
