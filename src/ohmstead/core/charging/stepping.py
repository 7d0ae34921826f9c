"""``step``: one look at the board in, what to ask of it out. The host's part of IEC 61851-1, states A, B and C.

Theory of operation. Only the charger goes between x1 (steady pilot) and x2 (PWM), only the car between A, B and
C. The board closes and opens by itself within its 100 ms; the host gives an offer (PWM duty) and a permission,
and takes them away in the order that spares the contactor:

::

            current                     no current                load dropped, or 6 s
    idle ─────────────▶ offer ─────────────────────▶ drop ─────────────────────────▶ idle
    x1, no permission   x2, permission               x1, permission kept
      ▲                                                                 any ──fault──▶ fault ──cleared──▶ idle
      └── from anywhere at once: no car (A), ventilation (D), no pilot (E, F), silent board: no permission

``TABLE`` holds every transition with the clause it follows; the first row that fits is taken. A lower duty is
passed on at once, a higher one not within 5 s of the last change (G-033). An offer follows the live grant; an
expired one leaves the fallback current, never more than was granted.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import get_args

from ohmstead.core.charging import faults
from ohmstead.core.charging.learning import learn
from ohmstead.core.charging.memory import PilotMemory, Sequence
from ohmstead.core.charging.permission import Permission, permission
from ohmstead.core.charging.pilot import current_for, duty_for
from ohmstead.core.charging.session import Metered, follow
from ohmstead.core.charging.states import Situation, told
from ohmstead.core.model.changing import changed, quick
from ohmstead.core.model.chargers import ChargerOptions, ChargerState
from ohmstead.core.model.events import Event
from ohmstead.core.model.evse import BoardCommands, BoardFault, BoardSnapshot, PilotMode
from ohmstead.core.model.grants import Grant
from ohmstead.core.model.quantities import MINIMUM_CURRENT_A
from ohmstead.core.model.reasons import Reason
from ohmstead.core.model.settings import ChargerSettings
from ohmstead.core.model.time import Instant

CHANGE_S = 5.0
"""A vehicle has 5 s to follow a new duty (table A.6, sequence 6)."""
DROP_S = 6.0
"""How long a vehicle may take to drop its load before the contactor opens under it (10.2)."""
SILENT_S = 2.0
STARTING_S = 0.5
"""A board that has just started has not debounced its pilot yet."""
DEFIANT_A = 1.0


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


@quick
@dataclass(frozen=True, slots=True)
class _Look:
    memory: PilotMemory
    board: BoardSnapshot
    now_s: float

    @property
    def age_s(self) -> float:
        """Seconds in the present sequence."""
        return 0.0 if self.memory.since is None else self.now_s - self.memory.since

    @property
    def rested(self) -> bool:
        """Whether a car had its 5 s since the last change of the pilot."""
        return self.memory.changed_at is None or self.now_s - self.memory.changed_at >= CHANGE_S

    @property
    def dropped(self) -> bool:
        """Whether the contactor may be denied now without tearing a load, or must be."""
        if not self.board.contactor_closed or self.age_s >= DROP_S:
            return True
        return self.board.pilot not in ("C", "D")

    @property
    def defiant(self) -> bool:
        """A car that had time to follow and still draws more than the pilot offers is not waited for."""
        flowing = [abs(current) for current in self.board.currents_a if current is not None]
        return self.rested and max(flowing, default=0.0) > current_for(self.memory.duty_percent) + DEFIANT_A


@dataclass(frozen=True, slots=True)
class Row:
    """From ``sequence`` (``None``: any) in ``situation`` to ``to``, if ``when`` holds."""

    situation: Situation
    sequence: Sequence | None
    to: Sequence
    clause: str
    when: Callable[[_Look], bool] = lambda look: True


TABLE: tuple[Row, ...] = (
    Row("silent", None, "idle", "G-131: without a live frame nothing is permitted"),
    Row("starting", None, "idle", "table A.4: a board that starts is in x1"),
    Row("fault", None, "fault", "EV-220; table A.6 seq. 12: E or F, contactor off"),
    Row("no_pilot", None, "idle", "table A.4: no energy in E and F"),
    Row("away", None, "idle", "A.6 seq. 2.1, 2.2: unplugged, contactor off by the board within 100 ms"),
    Row("ventilation", None, "idle", "G-034: never closed in D"),
    Row("no_current", "fault", "idle", "EV-220: cleared"),
    Row("no_current", "offer", "idle", "A.6 seq. 10.2: not waited for", lambda look: look.defiant),
    Row("no_current", "offer", "drop", "A.6 seq. 10.1: PWM stops, the car opens S2 within 3 s"),
    Row("no_current", "drop", "idle", "A.6 seq. 10.1, 10.2: load dropped, or 6 s are over", lambda look: look.dropped),
    Row("current", "fault", "idle", "EV-220: cleared"),
    Row("current", "drop", "idle", "A.6 seq. 10.1: the stop is carried through first", lambda look: look.dropped),
    Row("current", "idle", "offer", "A.6 seq. 3.1, 4, 9.1: PWM; closed on C within 3 s", lambda look: look.rested),
)
"""Where no row fits the sequence stays."""

_ROWS = {situation: tuple(row for row in TABLE if row.situation == situation) for situation in get_args(Situation)}
_NOT_READY: Mapping[str, Situation] = {"A": "away", "D": "ventilation", "E": "no_pilot", "F": "no_pilot"}
"""By the pilot's level, where it is neither B nor C."""


