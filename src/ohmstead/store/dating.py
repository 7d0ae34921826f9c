"""Which time a row gets when the wall clock and the monotonic clock disagree (G-002).

In: a row's wall time, the monotonic time of its process, and whether the system says that its clock is synchronised.
Out: the time it should be recorded at, and what to remember for the next row.

Within one process both clocks run alike, so a wall clock that leaves the monotonic one by more than ``JUMP_MS`` was
set. It is believed at once when the system calls it synchronised, else when it has stayed there for ``CONFIRM_MS``;
until then rows are dated by the last believed time and the monotonic time since. Between two processes nothing tells
how long the site was off: the first row is believed unless it lies before the record, or ``OUTAGE_MS`` beyond it.
"""

from dataclasses import dataclass

JUMP_MS = 60_000
CONFIRM_MS = 600_000
OUTAGE_MS = 366 * 86_400_000

_FIRST_MS = 1000
"""How long after the record a process begins whose clock cannot be believed."""


@dataclass(frozen=True, slots=True)
class Dating:
    """What is known of the clock after a row: wall minus monotonic time as believed, and as doubted since when."""

    believed: int | None = None
    doubted: int | None = None
    since: int = 0


NEW = Dating()
"""What a process knows before its first row."""


@dataclass(frozen=True, slots=True)
class Dated:
    """When a row should be recorded, whether the wall clock itself says so, and the memory for the next row."""

    at: int
    sure: bool
    dating: Dating


def dated(before: Dating, wall: int, monotonic: int | None, synchronised: bool | None, last: int | None) -> Dated:
    """Date a row of ``wall`` and ``monotonic`` (``None``: not known, the wall is believed); ``last`` ends the record.

    All in milliseconds.
    """
    if monotonic is None:
        return Dated(wall, False, NEW)
    offset = wall - monotonic
    expected = before.believed
    if expected is None and last is not None and not -JUMP_MS <= wall - last <= OUTAGE_MS:
        expected = last + _FIRST_MS - monotonic
    if expected is None or abs(offset - expected) <= JUMP_MS or synchronised:
        return Dated(wall, True, Dating(offset))
    doubted, since = before.doubted, before.since
    if doubted is None or abs(offset - doubted) > JUMP_MS:
        doubted, since = offset, monotonic
    if monotonic - since >= CONFIRM_MS:
        return Dated(wall, True, Dating(offset))
    return Dated(monotonic + expected, False, Dating(expected, doubted, since))
