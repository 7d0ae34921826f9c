"""The slave's side: whom it obeys, what it may take now, and what it falls back to (G-064 to G-067).

=====================================  ======================================================================
a poll that                            then
=====================================  ======================================================================
comes from another than its master     is refused: ``other_master``, or ``not_paired``
comes within 6 s of the start          is refused: ``starting``, since the vehicle may still draw what it did
echoes a beat of another start, or     is refused: ``stale``
one that is older than 10 s
has a number that is not newer         is refused: ``repeated``
is none of these                       its grant holds until 10 s after the beat that it echoes
=====================================  ======================================================================

When the grant has run out, the lower of it and the agreed fallback holds; 22 s after the master was heard last the
fallback itself, which may be more (the one exception to "nothing raises a current because something failed"). Until
then the master has taken back what it gave others of it. Moments are seconds on the slave's monotonic clock.
"""

from dataclasses import dataclass
from typing import Literal

from ohmstead.core.model.changing import changed, quick
from ohmstead.core.model.cluster import (
    CLOCK,
    FOLLOW_S,
    LEASE_S,
    NOBODY,
    RAISED_S,
    SEQUENCES,
    Poll,
    Report,
    Standing,
    newer,
)

Refusal = Literal["not_paired", "other_master", "starting", "stale", "repeated"]
_MS = 1000.0


@quick
@dataclass(frozen=True, slots=True)
class SlaveMemory:
    """``slave`` is its own number, ``master`` that of the one it is paired with; ``boot`` is new with each start.

    ``since_s`` is when it started or was paired, whichever was later: from then on it counts as without a master.
    """

    slave: int
    boot: int
    started_s: float
    since_s: float
    master: int = NOBODY
    fallback_a: float = 0.0
    start: int = 0
    seq: int = 0
    grant_a: float = 0.0
    leased_s: float | None = None
    """The moment of the beat that the grant answers."""
    heard_s: float | None = None
    """When that grant came."""
    before: tuple[tuple[float, float], ...] = ()
    """Until when the vehicle may still draw how much of what was allowed before."""


def accept(memory: SlaveMemory, poll: Poll, now_s: float) -> tuple[SlaveMemory, Refusal | None]:
    """``memory`` after ``poll``; unchanged with the reason where it is refused."""
    if memory.master == NOBODY:
        return memory, "not_paired"
    if poll.master != memory.master:
        return memory, "other_master"
    if now_s - memory.started_s < FOLLOW_S:
        return memory, "starting"
    age_s = ((round((now_s - memory.started_s) * _MS) - poll.beat) % CLOCK) / _MS
    if poll.boot != memory.boot or age_s > LEASE_S:
        return memory, "stale"
    if memory.leased_s is not None and not newer(poll.seq, memory.seq, SEQUENCES):
        return memory, "repeated"
    return changed(
        memory,
        start=poll.start,
        seq=poll.seq,
        grant_a=poll.grant_a,
        fallback_a=poll.fallback_a,
        leased_s=now_s - age_s,
        heard_s=now_s,
        before=_followed(memory, now_s, poll.grant_a),
    ), None


def allowed_a(memory: SlaveMemory, now_s: float) -> float:
    """What the charger may take now, in ampere per phase."""
    match standing(memory, now_s):
        case "led":
            return memory.grant_a
        case "lost":
            return min(memory.grant_a, memory.fallback_a)
        case _:
            return memory.fallback_a


def holds_a(memory: SlaveMemory, now_s: float) -> float:
    """The most that its vehicle may draw now: what is allowed, and what was within the last 6 s."""
    most_a = allowed_a(memory, now_s)
    if memory.leased_s is not None and now_s <= memory.leased_s + LEASE_S + FOLLOW_S:
        most_a = max(most_a, memory.grant_a)
    for until_s, current_a in memory.before:
        if until_s >= now_s and current_a > most_a:
            most_a = current_a
    return most_a


def standing(memory: SlaveMemory, now_s: float) -> Standing:
    """``led`` by the master; ``lost`` to it, and nothing may rise; on its own ``fallback``."""
    if memory.leased_s is not None and now_s - memory.leased_s <= LEASE_S:
        return "led"
    return "lost" if silent_s(memory, now_s) < RAISED_S else "fallback"


def silent_s(memory: SlaveMemory, now_s: float) -> float:
    """For how many seconds no master has been heard, counted from the last poll or from ``since_s``."""
    return now_s - (memory.since_s if memory.heard_s is None else memory.heard_s)


def report(memory: SlaveMemory, now_s: float) -> Report:
    """What it says of itself now."""
    return Report(
        slave=memory.slave,
        master=memory.master,
        boot=memory.boot,
        beat=round((now_s - memory.started_s) * _MS) % CLOCK,
        start=memory.start,
        seq=memory.seq,
        allowed_a=allowed_a(memory, now_s),
        hold_a=holds_a(memory, now_s),
        fallback_a=memory.fallback_a,
    )


def paired(memory: SlaveMemory, master: int, now_s: float) -> SlaveMemory:
    """``memory`` that obeys ``master`` alone from now on; ``NOBODY`` ends it. What it was granted is over."""
    if master == memory.master:
        return memory
    before = _followed(memory, now_s, 0.0)
    return changed(
        memory, master=master, start=0, seq=0, grant_a=0.0, leased_s=None, heard_s=None, since_s=now_s, before=before
    )


def _followed(memory: SlaveMemory, now_s: float, above_a: float) -> tuple[tuple[float, float], ...]:
    """What was allowed until now joins what was before, as far as it is more than ``above_a``."""
    kept = [one for one in memory.before if one[0] > now_s and one[1] > above_a]
    if memory.grant_a > above_a and memory.leased_s is not None and memory.leased_s + LEASE_S + FOLLOW_S > now_s:
        kept.append((min(now_s, memory.leased_s + LEASE_S) + FOLLOW_S, memory.grant_a))
    held_a = allowed_a(memory, now_s)
    if held_a > above_a:
        kept.append((now_s + FOLLOW_S, held_a))
    return tuple(kept)
