"""``step``: one look at the board in, what to ask of it out. The host's part of IEC 61851-1.

The transitions and their theory stand in ``core.charging.table``; here is who walks them. A look goes: has the board
moved on, what does the vehicle do, which errors hold, what may be offered, which row fits, what to command, what to
tell. An offer follows the live grant; an expired one leaves the fallback current, never more than was granted. A lower
duty is passed on at once, a higher one not within 5 s of the last change (G-033).
"""

from dataclasses import dataclass

from ohmstead.core.charging import authorization, phases
from ohmstead.core.charging.errors import Condition, Scene, live, to_clear
from ohmstead.core.charging.evidence import Look, Place, conditions, on_board, silence
from ohmstead.core.charging.guards import CHANGE_S, GUARDS, Turn
from ohmstead.core.charging.learning import learn
from ohmstead.core.charging.locking import STILL, driven
from ohmstead.core.charging.memory import PilotMemory, Sequence
from ohmstead.core.charging.permission import Permission, permission
from ohmstead.core.charging.pilot import duty_for
from ohmstead.core.charging.session import Metered, follow
from ohmstead.core.charging.states import Told, told
from ohmstead.core.charging.table import ROWS, Situation
from ohmstead.core.charging.vehicle import VehicleMemory, watched
from ohmstead.core.charging.wake_up import PROFILES
from ohmstead.core.model.changing import changed, quick
from ohmstead.core.model.chargers import ChargerError, ChargerOptions, ChargerState, SuspensionReason
from ohmstead.core.model.events import Event
from ohmstead.core.model.evse import BoardCommands, BoardFault, BoardSnapshot, PhaseCount, PilotMode
from ohmstead.core.model.faults import ERRORS, RESUME_S
from ohmstead.core.model.grants import Grant
from ohmstead.core.model.quantities import MINIMUM_CURRENT_A
from ohmstead.core.model.reasons import Reason
from ohmstead.core.model.settings import ChargerSettings
from ohmstead.core.model.time import Instant

SHOW_S = 0.5
"""State F is held for at least 300 ms; then the pilot is steady again, so that an unplugging is seen."""
SILENT_S = 2.0
STARTING_S = 0.5
"""A board that has just started has not debounced its pilot yet."""
ANYWHERE = Place()
_LEASE, _WELDED = int(BoardFault.LEASE_LOST), int(BoardFault.CONTACTOR_WELDED)


@quick
@dataclass(frozen=True, slots=True)
class Step:
    """What ``step`` returns. ``usable`` is false when the board's frame says nothing about now."""

    memory: PilotMemory
    commands: BoardCommands
    state: ChargerState
    reason: Reason | None
    events: tuple[Event, ...] = ()
    usable: bool = True
    suspended: SuspensionReason | None = None
    switching: PhaseCount | None = None
    """How many phases it is being switched to."""


@quick
@dataclass(frozen=True, slots=True)
class _Scene:
    """What kind of look this is."""

    usable: bool
    silent: bool
    restarted: bool
    attempt: bool


_LOCKING: frozenset[Sequence] = frozenset({"test", "offer", "drop", "wake", "switch"})


