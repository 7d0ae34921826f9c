"""When a current may change: down at once, up slowly (G-018, G-021).

=================  ==============================================================================
what               when
=================  ==============================================================================
lower              at once
raise              by at most 1 A per 5 s, after 0.5 A of room for 10 s
first grant        at once, everything that is available, after plug-in, pause or restart
resume             at 6 A, when at least 6.5 A have been available for 60 s after the supply stopped it
still too much     6 A when the supply has been above a limit for 8 s, 0 after 15 s
turn of another    0 at once; in its own turn everything that is available, at once
meter silent       nothing is raised; after 10 s the fallback current, never more than was held
slow meter         decided on once per reading; waits go on between two; silent after 10 to 15 s
=================  ==============================================================================
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import inf

from ohmstead.core.control.circuits import CircuitView
from ohmstead.core.control.grid import GridView
from ohmstead.core.control.inputs import settled
from ohmstead.core.control.limits import circuit as circuits
from ohmstead.core.control.limits import supply
from ohmstead.core.control.memory import ChargerMemory
from ohmstead.core.control.minimum import minimum_power_w
from ohmstead.core.control.modes.green import of_surplus
from ohmstead.core.control.network import SURPLUS
from ohmstead.core.control.sharing import Share
from ohmstead.core.control.view import ChargerView
from ohmstead.core.model.changing import changed, quick
from ohmstead.core.model.grants import Limit, by_supply
from ohmstead.core.model.quantities import MINIMUM_CURRENT_A
from ohmstead.core.model.reasons import Param, Reason
from ohmstead.core.model.settings import Settings

RAISE_A = 1.0
RAISE_EVERY_S = 5.0
RESERVE_A = 0.5
RESERVE_S = 10.0
RESUME_A = 6.5
RESUME_S = 60.0
TO_MINIMUM_S = 8.0
TO_ZERO_S = 15.0


@quick
@dataclass(frozen=True, slots=True)
class Circumstances:
    """What surrounds one charger at this decision.

    ``share`` is its part when all is shared anew, ``alone`` what is free for it while the others keep what they
    might draw. ``over_since_s`` tells for how long each limit it touches has been exceeded.
    """

    grid: GridView
    settings: Settings
    share: Share
    alone: Share
    over_since_s: Mapping[str, float]
    hold: bool
    now_s: float
    limited: bool
    """Some limit besides the charger's own holds."""
    feeding: Sequence[CircuitView] = ()
    """The circuits that feed it."""
    names: Mapping[str, str] = field(default_factory=dict)
    """What people call each charger."""

    def needed_w(self, view: ChargerView) -> float | None:
        """The least power that the car of ``view`` charges with; ``None`` while no one can say."""
        if self.settings.site.grid_type == "3x230":
            return None
        return minimum_power_w([self.grid.voltages_v.get(phase) for phase in view.phases])


def bounds(view: ChargerView, around: Circumstances) -> tuple[tuple[Limit, ...], ChargerMemory]:
    """The limits that supply and waits set to a charger that nothing stops, and its memory with the waits of now."""
    if around.grid.state == "unused" and not around.limited:
        return (), changed(view.memory, suspended=False)
    shared = (*_shared(view, around), *_overdue(around))
    match around.grid.state:
        case "lost":
            lost, memory = _lost(view, around)
            return (*shared, *lost), memory
        case "held":
            memory = view.memory if around.grid.between else waiting_anew(view.memory)
            return (*shared, supply.meter_stale(view.held_a, around.grid)), memory
    unheard = _unheard(view, around)
    if unheard:
        return (*shared, *unheard), waiting_anew(view.memory)
    if not view.fresh:
        return shared, waiting_anew(view.memory)
    if view.held_a > 0:
        pace, memory = _going(view, around)
    elif view.memory.suspended or (view.memory.waited and around.share.turn_until_s is None):
        pace, memory = _suspended(view, around)
    else:
        pace, memory = _starting(view, around)
    return (*shared, *pace), memory


