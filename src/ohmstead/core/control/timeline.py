"""What a session's explanation was over time: one entry for each change of it, bounded in number.

A change is another winner, mode or program, or a start or stop; how far a current rises or falls is in the record of
the power. What lasted less than 10 s is replaced by what followed. When there are too many, the shortest goes first.
"""

from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from ohmstead.core.model.changing import changed
from ohmstead.core.model.grants import Explanation, Grant
from ohmstead.core.model.reasons import Reason
from ohmstead.core.model.time import Instant

LEAST_S = 10.0
MOST = 120


@dataclass(frozen=True, slots=True)
class Told:
    """What held from ``at`` on."""

    at: datetime
    current_a: float
    limited_by: str
    mode: str
    program: int | None
    reason: Reason

    @property
    def kind(self) -> tuple[object, ...]:
        """What makes it another one."""
        return (self.limited_by, self.reason.key, self.mode, self.program, self.current_a > 0)


@dataclass(frozen=True, slots=True)
class Timeline:
    """Of one session; ``ended_at`` is set when the car has gone."""

    session: str
    told: tuple[Told, ...] = ()
    ended_at: datetime | None = None


def follow(before: Timeline | None, session: str, grant: Grant, why: Explanation, now: Instant) -> Timeline:
    """``before`` with what is decided now; another session begins a new one."""
    line = before if before is not None and before.session == session else Timeline(session)
    new = Told(now.utc, grant.current_a, grant.limited_by, why.mode, why.program, grant.reason)
    told = line.told
    if told and told[-1].kind == new.kind:
        return line
    if told and (now.utc - told[-1].at).total_seconds() < LEAST_S:
        told = told[:-1]
        if told and told[-1].kind == new.kind:
            return changed(line, told=told)
    told = (*told, new)
    return changed(line, told=told if len(told) <= MOST else _without_shortest(told))


def _without_shortest(told: tuple[Told, ...]) -> tuple[Told, ...]:
    lasted = [(later.at - one.at, index) for index, (one, later) in enumerate(pairwise(told)) if index > 0]
    _, shortest = min(lasted)
    return (*told[:shortest], *told[shortest + 1 :])
