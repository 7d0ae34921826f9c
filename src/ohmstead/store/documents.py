"""Documents with their history, and events: what people and the site decided, with author and time."""

import json
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Any, Protocol, TypeVar

from sqlalchemy import Row, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from ohmstead.core.model.events import Event
from ohmstead.core.model.reasons import Reason
from ohmstead.store.intervals import from_ms, to_ms
from ohmstead.store.schema import change, document, event
from ohmstead.store.values import Document, EventPage, Json, StoredDocument, StoredEvent

T = TypeVar("T")
Transaction = Callable[[], AbstractAsyncContextManager[AsyncConnection]]


class Uncut(Protocol):
    """``Database.uncut``."""

    def __call__(self, work: Coroutine[Any, Any, T]) -> Awaitable[T]:
        """Do ``work`` to its end, also when the caller is cancelled meanwhile."""
        ...


class Documents:
    """The documents of one site. Each change is one transaction with its author, kept in the history for ever."""

    def __init__(self, site: int, writing: Transaction, reading: Transaction, uncut: Uncut) -> None:
        """Made by the Store: ``writing`` and ``reading`` begin its transactions, ``uncut`` does a write to its end."""
        self._uncut = uncut
        self._site = site
        self._writing = writing
        self._reading = reading

    async def put(self, *documents: Document, at: datetime, events: Sequence[Event] = ()) -> None:
        """Keep ``documents`` as they are at ``at``, all or none, and with them the ``events`` that tell of it.

        Being cancelled cuts nothing: they are then kept or refused all the same.
        """
        await self._uncut(self._put(documents, at, events))

    async def _put(self, documents: Sequence[Document], at: datetime, events: Sequence[Event]) -> None:
        async with self._writing() as connection:
            await put_documents(connection, self._site, documents, at)
            await add_events(connection, self._site, events)

    async def delete(self, kind: str, id: str, *, author: str, at: datetime, events: Sequence[Event] = ()) -> bool:
        """Remove a document; its history stays. False when there was none. Being cancelled cuts nothing."""
        return await self._uncut(self._delete(kind, id, author, at, events))

    async def _delete(self, kind: str, id: str, author: str, at: datetime, events: Sequence[Event]) -> bool:
        async with self._writing() as connection:
            mine = (document.c.site == self._site, document.c.kind == kind, document.c.id == id)
            version = (await connection.execute(select(document.c.version).where(*mine))).scalar_one_or_none()
            if version is None:
                return False
            await connection.execute(delete(document).where(*mine))
            gone = Document(kind, id, None, author)
            await connection.execute(insert(change), _change(self._site, gone, to_ms(at), version + 1, deleted=True))
            await add_events(connection, self._site, events)
        return True

    async def get(self, kind: str, id: str) -> StoredDocument | None:
        """The document of this kind and id."""
        found = await self._select(document.c.kind == kind, document.c.id == id)
        return found[0] if found else None

    async def list(self, kind: str) -> tuple[StoredDocument, ...]:
        """All documents of ``kind``, by id."""
        return await self._select(document.c.kind == kind)

    async def between(self, kind: str, first: str, last: str) -> tuple[StoredDocument, ...]:
        """The documents of ``kind`` whose ids lie from ``first`` up to ``last``, by id."""
        return await self._select(document.c.kind == kind, document.c.id >= first, document.c.id < last)

    async def history(self, kind: str, id: str, *, limit: int = 100) -> tuple[StoredDocument, ...]:
        """Every state the document had, newest first, the one that deleted it too."""
        of = change.c
        statement = (
            select(of.kind, of.id, of.body, of.author, of.at, of.version, of.deleted)
            .where(of.site == self._site, of.kind == kind, of.id == id)
            .order_by(of.no.desc())
            .limit(limit)
        )
        async with self._reading() as connection:
            return tuple(_stored(row, deleted=bool(row.deleted)) for row in await connection.execute(statement))

    async def _select(self, *where: Any) -> tuple[StoredDocument, ...]:
        of = document.c
        statement = select(of.kind, of.id, of.body, of.author, of.at, of.version).where(of.site == self._site, *where)
        async with self._reading() as connection:
            return tuple(_stored(row) for row in await connection.execute(statement.order_by(of.id)))


