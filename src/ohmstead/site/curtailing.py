"""The grid operator's curtailment: what it leaves to all chargers together, and until when (section 14a EnWG).

Set by a command of the site, kept in the store, gone by itself when its time has come. It only narrows: like every
limit it takes part in the minimum.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from ohmstead.core.model.errors import CommandRefused
from ohmstead.core.model.events import Command, Event
from ohmstead.core.model.reasons import Reason
from ohmstead.core.model.time import Instant
from ohmstead.site.commands import permitted, shown
from ohmstead.store.values import Document, Json

CURTAILMENT = "site.curtailment"
"""Kind of the one document that holds it."""
LIMIT_W = (0.0, 2_000_000.0)


@dataclass(frozen=True, slots=True)
class Curtailment:
    """``limit_w`` for all chargers together, until ``until``; for ever without."""

    limit_w: float
    until: datetime | None = None


class Curtailing:
    """Owner of the curtailment."""

    def __init__(self) -> None:
        """None holds."""
        self._holds: Curtailment | None = None
        self._unsaved: list[Document] = []

    def limit_w(self, now: Instant) -> float | None:
        """What all chargers together may draw now; ``None`` without curtailment."""
        holds = self._holds
        if holds is None or (holds.until is not None and now.utc >= holds.until):
            return None
        return holds.limit_w

    def change(self, command: Command, now: Instant) -> Event:
        """Carry out ``command``. Raises CommandRefused; then nothing is changed."""
        permitted(command, now)
        if command.target != "site":
            raise CommandRefused(Reason("command.target_site", {"came": command.target}))
        data = {"action": command.action.value, "value": None}
        if command.value is None:
            self._set(None, command.author)
            return Event(
                now.utc, "site.curtailment", command.author, "site", "info", Reason("event.curtail.none"), data
            )
        limit_w = _watts(command.value)
        if command.until is not None and command.until <= now.utc:
            raise CommandRefused(Reason("command.until_past", {"until": command.until.isoformat()}))
        self._set(Curtailment(limit_w, command.until), command.author)
        key, params = "event.curtail", {"limit_w": limit_w}
        reason = Reason(key, params)
        if command.until is not None:
            reason = Reason("event.curtail.until", {**params, "until": command.until.astimezone(UTC).isoformat()})
        return Event(now.utc, "site.curtailment", command.author, "site", "warning", reason, data | {"value": limit_w})

    def take(self) -> list[Document]:
        """What is not handed to the store yet; it is the caller's now."""
        taken, self._unsaved = self._unsaved, []
        return taken

    def recall(self, body: Json) -> None:
        """Go on with what was kept. Raises ValueError when it cannot be read; nothing then charges until set anew."""
        self._holds = Curtailment(0.0)
        if not isinstance(body, Mapping):
            raise ValueError(f"curtailment: got {body!r}")
        limit, until = body.get("limit_w"), body.get("until")
        if limit is None:
            self._holds = None
            return
        if (
            isinstance(limit, bool)
            or not isinstance(limit, int | float)
            or not (until is None or isinstance(until, str))
        ):
            raise ValueError(f"curtailment: got {body!r}")
        self._holds = Curtailment(float(limit), None if until is None else datetime.fromisoformat(until))

    def _set(self, holds: Curtailment | None, author: str) -> None:
        self._holds = holds
        until = None if holds is None or holds.until is None else holds.until.isoformat()
        body: dict[str, Json] = {"limit_w": None if holds is None else holds.limit_w, "until": until}
        self._unsaved.append(Document(CURTAILMENT, "site", body, author))


def _watts(value: object) -> float:
    least_w, most_w = LIMIT_W
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise CommandRefused(Reason("command.watts", {"came": shown(value)}))
    if not least_w <= value <= most_w:
        params = {"came_w": float(value), "least_w": least_w, "most_w": most_w}
        raise CommandRefused(Reason("command.curtail_range", params))
    return float(value)
