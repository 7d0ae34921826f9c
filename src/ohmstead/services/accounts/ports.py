"""What accounts need of the store: documents by kind and id. ``Store.documents`` satisfies it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from ohmstead.core.model.events import Event
from ohmstead.store.values import Document, StoredDocument


class Documents(Protocol):
    """Each change is one transaction with its author and the events that tell of it. All raise StoreError."""

    async def get(self, kind: str, id: str) -> StoredDocument | None:
        """The document, or ``None``."""
        ...

    async def list(self, kind: str) -> tuple[StoredDocument, ...]:
        """All documents of a kind."""
        ...

    async def put(self, *documents: Document, at: datetime, events: Sequence[Event] = ()) -> None:
        """Write or replace, all or none."""
        ...

    async def delete(self, kind: str, id: str, *, author: str, at: datetime, events: Sequence[Event] = ()) -> bool:
        """Remove; ``False`` when there was none."""
        ...
