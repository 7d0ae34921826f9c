"""From plug-in to unplug: energy, effective charging time, events (G-052).

Energy is the sum of the steps of the board's own counter; a counter that falls or leaps by more than any charger
could deliver begins anew without adding anything. Where there is no counter, measured power over time stands in.
Effective time is the time with the contactor closed. The session's begin and end of energy flow are the first
and the last instant of charging.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from ohmstead.core.model.chargers import ChargerOptions, Session
from ohmstead.core.model.events import Event
from ohmstead.core.model.evse import BoardSnapshot
from ohmstead.core.model.reasons import Param, Reason
from ohmstead.core.model.time import Instant

_MOST_W = 60_000.0
_SLACK_J = 100_000
_LONGEST_STEP_S = 5.0


@dataclass(frozen=True, slots=True)
class SessionMemory:
    """The session that runs, if any, and where the counter and the clock stood at the last look."""

    session: Session | None = None
    counter_j: int | None = None
    seen_at: Instant | None = None
    charging: bool = False
    first_charging: datetime | None = None
    last_charging: datetime | None = None
    fraction_j: float = 0.0


def follow(
    memory: SessionMemory, charger: str, board: BoardSnapshot, now: Instant
) -> tuple[SessionMemory, tuple[Event, ...]]:
    """One look at the board. Pilot E or F says nothing about the cable: a running session then goes on."""
    passed_s = 0.0 if memory.seen_at is None else min(_LONGEST_STEP_S, max(0.0, now.since(memory.seen_at)))
    session = memory.session
    if session is not None:
        added, fraction = _added(memory, board, now, passed_s)
        charged_s = passed_s if memory.charging else 0.0
        session = replace(session, energy_j=session.energy_j + added, charging_s=session.charging_s + charged_s)
        memory = replace(memory, session=session, fraction_j=fraction)
    memory = replace(
        memory,
        counter_j=memory.counter_j if board.energy_j is None else board.energy_j,
        seen_at=now,
        charging=board.contactor_closed,
    )
    if session is None and board.pilot in ("B", "C", "D"):
        return _begin(memory, charger, now)
    if session is not None and board.contactor_closed:
        first = memory.first_charging or now.utc
        memory = replace(memory, first_charging=first, last_charging=now.utc)
    if session is not None and board.pilot == "A":
        return _end(memory, session, now)
    return memory, ()


def without_session(options: ChargerOptions) -> ChargerOptions:
    """``options`` after the car was unplugged: pause and session limit are gone (G-024, G-051)."""
    return replace(options, paused=False, session_limit_a=None)


def _begin(memory: SessionMemory, charger: str, now: Instant) -> tuple[SessionMemory, tuple[Event, ...]]:
    session = Session(f"{charger}-{now.utc:%Y%m%dT%H%M%S}{now.utc.microsecond // 1000:03d}Z", charger, now)
    memory = replace(memory, session=session, first_charging=None, last_charging=None, fraction_j=0.0)
    reason = Reason("event.session_started")
    return memory, (Event(now.utc, "session.started", charger, charger, reason=reason, data={"session": session.id}),)


def _end(memory: SessionMemory, session: Session, now: Instant) -> tuple[SessionMemory, tuple[Event, ...]]:
    data: dict[str, Param | None] = {
        "session": session.id,
        "connected_at": session.connected_at.utc.isoformat(),
        "charging_from": _iso(memory.first_charging),
        "charging_to": _iso(memory.last_charging),
        "energy_j": session.energy_j,
        "charging_s": round(session.charging_s, 1),
    }
    reason = Reason("event.session_ended")
    ended = Event(now.utc, "session.ended", session.charger, session.charger, reason=reason, data=data)
    return SessionMemory(counter_j=memory.counter_j, seen_at=now), (ended,)


def _added(memory: SessionMemory, board: BoardSnapshot, now: Instant, passed_s: float) -> tuple[int, float]:
    """Whole joules since the last look, and the fraction that is left for the next."""
    if board.energy_j is not None and memory.counter_j is not None:
        step = board.energy_j - memory.counter_j
        apart_s = 0.0 if memory.seen_at is None else max(0.0, now.since(memory.seen_at))
        return (step if 0 <= step <= _MOST_W * apart_s + _SLACK_J else 0), memory.fraction_j
    if board.energy_j is not None or board.power_w is None or not memory.charging or board.power_w < 0:
        return 0, memory.fraction_j
    joules = memory.fraction_j + board.power_w * passed_s
    return int(joules), joules - int(joules)


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
