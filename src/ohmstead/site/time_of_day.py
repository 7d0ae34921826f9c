"""Whether the time of day can be gone by (G-002, G-028): a machine without a clock of its own wakes up in the past."""

from datetime import UTC, datetime, timedelta

from ohmstead.core.model.time import Instant
from ohmstead.drivers.clock import Clock, Synchronising

EARLIEST = datetime(2025, 1, 1, tzinfo=UTC)
"""This program is younger."""
SLACK = timedelta(seconds=60)


class TimeOfDay:
    """Doubts the wall clock when it stands before what was recorded already, until it is set or synchronised."""

    def __init__(self, clock: Clock) -> None:
        """Nothing is recorded yet."""
        self._clock = clock
        self._not_before = EARLIEST
        self._doubted: timedelta | None = None
        """How far the wall clock was from the monotonic one when doubt began."""

    def recorded(self, last: datetime | None) -> None:
        """The last moment in the record, from before this start."""
        if last is not None:
            self._not_before = max(EARLIEST, last)

    def known(self, now: Instant) -> bool:
        """Whether ``now.utc`` is the time of day."""
        apart = timedelta(seconds=now.utc.timestamp() - now.monotonic_s)
        if now.utc < self._not_before - SLACK:
            self._doubted = apart
        elif self._doubted is not None and (abs(apart - self._doubted) > SLACK or self._synchronised()):
            self._doubted = None
        return self._doubted is None

    def _synchronised(self) -> bool:
        return isinstance(self._clock, Synchronising) and self._clock.synchronised() is True
