"""The way of evcc on surplus, written anew after what the notes on its public source say; the program is not run.

It looks every 30 s, here in the middle between two changes of a minute's power, as on average. What it aims at is the
current that flows and what the site exports besides. With at least 6 A for a minute it starts; below 6 A, once the site
has imported for three minutes, it stops, and holds 6 A until then. It charges with 6 to 16 A.
"""

from ohmstead.core.backtest.driving import Look
from ohmstead.core.model.quantities import Phase

TICK_S = 30
PHASE_S = 15
ENABLE_S, DISABLE_S = 60, 180
LEAST_A, MOST_A = 6.0, 16.0


class Evcc:
    """Its defaults: thresholds of 0 W, a delay of one minute to start and of three to stop."""

    def __init__(self, phases: tuple[Phase, ...], volts: float) -> None:
        """``phases`` are those of the car, which it knows."""
        self._phases, self._volts = phases, volts
        self._on, self._current_a = False, 0.0
        self._since: int | None = None
        self._session = 0

    def decide(self, look: Look) -> tuple[float, tuple[Phase, ...], int | None]:
        """One turn of its loop."""
        if look.visit is not None and look.second % TICK_S != PHASE_S:
            return self._current_a if look.number == self._session else 0.0, self._phases, _next(look.second)
        again = _next(look.second)
        if look.visit is None or look.number != self._session:
            self._on, self._current_a, self._since, self._session = False, 0.0, None, look.number
        if look.visit is not None and look.base_w is not None:
            per_ampere = self._volts * len(self._phases)
            site_w = sum(look.base_w) + look.drawn_a * per_ampere
            self._current_a = self._aim(look.second, site_w, look.drawn_a - site_w / per_ampere)
        return self._current_a, self._phases, again

    def _aim(self, second: int, site_w: float, target_a: float) -> float:
        waits = site_w > 0 and target_a < LEAST_A if self._on else target_a >= LEAST_A
        self._since = (second if self._since is None else self._since) if waits else None
        if self._since is not None and second - self._since >= (DISABLE_S if self._on else ENABLE_S):
            self._on, self._since = not self._on, None
            return LEAST_A if self._on else 0.0
        return min(MOST_A, max(LEAST_A, target_a)) if self._on else 0.0


def _next(second: int) -> int:
    return (second + TICK_S - PHASE_S) // TICK_S * TICK_S + PHASE_S