async def put_documents(connection: AsyncConnection, site: int, documents: Iterable[Document], at: datetime) -> None:
    """Write ``documents`` and their history within the caller's transaction. An unchanged body is no change."""
    moment = to_ms(at)
    for new in documents:
        mine = (document.c.site == site, document.c.kind == new.kind, document.c.id == new.id)
        kept = (await connection.execute(select(document.c.version, document.c.body).where(*mine))).one_or_none()
        body = dumped(new.body)
        if kept is not None and kept.body == body:
            continue
        version = await _next_version(connection, site, new) if kept is None else kept.version + 1
        values = {"version": version, "author": new.author, "at": moment, "body": body}
        if kept is None:
            await connection.execute(insert(document), {"site": site, "kind": new.kind, "id": new.id, **values})
        else:
            await connection.execute(update(document).where(*mine).values(**values))
        await connection.execute(insert(change), _change(site, new, moment, version))


async def _next_version(connection: AsyncConnection, site: int, new: Document) -> int:
    """One more than the document had before it was deleted, if ever."""
    of = change.c
    statement = select(of.version).where(of.site == site, of.kind == new.kind, of.id == new.id)
    last = (await connection.execute(statement.order_by(of.no.desc()).limit(1))).scalar_one_or_none()
    return 1 if last is None else last + 1


async def add_events(connection: AsyncConnection, site: int, events: Iterable[Event]) -> None:
    """Write ``events`` within the caller's transaction, in their order."""
    rows = [
        {
            "site": site,
            "at": to_ms(new.at),
            "kind": new.kind,
            "author": new.author,
            "target": new.target,
            "severity": new.severity,
            "reason": None if new.reason is None else dumped([new.reason.key, dict(new.reason.params)]),
            "data": dumped(dict(new.data)),
        }
        for new in events
    ]
    if rows:
        await connection.execute(insert(event), rows)


async def list_events(
    connection: AsyncConnection, site: int, limit: int, before: int | None, target: str | None
) -> EventPage:
    """A page of events, newest first."""
    of = event.c
    statement = select(event).where(of.site == site).order_by(of.no.desc()).limit(limit + 1)
    if before is not None:
        statement = statement.where(of.no < before)
    if target is not None:
        statement = statement.where(of.target == target)
    found = [_event(row) for row in await connection.execute(statement)]
    page = tuple(found[:limit])
    return EventPage(page, page[-1].number if len(found) > limit else None)


def dumped(body: Json) -> str:
    """``body`` as the text that is kept: the same body gives the same text."""
    return json.dumps(body, separators=(",", ":"), sort_keys=True)


def _change(site: int, new: Document, at: int, version: int, *, deleted: bool = False) -> dict[str, Any]:
    return {
        "site": site,
        "kind": new.kind,
        "id": new.id,
        "version": version,
        "author": new.author,
        "at": at,
        "deleted": int(deleted),
        "body": dumped(new.body),
    }


def _stored(row: Row[*tuple[Any, ...]], *, deleted: bool = False) -> StoredDocument:
    return StoredDocument(row.kind, row.id, json.loads(row.body), row.author, from_ms(row.at), row.version, deleted)


def _event(row: Row[*tuple[Any, ...]]) -> StoredEvent:
    reason = None
    if row.reason is not None:
        key, params = json.loads(row.reason)
        reason = Reason(key, params)
    data = json.loads(row.data)
    kept = Event(from_ms(row.at), row.kind, row.author, row.target, row.severity, reason, data)
    return StoredEvent(row.no, kept)
