"""How the daemon itself is doing: its loops, its devices' answers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from ohmstead.core.model.reasons import Reason


@dataclass(frozen=True, slots=True)
class HealthPart:
    """One loop or service of the daemon, well or not since ``since`` (UTC)."""

    name: str
    ok: bool
    since: datetime
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class DeviceStatistics:
    """Answers of one device since the start: good ones, and failures by kind."""

    reads: int
    failures: Mapping[str, int]
