"""A store of documents in memory, for what is read back one by one."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from ohmstead.store.values import Document, StoredDocument

AT = datetime(2026, 6, 21, 10, 15, tzinfo=UTC)


@dataclass
class Shelf:
    """Documents in memory, for what is read back one by one."""

    kept: dict[tuple[str, str], Document] = field(default_factory=dict)

    @property
    def documents(self) -> "Shelf":
        return self

    def put(self, documents: Sequence[Document]) -> None:
        self.kept |= {(one.kind, one.id): one for one in documents}

    async def get(self, kind: str, id: str) -> StoredDocument | None:
        one = self.kept.get((kind, id))
        return None if one is None else StoredDocument(one.kind, one.id, one.body, one.author, AT, 1)

    async def between(self, kind: str, first: str, last: str) -> tuple[StoredDocument, ...]:
        found = [await self.get(*key) for key in sorted(self.kept) if key[0] == kind and first <= key[1] < last]
        return tuple(one for one in found if one is not None)
