"""Corrections of the record of a running site: each kept with its author, and told as an event."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import uuid4

from pydantic import TypeAdapter

from ohmstead.core.model.corrections import Corrected, Correction
from ohmstead.core.model.errors import CommandRefused
from ohmstead.core.model.events import AccessRole, Event
from ohmstead.core.model.reasons import Reason
from ohmstead.drivers.clock import Clock
from ohmstead.services.accounts.accounts import may
from ohmstead.store.intervals import from_ms
from ohmstead.store.values import Document

if TYPE_CHECKING:
    from ohmstead.store.correcting import Outcome
    from ohmstead.store.store import Store

CORRECTION = "correction"
"""Kind of the documents that tell of corrections, one each."""
_NEEDED: AccessRole = "installer"
_CORRECTED = TypeAdapter(Corrected)


class Correcting:
    """The door to the record of one site."""

    def __init__(self, store: Callable[[], "Store"], clock: Clock) -> None:
        """``store`` hands out the open store, or raises StoreError."""
        self._store = store
        self._clock = clock

    async def correct(self, wanted: Correction, author: str, role: AccessRole) -> Corrected:
        """Carry out ``wanted``. Raises CommandRefused with a reason a person can use, StoreError."""
        if not may(role, _NEEDED):
            raise CommandRefused(Reason("command.role", {"needed": _NEEDED, "role": role}))
        now = self._clock.now().utc
        made: list[Corrected] = []

        def told(outcome: "Outcome") -> list[Document]:
            done = _corrected(wanted, author, outcome, uuid4().hex[:12], now)
            made.append(done)
            return [Document(CORRECTION, done.id, _CORRECTED.dump_python(done, mode="json"), author)]

        reason = Reason("correction.made", {"channel": wanted.channel, "author": author})
        data = {"kind": wanted.kind, "span": wanted.span, "note": wanted.note}
        event = Event(now, "history.corrected", author, wanted.channel, "info", reason, data)
        await self._clock.outside(self._store().correct(wanted, now, told, event))
        return made[-1]

    async def made(self) -> tuple[Corrected, ...]:
        """All corrections, newest first. Raises StoreError."""
        documents = await self._clock.outside(self._store().documents.list(CORRECTION))
        found = [_CORRECTED.validate_python(document.body) for document in documents]
        return tuple(sorted(found, key=lambda each: each.at, reverse=True))


def _corrected(wanted: Correction, author: str, outcome: "Outcome", id: str, at: datetime) -> Corrected:
    return Corrected(
        id=id,
        at=at,
        author=author,
        channel=wanted.channel,
        kind=wanted.kind,
        span=wanted.span,
        start=from_ms(outcome.whole.start),
        end=from_ms(outcome.whole.end),
        note=wanted.note,
        factor=wanted.factor,
        intervals=outcome.intervals,
        import_before_j=outcome.imported[0],
        import_after_j=outcome.imported[1],
        export_before_j=outcome.exported[0],
        export_after_j=outcome.exported[1],
    )
