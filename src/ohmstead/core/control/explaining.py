"""Why a charger gets what it gets, as data: wish, limits, winner, and the waits that run (G-023)."""

from collections.abc import Iterator

from ohmstead.core.control.memory import ChargerMemory
from ohmstead.core.control.modes.steering import Steered
from ohmstead.core.control.pace import RESUME_S
from ohmstead.core.control.view import ChargerView
from ohmstead.core.model.grants import Explanation, Grant, Limit, Timer
from ohmstead.core.model.time import Instant


def explain(
    view: ChargerView,
    steered: Steered,
    limits: tuple[Limit, ...],
    grant: Grant,
    memory: ChargerMemory,
    now: Instant,
) -> Explanation:
    """What was decided for the charger of ``view``; ``limits`` are all that were asked."""
    choice = steered.choices[view.name]
    asked = _once(limits if view.stop is None else (view.stop, *view.limits))
    winner = next(limit for limit in asked if limit.name == grant.limited_by)
    wish_a = None if choice.mode == "fast" else _of_sun(view) if choice.mode == "green" else 0.0
    timers = (*steered.timers.get(view.name, ()), *_resume(view, memory, now)) if view.stop is None else ()
    return Explanation(
        choice.mode,
        choice.program,
        wish_a,
        asked,
        winner,
        timers,
        steered.plans.get(view.name),
    )


def _once(limits: tuple[Limit, ...]) -> tuple[Limit, ...]:
    """Of limits with one name the least: only that one can bind."""
    least: dict[str, Limit] = {}
    for limit in limits:
        if limit.name not in least or limit.current_a < least[limit.name].current_a:
            least[limit.name] = limit
    return tuple(least.values())


def _of_sun(view: ChargerView) -> float | None:
    """The amperes that the surplus is worth, or that Green itself says."""
    if view.sun is None:
        return 0.0
    said = [limit.current_a for limit in view.limits if limit.name == "green"]
    return said[0] if said else max(view.sun.surplus_w, view.sun.minimum_w) / view.sun.volts


def _resume(view: ChargerView, memory: ChargerMemory, now: Instant) -> Iterator[Timer]:
    if view.held_a <= 0 and memory.suspended and memory.resume_since is not None:
        yield Timer("resume", max(0.0, RESUME_S - (now.monotonic_s - memory.resume_since)))
