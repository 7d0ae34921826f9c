"""How the house itself is: its parts, and what each device gave (shown at ``/health`` and ``/metrics``)."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ohmstead.core.model.reasons import Reason


@dataclass(frozen=True, slots=True)
class HealthPart:
    """One part that can fail by itself: ``store``, ``control``, ``clock`` (synchronised), ``grid`` (a device) …

    A part that is not ``ok`` says why. Only an ``essential`` part makes the whole unhealthy; a device that is
    lost is told but does not ask for a restart.
    """

    name: str
    ok: bool
    reason: Reason | None = None
    essential: bool = True


@dataclass(frozen=True, slots=True)
class ServedStatistics:
    """What the site did as a meter for others on one line, since start. ``closed`` by why: ``idle``, ``crowded``."""

    connections: int = 0
    """Now; on a serial line 1 while the port is open."""
    accepted: int = 0
    requests: int = 0
    refused: int = 0
    """Requests answered with an exception."""
    garbled: int = 0
    """Connections or frames that were no Modbus."""
    closed: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Health:
    """All parts, and how long the last control ticks took. Durations in seconds, ``None`` before the first tick."""

    parts: tuple[HealthPart, ...] = ()
    tick_s: float | None = None
    """Of the last tick."""
    tick_max_s: float | None = None
    """The longest since start."""
    ticks: int = 0
    uptime_s: float = 0.0
    served: Mapping[str, ServedStatistics] = field(default_factory=dict)
    """By the address that others read the site at."""

    @property
    def ok(self) -> bool:
        """Whether every essential part is well."""
        return all(part.ok for part in self.parts if part.essential)


@dataclass(frozen=True, slots=True)
class DeviceStatistics:
    """Counters of one device since start.

    ``failures`` by kind: ``unreachable``, ``refused``, ``garbled``, or the quality of readings that were not good;
    ``troubles`` are the same failures by the key of their reason, such as ``modbus.crc``.
    """

    reads: int = 0
    failures: Mapping[str, int] = field(default_factory=dict)
    reconnects: int | None = None
    """How often its connection was made anew; those behind one address share it. None where there is none."""
    troubles: Mapping[str, int] = field(default_factory=dict)