def step(
    memory: PilotMemory,
    board: BoardSnapshot,
    grant: Grant | None,
    options: ChargerOptions,
    charger: ChargerSettings,
    now: Instant,
    metered: Metered | None = None,
    place: Place = ANYWHERE,
    attempt: bool = False,
) -> Step:
    """One turn of the pilot loop, several times a second: send ``commands`` to the board whole.

    ``grant`` is the last one this charger was given, expired or not, ``None`` before the first. ``metered`` is what
    the vehicle meter has counted, ``None`` where the board's own measurement accounts the energy. ``attempt`` is a
    person's recovery attempt, made once. ``reason`` says why the state is not charging; ``events`` are to be recorded.
    """
    gap_s = 0.0 if memory.heard_at is None else now.monotonic_s - memory.heard_at
    heard_at = memory.heard_at
    if memory.uptime_s is None or board.uptime_s is None or board.uptime_s != memory.uptime_s:
        heard_at = now.monotonic_s
    memory, restarted, events = _restarted(memory, board, now)
    silent = (heard_at is not None and now.monotonic_s - heard_at >= SILENT_S) or now.since(board.at) >= SILENT_S
    usable = not silent and (board.uptime_s is None or board.uptime_s >= STARTING_S)
    if board.lease_left_s is None and not memory.leaseless:
        memory = changed(memory, leaseless=True)
    if usable:
        kept, told_events = follow(memory.session, memory.charger, board, now, metered)
        if (kept.current is None or memory.session.current is None) and memory.had_car:
            memory = _new_car(memory)
        steady = board.pilot_mode is not PilotMode.PWM
        vehicle = watched(memory.vehicle, board, steady, len(charger.phases), now.monotonic_s, gap_s)
        if memory.sequence == "drop" and Turn(memory, board, charger, now.monotonic_s).defies():
            vehicle = changed(vehicle, defied=True)
        events += told_events + _noticed(memory, vehicle, now)
        heard = changed(memory, uptime_s=board.uptime_s, heard_at=heard_at, session=kept, vehicle=vehicle)
        memory, given = authorised(learn(heard, board, charger, now), options, now)
        events += given
    else:
        memory = changed(memory, uptime_s=board.uptime_s, heard_at=heard_at)
    if attempt:
        memory = changed(memory, driving=STILL)
    memory = _judged(memory, board, charger, place, now, _Scene(usable, silent, restarted, attempt))
    memory, interruption = _interrupted(memory, board, now, usable)
    able = usable and place.switches_phases and len(charger.phases) > 1
    memory, switching, told_events = phases.looked(memory, board, grant, options, charger, now, able)
    events += told_events
    allowed = permission(grant, options, charger, board, memory.vehicle, memory.authorization, now)
    situation: Situation = "silent" if silent else "starting"
    if usable:
        situation = _situation(memory, board, charger, allowed, now, switching)
    moved = _moved(Turn(memory, board, charger, now.monotonic_s), situation)
    memory, told_events = phases.begins(memory, moved, switching, charger, now)
    events += told_events
    offer_a = MINIMUM_CURRENT_A if situation == "ventilation" else allowed.current_a
    memory, commands = _commands(memory, board, charger, offer_a, now)
    state: Told = told(memory, board, situation, allowed, options, now, switching)
    events += interruption
    return Step(memory, commands, state.state, state.reason, events, usable, state.suspended, switching)


def authorised(memory: PilotMemory, options: ChargerOptions, now: Instant) -> tuple[PilotMemory, tuple[Event, ...]]:
    """``memory`` whose session has the authorization that it was given."""
    session = memory.session.current
    found = authorization.follow(
        memory.authorization, options.authorization, None if session is None else session.id, memory.charger, now
    )
    if found.memory is not memory.authorization:
        memory = changed(memory, authorization=found.memory)
    if session is not None and session.authorization != found.memory.type:
        session = changed(session, authorization=found.memory.type)
        memory = changed(memory, session=changed(memory.session, session=session))
    return memory, found.events


def unheard(memory: PilotMemory, now: Instant) -> PilotMemory:
    """A turn in which the board gave nothing: only its silence is judged (D1)."""
    if memory.heard_at is None:
        return changed(memory, heard_at=now.monotonic_s)
    if now.monotonic_s - memory.heard_at < SILENT_S:
        return memory
    errors = live(memory.errors, _unseen(memory, silent=True), Scene(now.monotonic_s, _connected(memory, None)))
    return memory if errors is memory.errors else changed(memory, errors=errors)


def held_errors(memory: PilotMemory, now: Instant) -> tuple[ChargerError, ...]:
    """The errors of ``memory`` as people see them."""
    return tuple(
        ChargerError(
            one.code, now.plus(one.since - now.monotonic_s), one.reason, one.latched, one.gone_since is not None
        )
        for one in memory.errors.held
    )


def _restarted(memory: PilotMemory, board: BoardSnapshot, now: Instant) -> tuple[PilotMemory, bool, tuple[Event, ...]]:
    """``memory`` after a board that began anew, and whether it did since the last look; not every board tells."""
    if board.uptime_s is None:
        return memory, False, ()
    if memory.uptime_s is None:
        return memory, True, ()
    if board.uptime_s >= memory.uptime_s:
        return memory, False, ()
    reason = Reason("event.board_restarted")
    event = Event(now.utc, "board.restarted", memory.charger, memory.charger, "warning", reason)
    now_s = now.monotonic_s
    return changed(memory, sequence="idle", since=now_s, changed_at=now_s), True, (event,)


