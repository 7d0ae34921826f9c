"""The mean of the imported power over a quarter of an hour, and what the minute that runs may still take of it.

Fifteen minutes stand behind each other, the last one open. What it may take is what the limit allows in a quarter of an
hour less what the fourteen before it took; so every quarter of an hour made of whole minutes holds, those that the
supply meter counts among them. What was spared is spent over a quarter of an hour, so that a house that draws more
later still finds some. A moment in which the meter is silent counts with the limit, or with the last power when
that was more. Minutes begin with those of the wall clock and are measured on the monotonic one.
"""

from dataclasses import dataclass

from ohmstead.core.model.changing import quick
from ohmstead.core.model.time import Instant

MINUTE_S = 60.0
MINUTES = 15
_LEAST_S = 10.0
"""What is left of a minute is not given away within less than this."""


@quick
@dataclass(frozen=True, slots=True)
class DemandMemory:
    """``minutes_j`` are the fourteen closed minutes, the last at the end; ``used_j`` is of the one that runs."""

    minutes_j: tuple[float, ...] = ()
    used_j: float = 0.0
    ends_at: float | None = None
    at: float | None = None
    power_w: float = 0.0


def counted(
    memory: DemandMemory, power_w: float | None, limit_w: float, now: Instant, between: bool = False
) -> DemandMemory:
    """``memory`` at ``now``; ``power_w`` is what flows now, ``None`` while unknown.

    ``between`` two readings of a slow meter the last one still counts.
    """
    if between and power_w is None:
        power_w = memory.power_w
    flowing_w = max(limit_w, memory.power_w) if power_w is None else max(0.0, power_w)
    if memory.at is None or memory.ends_at is None:
        rest_s = MINUTE_S - now.utc.second - now.utc.microsecond / 1e6
        unknown = (limit_w * MINUTE_S,) * (MINUTES - 1)
        return DemandMemory(unknown, 0.0, now.monotonic_s + rest_s, now.monotonic_s, flowing_w)
    minutes, used, ends, at = list(memory.minutes_j), memory.used_j, memory.ends_at, memory.at
    before_w = max(limit_w, memory.power_w) if power_w is None else memory.power_w
    while now.monotonic_s >= ends:
        minutes.append(used + before_w * (ends - at))
        used, at, ends = 0.0, ends, ends + MINUTE_S
        if ends < now.monotonic_s - MINUTES * MINUTE_S:
            minutes, at = [limit_w * MINUTE_S] * (MINUTES - 1), now.monotonic_s
            ends = now.monotonic_s + MINUTE_S
    used += before_w * (now.monotonic_s - at)
    return DemandMemory(tuple(minutes[-(MINUTES - 1) :]), used, ends, now.monotonic_s, flowing_w)


def allowed_w(memory: DemandMemory, limit_w: float, now: Instant) -> float:
    """The power that may flow until the running minute ends."""
    ends = now.monotonic_s if memory.ends_at is None else memory.ends_at
    closed_j = sum(memory.minutes_j)
    spare_w = max(0.0, limit_w * (MINUTES - 1) * MINUTE_S - closed_j) / (MINUTES * MINUTE_S)
    minute_j = min(limit_w * MINUTES * MINUTE_S - closed_j, MINUTE_S * (limit_w + spare_w))
    return (minute_j - memory.used_j) / max(_LEAST_S, ends - now.monotonic_s)
