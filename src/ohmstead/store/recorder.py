"""Between the tick and the disk: ticks go in without waiting, one transaction each goes out, in order.

While the store refuses (disk full, server lost) ticks are held in memory and tried again every RETRY_S; up to
``QUEUE_ROWS`` of them, then the oldest rows are given up, but never their events and documents, nor the latest
memory. A tick that the database itself will not take, with room and connection in order, is taken apart after
``TRIES``, so that it does not hold back all that follow: its row, and each memory, document and event that came with
it, is written alone. A row that is refused even so is given up and told; since counters are cumulative this costs the
shape of the curve, not the energy. A document that is refused while another part is taken is given up and told by name;
when no part is taken, all but the row go on with the next tick.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol, TypeVar, runtime_checkable

import structlog

from ohmstead.core.model.errors import StoreError
from ohmstead.core.model.events import Event
from ohmstead.core.model.grants import Notice
from ohmstead.core.model.reasons import Reason
from ohmstead.store.values import Document, Json, TailRow

QUEUE_ROWS = 3600
RETRY_S = 5.0
TRIES = 12
"""How often a tick is tried that is refused for its own sake; the last time it is taken apart."""
CLOCK_WRONG_S = 60.0

T = TypeVar("T")
_log = structlog.get_logger(__name__)


class Waiting(Protocol):
    """What the recorder needs of the site's clock."""

    async def outside(self, work: Awaitable[T]) -> T:
        """Await ``work`` done by a thread; virtual time stands still meanwhile."""
        ...


@runtime_checkable
class Knowing(Protocol):
    """A clock that can say whether the system's time is synchronised; one that cannot is doubted longer."""

    def synchronised(self) -> bool | None:
        """``None`` when it is not known."""
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
        """Keep one tick, whole or not at all; returns the time under which it is kept."""
        ...

    async def keep(
        self,
        at: datetime,
        *,
        memory: Mapping[str, Json] | None = None,
        documents: Sequence[Document] = (),
        events: Sequence[Event] = (),
    ) -> None:
        """Keep what came with a tick, without its row."""
        ...


