"""How many examples a property tries, said in one way for all of them.

A property names what it tries in each run: ``@examples(25)``. There the examples are always the same, so that a run
says something about the change and not about luck. ``OHMSTEAD_EXPLORE=40`` makes it forty times as many, new ones each
time; ``./dev soak`` sets it.
"""

import os
from collections.abc import Sequence

from hypothesis import HealthCheck, settings

VARIABLE = "OHMSTEAD_EXPLORE"


def times(text: str) -> int:
    """``text`` as a number of times; 1 for none. Raises ValueError."""
    if not text:
        return 1
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise ValueError(f"{VARIABLE}: got {text!r}; allowed: how many times as many examples, such as 40")
    return int(text)


EXPLORING = bool(os.environ.get(VARIABLE))
TIMES = times(os.environ.get(VARIABLE, ""))
USUAL = 100
"""What a property tries that does not say."""


def examples(usual: int = USUAL, but: Sequence[HealthCheck] = ()) -> settings:
    """``usual`` examples that repeat, or so many times more that are new; ``but`` the health checks named."""
    return settings(
        max_examples=usual * TIMES,
        derandomize=not EXPLORING,
        database=None,
        deadline=None,
        print_blob=EXPLORING,
        suppress_health_check=but,
    )
