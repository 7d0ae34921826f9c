"""Taking turns on a wire that carries one request at a time: the more important waiter goes first, and all get theirs.

Two that ask without pause, such as the grid meter and a board, would fill a slow line and leave the rest nothing.
Therefore whoever waits longest goes next once ``PASSED_AT_MOST`` turns in a row went to others that came later.
"""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from enum import IntEnum

PASSED_AT_MOST = 3


class Priority(IntEnum):
    """Who goes first when several wait. Waiters of the same priority keep their order."""

    FIRST = 0
    """The grid meter."""
    SECOND = 1
    """EVSE boards."""
    LAST = 2
    """Everything else."""


class Turns:
    """A lock whose waiters are served by priority. Nobody starves."""

    def __init__(self) -> None:
        """Nobody holds it."""
        self._held = False
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []
        """Priority, order, and what to wake; in the order they came."""
        self._order = itertools.count()
        self._passed = 0
        """Turns in a row that went to others than the one who waits longest."""

    @asynccontextmanager
    async def turn(self, priority: Priority, patience_s: float) -> AsyncIterator[Callable[[], None]]:
        """Hold the wire. Raises TimeoutError when it does not come free within ``patience_s``.

        What it yields lets the next one go already while the holder still waits for something.
        """
        await self._take(priority, patience_s)
        held = True

        def give() -> None:
            nonlocal held
            if held:
                held = False
                self._give()

        try:
            yield give
        finally:
            give()

    async def _take(self, priority: Priority, patience_s: float) -> None:
        if not self._held:
            self._held = True
            return
        mine = asyncio.get_running_loop().create_future()
        self._waiting.append((priority, next(self._order), mine))
        try:
            async with asyncio.timeout(patience_s):
                await mine
        except (TimeoutError, asyncio.CancelledError):
            if mine.done() and not mine.cancelled():
                self._give()
            mine.cancel()
            raise

    def _give(self) -> None:
        self._waiting = [waiter for waiter in self._waiting if not waiter[2].done()]
        if not self._waiting:
            self._held, self._passed = False, 0
            return
        longest = self._waiting[0]
        chosen = longest if self._passed >= PASSED_AT_MOST else min(self._waiting)
        self._passed = 0 if chosen is longest else self._passed + 1
        self._waiting.remove(chosen)
        chosen[2].set_result(None)
