"""A session as it is kept when it has ended, what it cost, and the prices it was counted by (G-004 to G-007, G-052)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from ohmstead.core.model.changing import quick

JOULES_PER_KWH = 3_600_000
CURRENCIES = ("EUR", "CHF", "GBP", "USD", "CAD", "AUD", "NZD", "DKK", "NOK", "SEK", "PLN", "CZK", "HUF", "RON")


@dataclass(frozen=True, slots=True)
class Price:
    """What a kilowatt-hour costs from ``valid_from``, a full minute, until the next price. ``green`` is optional."""

    valid_from: datetime
    per_kwh: Decimal
    green_per_kwh: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Tariff:
    """All prices ever, by time. Before the first one nothing costs anything that is known."""

    currency: str = "EUR"
    prices: tuple[Price, ...] = ()


@dataclass(frozen=True, slots=True)
class Minute:
    """What was charged in one minute that began at ``at``."""

    at: datetime
    energy_j: int
    green_j: int | None = None
    charging_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Part:
    """What of a session, or of all sessions, lies in one calendar month of the site's zone."""

    energy_j: int = 0
    green_j: int | None = None
    charging_s: float = 0.0
    cost: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Charge:
    """One session that has ended. Everything in it is frozen: no later price changes ``cost`` (G-004).

    ``energy_j`` is ``None`` when nobody measured it. ``months`` splits it by calendar month, keys as ``2026-03``.
    """

    id: str
    charger: str
    connected_at: datetime
    disconnected_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    charging_s: float
    energy_j: int | None
    green_j: int | None
    cost: Decimal | None
    currency: str
    authorization: str | None
    limit_a: float | None
    phases: int
    stop_reason: str
    months: Mapping[str, Part] = field(default_factory=dict)
    switchings: int = 0
    """How often it was switched between one phase and three."""


@quick
@dataclass(frozen=True, slots=True)
class Counters:
    """Number, energy and duration of all sessions of a charger (G-053)."""

    sessions: int = 0
    energy_j: int = 0
    charging_s: float = 0.0
