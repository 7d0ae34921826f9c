"""Accounts kept in the house's store: its documents in the words that accounts ask for."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from ohmstead.services.accounts.ports import Document as Kept
from ohmstead.store.documents import Documents
from ohmstead.store.values import Document


class KeptDocuments:
    """The port ``Documents`` over the store's documents."""

    def __init__(self, documents: Documents) -> None:
        """``documents`` of the site whose accounts these are."""
        self._documents = documents

    async def get_document(self, kind: str, id: str) -> Kept | None:
        """The document, or None."""
        return await self._documents.get(kind, id)

    async def list_documents(self, kind: str) -> Sequence[Kept]:
        """All documents of a kind."""
        return await self._documents.list(kind)

    async def put_document(self, kind: str, id: str, body: Mapping[str, Any], *, author: str, at: datetime) -> None:
        """Write or replace."""
        await self._documents.put(Document(kind, id, dict(body), author), at=at)

    async def delete_document(self, kind: str, id: str, *, author: str, at: datetime) -> None:
        """Remove; nothing happens when it is not there."""
        await self._documents.delete(kind, id, author=author, at=at)
