"""One phase or three: how many a charger that can switch them is to have, and which waits run (G-032, G-013).

=====================  ===========================================================================================
setting                what it is to have
=====================  ===========================================================================================
off                    all; a car that has had current is left as it is
one, three             that, always
automatic              three outside Green; in Green what the sun is worth:
=====================  ===========================================================================================

=====================  ===========================================================================================
in Green               when
=====================  ===========================================================================================
a car comes            at once: one where the surplus is below the least power of three phases
to one                 100 W below that for 180 s while it charges, 60 s while it waits; and the sun suffices for one
to three               the surplus is above that, and above what one phase can take, as long
between two            600 s while a car charges, so that clouds wear no contactor
not at all             for a car of one phase, a full one, one that has not borne it or is to be left alone, after the
                       bound of its session, while the sun is unknown; to one only where the unbalance limit leaves 6 A
=====================  ===========================================================================================

The least power of three phases counts in full, also in Hybrid: below it one phase needs less of the grid.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf

from ohmstead.core.control.grid import GridView
from ohmstead.core.control.inputs import ControlSettings
from ohmstead.core.control.minimum import minimum_power_w
from ohmstead.core.control.mode_memory import PhaseMemory
from ohmstead.core.control.modes.green import BELOW_W, START_S
from ohmstead.core.control.view import ChargerView
from ohmstead.core.model.changing import changed, quick
from ohmstead.core.model.evse import PhaseCount
from ohmstead.core.model.grants import Limit, Timer
from ohmstead.core.model.phases import PhaseSwitching
from ohmstead.core.model.quantities import MINIMUM_CURRENT_A, Phase
from ohmstead.core.model.reasons import Param, Reason

WAIT_S = 180.0
REST_S = 600.0
_TOGETHER_S = 1.0
"""Both waits are three minutes, and the switching is decided first."""


@quick
@dataclass(frozen=True, slots=True)
class PhaseSun:
    """What the sun leaves this charger and what it is compared with, in watts; ``None`` while the sun is unknown."""

    surplus_w: float | None
    share: float
    volts: Mapping[Phase, float]
    one_a: float | None
    """What the unbalance limit leaves on the first phase alone; ``None`` while the meter does not tell."""


@quick
@dataclass(frozen=True, slots=True)
class Phased:
    """``to`` is what the charger is to have, ``None`` leaves it; Green reckons with the least power of ``phases``."""

    memory: PhaseMemory
    to: PhaseCount | None
    phases: tuple[Phase, ...]
    timers: tuple[Timer, ...] = ()
    reason: Reason | None = None
    """What is told instead of a stop that the switching will spare."""


def setting_of(name: str, settings: ControlSettings) -> PhaseSwitching:
    """What is set; a charger that a master leads keeps all, since the master counts on the phases it has seen."""
    cluster = settings.settings.cluster
    if cluster is not None and cluster.role == "slave" and cluster.led(settings.settings.chargers) == name:
        return "off"
    return settings.options_of(name).phase_switching


def phased(
    view: ChargerView, memory: PhaseMemory, setting: PhaseSwitching, green: bool, sun: PhaseSun, now_s: float
) -> Phased:
    """One look; ``sun`` matters only in ``green``."""
    seen = view.switching
    if seen is None or (view.stop is not None and view.stop.name != "not_connected"):
        return Phased(PhaseMemory(), None, view.phases)
    if view.memory.session != memory.session:
        memory = PhaseMemory(view.memory.session)
    here = view.memory.session is not None
    left = here and seen.begun and (setting == "off" or _left_alone(view))
    if left or (setting == "automatic" and not here):
        return Phased(changed(memory, wanted=seen.connected or memory.wanted), None, view.phases)
    if setting != "automatic" or not green:
        return _towards(1 if setting == "one" else 3, view, memory, now_s, rest=setting == "automatic")
    return _by_sun(view, memory, sun, now_s)


def room_on_one(
    view: ChargerView, views: Sequence[ChargerView], grid: GridView, settings: ControlSettings
) -> float | None:
    """The ampere that the unbalance limit leaves ``view`` on its first phase alone; infinite without a limit."""
    limit_a = settings.settings.site.unbalance_limit_a
    if limit_a is None:
        return inf
    if grid.state != "fresh":
        return None
    if not view.settings.rotation_known or not grid.currents_a:
        return 0.0
    alone = {
        phase: current - sum(one.drawn_a.get(phase, 0.0) for one in views) for phase, current in grid.currents_a.items()
    }
    first = view.settings.phases[0]
    return limit_a - (alone[first] - min(alone.values())) if first in alone else 0.0


def _left_alone(view: ChargerView) -> bool:
    seen = view.switching
    if seen is None:
        return True
    one_phase_car = seen.car is not None and len(seen.car) == 1
    spent = seen.switched >= view.settings.phase_switchings
    return view.complete or one_phase_car or spent or seen.refused or view.keep_phases


def _by_sun(view: ChargerView, memory: PhaseMemory, sun: PhaseSun, now_s: float) -> Phased:
    first, every = _phases(view, 1), _phases(view, 3)
    one_w, three_w = (minimum_power_w([sun.volts[p] for p in phases]) or 0.0 for phases in (first, every))
    if sun.surplus_w is None:
        memory = changed(memory, low_since=None, fits_since=None, high_since=None)
        return Phased(memory, memory.wanted, _phases(view, memory.wanted or 3))
    wanted = memory.wanted
    if wanted is None and sun.one_a is None:
        return Phased(memory, None, _phases(view, 3))
    room = sun.one_a is None or sun.one_a >= MINIMUM_CURRENT_A
    if wanted is None:
        return _decided(1 if sun.surplus_w < three_w and room else 3, view, memory, now_s)
    most_one_w = min(view.asked_a, inf if sun.one_a is None else sun.one_a) * sum(sun.volts[phase] for phase in first)
    low = sun.surplus_w < three_w - BELOW_W and room
    fits = low and sun.surplus_w >= sun.share * one_w
    high = sun.surplus_w >= three_w and sun.surplus_w > most_one_w
    memory = changed(
        memory,
        low_since=_since(memory.low_since, low, now_s),
        fits_since=_since(memory.fits_since, fits, now_s),
        high_since=_since(memory.high_since, high, now_s),
    )
    to: PhaseCount = 1 if wanted == 3 else 3
    at = _at(view, memory, to, now_s)
    if at is None or (to == 1 and view.held_a > 0 and sun.surplus_w < sun.share * one_w - BELOW_W):
        waiting = fits and to == 1 and view.held_a <= 0
        return Phased(memory, wanted, first if waiting else _phases(view, wanted))
    if now_s >= at and sun.one_a is not None:
        return _decided(to, view, memory, now_s)
    name, wait_s = ("one" if to == 1 else "three"), max(0.0, at - now_s)
    params: Mapping[str, Param] = {"surplus_w": max(0.0, sun.surplus_w), "needed_w": three_w, "wait_s": wait_s}
    reason = Reason("limit.green_to_one", params) if to == 1 and view.held_a > 0 else None
    phases = first if to == 1 and view.held_a <= 0 else _phases(view, wanted)
    return Phased(memory, wanted, phases, (Timer(f"phases_{name}", wait_s),), reason)


def _at(view: ChargerView, memory: PhaseMemory, to: PhaseCount, now_s: float) -> float | None:
    """When it is to be switched if nothing changes; ``None`` while nothing speaks for it."""
    flowing = view.held_a > 0
    since = memory.high_since if to == 3 else memory.low_since if flowing else memory.fits_since
    if since is None:
        return None
    at = since + (WAIT_S if flowing else START_S)
    rested = -inf if memory.switched_at is None else memory.switched_at + REST_S
    return max(at, rested) if flowing else at


def _towards(to: PhaseCount, view: ChargerView, memory: PhaseMemory, now_s: float, rest: bool) -> Phased:
    """Without asking the sun; only what changes by itself waits for its rest."""
    if memory.wanted == to:
        return Phased(memory, to, _phases(view, to))
    rested_at = -inf if memory.switched_at is None else memory.switched_at + REST_S
    if rest and view.held_a > 0 and memory.wanted is not None and now_s < rested_at:
        timer = Timer("phases_three", rested_at - now_s)
        return Phased(memory, memory.wanted, _phases(view, memory.wanted), (timer,))
    return _decided(to, view, memory, now_s)


def _decided(to: PhaseCount, view: ChargerView, memory: PhaseMemory, now_s: float) -> Phased:
    seen = view.switching
    counts = seen is not None and seen.begun and seen.connected not in (None, to)
    at = now_s if counts else memory.switched_at
    memory = PhaseMemory(memory.session, to, switched_at=at)
    return Phased(memory, to, _phases(view, to))


def _phases(view: ChargerView, count: PhaseCount) -> tuple[Phase, ...]:
    """The phases that the car has when so many are connected."""
    if count == 1:
        return view.settings.phases[:1]
    seen = view.switching
    known = None if seen is None else seen.car
    return known or view.settings.phases


def spared(limit: Limit | None, timers: tuple[Timer, ...], told: Phased) -> tuple[Limit | None, tuple[Timer, ...]]:
    """What Green says, in the words of the switching where that comes before its stop and will spare it."""
    stops_s = min((one.left_s for one in timers if one.name == "green_stop"), default=-inf)
    if limit is None or told.reason is None or told.timers[0].left_s > stops_s + _TOGETHER_S:
        return limit, (*timers, *told.timers)
    return changed(limit, reason=told.reason), told.timers


def _since(before: float | None, holds: bool, now_s: float) -> float | None:
    if not holds:
        return None
    return now_s if before is None else before
