"""How long to leave a Modbus connection, or one of its units, alone after a failure; and whose fault it was.

The wait begins at nothing and doubles from 0.1 s up to 2 s while it keeps failing.
"""

from dataclasses import dataclass, field

from ohmstead.transport.modbus_link import LinkError

BACKOFF_FIRST_S, BACKOFF_LAST_S = 0.1, 2.0


@dataclass(slots=True)
class Failing:
    """How something fares: until when to leave it alone, and why. Moments are the loop's."""

    delay_s: float = 0.0
    until: float = 0.0
    error: LinkError | None = None

    def again(self, error: LinkError, now: float) -> None:
        """It failed once more."""
        self.error = error
        self.until = now + self.delay_s
        self.delay_s = min(max(2 * self.delay_s, BACKOFF_FIRST_S), BACKOFF_LAST_S)


class AnothersPerhaps(Exception):
    """The connection ended under a request by bytes that may be those of the unit before."""

    def __init__(self, error: LinkError) -> None:
        """``error`` is how it ended."""
        super().__init__(error.key)
        self.error = error


@dataclass(slots=True)
class Blame:
    """Which units of a connection end it by bytes that are no frame. They wait, their neighbours do not."""

    _failing: dict[int, Failing] = field(default_factory=dict)
    _before: int | None = None
    """Which unit answered last on this connection."""

    def connected(self) -> None:
        """A new connection: nothing can be left on it of anybody."""
        self._before = None

    def answered(self, unit: int) -> None:
        """``unit`` answered well."""
        self._before = unit
        self._failing.pop(unit, None)

    def of(self, unit: int, now: float) -> LinkError | None:
        """What ``unit`` did, while it has to wait for it."""
        failing = self._failing.get(unit)
        return failing.error if failing is not None and now < failing.until else None

    def ended(self, unit: int, error: LinkError, now: float) -> None:
        """The connection ended while ``unit`` was asked. Raises AnothersPerhaps where it may be innocent."""
        before, self._before = self._before, None
        if before is not None and before != unit:
            raise AnothersPerhaps(error)
        self.on(unit, error, now)

    def on(self, unit: int, error: LinkError, now: float) -> None:
        """It was ``unit``."""
        self._failing.setdefault(unit, Failing()).again(error, now)
