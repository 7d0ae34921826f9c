"""An energy manager outside the site that steers a charger (another system, a building's controller).

It may only narrow: what it sets is one more limit. When it falls silent the charger keeps to the lower of what was set
last and what was agreed for that case, so that no failure raises a current.
"""

from dataclasses import dataclass
from typing import Literal

FALLBACK_A = 0.0
TIMEOUT_S = 60.0
TIMEOUTS_S = (5.0, 600.0)
"""Bounds of the time-out; 0 means none."""

ManagerStanding = Literal["nobody", "live", "lost"]


@dataclass(frozen=True, slots=True)
class ManagerWrite:
    """What an energy manager writes in one request; ``None`` leaves a value as it is.

    ``setpoint_a`` is 0, which pauses, or at least 6 A; ``withdraw`` takes the setpoint back. ``valid_s`` bounds the
    setpoint's life from now on. ``heartbeat`` is a sign of life where it differs from the one before.
    """

    setpoint_a: float | None = None
    withdraw: bool = False
    valid_s: float | None = None
    fallback_a: float | None = None
    timeout_s: float | None = None
    heartbeat: int | None = None


@dataclass(frozen=True, slots=True)
class ManagerState:
    """How it stands now, as others read it.

    ``allowed_a`` is the limit in force, ``None`` while nobody manages. ``left_s`` is the time until the manager counts
    as lost, ``None`` where no time-out runs.
    """

    standing: ManagerStanding = "nobody"
    setpoint_a: float | None = None
    allowed_a: float | None = None
    fallback_a: float = FALLBACK_A
    timeout_s: float = TIMEOUT_S
    heartbeat: int = 0
    heard_s: float | None = None
    left_s: float | None = None
    author: str = ""