def step(
    memory: PilotMemory,
    board: BoardSnapshot,
    grant: Grant | None,
    options: ChargerOptions,
    charger: ChargerSettings,
    now: Instant,
    metered: Metered | None = None,
) -> Step:
    """One turn of the pilot loop, several times a second: send ``commands`` to the board whole.

    ``grant`` is the last one this charger was given, expired or not, ``None`` before the first. ``metered`` is what
    the vehicle meter has counted, ``None`` where the board's own measurement accounts the energy. ``reason`` says
    why the state is not charging; ``events`` are to be recorded.
    """
    memory, restarted = _heard(memory, board, now)
    allowed = permission(grant, options, charger, board, now)
    situation = _situation(memory, board, allowed, now)
    events = list(restarted)
    if situation not in ("silent", "starting"):
        kept, told_events = follow(memory.session, memory.charger, board, now, metered)
        if (kept.current is None or memory.session.current is None) and memory.had_car:
            memory = _new_car(memory)
        memory = changed(learn(memory, board, charger, now), session=kept)
        events += told_events
    memory, fault_events = _faults(memory, board, situation, now)
    memory = _moved(memory, board, situation, now)
    memory, commands = _commands(memory, board, allowed, now)
    state, reason = told(memory, board, situation, allowed, options, now)
    usable = situation not in ("silent", "starting")
    return Step(memory, commands, state, reason, (*events, *fault_events), usable)


def _heard(memory: PilotMemory, board: BoardSnapshot, now: Instant) -> tuple[PilotMemory, tuple[Event, ...]]:
    if memory.uptime_s is None or board.uptime_s > memory.uptime_s:
        return changed(memory, uptime_s=board.uptime_s, heard_at=now.monotonic_s), ()
    if board.uptime_s == memory.uptime_s:
        return memory, ()
    reason = Reason("event.board_restarted")
    event = Event(now.utc, "board.restarted", memory.charger, memory.charger, "warning", reason)
    fresh = changed(
        memory, uptime_s=board.uptime_s, heard_at=now.monotonic_s, sequence="idle", changed_at=now.monotonic_s
    )
    return fresh, (event,)


def _situation(memory: PilotMemory, board: BoardSnapshot, allowed: Permission, now: Instant) -> Situation:
    heard_at = memory.heard_at if memory.heard_at is not None else now.monotonic_s
    if now.monotonic_s - heard_at >= SILENT_S or now.since(board.at) >= SILENT_S:
        return "silent"
    if board.uptime_s < STARTING_S:
        return "starting"
    if board.faults or (memory.sequence == "fault" and board.pilot == "F"):
        return "fault"
    if board.pilot not in ("B", "C"):
        return _NOT_READY[board.pilot]
    blocked = memory.blocked_until is not None and now.monotonic_s < memory.blocked_until
    return "no_current" if blocked or allowed.current_a < MINIMUM_CURRENT_A else "current"


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
    )


