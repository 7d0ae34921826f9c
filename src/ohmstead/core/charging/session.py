"""From plug-in to unplug: energy, effective charging time, events (G-052).

Energy is the difference of the vehicle meter's counter where there is one: what it had counted at plug-in, taken from
what it has counted since. A session then ends with the first word of the meter after the unplugging, or without it
when the meter stays silent; what it counted unheard belongs to no later session either.

Without a vehicle meter energy is the sum of the steps of the board's own counter; a counter that falls or leaps by
more than any charger could deliver begins anew without adding anything. Where there is no counter, measured power
over time stands in; a board that measures neither leaves the energy unknown. Effective time is the time with the
contactor closed. The session's begin and end of energy flow are the first and the last instant of charging.
"""

from dataclasses import dataclass
from datetime import datetime

from ohmstead.core.model.changing import changed, quick
from ohmstead.core.model.chargers import ChargerOptions, Session
from ohmstead.core.model.events import Event
from ohmstead.core.model.evse import BoardSnapshot
from ohmstead.core.model.grants import Severity
from ohmstead.core.model.reasons import Param, Reason
from ohmstead.core.model.time import Instant

LAST_WORD_S = 15.0
"""How long an ended session waits for its meter."""
_MOST_W = 60_000.0
_SLACK_J = 100_000
_LONGEST_STEP_S = 5.0


@dataclass(frozen=True, slots=True)
class Metered:
    """What the house has counted of a vehicle meter up to the reading of ``at``; it never goes backwards.

    ``sure`` is false while a surprising counter waits to be understood.
    """

    total_j: int | None = None
    at: Instant | None = None
    sure: bool = True

    def since(self, moment: Instant) -> bool:
        """Whether the meter has spoken since ``moment``, and was understood."""
        return self.sure and self.at is not None and self.at.since(moment) > 0


@quick
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
    from_j: int | None = None
    """What the vehicle meter had counted when the session began."""
    to_j: int | None = None
    """What it has counted up to now."""
    ended_at: Instant | None = None
    """When the car was unplugged, while the meter's last word is awaited."""
    owed_since: Instant | None = None
    """The last session ended without that word: what was counted until it comes is nobody else's."""

    @property
    def current(self) -> Session | None:
        """The session of the car that is plugged in."""
        return self.session if self.ended_at is None else None


def follow(
    memory: SessionMemory, charger: str, board: BoardSnapshot, now: Instant, metered: Metered | None = None
) -> tuple[SessionMemory, tuple[Event, ...]]:
    """One look at the board, and at the vehicle meter of a charger that has one.

    Pilot E or F says nothing about the cable: a running session then goes on.
    """
    memory = _owes_no_more(memory, metered)
    memory = _counted(memory, board, now) if metered is None else _metered(_timed(memory, board, now), metered)
    session = memory.session
    if session is None and board.pilot in ("B", "C", "D"):
        return _begin(memory, charger, board, now, metered)
    if session is None:
        return memory, ()
    if memory.ended_at is not None:
        over = metered is None or metered.since(memory.ended_at) or now.since(memory.ended_at) >= LAST_WORD_S
        return _end(memory, session, now, metered) if over or board.pilot != "A" else (memory, ())
    if board.contactor_closed:
        memory = changed(memory, first_charging=memory.first_charging or now.utc, last_charging=now.utc)
    if board.pilot != "A":
        return memory, ()
    memory = changed(memory, ended_at=now)
    return _end(memory, session, now, metered) if metered is None else (memory, ())


def without_session(options: ChargerOptions) -> ChargerOptions:
    """``options`` after the car was unplugged: pause, session limit, target and the rest of it are gone (G-024)."""
    return changed(options, paused=False, session_limit_a=None, departure=None, keep_phases=False)


def _owes_no_more(memory: SessionMemory, metered: Metered | None) -> SessionMemory:
    if memory.owed_since is None or (metered is not None and not metered.since(memory.owed_since)):
        return memory
    return changed(memory, owed_since=None)


def _counted(memory: SessionMemory, board: BoardSnapshot, now: Instant) -> SessionMemory:
    """``memory`` with what the board counted since the last look, and the time."""
    session, fraction = _lasted(memory, now), memory.fraction_j
    if session is not None and _counts(board, session):
        added, fraction = _added(memory, board, now)
        if added or session.energy_j is None:
            session = changed(session, energy_j=(session.energy_j or 0) + added)
    return changed(
        memory,
        session=session,
        fraction_j=fraction,
        counter_j=memory.counter_j if board.energy_j is None else board.energy_j,
        seen_at=now,
        charging=board.contactor_closed,
    )


