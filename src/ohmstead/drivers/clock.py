"""The clock port: the only place a site asks what time it is (EM-349)."""

import asyncio
from collections.abc import Awaitable
from datetime import UTC, datetime
from typing import Protocol, TypeVar

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


class SystemClock:
    """The machine's clock."""

    def now(self) -> Instant:
        """UTC from the system, monotonic seconds from the running loop."""
        return Instant(datetime.now(UTC), asyncio.get_running_loop().time())

    async def outside(self, work: Awaitable[T]) -> T:
        """Real time needs no holding."""
        return await work
