"""Limits and grants: what a charger may take, who set it, and until when (G-023)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, Literal, TypeVar

from ohmstead.core.model.changing import quick
from ohmstead.core.model.evse import PhaseCount
from ohmstead.core.model.quantities import Phase
from ohmstead.core.model.reasons import Reason
from ohmstead.core.model.time import Instant

MemoryT = TypeVar("MemoryT")
Severity = Literal["info", "warning", "fault"]


@quick
@dataclass(frozen=True, slots=True)
class Limit:
    """One named upper bound of the current per phase of one charger, in ampere."""

    name: str
    """As in the glossary: ``hardware``, ``installation``, ``user``, ``session``, ``main_fuse.L1``."""
    current_a: float
    reason: Reason


@quick
@dataclass(frozen=True, slots=True)
class Grant:
    """The permission a charger holds: up to ``current_a`` on each of ``phases`` until ``expires``.

    0 A means no charging. ``limited_by`` names the limit that won. An expired grant leads to the charger's
    agreed fallback current, never to more. ``switch_to`` is how many phases a charger that can switch them is to have,
    ``None`` leaves them; ``counted_on`` how many ``current_a`` counts on, ``None`` where it holds for any.
    """

    current_a: float
    phases: tuple[Phase, ...]
    limited_by: str
    reason: Reason
    expires: Instant
    switch_to: PhaseCount | None = None
    counted_on: PhaseCount | None = None


@quick
@dataclass(frozen=True, slots=True)
class Timer:
    """A wait that runs and how long it still has, if nothing changes: ``green_start``, ``green_stop``, ``resume``."""

    name: str
    left_s: float


@quick
@dataclass(frozen=True, slots=True)
class Stretch:
    """From ``start`` up to ``end`` it is to charge."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class DeparturePlan:
    """How a target of departure is to be met. ``left_j`` is still to be given; ``late`` when time may not suffice.

    ``basis`` is what the stretches were chosen by; ``cost`` is as planned, ``None`` without prices.
    """

    state: Literal["waiting", "charging", "met"]
    basis: Literal["prices", "sun", "both", "nothing"]
    left_j: float
    stretches: tuple[Stretch, ...] = ()
    late: bool = False
    cost: float | None = None


@quick
@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a charger gets what it gets: what was wished, what each limit would allow, which won, and what is awaited.

    ``wish_a`` is what the mode wants per phase, ``None`` for all that there is. ``program`` is the number of the active
    program. ``limits`` stand in the order in which they were asked; the first of the least is the winner.
    """

    mode: str
    program: int | None
    wish_a: float | None
    limits: tuple[Limit, ...]
    winner: Limit
    timers: tuple[Timer, ...] = ()
    plan: DeparturePlan | None = None


@quick
@dataclass(frozen=True, slots=True)
class Notice:
    """Something that holds now and a person should know (it becomes an attention row, and an event when it starts)."""

    code: str
    owner: str
    """The device or charger it concerns, or ``site``."""
    reason: Reason
    severity: Severity = "warning"


@dataclass(frozen=True, slots=True)
class Allocation(Generic[MemoryT]):
    """What ``core.control.decide`` returns: one grant per charger, the new memory, and what is worth telling."""

    grants: Mapping[str, Grant]
    memory: MemoryT
    notices: tuple[Notice, ...] = ()
    explanations: Mapping[str, Explanation] = field(default_factory=dict)


SUPPLY_LIMITS: frozenset[str] = frozenset(
    {"main_fuse", "contract_power", "grid_meter_lost", "grid_meter_stale", "resume_wait", "charger_silent"}
    | {"turn", "waking", "asleep", "circuit", "unbalance", "demand_limit", "grid_operator"}
    | {"cluster", "no_contact", "cluster_master_lost"}
)
"""Names of the limits that the supply of the house sets, without the phase that may follow a dot."""


def by_supply(limit_name: str) -> bool:
    """Whether a limit of that name means "energy not available" (EV-045)."""
    return limit_name.partition(".")[0] in SUPPLY_LIMITS
