"""Time as the core sees it: an argument, never a clock."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from ohmstead.core.model.changing import quick


@quick
@dataclass(frozen=True, slots=True)
class Instant:
    """One moment on both clocks (G-002).

    ``utc`` is wall time for people and for the store; it may jump. ``monotonic_s`` only moves forward and is
    the one to subtract for durations, timers and ages. It means nothing outside the process that made it.
    """

    utc: datetime
    monotonic_s: float

    def since(self, earlier: "Instant") -> float:
        """Seconds from ``earlier`` to here, on the monotonic clock."""
        return self.monotonic_s - earlier.monotonic_s

    def plus(self, seconds: float) -> "Instant":
        """The moment ``seconds`` later on both clocks."""
        return Instant(self.utc + timedelta(seconds=seconds), self.monotonic_s + seconds)
