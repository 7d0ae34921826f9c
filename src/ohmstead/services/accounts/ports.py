"""What accounts need of the store: documents by kind and id. The house's store satisfies it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol


class Document(Protocol):
    """One kept document."""

    @property
    def id(self) -> str:
        """Unique within its kind."""
        ...

    @property
    def body(self) -> Mapping[str, Any]:
        """What was put, as JSON knows it."""
        ...


class Documents(Protocol):
    """Documents; each change is one transaction with its author. All raise StoreError."""

    async def get_document(self, kind: str, id: str) -> Document | None:
        """The document, or ``None``."""
        ...

    async def list_documents(self, kind: str) -> Sequence[Document]:
        """All documents of a kind."""
        ...

    async def put_document(self, kind: str, id: str, body: Mapping[str, Any], *, author: str, at: datetime) -> None:
        """Write or replace."""
        ...

    async def delete_document(self, kind: str, id: str, *, author: str, at: datetime) -> None:
        """Remove; nothing happens when it is not there."""
        ...
