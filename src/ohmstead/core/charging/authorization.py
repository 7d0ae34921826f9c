"""Whether the vehicle that is connected may charge (EV-187 to EV-190, G-072, G-073).

Theory of operation. Each session begins as *waiting* and gets no current. It becomes *granted* by nobody where the
charger asks for nothing, by the app, or by a valid card; *rejected* by the app. A card overrides a rejection while the
vehicle stays connected, and the app may change its mind about what it said itself. A card shown without a vehicle is
good for the next one for 60 s. All of it ends with the session: the next one waits again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_args

from ohmstead.core.model.authorization import (
    BY_APP,
    BY_CARD,
    BY_NOBODY,
    SHOWN_S,
    SIGNAL_S,
    Authorization,
    AuthorizationMode,
    AuthorizationSignal,
    Verdict,
    by_app,
    by_card,
)
from ohmstead.core.model.changing import changed, quick
from ohmstead.core.model.events import Event
from ohmstead.core.model.reasons import Reason
from ohmstead.core.model.time import Instant


@dataclass(frozen=True, slots=True)
class AuthorizationMemory:
    """Moments are seconds on the monotonic clock. ``shown`` is a card that waits for a vehicle."""

    session: str | None = None
    verdict: Verdict = "waiting"
    type: str | None = None
    shown: str | None = None
    shown_at: float = 0.0
    signal: AuthorizationSignal | None = None
    signal_at: float = 0.0

    @property
    def granted(self) -> bool:
        """Whether the session may have current."""
        return self.session is not None and self.verdict == "granted"


@quick
@dataclass(frozen=True, slots=True)
class Decided:
    """What an app or a card changed; ``hindrance`` says why nothing was."""

    memory: AuthorizationMemory
    events: tuple[Event, ...] = ()
    hindrance: Reason | None = None


def follow(
    memory: AuthorizationMemory, mode: AuthorizationMode, session: str | None, charger: str, now: Instant
) -> Decided:
    """``memory`` at ``now``, with the ``session`` of the vehicle that is connected, ``None`` without one."""
    if memory.shown is not None and not 0 <= now.monotonic_s - memory.shown_at <= SHOWN_S:
        memory = changed(memory, shown=None)
    if session is None:
        return Decided(memory if memory.session is None else AuthorizationMemory())
    if session != memory.session:
        card = memory.shown if by_card(mode) else None
        memory = AuthorizationMemory(session)
        if card is not None:
            return _granted(memory, BY_CARD + card, charger, charger, now)
    if mode == "none" and not memory.granted:
        return Decided(changed(memory, verdict="granted", type=BY_NOBODY, signal=None))
    return Decided(memory)


def from_app(
    memory: AuthorizationMemory, mode: AuthorizationMode, allowed: bool, charger: str, author: str, now: Instant
) -> Decided:
    """``author`` authorises or rejects in the app."""
    if memory.session is None:
        return Decided(memory, hindrance=Reason("command.no_car", {"charger": charger}))
    if not by_app(mode):
        return Decided(memory, hindrance=Reason("authorization.not_by_app", {"charger": charger}))
    if memory.granted and (allowed or memory.type != BY_APP):
        return Decided(memory, hindrance=Reason("authorization.already", {"charger": charger}))
    if allowed:
        return _granted(memory, BY_APP, charger, author, now)
    after = changed(memory, verdict="rejected", type=None, signal="refused", signal_at=now.monotonic_s)
    return Decided(after, (_event("session.rejected", charger, author, now, {"session": memory.session}),))


def from_card(
    memory: AuthorizationMemory, mode: AuthorizationMode, card: str, valid: bool, charger: str, now: Instant
) -> Decided:
    """``card`` was shown; ``valid`` tells whether the site knows it and has not blocked it."""
    data = {"card": card}
    if not by_card(mode) or memory.granted:
        return Decided(memory, (_event("card.ignored", charger, charger, now, data),))
    if not valid:
        after = changed(memory, signal="refused", signal_at=now.monotonic_s)
        return Decided(after, (_event("card.refused", charger, charger, now, data),))
    if memory.session is not None:
        return _granted(memory, BY_CARD + card, charger, charger, now)
    after = changed(memory, shown=card, shown_at=now.monotonic_s, signal="accepted", signal_at=now.monotonic_s)
    return Decided(after, (_event("card.shown", charger, charger, now, data),))


def seen(memory: AuthorizationMemory, now: Instant) -> Authorization:
    """What people and the light see of it."""
    signal = memory.signal
    if signal is not None and not 0 <= now.monotonic_s - memory.signal_at <= SIGNAL_S:
        signal = None
    if memory.session is None:
        return Authorization(signal=signal)
    if signal is None and memory.verdict == "waiting":
        signal = "requested"
    return Authorization(memory.verdict, memory.type, signal)


def dump(memory: AuthorizationMemory, now: Instant) -> dict[str, Any]:
    """What must survive a restart, as plain JSON values."""
    return {
        "session": memory.session,
        "verdict": memory.verdict,
        "type": memory.type,
        "shown": memory.shown,
        "shown_s": now.monotonic_s - memory.shown_at if memory.shown is not None else None,
    }


def load(saved: Mapping[str, Any], gone_s: float, now: Instant) -> AuthorizationMemory:
    """What ``dump`` wrote ``gone_s`` ago. Raises KeyError or TypeError when it is nothing of that kind."""
    verdict = saved["verdict"]
    if verdict not in get_args(Verdict):
        raise TypeError(f"verdict is {verdict!r}")
    shown = saved["shown"]
    ago_s = 0.0 if shown is None else float(saved["shown_s"]) + gone_s
    return AuthorizationMemory(saved["session"], verdict, saved["type"], shown, now.monotonic_s - ago_s)


def _granted(memory: AuthorizationMemory, type: str, charger: str, author: str, now: Instant) -> Decided:
    after = changed(memory, verdict="granted", type=type, shown=None, signal="accepted", signal_at=now.monotonic_s)
    return Decided(
        after, (_event("session.authorized", charger, author, now, {"session": memory.session, "by": type}),)
    )


def _event(kind: str, charger: str, author: str, now: Instant, data: Mapping[str, str | None]) -> Event:
    return Event(now.utc, kind, author, charger, reason=Reason(f"event.{kind}"), data=data)
