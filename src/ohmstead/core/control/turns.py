"""Whose turn it is where not all can have 6 A at once: a ring, and clocks of the turns that run (EV-151, G-057, G-058).

The ring holds everyone who asks, in the order of plug-in; a newcomer joins at its end, and whose turn has run its time
goes there too. A turn runs on the monotonic clock from the moment it begins; it ends early with its vehicle.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from ohmstead.core.model.changing import quick

SLOT_S = 300.0


@quick
@dataclass(frozen=True, slots=True)
class Turns:
    """What time division remembers; ``since`` has the turns that run, and when each began."""

    ring: tuple[str, ...] = ()
    since: Mapping[str, float] = field(default_factory=dict)


def brought_forward(
    turns: Turns, asking: Iterable[str], slot_s: float, now_s: float, passing: Collection[str] = ()
) -> Turns:
    """``turns`` at ``now_s``, with those who ask now; ``passing`` gives its turn away."""
    present = dict.fromkeys(asking)
    if not present and not turns.ring and not turns.since:
        return turns
    ring = [name for name in turns.ring if name in present]
    there = set(ring)
    ring += [name for name in present if name not in there]
    running = {name: began for name, began in turns.since.items() if name in present}
    over = {name for name, began in running.items() if now_s - began >= slot_s} | (set(passing) & present.keys())
    if over:
        ring = [name for name in ring if name not in over] + [name for name in ring if name in over]
        running = {name: began for name, began in running.items() if name not in over}
    return Turns(tuple(ring), running)