def _faults(
    memory: PilotMemory, board: BoardSnapshot, situation: Situation, now: Instant
) -> tuple[PilotMemory, tuple[Event, ...]]:
    if situation in ("silent", "starting"):
        return memory, ()
    if not memory.leased and BoardFault.LEASE_LOST not in board.faults:
        memory = changed(memory, leased=True)
    seen = board.faults if memory.leased else board.faults & ~BoardFault.LEASE_LOST
    if seen == memory.faults:
        return memory, ()
    name = memory.charger
    if not seen:
        reason = Reason("event.board_fault_cleared")
        cleared = Event(now.utc, "board.fault_cleared", name, name, "info", reason)
        return changed(memory, faults=BoardFault.NONE, fault_since=None, tried_at=None), (cleared,)
    new = seen & ~memory.faults
    if not new:
        return changed(memory, faults=seen), ()
    since = memory.fault_since if memory.faults else now.monotonic_s
    settles = new & ~BoardFault.LEASE_LOST
    blocked = now.monotonic_s + faults.SETTLE_S if settles else memory.blocked_until
    event = Event(now.utc, "board.fault", name, name, "fault", faults.reason(new), {"faults": int(new)})
    return changed(memory, faults=seen, fault_since=since, blocked_until=blocked), (event,)


def _moved(memory: PilotMemory, board: BoardSnapshot, situation: Situation, now: Instant) -> PilotMemory:
    look = _Look(memory, board, now.monotonic_s)
    for row in _ROWS[situation]:
        if row.sequence in (None, memory.sequence) and row.when(look):
            to = row.to
            break
    else:
        to = memory.sequence
    if situation == "away" and memory.changed_at is not None:
        memory = changed(memory, changed_at=None)
    if to == memory.sequence:
        return memory
    stopped = memory.sequence == "offer" and situation != "away"
    return changed(
        memory,
        sequence=to,
        since=now.monotonic_s,
        changed_at=now.monotonic_s if stopped else memory.changed_at,
        requested=False if to == "offer" else memory.requested,
        duty_percent=memory.duty_percent if to == "offer" else 100.0,
    )


def _commands(
    memory: PilotMemory, board: BoardSnapshot, allowed: Permission, now: Instant
) -> tuple[PilotMemory, BoardCommands]:
    match memory.sequence:
        case "offer":
            return _offer(memory, allowed, now)
        case "drop":
            return memory, BoardCommands(PilotMode.STEADY, 100.0, permit_close=True)
        case "fault":
            return _fault(memory, board, now)
        case "idle":
            return memory, BoardCommands(PilotMode.STEADY, 100.0, permit_close=False)


def _offer(memory: PilotMemory, allowed: Permission, now: Instant) -> tuple[PilotMemory, BoardCommands]:
    duty = duty_for(allowed.current_a)
    rested = memory.changed_at is None or now.monotonic_s - memory.changed_at >= CHANGE_S
    if duty > memory.duty_percent and not rested:
        duty = memory.duty_percent
    if duty != memory.duty_percent:
        memory = changed(memory, duty_percent=duty, changed_at=now.monotonic_s, had_current=True)
    return memory, BoardCommands(PilotMode.PWM, memory.duty_percent, permit_close=True)


def _fault(memory: PilotMemory, board: BoardSnapshot, now: Instant) -> tuple[PilotMemory, BoardCommands]:
    row = faults.worst(board.faults)
    shown_s = 0.0 if memory.since is None else now.monotonic_s - memory.since
    show_f = row is not None and row.pilot_f and (row.keep_f or shown_s < faults.SHOW_S)
    since_s = 0.0 if memory.fault_since is None else now.monotonic_s - memory.fault_since
    tried_s = None if memory.tried_at is None else now.monotonic_s - memory.tried_at
    clear = faults.may_clear(board, since_s, tried_s)
    if clear:
        memory = changed(memory, tried_at=now.monotonic_s)
    mode = PilotMode.FAULT if show_f else PilotMode.STEADY
    duty = 0.0 if show_f else 100.0
    return memory, BoardCommands(mode, duty, permit_close=False, clear_faults=clear)
