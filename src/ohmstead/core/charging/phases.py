"""Switching between one phase and three: when it may begin, what it waits for, how it ends.

Theory of operation. Control says by the grant what the phases are to be; nothing here decides that. A board with the
ability moves terminals 2 and 3 only while its contactor is open; the host sees to it that a car is not surprised:

=====  =====================================================================================================
order  what
=====  =====================================================================================================
1      the PWM stops, the car has its 6 s to drop its load (table A.6, 10.1), the contactor opens
2      the contactor is seen open, and no current flows: only then is the board told to move
3      the pilot shows F for 4 s, so that the car lets go and looks anew, then rests
4      terminals 2 and 3 are seen where they were told to be, and the pause is over
5      current is offered again, by a grant that counts on these phases
=====  =====================================================================================================

Before a car has had current in its session it cannot be surprised: there is neither F nor pause, and it does not count.
Without a car the phases are set at once. A pause that was begun outlives a restart of host and board. What the board
shows, not what it was told, is what counts; while it shows nothing the worst is assumed.
"""

from ohmstead.core.charging.memory import PilotMemory
from ohmstead.core.model.changing import changed
from ohmstead.core.model.chargers import ChargerOptions
from ohmstead.core.model.events import Event
from ohmstead.core.model.evse import BoardSnapshot, PhaseCount
from ohmstead.core.model.grants import Grant
from ohmstead.core.model.phases import PhasesSeen
from ohmstead.core.model.reasons import Reason
from ohmstead.core.model.settings import ChargerSettings
from ohmstead.core.model.time import Instant

LET_GO_S = 4.0
"""The pilot shows F for so long."""
RETURN_S = 180.0
"""A car that charged before and does not ask within this after a switching has not borne it."""
STILL_A = 0.5
"""More on a terminal than this is a current."""


def looked(
    memory: PilotMemory,
    board: BoardSnapshot,
    grant: Grant | None,
    options: ChargerOptions,
    charger: ChargerSettings,
    now: Instant,
    able: bool,
) -> tuple[PilotMemory, PhaseCount | None, tuple[Event, ...]]:
    """``memory`` after this look, what is waited for, and what is to be told; ``able``: the phases can be switched."""
    if not able:
        return memory, None, ()
    memory, events = returned(memory, board, now)
    memory = followed(memory, board, grant, now)
    return memory, pending(memory, board, grant, options, charger, now), events


def followed(memory: PilotMemory, board: BoardSnapshot, grant: Grant | None, now: Instant) -> PilotMemory:
    """``memory`` of where the phases are to be, as long as nothing has to be waited for."""
    if memory.phases_to is None:
        return memory if board.phases is None else changed(memory, phases_to=board.phases)
    if board.pilot == "A" and memory.session.current is None:
        free = changed(memory, pause_until=None, returning=False, refused=False)
        wish = _wish(grant, now)
        if wish is not None and _still(board):
            free = changed(free, phases_to=wish)
        return free if free != memory else memory
    if memory.pause_until is not None and memory.sequence != "switch" and board.phases == memory.phases_to:
        over = now.monotonic_s >= memory.pause_until
        return changed(memory, pause_until=None) if over else memory
    return memory


def pending(
    memory: PilotMemory,
    board: BoardSnapshot,
    grant: Grant | None,
    options: ChargerOptions,
    charger: ChargerSettings,
    now: Instant,
) -> PhaseCount | None:
    """What the phases are to be while that has to be waited for; ``None`` when there is nothing to wait for."""
    to = memory.phases_to
    if to is None:
        return None
    pausing = memory.pause_until is not None and now.monotonic_s < memory.pause_until
    if board.phases != to or pausing:
        return to
    wish = _wish(grant, now)
    if wish is None or wish == to or memory.sequence == "switch":
        return None
    session = memory.session.current
    counted = begun(memory) and session is not None
    if counted and (memory.refused or options.keep_phases or _spent(memory, charger)):
        return None
    return wish


