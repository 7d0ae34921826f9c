"""Moments that outlive the process, and how far they can be trusted after a restart."""

from dataclasses import dataclass

from ohmstead.core.model.changing import quick
from ohmstead.core.model.time import Instant

RESTART_S = 3 * 86_400.0
"""How long a restart is taken to have lasted at most, when the wall clock says less: it may not be set yet."""


@quick
@dataclass(frozen=True, slots=True)
class Mark:
    """A moment that outlives the process: after a restart only its UTC means anything."""

    utc_s: float
    monotonic_s: float | None

    @classmethod
    def of(cls, at: Instant) -> "Mark":
        """``at`` as a mark."""
        return cls(at.utc.timestamp(), at.monotonic_s)

    def elapsed_s(self, now: Instant) -> float:
        """Seconds to ``now``; over a restart at least RESTART_S, since the wall clock may be behind."""
        if self.monotonic_s is not None:
            return max(0.0, now.monotonic_s - self.monotonic_s)
        return max(RESTART_S, now.utc.timestamp() - self.utc_s)

    def age_s(self, now: Instant) -> float:
        """Seconds to ``now``, over a restart by the wall clock, whatever it says."""
        if self.monotonic_s is not None:
            return now.monotonic_s - self.monotonic_s
        return now.utc.timestamp() - self.utc_s
