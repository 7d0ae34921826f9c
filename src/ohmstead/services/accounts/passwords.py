"""Password hashing with argon2id in the 19 MiB profile, one at a time in a thread, so that memory stays small.

RFC 9106 names the algorithm; 19 MiB with two passes and one lane is the smallest profile still advised for servers.
"""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from ohmstead.core.model.errors import CommandRefused
from ohmstead.core.model.reasons import Reason
from ohmstead.drivers.clock import Clock

LONGEST_QUEUE = 16

T = TypeVar("T")


class Passwords:
    """Hashes and checks. Raises CommandRefused ``account.busy`` when too many wait already."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
        self._one = asyncio.Semaphore(1)
        self._waiting = 0
        self._decoy: str | None = None

    async def hash(self, password: str) -> str:
        """The encoded hash with its salt and parameters."""
        return await self._in_thread(lambda: self._hasher.hash(password))

    async def check(self, encoded: str | None, password: str) -> bool:
        """Whether ``password`` fits. ``None`` (no such account) takes as long and never fits."""
        if encoded is None and self._decoy is None:
            self._decoy = await self.hash("nobody has this password")
        fits = await self._in_thread(lambda: self._verify(encoded or self._decoy or "", password))
        return fits and encoded is not None

    def outdated(self, encoded: str) -> bool:
        """Whether the hash was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(encoded)

    def _verify(self, encoded: str, password: str) -> bool:
        try:
            return self._hasher.verify(encoded, password)
        except (VerificationError, InvalidHashError):
            return False

    async def _in_thread(self, work: Callable[[], T]) -> T:
        if self._waiting >= LONGEST_QUEUE:
            raise CommandRefused(Reason("account.busy"))
        self._waiting += 1
        try:
            async with self._one:
                return await self._clock.outside(asyncio.to_thread(work))
        finally:
            self._waiting -= 1