def begins(
    before: PilotMemory, memory: PilotMemory, to: PhaseCount | None, charger: ChargerSettings, now: Instant
) -> tuple[PilotMemory, tuple[Event, ...]]:
    """``memory``, which was ``before``: at the begin of a switching the board is told to move, and the pause begins."""
    if to is None or memory.sequence != "switch" or before.sequence == "switch":
        return memory, ()
    pause = now.monotonic_s + charger.phase_pause_s if begun(memory) else None
    events: tuple[Event, ...] = ()
    if memory.pause_until is not None:
        pause = max(memory.pause_until, pause or 0.0)
    if to != memory.phases_to and begun(memory) and memory.session.session is not None:
        session = changed(memory.session.session, switchings=memory.session.session.switchings + 1)
        memory = changed(memory, session=changed(memory.session, session=session), returning=memory.requested)
        events = (_told(memory, to, now),)
    return changed(memory, phases_to=to, pause_until=pause), events


def begun(memory: PilotMemory) -> bool:
    """Whether the car that is there has had current in its session."""
    return memory.session.current is not None and memory.session.first_charging is not None


def returned(memory: PilotMemory, board: BoardSnapshot, now: Instant) -> tuple[PilotMemory, tuple[Event, ...]]:
    """Whether the car has gone on after a switching, or has not borne it: then it is not switched again."""
    if not memory.returning:
        return memory, ()
    measured = [abs(current) for current in board.currents_a if current is not None]
    if board.contactor_closed and (not measured or max(measured) > STILL_A):
        return changed(memory, returning=False, offered_since=None), ()
    offered = memory.sequence in ("test", "offer", "wake")
    since = (now.monotonic_s if memory.offered_since is None else memory.offered_since) if offered else None
    if since is None or now.monotonic_s - since < RETURN_S:
        return memory if since == memory.offered_since else changed(memory, offered_since=since), ()
    reason = Reason("event.phases_refused")
    event = Event(now.utc, "phases.refused", memory.charger, memory.charger, "warning", reason)
    return changed(memory, returning=False, refused=True, offered_since=None), (event,)


def seen(memory: PilotMemory, board: BoardSnapshot, to: PhaseCount | None) -> PhasesSeen:
    """How they stand, for control and people; ``to`` is what is waited for."""
    session = memory.session.current
    left_s = None if memory.pause_until is None else max(0.0, memory.pause_until - board.at.monotonic_s)
    return PhasesSeen(
        connected=board.phases,
        car=memory.phases_used,
        switched=0 if session is None else session.switchings,
        refused=memory.refused,
        begun=begun(memory),
        to=to,
        pause_left_s=left_s,
    )


def still(memory: PilotMemory, board: BoardSnapshot) -> bool:
    """Whether the contactor is seen open, twice in a row, and nothing flows."""
    return _still(board) and not memory.vehicle.closed


def done(memory: PilotMemory, board: BoardSnapshot, now_s: float) -> bool:
    """Whether the phases are where they were told to be and the pause is over."""
    return board.phases == memory.phases_to and (memory.pause_until is None or now_s >= memory.pause_until)


def doubtful(grant: Grant, board: BoardSnapshot) -> bool:
    """Whether ``grant`` counts on other phases than are connected."""
    return grant.counted_on is not None and grant.counted_on != board.phases


def _told(memory: PilotMemory, to: PhaseCount, now: Instant) -> Event:
    """That a switching has begun."""
    data = {"phases": to, "switchings": 0 if memory.session.session is None else memory.session.session.switchings}
    reason = Reason(f"event.phases_{'one' if to == 1 else 'three'}", data)
    return Event(now.utc, "phases.switched", memory.charger, memory.charger, reason=reason, data=data)


def _still(board: BoardSnapshot) -> bool:
    currents = (abs(current) for current in board.currents_a if current is not None)
    return not board.contactor_closed and max(currents, default=0.0) <= STILL_A


def _wish(grant: Grant | None, now: Instant) -> PhaseCount | None:
    if grant is None or grant.expires.monotonic_s <= now.monotonic_s:
        return None
    return grant.switch_to


def _spent(memory: PilotMemory, charger: ChargerSettings) -> bool:
    session = memory.session.current
    return session is not None and session.switchings >= charger.phase_switchings
