"""How much went over the mobile link this month, from counters that begin anew with each connection (EV-207, G-081)."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

MONTH_BYTES = 200_000_000
"""Never more in a calendar month of the site's zone."""
WARN_BYTES = 160_000_000
"""From here on a person is told."""


@dataclass(frozen=True, slots=True)
class Traffic:
    """``used`` bytes in ``month`` (``2026-06``); ``counter`` is what the link's own counter showed last."""

    month: str = ""
    used: int = 0
    counter: int | None = None

    @property
    def left(self) -> bool:
        """Whether anything may still go over the link."""
        return self.used < MONTH_BYTES


def follow(memory: Traffic, counter: int | None, local: datetime) -> Traffic:
    """``memory`` with what ``counter`` (sent and received) shows at ``local``; ``None`` while there is no link."""
    month = f"{local:%Y-%m}"
    if month != memory.month:
        memory = replace(memory, month=month, used=0)
    if counter is None:
        return replace(memory, counter=None)
    more = counter if memory.counter is None or counter < memory.counter else counter - memory.counter
    return replace(memory, used=memory.used + more, counter=counter)


def dump(memory: Traffic) -> dict[str, Any]:
    """What must survive a restart."""
    return {"month": memory.month, "used": memory.used, "counter": memory.counter}


def load(saved: Any) -> Traffic:
    """What :func:`dump` wrote. Raises ValueError when it is nothing of that kind."""
    try:
        counter = saved["counter"]
        return Traffic(str(saved["month"]), int(saved["used"]), None if counter is None else int(counter))
    except (KeyError, TypeError) as error:
        raise ValueError(f"traffic: {error}") from error
