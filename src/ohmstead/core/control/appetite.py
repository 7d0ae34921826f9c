"""What a car is believed to want: the current it asks for (G-061), and whether it sleeps through its turn (G-059).

==================  ===============================================================================================
asks for less       drew more than 1 A below its offer for 60 s: it asks for what it drew and 1 A more, at least 6 A
asks for all        it reaches its offer; every 5 min it is offered 1 A more than it asked for, to see
sleeps              nothing drawn for 30 s of its turn: the pilot is taken away for 5 s and given again, once; after
                    another 30 s the turn passes on, and after three such turns it is asked every 15 min only
==================  ===============================================================================================

Only a charger that measures can tell any of it. What is asked for bounds a share, never what another is offered.
"""

from dataclasses import dataclass

from ohmstead.core.model.changing import quick
from ohmstead.core.model.quantities import MINIMUM_CURRENT_A

UNDER_A, UNDER_S = 1.0, 60.0
REACHED_A = 0.7
PROBE_A, PROBE_S = 1.0, 300.0
_ROUNDING_A = 0.11
"""An offer is rounded down to 0.1 A, a measurement has its own last digit."""
IDLE_A, IDLE_S = 1.0, 30.0
WAKE_S = 5.0
MISSED, POLL_S = 3, 900.0


@quick
@dataclass(frozen=True, slots=True)
class Appetite:
    """All moments on the monotonic clock. ``request_a`` is ``None`` while the car may want all it can get."""

    request_a: float | None = None
    under_since: float | None = None
    probed_at: float | None = None
    idle_since: float | None = None
    woken_at: float | None = None
    passed_at: float | None = None
    missed: int = 0
    """Turns in a row that it slept through."""
    passes: bool = False
    """At this look it gives its turn away."""

    def waking(self, now_s: float) -> bool:
        """Whether the pilot is taken away to wake the car."""
        return self.woken_at is not None and now_s - self.woken_at < WAKE_S

    def asleep(self, now_s: float) -> bool:
        """Whether it takes no turns until it is asked again."""
        return self.missed >= MISSED and self.passed_at is not None and now_s - self.passed_at < POLL_S


def looked(
    before: Appetite, offered_a: float, drawn_a: float | None, in_turn: bool, calls: bool, now_s: float
) -> Appetite:
    """``before`` after a look: ``drawn_a`` of the fullest phase, ``None`` unmeasured; ``calls``: the car signals C."""
    request_a, under_since, probed_at = _asked(before, offered_a, drawn_a, now_s)
    idle_since = woken_at = None
    passed_at, missed, passes = before.passed_at, before.missed, False
    if (drawn_a or 0.0) >= IDLE_A or (calls and before.asleep(now_s)):
        missed = 0
    elif in_turn and (drawn_a is None or offered_a < MINIMUM_CURRENT_A):
        woken_at = before.woken_at
    elif in_turn:
        since = now_s if before.idle_since is None else before.idle_since
        if now_s - since < IDLE_S:
            idle_since, woken_at = since, before.woken_at
        elif before.woken_at is None:
            woken_at = now_s
        else:
            passed_at, missed, passes = now_s, missed + 1, True
    return Appetite(request_a, under_since, probed_at, idle_since, woken_at, passed_at, missed, passes)


def _asked(
    before: Appetite, offered_a: float, drawn_a: float | None, now_s: float
) -> tuple[float | None, float | None, float | None]:
    """``request_a``, ``under_since`` and ``probed_at`` after the look."""
    if drawn_a is None or offered_a < MINIMUM_CURRENT_A:
        return before.request_a, None, before.probed_at
    if drawn_a >= offered_a - REACHED_A:
        return None, None, None
    if drawn_a < offered_a - UNDER_A - _ROUNDING_A:
        since = now_s if before.under_since is None else before.under_since
        if now_s - since < UNDER_S:
            return before.request_a, since, before.probed_at
        return max(MINIMUM_CURRENT_A, drawn_a + UNDER_A), None, now_s
    if before.request_a is not None and before.probed_at is not None and now_s - before.probed_at >= PROBE_S:
        return before.request_a + PROBE_A, None, now_s
    return before.request_a, None, before.probed_at