@dataclass(frozen=True, slots=True)
class Tick:
    """One tick on its way to the disk."""

    row: TailRow
    memory: Mapping[str, Json] = field(default_factory=dict)
    documents: tuple[Document, ...] = ()
    events: tuple[Event, ...] = ()

    def after(self, given_up: "Tick | None") -> "Tick":
        """This tick with what came with ``given_up`` before its own."""
        if given_up is None:
            return self
        return replace(
            self,
            memory={**given_up.memory, **self.memory},
            documents=given_up.documents + self.documents,
            events=given_up.events + self.events,
        )

    def parts(self) -> Iterator["Tick"]:
        """What came with the row, each alone, in the order in which it is written."""
        for name, body in self.memory.items():
            yield Tick(self.row, memory={name: body})
        for document in self.documents:
            yield Tick(self.row, documents=(document,))
        for event in self.events:
            yield Tick(self.row, events=(event,))

    def names(self) -> Iterator[tuple[str, str]]:
        """Owner and name of each thing that came with the row."""
        yield from (("site", f"memory {name}") for name in self.memory)
        yield from ((one.id, f"{one.kind} {one.id}") for one in self.documents)
        yield from ((one.target, f"event {one.kind} {one.target}") for one in self.events)


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
        self._problem: Reason | None = None
        self._given_up: dict[tuple[str, str], Reason] = {}
        self._carried: Tick | None = None
        self._dropped = 0
        self._ahead_s = 0.0
        self._tries = 0
        self._writing: asyncio.Future[datetime | None] | None = None
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
        if row.synchronised is None and isinstance(self._clock, Knowing):
            row = replace(row, synchronised=self._clock.synchronised())
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
        return self._done >= last and self._carried is None

    async def drain(self) -> int:
        """After ``run`` has ended: write what is left, until the first refusal. Returns how many rows remain."""
        while (self._current or self._queue) and await self._write_first():
            pass
        return len(self._queue) + (self._current is not None)

    def notices(self) -> tuple[Notice, ...]:
        """What a person should know about the recording now."""
        found: list[Notice] = []
        if self._problem is not None:
            found.append(Notice(self._problem.key, "site", self._problem, "fault"))
        for (owner, _), reason in self._given_up.items():
            found.append(Notice(reason.key, owner, reason, "fault"))
        if self._dropped:
            found.append(Notice("store.dropped", "site", Reason("store.dropped", {"rows": self._dropped})))
        if abs(self._ahead_s) > CLOCK_WRONG_S:
            reason = Reason("store.clock_behind", {"behind_s": -self._ahead_s})
            if self._ahead_s > 0:
                reason = Reason("store.clock_ahead", {"ahead_s": self._ahead_s})
            found.append(Notice(reason.key, "site", reason))
        return tuple(found)

    async def _write_first(self) -> bool:
        """Write the oldest tick; false when the store refused it. It is then tried again, the very same.

        When this is cancelled the write goes on, and the next call waits for it: a torn transaction would keep the
        database locked for a while.
        """
        if self._current is None:
            self._current, self._carried = self._queue.popleft().after(self._carried), None
        tick = self._current
        if self._writing is None:
            work = self._take_apart(tick) if self._tries >= TRIES - 1 else self._write(tick)
            self._writing = asyncio.ensure_future(work)
        try:
            kept = await self._clock.outside(asyncio.shield(self._writing))
        except Exception as error:
            self._refused(error)
            return False
        self._writing, self._current, self._tries = None, None, 0
        self._done += 1
        if kept is not None:
            self._ahead_s = (tick.row.at - kept).total_seconds()
        if kept is not None and self._problem is not None and not self._queue:
            _log.info("recording works again", dropped=self._dropped)
            self._problem, self._dropped = None, 0
        self._wake()
        return kept is not None

    def _refused(self, error: Exception) -> None:
        """Remember why the oldest tick was not taken; tell it once."""
        self._writing, reason = None, _reason(error)
        if self._problem is None or self._problem.key != reason.key:
            trace = None if isinstance(error, StoreError) else error
            _log.error("recording refused", reason=reason.key, exc_info=trace, **reason.params)
        self._problem = reason
        self._tries += _for_good(reason)
        self._wake()

    async def _write(self, tick: Tick) -> datetime | None:
        kept = await self._store.append(tick.row, memory=tick.memory, documents=tick.documents, events=tick.events)
        self._forgive(tick)
        return kept

    async def _take_apart(self, tick: Tick) -> datetime | None:
        """Write row and parts of ``tick`` alone; returns when the row is kept, ``None`` when it is given up.

        Raises StoreError when disk or server fail at the row; what fails of that at a part goes on with the next tick.
        """
        kept: datetime | None = None
        try:
            kept = await self._store.append(tick.row)
        except Exception as error:
            why = _reason(error)
            if not _for_good(why):
                raise
            _log.error("a row was given up", at=tick.row.at.isoformat(), **why.params)
            self._dropped += 1
        taken = kept is not None
        refused: list[tuple[Tick, Reason]] = []
        for part in tick.parts():
            try:
                await self._store.keep(tick.row.at, memory=part.memory, documents=part.documents, events=part.events)
                self._forgive(part)
                taken = True
            except Exception as error:
                refused.append((part, _reason(error)))
        for part, reason in refused:
            if taken and _for_good(reason):
                self._give_up(part, reason)
            else:
                self._carried = part.after(self._carried)
        return kept

    def _forgive(self, kept: Tick) -> None:
        if self._given_up:
            for name in kept.names():
                self._given_up.pop(name, None)

    def _give_up(self, part: Tick, reason: Reason) -> None:
        for owner, name in part.names():
            told = Reason("store.given_up", {"name": name, "detail": reason.params["detail"]})
            _log.error("given up", name=name, **reason.params)
            self._given_up[owner, name] = told

    def _wake(self) -> None:
        tried, self._tried = self._tried, asyncio.Event()
        tried.set()

    def _drop_oldest(self) -> None:
        """Give up the oldest row; what came with it goes on with the next one."""
        oldest = self._queue.popleft()
        self._queue.appendleft(self._queue.popleft().after(oldest))
        self._dropped += 1
        self._done += 1


def _reason(error: Exception) -> Reason:
    return error.reason if isinstance(error, StoreError) else Reason("store.unforeseen", {"detail": repr(error)})


def _for_good(reason: Reason) -> bool:
    """Whether it is the thing written that is refused, with disk and server in order."""
    return reason.key in ("store.failed", "store.unforeseen")
