"""Taking turns on a wire that carries one request at a time: the more important waiter goes first."""

import asyncio
import heapq
import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from enum import IntEnum


class Priority(IntEnum):
    """Who goes first when several wait. Waiters of the same priority keep their order."""

    FIRST = 0
    """The grid meter."""
    SECOND = 1
    """EVSE boards."""
    LAST = 2
    """Everything else."""


class Turns:
    """A lock whose waiters are served by priority. Nobody starves: whoever just had its turn queues anew."""

    def __init__(self) -> None:
        """Nobody holds it."""
        self._held = False
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []
        self._order = itertools.count()

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
        heapq.heappush(self._waiting, (priority, next(self._order), mine))
        try:
            async with asyncio.timeout(patience_s):
                await mine
        except (TimeoutError, asyncio.CancelledError):
            if mine.done() and not mine.cancelled():
                self._give()
            mine.cancel()
            raise

    def _give(self) -> None:
        while self._waiting:
            mine = heapq.heappop(self._waiting)[2]
            if not mine.done():
                mine.set_result(None)
                return
        self._held = False
