"""Recognising a meter that has stopped measuring but still answers: words that never move.

Mains voltage and frequency wander all the time, in steps far above a meter's resolution, so a live meter does not
repeat all its registers bit for bit. A gateway that answers from its memory, or a meter that hangs, does.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from ohmstead.core.model.quantities import Quality
from ohmstead.core.model.readings import Reading
from ohmstead.core.model.reasons import Reason
from ohmstead.core.model.time import Instant

LOOKS_AT_LEAST = 5
"""Fewer looks prove nothing, however long the time between them."""
GRID_LIMIT_S = 10.0
"""The grid meter protects the main fuse: as long as G-021 lets control trust an old value."""
OTHER_LIMIT_S = 60.0
"""Other meters have coarser registers at times, and nothing burns meanwhile."""


@dataclass(frozen=True, slots=True)
class Stillness:
    """The words last seen, since when they have not moved, and how often they were looked at."""

    words: tuple[tuple[int, ...], ...]
    since_s: float
    looks: int = 1

    def frozen(self, now_s: float, limit_s: float) -> bool:
        """Whether they have stood still for more than ``limit_s``."""
        return self.looks >= LOOKS_AT_LEAST and now_s - self.since_s > limit_s

    def told(self, device: str, at: Instant) -> Reading:
        """What is known of a ``device`` that has frozen: that it has, and no value."""
        still_s = at.monotonic_s - self.since_s
        problem = Reason("meter.frozen", {"device": device, "still_s": f"{still_s:.0f} s"})
        return Reading(device, at, Quality.BAD, problem=problem)


def look(before: Stillness | None, words: Sequence[Sequence[int]], now_s: float) -> Stillness:
    """The memory after seeing ``words`` at ``now_s``."""
    seen = tuple(tuple(block) for block in words)
    if before is None or before.words != seen:
        return Stillness(seen, now_s)
    return Stillness(seen, before.since_s, before.looks + 1)