def _noticed(memory: PilotMemory, vehicle: VehicleMemory, now: Instant) -> tuple[Event, ...]:
    before = memory.vehicle
    if vehicle is before:
        return ()
    rows = (
        ("vehicle.simplified", vehicle.simplified and not before.simplified),
        ("vehicle.toggled", bool(vehicle.toggles) and not before.toggles),
    )
    name = memory.charger
    return tuple(Event(now.utc, kind, name, name, reason=Reason(f"event.{kind}")) for kind, holds in rows if holds)


def _judged(
    memory: PilotMemory,
    board: BoardSnapshot,
    charger: ChargerSettings,
    place: Place,
    now: Instant,
    scene: _Scene,
) -> PilotMemory:
    """``memory`` with the errors that hold after this look."""
    now_s = now.monotonic_s
    if scene.usable:
        look = Look(
            board=board,
            vehicle=memory.vehicle,
            errors=memory.errors,
            place=place,
            sequence=memory.sequence,
            age_s=0.0 if memory.since is None else now_s - memory.since,
            duty_percent=memory.duty_percent,
            lowered_s=now_s if memory.lowered_at is None else now_s - memory.lowered_at,
            lock=memory.lock,
            phases=len(charger.phases),
            leased=memory.leased,
        )
        seen: list[Condition] | tuple[Condition, ...] = conditions(look)
    else:
        seen = () if scene.restarted else _unseen(memory, scene.silent)
    if not (seen or memory.errors.held or memory.errors.pending):
        return memory
    codes = on_board(int(board.faults)) if scene.usable else frozenset()
    connected, restarted = _connected(memory, board), scene.restarted
    errors = live(memory.errors, seen, Scene(now_s, connected, codes, scene.attempt, restarted))
    blocked = memory.blocked_until
    if memory.errors.held and not errors.held and connected and not restarted:
        blocked = now_s + RESUME_S
    vehicle = changed(memory.vehicle, defied=False) if errors.holds("V3") else memory.vehicle
    return changed(memory, errors=errors, blocked_until=blocked, vehicle=vehicle)


def _unseen(memory: PilotMemory, silent: bool) -> tuple[Condition, ...]:
    """Without a look nothing is over, and only silence is new."""
    kept = tuple(Condition(one.code, one.reason) for one in memory.errors.held)
    return (*kept, silence(memory.leaseless)) if silent and not memory.errors.holds("D1") else kept


def _connected(memory: PilotMemory, board: BoardSnapshot | None) -> bool:
    if board is None or board.pilot in ("E", "F"):
        return memory.session.current is not None
    return board.pilot != "A"


def _interrupted(
    memory: PilotMemory, board: BoardSnapshot, now: Instant, usable: bool
) -> tuple[PilotMemory, tuple[Event, ...]]:
    """A lease that was lost is no error while it is short: told once, and once when it is over."""
    lost = bool(int(board.faults) & _LEASE)
    if not usable or (not memory.leased and lost):
        return memory, ()
    memory = memory if memory.leased else changed(memory, leased=True)
    if lost is memory.interrupted:
        return memory, ()
    kind, reason = ("board.fault", "fault.lease_lost") if lost else ("board.fault_cleared", "event.board_fault_cleared")
    event = Event(now.utc, kind, memory.charger, memory.charger, "warning" if lost else "info", Reason(reason))
    return changed(memory, interrupted=lost), (event,)


def _situation(
    memory: PilotMemory,
    board: BoardSnapshot,
    charger: ChargerSettings,
    allowed: Permission,
    now: Instant,
    switching: PhaseCount | None,
) -> Situation:
    shown = board.pilot == "F" and board.pilot_mode is PilotMode.FAULT
    if memory.errors.held or board.faults or (shown and memory.sequence == "error"):
        return "error"
    own = memory.sequence == "switch" and board.pilot == "F"
    level = memory.vehicle.level if own or (shown and memory.sequence == "wake") else board.pilot
    if level in ("E", "F"):
        return "no_pilot"
    if level == "A":
        return "away"
    if switching is not None:
        return "switching"
    blocked = memory.blocked_until is not None and now.monotonic_s < memory.blocked_until
    enough = not blocked and allowed.current_a >= MINIMUM_CURRENT_A
    if level == "D" and not charger.ventilated and (enough or allowed.limited_by == "ventilation"):
        return "ventilation"
    return "current" if enough else "no_current"


