"""Which link is used: Ethernet before Wi-Fi before mobile, left after a minute of silence (G-080).

In come the links as they are, out go the one to use and the memory for the next look. A link that does not work is left
after 60 s; a better one is gone back to when it has worked for 5 min without a break. Before anything was chosen the
best one that works is taken at once. The mobile one is not used where this month's traffic is used up (EV-207).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ohmstead.core.model.networks import KINDS, Link, LinkKind

LEAVE_S = 60.0
RETURN_S = 300.0


@dataclass(frozen=True, slots=True)
class Choice:
    """The link in use, and since when (monotonic seconds) each has worked or has not."""

    using: LinkKind | None = None
    works_since: Mapping[LinkKind, float] = field(default_factory=dict)
    silent_since: Mapping[LinkKind, float] = field(default_factory=dict)


def choose(memory: Choice, links: Sequence[Link], now_s: float, *, mobile_allowed: bool = True) -> Choice:
    """The choice at ``now_s``; ``using`` is ``None`` only where nothing works and nothing did before."""
    working = {link.kind for link in links if link.works and (link.kind != "mobile" or mobile_allowed)}
    works = {kind: memory.works_since.get(kind, now_s) for kind in KINDS if kind in working}
    silent = {kind: memory.silent_since.get(kind, now_s) for kind in KINDS if kind not in working}
    return Choice(_using(memory.using, works, silent, now_s, mobile_allowed), works, silent)


def _using(
    before: LinkKind | None,
    works: Mapping[LinkKind, float],
    silent: Mapping[LinkKind, float],
    now_s: float,
    mobile_allowed: bool,
) -> LinkKind | None:
    best = next(iter(works), None)
    if before is None or (before == "mobile" and not mobile_allowed):
        return best
    if before in silent:
        return best if best is not None and now_s - silent[before] >= LEAVE_S else before
    better = (kind for kind in works if KINDS.index(kind) < KINDS.index(before))
    return next((kind for kind in better if now_s - works[kind] >= RETURN_S), before)
