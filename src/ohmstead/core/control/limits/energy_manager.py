"""The limit that an energy manager outside sets to one charger (G-023; watchdog as in common charger register maps).

=====================================  ======================================================================
what                                   then
=====================================  ======================================================================
it sets a current                      a limit of that height, at once
it writes again, or beats              the watchdog starts anew; once it beats, only a beat that differs counts
it is silent for its time-out, or      lost: the lower of what it set last and what was agreed (``fallback_a``)
what it set has run out
it is heard again                      what it sets holds
it withdraws, or a person takes back   nobody manages, no limit
the site restarts                      lost until it is heard
=====================================  ======================================================================

Moments are seconds on the monotonic clock.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ohmstead.core.model.changing import changed
from ohmstead.core.model.grants import Limit
from ohmstead.core.model.managers import FALLBACK_A, TIMEOUT_S, ManagerState, ManagerWrite
from ohmstead.core.model.reasons import Param, Reason
from ohmstead.core.model.time import Instant

NAME = "energy_manager"


@dataclass(frozen=True, slots=True)
class ManagerMemory:
    """What is remembered of the manager of one charger. A new one has never been heard."""

    setpoint_a: float | None = None
    fallback_a: float = FALLBACK_A
    timeout_s: float = TIMEOUT_S
    heard_at: float | None = None
    valid_until: float | None = None
    heartbeat: int | None = None
    author: str = ""


def written(memory: ManagerMemory, write: ManagerWrite, author: str, now: Instant) -> ManagerMemory:
    """``memory`` after ``write`` of ``author``; whoever sets a current manages from then on."""
    if write.withdraw:
        memory = changed(memory, setpoint_a=None, valid_until=None, heard_at=None, heartbeat=None, author="")
    if write.setpoint_a is not None:
        memory = changed(memory, setpoint_a=write.setpoint_a, valid_until=None, author=author)
    if write.valid_s is not None:
        memory = changed(memory, valid_until=now.monotonic_s + write.valid_s)
    if write.fallback_a is not None:
        memory = changed(memory, fallback_a=write.fallback_a)
    if write.timeout_s is not None:
        memory = changed(memory, timeout_s=write.timeout_s)
    alive = _sign_of_life(memory, write)
    if write.heartbeat is not None:
        memory = changed(memory, heartbeat=write.heartbeat)
    return changed(memory, heard_at=now.monotonic_s) if alive and memory.setpoint_a is not None else memory


def state(memory: ManagerMemory, now: Instant) -> ManagerState:
    """How it stands at ``now``."""
    left_s = _left_s(memory, now)
    live = memory.heard_at is not None and (left_s is None or left_s > 0)
    return ManagerState(
        standing="nobody" if memory.setpoint_a is None else "live" if live else "lost",
        setpoint_a=memory.setpoint_a,
        allowed_a=_allowed_a(memory, live),
        fallback_a=memory.fallback_a,
        timeout_s=memory.timeout_s,
        heartbeat=memory.heartbeat or 0,
        heard_s=None if memory.heard_at is None else now.monotonic_s - memory.heard_at,
        left_s=left_s,
        author=memory.author,
    )


def limit(memory: ManagerMemory, now: Instant) -> Limit | None:
    """Its limit at ``now``; ``None`` while nobody manages."""
    if memory.setpoint_a is None:
        return None
    standing = state(memory, now)
    if standing.allowed_a is None:
        return None
    key = "limit.energy_manager" if standing.standing == "live" else "limit.energy_manager_lost"
    params: dict[str, Param] = {"manager": memory.author, "limit_a": standing.allowed_a}
    return Limit(NAME, standing.allowed_a, Reason(key, params))


def dump(memory: ManagerMemory) -> dict[str, Any]:
    """What must survive, as plain JSON values: no moments, since a restart needs a new sign of life."""
    return {
        "setpoint_a": memory.setpoint_a,
        "fallback_a": memory.fallback_a,
        "timeout_s": memory.timeout_s,
        "author": memory.author,
    }


def load(saved: Mapping[str, Any]) -> ManagerMemory:
    """The memory that ``dump`` wrote. Raises ValueError when it is not one."""
    try:
        setpoint = saved["setpoint_a"]
        return ManagerMemory(
            setpoint_a=None if setpoint is None else float(setpoint),
            fallback_a=float(saved["fallback_a"]),
            timeout_s=float(saved["timeout_s"]),
            author=str(saved["author"]),
        )
    except (KeyError, TypeError) as error:
        raise ValueError(f"memory of an energy manager: {error}; start without it") from error


def _sign_of_life(memory: ManagerMemory, write: ManagerWrite) -> bool:
    if write.heartbeat is not None and write.heartbeat != memory.heartbeat:
        return True
    spoke = (write.setpoint_a, write.valid_s, write.timeout_s)
    return memory.heartbeat is None and write.heartbeat is None and any(value is not None for value in spoke)


def _left_s(memory: ManagerMemory, now: Instant) -> float | None:
    if memory.heard_at is None:
        return None
    ends = [] if memory.timeout_s <= 0 else [memory.heard_at + memory.timeout_s]
    ends += [] if memory.valid_until is None else [memory.valid_until]
    return max(0.0, min(ends) - now.monotonic_s) if ends else None


def _allowed_a(memory: ManagerMemory, live: bool) -> float | None:
    if memory.setpoint_a is None:
        return None
    return memory.setpoint_a if live else min(memory.setpoint_a, memory.fallback_a)