def after(memory: ChargerMemory, current_a: float, limit: Limit, now_s: float) -> ChargerMemory:
    """``memory`` once ``current_a`` is granted, bound by ``limit``."""
    if current_a > 0:
        raised = current_a > memory.granted_a
        return changed(
            memory,
            granted_a=current_a,
            started=True,
            suspended=False,
            waited=False,
            restart_a=None,
            resume_since=None,
            raised_at=now_s if raised else memory.raised_at,
        )
    waited = limit.name == "turn"
    stopped = memory.granted_a > 0 and by_supply(limit.name) and limit.name not in ("turn", "waking", "asleep")
    suspended = memory.suspended or stopped
    waited = memory.waited or waited
    same = (suspended, waited, None) == (memory.suspended, memory.waited, memory.reserve_since)
    if same and memory.granted_a == 0:
        return memory
    return changed(memory, granted_a=0.0, suspended=suspended, waited=waited, reserve_since=None)


def _going(view: ChargerView, around: Circumstances) -> tuple[tuple[Limit, ...], ChargerMemory]:
    memory, room_a = view.memory, _room_a(around)
    since = _since(memory.reserve_since, room_a >= view.held_a + RESERVE_A and not around.hold, around.now_s)
    memory = changed(memory, reserve_since=since, resume_since=None)
    rested = memory.raised_at is None or around.now_s - memory.raised_at >= RAISE_EVERY_S
    ready = since is not None and around.now_s - since >= RESERVE_S and rested
    if since is None:
        return (_no_reserve(view, around),), memory
    if not ready:
        return (_ramp(view.held_a),), memory
    return (_ramp(view.held_a + RAISE_A), *_alone(view, around)), memory


def _no_reserve(view: ChargerView, around: Circumstances) -> Limit:
    """What keeps the current where it is while there is not enough room to raise it."""
    if around.hold:
        return Limit("charger_silent", view.held_a, Reason("limit.other_charger_silent"))
    tightest = min(around.share, around.alone, key=lambda one: inf if one.bound_by is None else one.current_a)
    if tightest.bound_by is None:
        return _ramp(view.held_a)
    limit = _binding(tightest.bound_by, max(tightest.current_a, view.held_a), view, around)
    return changed(limit, current_a=view.held_a)


def _suspended(view: ChargerView, around: Circumstances) -> tuple[tuple[Limit, ...], ChargerMemory]:
    wait = around.share.wait
    room_a = _room_a(around) if wait is None else wait.in_turn_a
    enough = room_a >= RESUME_A and not around.hold
    since = _since(view.memory.resume_since, enough, around.now_s)
    memory = changed(view.memory, resume_since=since, reserve_since=None)
    if since is None:
        free_a = min(max(0.0, room_a), view.settings.max_current_a)
        params: dict[str, Param] = {"available_a": free_a, "needed_a": RESUME_A}
        reason = supply.too_little("limit.resume_needs_more", params, around.needed_w(view))
    elif around.now_s - since >= RESUME_S:
        return (_ramp(MINIMUM_CURRENT_A),), changed(memory, suspended=memory.suspended and wait is None)
    else:
        reason = Reason("limit.resume_wait", {"wait_s": RESUME_S - (around.now_s - since)})
    return (Limit("resume_wait", 0.0, reason),), memory


def _starting(view: ChargerView, around: Circumstances) -> tuple[tuple[Limit, ...], ChargerMemory]:
    if around.hold:
        return (Limit("charger_silent", 0.0, Reason("limit.other_charger_silent")),), view.memory
    share = around.share
    refused = share.bound_by is not None and share.current_a < MINIMUM_CURRENT_A and share.wait is None
    memory = view.memory if view.memory.suspended is refused else changed(view.memory, suspended=refused)
    before = () if memory.restart_a is None else (_ramp(memory.restart_a),)
    return (*_alone(view, around), *before), memory


