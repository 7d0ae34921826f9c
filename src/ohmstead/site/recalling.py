"""Taking back what was kept, a part at a time: one that cannot be read leaves the others as they are."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import structlog

if TYPE_CHECKING:
    from ohmstead.store.store import Store

_log = structlog.get_logger(__name__)


@contextmanager
def without_on_error(what: str) -> Iterator[None]:
    """A memory that cannot be used is left out."""
    try:
        yield
    except ValueError as error:
        _log.warning("memory not usable, starting without it", of=what, error=str(error))


async def recall_each(store: "Store", kind: str, take: Callable[[str, Any], None]) -> None:
    """Give ``take`` the id and body of every document of ``kind``; those it cannot use are left out."""
    for document in await store.documents.list(kind):
        with without_on_error(f"{kind} {document.id}"):
            take(document.id, document.body)
