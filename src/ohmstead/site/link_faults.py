"""How often D2 and D9 were raised in a charger's life: the errors of meters and their links, which no board counts.

The other errors are counted with the charger's own memory. An error of the grid meter concerns every charger, one of a
vehicle meter the charger whose energy it accounts (G-079).
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from pydantic import TypeAdapter

from ohmstead.core.model.changing import changed
from ohmstead.core.model.chargers import ChargerReading
from ohmstead.core.model.faults import ErrorCode
from ohmstead.core.model.grants import Notice
from ohmstead.core.model.settings import Settings


@dataclass
class _Kept:
    counts: dict[str, dict[ErrorCode, int]] = field(default_factory=dict)
    held: list[tuple[ErrorCode, str]] = field(default_factory=list)


_KEPT = TypeAdapter(_Kept)
LINK_CODES: tuple[ErrorCode, ...] = ("D2", "D9")


class LinkFaults:
    """Owner of the counts, by charger and code."""

    def __init__(self) -> None:
        """As new."""
        self._counts: dict[str, dict[ErrorCode, int]] = {}
        self._held: frozenset[tuple[ErrorCode, str]] = frozenset()

    def look(self, notices: Iterable[Notice], settings: Settings) -> None:
        """``notices`` are all that want attention now; an error that did not hold at the last look is counted."""
        held = frozenset((code, one.owner) for one in notices for code in LINK_CODES if one.code == code)
        for code, device in held - self._held:
            accounted = {name for name, charger in settings.chargers.items() if charger.vehicle_meter == device}
            for charger in accounted or settings.chargers:
                counts = self._counts.setdefault(charger, {})
                counts[code] = counts.get(code, 0) + 1
        self._held = held

    def shown(self, reading: ChargerReading) -> ChargerReading:
        """``reading`` with these counts beside its own."""
        counts = self._counts.get(reading.charger)
        return changed(reading, error_counts={**reading.error_counts, **counts}) if counts else reading

    def dump(self) -> dict[str, Any]:
        """What must survive a restart."""
        counts = {charger: dict(counts) for charger, counts in self._counts.items()}
        return {"counts": counts, "held": [list(one) for one in sorted(self._held)]}

    def recall(self, kept: Any) -> None:
        """Go on from what ``dump`` gave. Raises ValueError for anything else."""
        saved = _KEPT.validate_python(kept or {})
        self._counts, self._held = saved.counts, frozenset(saved.held)