def _lost(view: ChargerView, around: Circumstances) -> tuple[tuple[Limit, ...], ChargerMemory]:
    """A loss never gives more than was held; a car plugged in meanwhile may start with what was agreed."""
    memory = waiting_anew(view.memory)
    limit = supply.meter_lost(view.settings.fallback_current_a, around.grid)
    new_car = view.fresh and not memory.started and not memory.suspended and memory.restart_a is None
    if limit.current_a <= 0:
        return (limit,), changed(memory, suspended=True)
    if new_car:
        return (limit,), memory
    held = changed(limit, current_a=view.held_a)
    return (limit, held), changed(memory, suspended=memory.suspended or view.held_a <= 0)


def _overdue(around: Circumstances) -> tuple[Limit, ...]:
    rows = []
    for name, since_s in around.over_since_s.items():
        if since_s >= TO_MINIMUM_S:
            most_a = 0.0 if since_s >= TO_ZERO_S else MINIMUM_CURRENT_A
            rows.append(supply.overdue(name, most_a, since_s, around.settings))
    return tuple(rows)


def _shared(view: ChargerView, around: Circumstances) -> tuple[Limit, ...]:
    """Its share, in the words of what made it so: a turn, one who goes first, or the limit itself."""
    share, rows = around.share, list[Limit]()
    if view.memory.appetite.waking(around.now_s):
        rows.append(circuits.waking())
    if share.bound_by is None:
        return tuple(rows)
    if share.wait is not None:
        holder = around.names.get(share.wait.holder, share.wait.holder)
        rows.append(circuits.turn(share.wait.until_s - around.now_s, holder))
    elif share.behind is not None:
        first = around.names.get(share.behind, share.behind)
        rows.append(circuits.behind(share.bound_by, share.current_a, first))
    elif share.turn_until_s is not None:
        rows.append(circuits.in_turn(share.bound_by, share.current_a, share.turn_until_s - around.now_s))
    else:
        rows.append(_binding(share.bound_by, share.current_a, view, around))
    return tuple(rows)


def _unheard(view: ChargerView, around: Circumstances) -> tuple[Limit, ...]:
    """While the meter of a circuit is silent: never more than is held; a new car may start once it is lost (G-021)."""
    rows = []
    memory = view.memory
    new_car = view.fresh and not memory.started and not memory.suspended and memory.restart_a is None
    for circuit in around.feeding:
        if circuit.state == "held" or (circuit.state == "lost" and not new_car):
            rows.append(circuits.stale(view.held_a, circuit.name, circuit.settings))
        elif circuit.state == "lost" and settled(circuit.settings.fallback_current_a) <= 0:
            rows.append(circuits.stale(0.0, circuit.name, circuit.settings))
    if not rows and any(circuit.state == "lost" for circuit in around.feeding):
        return _alone(view, around)
    return tuple(rows)


def _binding(name: str, left_a: float, view: ChargerView, around: Circumstances) -> Limit:
    if name == SURPLUS and view.sun is not None:
        return of_surplus(view.sun, left_a)
    return supply.binding(name, left_a, around.settings, around.needed_w(view))


def _alone(view: ChargerView, around: Circumstances) -> tuple[Limit, ...]:
    """What is free while the others keep theirs; it bounds a raise, never what is held already."""
    if around.alone.bound_by is None:
        return ()
    limit = _binding(around.alone.bound_by, around.alone.current_a, view, around)
    return (changed(limit, current_a=max(limit.current_a, view.held_a)),)


def _room_a(around: Circumstances) -> float:
    if around.share.bound_by is None:
        return around.alone.current_a
    return min(around.share.current_a, around.alone.current_a)


def _ramp(current_a: float) -> Limit:
    current = settled(current_a)
    return Limit("ramp", current, Reason("limit.ramp", {"limit_a": current}))


def waiting_anew(memory: ChargerMemory) -> ChargerMemory:
    """``memory`` without the waits that run."""
    if memory.reserve_since is None and memory.resume_since is None:
        return memory
    return changed(memory, reserve_since=None, resume_since=None)


def _since(before: float | None, holds: bool, now_s: float) -> float | None:
    if not holds:
        return None
    return now_s if before is None else before