def _new_car(memory: PilotMemory) -> PilotMemory:
    return changed(
        memory,
        had_current=False,
        requested=False,
        low_since=None,
        full=False,
        using=(),
        using_since=None,
        phases_used=None,
        pause_until=None,
        returning=False,
        refused=False,
    )


def _moved(turn: Turn, situation: Situation) -> PilotMemory:
    """The memory of ``turn`` after the first row that fits."""
    memory = turn.memory
    if situation == "away" and memory.changed_at is not None:
        memory = changed(memory, changed_at=None)
    row = next((row for row in ROWS[situation, memory.sequence] if GUARDS[row.guard](turn)), None)
    if row is None or row.to is None or row.to == memory.sequence:
        return memory
    vehicle = memory.vehicle
    if row.to == "offer" and memory.sequence == "test":
        vehicle = changed(vehicle, proven=True)
    elif row.to == "wake":
        vehicle = changed(vehicle, woken=True)
    offering = row.to in ("test", "offer", "wake")
    stopped = memory.sequence in ("test", "offer") and not offering and situation != "away"
    begins = row.to == "test" and memory.sequence == "idle"
    return changed(
        memory,
        sequence=row.to,
        since=turn.now_s,
        changed_at=turn.now_s if stopped else memory.changed_at,
        requested=memory.requested and not begins,
        duty_percent=memory.duty_percent if offering else 100.0,
        vehicle=vehicle,
    )


def _commands(
    memory: PilotMemory, board: BoardSnapshot, charger: ChargerSettings, offer_a: float, now: Instant
) -> tuple[PilotMemory, BoardCommands]:
    mode, duty, sequence = PilotMode.STEADY, 100.0, memory.sequence
    age_s = 0.0 if memory.since is None else now.monotonic_s - memory.since
    if sequence in ("test", "offer"):
        memory = _offered(memory, offer_a, now)
        mode, duty = PilotMode.PWM, memory.duty_percent
    elif sequence == "wake":
        profile = PROFILES[charger.wake_up]
        mode = (profile.mode(age_s) if profile else None) or PilotMode.STEADY
    elif sequence == "switch":
        lets_go = age_s < phases.LET_GO_S and memory.pause_until is not None
        mode = PilotMode.FAULT if lets_go else PilotMode.STEADY
    elif sequence == "error":
        rows = [ERRORS[one.code] for one in memory.errors.held]
        if any(row.keep_f or (row.pilot_f and age_s < SHOW_S) for row in rows):
            mode = PilotMode.FAULT
    lock = sequence in _LOCKING or board.contactor_closed or bool(int(board.faults) & _WELDED)
    driving, turned = driven(memory.driving, lock, board, now.monotonic_s)
    if lock is not memory.lock or driving is not memory.driving:
        memory = changed(memory, lock=lock, driving=driving)
    commands = BoardCommands(
        pilot_mode=mode,
        duty_percent=0.0 if mode is PilotMode.FAULT else duty,
        permit_close=sequence in ("offer", "drop"),
        clear_faults=to_clear(memory.errors, on_board(int(board.faults))),
        self_test=sequence == "test",
        lock=turned,
        ventilated=charger.ventilated,
        earth_test=charger.earthing != "it",
        one_phase=memory.phases_to == 1,
    )
    return memory, commands


def _offered(memory: PilotMemory, offer_a: float, now: Instant) -> PilotMemory:
    """``memory`` with the duty of what is offered: lowered at once, raised not within 5 s of the last change."""
    duty, now_s = duty_for(offer_a), now.monotonic_s
    if duty == memory.duty_percent or offer_a < MINIMUM_CURRENT_A:
        return memory
    begins = memory.duty_percent == 100.0
    lowers = begins or duty < memory.duty_percent
    rested = memory.changed_at is None or now_s - memory.changed_at >= CHANGE_S
    if not lowers and not rested:
        return memory
    lowered_at = now_s if lowers else memory.lowered_at
    return changed(memory, duty_percent=duty, changed_at=now_s, lowered_at=lowered_at, had_current=True)
