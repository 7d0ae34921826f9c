"""Green: may this car charge on the sun now, and which waits run (EV-100 to EV-109, G-013 to G-015)?

=====================  ===========================================================================================
what                   when
=====================  ===========================================================================================
start                  surplus at or above the threshold (share x least power) for over 60 s, 300 s after the last stop
first start            as soon as that holds at plug-in: the surplus is followed before
stop                   below the threshold - 100 W for 180 s, and current for 300 s; 6 A meanwhile
nothing known          the grid meter is lost: at once; a battery is silent: as without sun
pause, error, DLM      ignore all of this, and leave no wait behind
=====================  ===========================================================================================

The threshold counts what others who go before take at least.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf

from ohmstead.core.control.inputs import settled
from ohmstead.core.control.mode_memory import GreenMemory
from ohmstead.core.control.view import ChargerView, Sunlit
from ohmstead.core.model.changing import changed, quick
from ohmstead.core.model.grants import Limit, Timer
from ohmstead.core.model.quantities import MINIMUM_CURRENT_A
from ohmstead.core.model.reasons import Param, Reason

START_S = 60.0
STOP_S = 180.0
BELOW_W = 100.0
LEAST_ON_S = 300.0
LEAST_OFF_S = 300.0
_TINY_W = 1e-6


@quick
@dataclass(frozen=True, slots=True)
class Sun:
    """What one charger goes by: the surplus that others leave it, and what it needs of it.

    ``minimum_w`` is the least power of its car, ``threshold_w`` the part of it that must be surplus. ``unknown``
    says who is silent while ``surplus_w`` is ``None``.
    """

    surplus_w: float | None
    minimum_w: float
    threshold_w: float
    unknown: str = ""

    @property
    def enough(self) -> bool:
        """Whether a car may start."""
        return self.surplus_w is not None and self.surplus_w >= self.threshold_w - _TINY_W

    @property
    def low(self) -> bool:
        """Whether a car that charges may not go on for long."""
        return self.surplus_w is None or self.surplus_w < self.threshold_w - BELOW_W - _TINY_W


@quick
@dataclass(frozen=True, slots=True)
class Green:
    """What Green says of one charger; ``limit`` is ``None`` where only its share of the surplus bounds it."""

    memory: GreenMemory
    limit: Limit | None
    timers: tuple[Timer, ...] = ()


def green(view: ChargerView, memory: GreenMemory, sun: Sun, now_s: float) -> Green:
    """One look; ``memory`` is of the same mode as now."""
    enough_since = _since(memory.enough_since, sun.enough, now_s)
    if enough_since != memory.enough_since:
        memory = changed(memory, enough_since=enough_since)
    if sun.unknown == "grid":
        memory = changed(memory, on=False, low_since=None)
        return Green(memory, Limit("green", 0.0, Reason("limit.green_unknown.grid")))
    if view.stop is not None:
        stopped_at = None if view.stop.name == "not_connected" else memory.stopped_at
        if memory.on or memory.low_since is not None or stopped_at != memory.stopped_at:
            memory = changed(memory, on=False, low_since=None, stopped_at=stopped_at)
        return _waiting(memory, sun, now_s)
    return _going(memory, sun, now_s) if memory.on else _starting(memory, sun, now_s)


def of_surplus(sun: Sunlit, available_a: float) -> Limit:
    """The limit ``green``: a share of the surplus; or the least power, to which the grid adds the rest (G-015)."""
    current = settled(available_a)
    params: dict[str, Param] = {"surplus_w": max(0.0, sun.surplus_w), "available_a": max(0.0, current or available_a)}
    if sun.surplus_w < sun.minimum_w:
        return Limit("green", current, Reason("limit.green_helped", params | {"needed_w": sun.minimum_w}))
    return Limit("green", current, Reason("limit.green", params))


def _going(memory: GreenMemory, sun: Sun, now_s: float) -> Green:
    low_since = _since(memory.low_since, sun.low, now_s)
    if low_since != memory.low_since:
        memory = changed(memory, low_since=low_since)
    if memory.low_since is None:
        return Green(memory, None)
    stops_at = memory.low_since + STOP_S
    if memory.flowing_since is not None:
        stops_at = max(stops_at, memory.flowing_since + LEAST_ON_S)
    if now_s >= stops_at:
        stopped_at = now_s if memory.flowing_since is not None else memory.stopped_at
        return _waiting(changed(memory, on=False, low_since=None, stopped_at=stopped_at), sun, now_s)
    reason = _reason("fading", sun, sun.threshold_w, wait_s=stops_at - now_s)
    return Green(memory, Limit("green", MINIMUM_CURRENT_A, reason), (Timer("green_stop", stops_at - now_s),))


def _starting(memory: GreenMemory, sun: Sun, now_s: float) -> Green:
    waiting = _waiting(memory, sun, now_s)
    if waiting.timers or not sun.enough:
        return waiting
    return Green(changed(memory, on=True, low_since=None), None)


def _waiting(memory: GreenMemory, sun: Sun, now_s: float) -> Green:
    if memory.enough_since is None:
        reason = _reason("waiting", sun, sun.threshold_w, duration_s=START_S)
        return Green(memory, Limit("green", 0.0, reason))
    rested_at = -inf if memory.stopped_at is None else memory.stopped_at + LEAST_OFF_S
    starts_at = max(memory.enough_since + START_S, rested_at)
    if now_s > starts_at:
        return Green(memory, Limit("green", 0.0, _reason("ready", sun, sun.threshold_w)))
    resting = rested_at > memory.enough_since + START_S
    reason = _reason("resting" if resting else "starting", sun, sun.threshold_w, wait_s=starts_at - now_s)
    timer = Timer("green_rest" if resting else "green_start", starts_at - now_s)
    return Green(memory, Limit("green", 0.0, reason), (timer,))


def _reason(key: str, sun: Sun, needed_w: float, **more: float) -> Reason:
    if sun.surplus_w is None:
        return Reason("limit.green_unknown.battery")
    params: Mapping[str, Param] = {"surplus_w": max(0.0, sun.surplus_w), "needed_w": needed_w, **more}
    return Reason(f"limit.green_{key}", params)


def _since(before: float | None, holds: bool, now_s: float) -> float | None:
    if not holds:
        return None
    return now_s if before is None else before
