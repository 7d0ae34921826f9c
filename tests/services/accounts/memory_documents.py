"""Documents and a clock in memory, behind the ports of the accounts."""

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from ohmstead.core.model.time import Instant

T = TypeVar("T")


@dataclass(frozen=True)
class Kept:
    id: str
    body: Mapping[str, Any]


class MemoryDocuments:
    """Keeps documents, and who changed which."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], Kept] = {}
        self.changes: list[tuple[str, str, str, datetime]] = []

    async def get_document(self, kind: str, id: str) -> Kept | None:
        return self.kept.get((kind, id))

    async def list_documents(self, kind: str) -> list[Kept]:
        return [kept for (its_kind, _), kept in self.kept.items() if its_kind == kind]

    async def put_document(self, kind: str, id: str, body: Mapping[str, Any], *, author: str, at: datetime) -> None:
        self.kept[kind, id] = Kept(id, dict(body))
        self.changes.append((kind, id, author, at))

    async def delete_document(self, kind: str, id: str, *, author: str, at: datetime) -> None:
        self.kept.pop((kind, id), None)
        self.changes.append((kind, id, author, at))


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
