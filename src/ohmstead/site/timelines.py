"""The explanations of each session over time: those that run in memory, those that ended in the store."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter, ValidationError

from ohmstead.core.control.timeline import Timeline, follow
from ohmstead.core.model.changing import changed
from ohmstead.core.model.chargers import ChargerOptions
from ohmstead.core.model.snapshot import SiteState
from ohmstead.store.values import Document, Json

if TYPE_CHECKING:
    from ohmstead.store.store import Store

SESSION_WHY = "session.why"
"""Kind of the documents that hold a session's explanations, by the session's id."""

LONGEST = timedelta(days=14)
"""How long before a time a session may have begun to be looked for there."""

_TIMELINE = TypeAdapter(Timeline)


class Timelines:
    """Owner of the timelines of the sessions that run."""

    def __init__(self) -> None:
        """No session is known yet."""
        self._running: dict[str, Timeline] = {}
        self._ended: list[Document] = []

    def look(self, state: SiteState) -> None:
        """After each tick: what was decided, for every charger with a car; whose car has gone is ended."""
        at = state.snapshot.at
        for name, reading in state.snapshot.chargers.items():
            running, session = self._running.get(name), reading.session
            if (
                running is not None
                and (session is None or session.id != running.session)
                and reading.connected is not None
            ):
                self._end(name, running, at.utc)
            grant, why = state.grants.get(name), state.explanations.get(name)
            if session is not None and grant is not None and why is not None:
                self._running[name] = follow(self._running.get(name), session.id, grant, why, at)

    def take(self) -> list[Document]:
        """The sessions that ended and are not handed to the store yet; they are the caller's now."""
        taken, self._ended = self._ended, []
        return taken

    def running(self, charger: str, before: datetime) -> Iterator[Timeline]:
        """Of the car that is plugged in, if there is one and it came before that time."""
        line = self._running.get(charger)
        if line is not None and line.told and line.told[0].at < before:
            yield line

    def dump(self) -> dict[str, Json]:
        """What must survive a restart."""
        return {name: _TIMELINE.dump_python(one, mode="json") for name, one in self._running.items()}

    def recall(self, kept: Any) -> None:
        """Go on from what ``dump`` gave. Raises ValueError when it is nothing that it gave."""
        if not isinstance(kept, Mapping):
            raise ValueError("timelines: not a mapping; start without them")
        self._running = {str(name): _read(one) for name, one in kept.items()}

    def _end(self, charger: str, line: Timeline, at: datetime) -> None:
        del self._running[charger]
        body = _TIMELINE.dump_python(changed(line, ended_at=at), mode="json")
        self._ended.append(Document(SESSION_WHY, line.session, body, charger))


class Modes:
    """What people set on each charger, and why it gave what it gave: for those who look in from outside."""

    def __init__(self, options: Mapping[str, ChargerOptions], store: "Callable[[], Store]") -> None:
        """``store`` raises StoreError while there is none."""
        self.lines = Timelines()
        self._options = options
        self._store = store

    def options_of(self, charger: str) -> ChargerOptions:
        """What people set on ``charger``, which exists."""
        return self._options[charger]

    async def timelines(self, charger: str, start: datetime, end: datetime) -> tuple[Timeline, ...]:
        """What was explained of the sessions of ``charger`` in [start, end), oldest first. Raises StoreError."""
        documents = await self._store().documents.between(SESSION_WHY, *ids_between(charger, start, end))
        return (*stored((each.body for each in documents), start), *self.lines.running(charger, end))


def ids_between(charger: str, start: datetime, end: datetime) -> tuple[str, str]:
    """Between what ids the sessions lie that may have run in that time."""
    first, last = (f"{charger}-{at.astimezone(UTC):%Y%m%dT%H%M%S}" for at in (start - LONGEST, end))
    return first, last


def stored(bodies: Iterator[Json], start: datetime) -> Iterator[Timeline]:
    """The timelines in documents of the store that ended after ``start``; one that cannot be read is left out."""
    for body in bodies:
        with suppress(ValueError):
            line = _read(body)
            if line.ended_at is not None and line.ended_at > start:
                yield line


def _read(body: Any) -> Timeline:
    try:
        return _TIMELINE.validate_python(body)
    except ValidationError as error:
        raise ValueError(f"timeline: {error.error_count()} wrong values; start without it") from error
