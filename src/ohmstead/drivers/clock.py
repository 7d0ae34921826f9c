"""The clock port: the only place a site asks what time it is (EM-349), and whether that time is to be trusted (G-002).

Linux knows by itself whether something keeps its clock right: whoever synchronises it (chrony, ntpd, timesyncd, PTP)
clears the flag ``STA_UNSYNC`` that ``adjtimex`` returns, and setting the clock by hand raises it again.
"""

import asyncio
import ctypes
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import cache
from time import perf_counter
from typing import Protocol, TypeVar, cast, runtime_checkable

from ohmstead.core.model.health import HealthPart
from ohmstead.core.model.reasons import Reason
from ohmstead.core.model.time import Instant

T = TypeVar("T")


class Clock(Protocol):
    """Both times at once, and a way to wait for things that take real time."""

    def now(self) -> Instant:
        """This moment: UTC, and seconds on the event loop's own clock."""
        ...

    async def outside(self, work: Awaitable[T]) -> T:
        """Await ``work`` done by a thread or another process; virtual time stands still meanwhile."""
        ...


@runtime_checkable
class Synchronising(Protocol):
    """What a clock may be able to tell besides the time."""

    def synchronised(self) -> bool | None:
        """Whether something keeps the wall clock right; ``None`` when that is not known."""
        ...


def clock_part(clock: Clock) -> HealthPart | None:
    """How ``clock`` is, as the part ``clock`` of a house's health; ``None`` when the clock cannot tell."""
    known = clock.synchronised() if isinstance(clock, Synchronising) else None
    if known is None:
        return None
    reason = None if known else Reason("health.clock_unsynchronised")
    return HealthPart("clock", ok=known, reason=reason, essential=False)


def stopwatch() -> Callable[[], float]:
    """Begins now; what it gives tells the seconds of work since, also inside one turn of the event loop.

    The loop's own clock stands still meanwhile: uvloop reads it once a turn, and in whole milliseconds.
    """
    began_s = perf_counter()
    return lambda: perf_counter() - began_s


class SystemClock:
    """The machine's clock."""

    def now(self) -> Instant:
        """UTC from the system, monotonic seconds from the running loop."""
        return Instant(datetime.now(UTC), asyncio.get_running_loop().time())

    async def outside(self, work: Awaitable[T]) -> T:
        """Real time needs no holding."""
        return await work

    def synchronised(self) -> bool | None:
        """What the kernel says; ``None`` where it cannot be asked."""
        adjtimex = _adjtimex()
        if adjtimex is None:
            return None
        answer = _Timex()
        state = adjtimex(ctypes.byref(answer))
        return None if state < 0 else not answer.status & _STA_UNSYNC


_STA_UNSYNC = 0x40


class _Timex(ctypes.Structure):
    """The head of ``struct timex`` of Linux up to its status, and room for the rest; all zero asks without setting."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_byte * 256),
    )


@cache
def _adjtimex() -> Callable[[object], int] | None:
    """The call of the C library; ``None`` on systems that have none."""
    if sys.platform != "linux":
        return None
    try:
        return cast("Callable[[object], int]", ctypes.CDLL(None).adjtimex)
    except (OSError, AttributeError):
        return None
