"""Between the tick and the disk: ticks go in without waiting, one transaction each goes out, in order.

While the store refuses (disk full, server lost) ticks are held in memory and tried again every RETRY_S; up to
``QUEUE_ROWS`` of them, then the oldest rows are given up, but never their events and documents, nor the latest
memory. A tick that the database itself will not take, with room and connection in order, is given up after ``TRIES``
and told, so that it does not hold back all that follow. Since counters are cumulative, a row given up costs the shape
of the curve, not the energy.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol, TypeVar

import structlog

from ohmstead.core.model.errors import StoreError
from ohmstead.core.model.events import Event
from ohmstead.core.model.grants import Notice
from ohmstead.core.model.reasons import Reason
from ohmstead.store.values import Document, Json, TailRow

QUEUE_ROWS = 3600
RETRY_S = 5.0
TRIES = 12
CLOCK_BEHIND_S = 60.0

T = TypeVar("T")
_log = structlog.get_logger(__name__)


class Waiting(Protocol):
    """What the recorder needs of the site's clock."""

    async def outside(self, work: Awaitable[T]) -> T:
        """Await ``work`` done by a thread; virtual time stands still meanwhile."""
        ...


class Keeping(Protocol):
    """What the recorder needs of the store."""

    async def append(
        self,
        row: TailRow,
        *,
        memory: Mapping[str, Json] | None = None,
        documents: Sequence[Document] = (),
        events: Sequence[Event] = (),
    ) -> datetime:
        """Keep one tick, whole or not at all."""
        ...


@dataclass(frozen=True, slots=True)
class Tick:
    """One tick on its way to the disk."""

    row: TailRow
    memory: Mapping[str, Json] = field(default_factory=dict)
    documents: tuple[Document, ...] = ()
    events: tuple[Event, ...] = ()


class Recorder:
    """Run ``run`` in the site's task group, and give each tick to ``submit``."""

    def __init__(self, store: Keeping, clock: Waiting, *, queue_rows: int = QUEUE_ROWS) -> None:
        """``queue_rows`` ticks are held while the store refuses: an hour of them by default."""
        self._store = store
        self._clock = clock
        self._room = queue_rows
        self._queue: deque[Tick] = deque()
        self._current: Tick | None = None
        self._more = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._problem: StoreError | None = None
        self._dropped = 0
        self._behind_s = 0.0
        self._tries = 0
        self._writing: asyncio.Future[datetime] | None = None
        self._taken = self._done = 0
        self._tried = asyncio.Event()

    def submit(
        self,
        row: TailRow,
        *,
        memory: Mapping[str, Json] | None = None,
        documents: Sequence[Document] = (),
        events: Sequence[Event] = (),
    ) -> None:
        """Take one tick. Never waits, never raises for the disk's sake; values must not be changed afterwards."""
        self._queue.append(Tick(row, memory or {}, tuple(documents), tuple(events)))
        self._taken += 1
        if len(self._queue) > self._room:
            self._drop_oldest()
        self._idle.clear()
        self._more.set()

    async def run(self) -> None:
        """Write what comes, for ever. When cancelled, call ``drain`` before closing the store."""
        while True:
            await self._more.wait()
            self._more.clear()
            while self._current or self._queue:
                if not await self._write_first():
                    await asyncio.sleep(RETRY_S)
            self._idle.set()

    async def flush(self) -> None:
        """Wait until all that was submitted is on the disk; needs ``run``."""
        await self._idle.wait()

    async def kept(self) -> bool:
        """Wait until all that was submitted so far is on the disk; false when the store refuses, and it is kept later.

        Needs ``run``.
        """
        last = self._taken
        while self._done < last and self._problem is None:
            await self._tried.wait()
        return self._done >= last

    async def drain(self) -> int:
        """After ``run`` has ended: write what is left, until the first refusal. Returns how many rows remain."""
        while (self._current or self._queue) and await self._write_first():
            pass
        return len(self._queue) + (self._current is not None)

    def notices(self) -> tuple[Notice, ...]:
        """What a person should know about the recording now."""
        found: list[Notice] = []
        if self._problem is not None:
            found.append(Notice(self._problem.reason.key, "site", self._problem.reason, "fault"))
        if self._dropped:
            found.append(Notice("store.dropped", "site", Reason("store.dropped", {"rows": self._dropped})))
        if self._behind_s > CLOCK_BEHIND_S:
            reason = Reason("store.clock_behind", {"behind_s": self._behind_s})
            found.append(Notice("store.clock_behind", "site", reason))
        return tuple(found)

    async def _write_first(self) -> bool:
        """Write the oldest tick; false when the store refused it. It is then tried again, the very same.

        When this is cancelled the write goes on, and the next call waits for it: a torn transaction would keep the
        database locked for a while.
        """
        tick = self._current = self._current or self._queue.popleft()
        if self._writing is None:
            work = self._store.append(tick.row, memory=tick.memory, documents=tick.documents, events=tick.events)
            self._writing = asyncio.ensure_future(work)
        try:
            kept = await self._clock.outside(asyncio.shield(self._writing))
        except StoreError as error:
            self._writing = None
            if self._problem is None:
                _log.error("recording refused", reason=error.reason.key, **error.reason.params)
            self._problem = error
            self._tries += error.reason.key == "store.failed"
            if self._tries >= TRIES:
                _log.error("a row was given up", at=tick.row.at.isoformat(), **error.reason.params)
                self._current, self._tries = None, 0
                self._dropped += 1
                self._done += 1
            self._wake()
            return False
        except Exception:
            self._writing = None
            raise
        self._writing, self._current, self._tries = None, None, 0
        self._done += 1
        self._behind_s = (kept - tick.row.at).total_seconds()
        if self._problem is not None and not self._queue:
            _log.info("recording works again", dropped=self._dropped)
            self._problem, self._dropped = None, 0
        self._wake()
        return True

    def _wake(self) -> None:
        tried, self._tried = self._tried, asyncio.Event()
        tried.set()

    def _drop_oldest(self) -> None:
        """Give up the oldest row; what came with it goes on with the next one."""
        oldest = self._queue.popleft()
        following = self._queue.popleft()
        merged = replace(
            following,
            memory={**oldest.memory, **following.memory},
            documents=oldest.documents + following.documents,
            events=oldest.events + following.events,
        )
        self._queue.appendleft(merged)
        self._dropped += 1
        self._done += 1
