"""How long to leave a Modbus connection, or one of its units, alone after a failure; and whose fault it was.

The wait begins at nothing and doubles from 0.1 s up to 2 s while it keeps failing.
"""

from dataclasses import dataclass, field

from ohmstead.transport.modbus_link import LinkError

BACKOFF_FIRST_S, BACKOFF_LAST_S = 0.1, 2.0
UNASKED_S = 60.0
"""How long it is told that something came for which nobody had asked."""


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
    """The connection ended under a request by bytes that may be those of another unit."""

    def __init__(self, error: LinkError, by: int | None) -> None:
        """``error`` is how it ended; ``by`` the unit that was asked before, if it was that one."""
        super().__init__(error.key)
        self.error = error
        self.by = by


@dataclass(slots=True)
class Blame:
    """Which units of a connection end it by bytes that are no frame. They wait, their neighbours do not."""

    _failing: dict[int, Failing] = field(default_factory=dict)
    _before: int | None = None
    """Which unit was asked last on this connection."""
    _unasked: dict[int, tuple[float, LinkError]] = field(default_factory=dict)
    """What each unit sent though nobody had asked, and when."""

    def connected(self) -> None:
        """A new connection: nothing can be left on it of anybody."""
        self._before = None

    def answered(self, unit: int) -> None:
        """``unit`` answered well."""
        self.asked(unit)
        self._failing.pop(unit, None)

    def asked(self, unit: int) -> None:
        """``unit`` had its turn, however it went; the connection still stands."""
        self._before = unit

    def of(self, unit: int, now: float) -> LinkError | None:
        """What ``unit`` did, while it has to wait for it."""
        failing = self._failing.get(unit)
        return failing.error if failing is not None and now < failing.until else None

    def ended(self, unit: int, error: LinkError, now: float, *, crowded: bool) -> None:
        """The connection ended while ``unit`` was asked, others too if ``crowded``.

        Raises AnothersPerhaps where it may be innocent.
        """
        before, self._before = self._before, None
        if crowded:
            raise AnothersPerhaps(error, None)
        if before is not None and before != unit:
            raise AnothersPerhaps(error, before)
        self.on(unit, error, now)

    def idle(self, error: LinkError, now: float) -> None:
        """The connection ended while nobody was asked."""
        if error.garbled:
            self.came(self._before, error, now)

    def came(self, unit: int | None, error: LinkError, now: float) -> None:
        """It was ``unit``, if any, that sent what nobody had asked for."""
        if unit is not None:
            self._unasked[unit] = (now, error)

    def unasked(self, unit: int, now: float) -> LinkError | None:
        """What ``unit`` sent within ``UNASKED_S`` though nobody had asked."""
        at, error = self._unasked.get(unit, (now, None))
        return error if now - at <= UNASKED_S else None

    def on(self, unit: int, error: LinkError, now: float) -> None:
        """It was ``unit``."""
        if error.key == "modbus.unasked":
            self.came(unit, error, now)
        self._failing.setdefault(unit, Failing()).again(error, now)
