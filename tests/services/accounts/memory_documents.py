"""Documents and a clock in memory, behind the ports of the accounts."""

from collections.abc import Awaitable, Sequence
from datetime import UTC, datetime
from typing import TypeVar

from ohmstead.core.model.events import Event
from ohmstead.core.model.time import Instant
from ohmstead.store.values import Document, StoredDocument

T = TypeVar("T")


class MemoryDocuments:
    """Keeps documents, who changed which, and the events told with them."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], StoredDocument] = {}
        self.changes: list[tuple[str, str]] = []
        self.events: list[Event] = []

    async def get(self, kind: str, id: str) -> StoredDocument | None:
        return self.kept.get((kind, id))

    async def list(self, kind: str) -> tuple[StoredDocument, ...]:
        return tuple(kept for (its_kind, _), kept in self.kept.items() if its_kind == kind)

    async def put(self, *documents: Document, at: datetime, events: Sequence[Event] = ()) -> None:
        for new in documents:
            self.kept[new.kind, new.id] = StoredDocument(new.kind, new.id, new.body, new.author, at, 1)
            self.changes.append((new.kind, new.author))
        self.events += events

    async def delete(self, kind: str, id: str, *, author: str, at: datetime, events: Sequence[Event] = ()) -> bool:
        if self.kept.pop((kind, id), None) is None:
            return False
        self.changes.append((kind, author))
        self.events += events
        return True


class HandClock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.instant = Instant(datetime(2026, 6, 21, 10, 0, tzinfo=UTC), 1000.0)

    def now(self) -> Instant:
        return self.instant

    def move(self, seconds: float) -> None:
        self.instant = self.instant.plus(seconds)

    async def outside(self, work: Awaitable[T]) -> T:
        return await work
