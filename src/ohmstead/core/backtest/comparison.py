"""How far a comparison of ways of charging on a site's own past is, and what it found."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from ohmstead.core.backtest.outcome import Outcome
from ohmstead.core.model.reasons import Reason


@dataclass(frozen=True, slots=True)
class Comparison:
    """``share`` of the work is done, 0 to 1. ``outcomes`` stand when it is ``done``, ``reason`` when it ``failed``.

    ``start`` and ``end`` are of what was recorded in the time asked for.
    """

    state: Literal["none", "reading", "running", "done", "failed"] = "none"
    charger: str | None = None
    days: int | None = None
    share: float = 0.0
    start: datetime | None = None
    end: datetime | None = None
    visits: int = 0
    wanted_j: float = 0.0
    outcomes: tuple[Outcome, ...] = ()
    currency: str = "EUR"
    reason: Reason | None = None