def _timed(memory: SessionMemory, board: BoardSnapshot, now: Instant) -> SessionMemory:
    return changed(memory, session=_lasted(memory, now), seen_at=now, charging=board.contactor_closed)


def _lasted(memory: SessionMemory, now: Instant) -> Session | None:
    """The session, if any, with the effective time since the last look."""
    session = memory.session
    if session is None or memory.ended_at is not None or not memory.charging:
        return session
    return changed(session, charging_s=session.charging_s + _passed_s(memory, now))


def _counts(board: BoardSnapshot, session: Session) -> bool:
    """Whether the board measures what is delivered, or did in this session."""
    return session.energy_j is not None or board.energy_j is not None or board.power_w is not None


def _begin(
    memory: SessionMemory, charger: str, board: BoardSnapshot, now: Instant, metered: Metered | None
) -> tuple[SessionMemory, tuple[Event, ...]]:
    session = Session(f"{charger}-{now.utc:%Y%m%dT%H%M%S}{now.utc.microsecond // 1000:03d}Z", charger, now)
    clear = metered is not None and metered.sure and memory.owed_since is None
    counted_j = metered.total_j if metered is not None and clear else None
    unmeasured = metered is None and board.energy_j is None and board.power_w is None
    if unmeasured or (metered is not None and counted_j is None):
        session = changed(session, energy_j=None)
    memory = changed(
        memory,
        session=session,
        first_charging=None,
        last_charging=None,
        fraction_j=0.0,
        from_j=counted_j,
        to_j=counted_j,
    )
    reason = Reason("event.session_started")
    return memory, (Event(now.utc, "session.started", charger, charger, reason=reason, data={"session": session.id}),)


def _end(
    memory: SessionMemory, session: Session, now: Instant, metered: Metered | None
) -> tuple[SessionMemory, tuple[Event, ...]]:
    ended_at = memory.ended_at or now
    owed = metered is not None and not metered.since(ended_at)
    data: dict[str, Param | None] = {
        "session": session.id,
        "connected_at": session.connected_at.utc.isoformat(),
        "charging_from": _iso(memory.first_charging),
        "charging_to": _iso(memory.last_charging),
        "energy_j": session.energy_j,
        "charging_s": round(session.charging_s, 1),
        "authorization": session.authorization,
        "switchings": session.switchings,
        "measured_by": _measured_by(session, metered),
    }
    if metered is not None:
        data |= {"counter_from_j": memory.from_j, "counter_to_j": memory.to_j}
    reason = Reason("event.session_ended_unheard") if owed else Reason("event.session_ended")
    severity: Severity = "warning" if owed else "info"
    ended = Event(ended_at.utc, "session.ended", session.charger, session.charger, severity, reason, data)
    return SessionMemory(None, memory.counter_j, now, owed_since=ended_at if owed else None), (ended,)


def _measured_by(session: Session, metered: Metered | None) -> str:
    if metered is not None:
        return "vehicle_meter"
    return "nobody" if session.energy_j is None else "board"


def _metered(memory: SessionMemory, metered: Metered) -> SessionMemory:
    session = memory.session
    if session is None or metered.total_j is None:
        return memory
    begun_j = memory.from_j
    if begun_j is None:
        if not metered.since(session.connected_at):
            return memory
        begun_j = metered.total_j
    energy_j = metered.total_j - begun_j
    return changed(memory, session=changed(session, energy_j=energy_j), from_j=begun_j, to_j=metered.total_j)


def _passed_s(memory: SessionMemory, now: Instant) -> float:
    return 0.0 if memory.seen_at is None else min(_LONGEST_STEP_S, max(0.0, now.since(memory.seen_at)))


def _added(memory: SessionMemory, board: BoardSnapshot, now: Instant) -> tuple[int, float]:
    """Whole joules since the last look, and the fraction that is left for the next."""
    if board.energy_j is not None and memory.counter_j is not None:
        step = board.energy_j - memory.counter_j
        apart_s = 0.0 if memory.seen_at is None else max(0.0, now.since(memory.seen_at))
        return (step if 0 <= step <= _MOST_W * apart_s + _SLACK_J else 0), memory.fraction_j
    if board.energy_j is not None or board.power_w is None or not memory.charging or board.power_w < 0:
        return 0, memory.fraction_j
    joules = memory.fraction_j + board.power_w * _passed_s(memory, now)
    return int(joules), joules - int(joules)


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
