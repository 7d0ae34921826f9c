"""From what is seen of a running session, once a second, to the session that is kept (G-052, G-053, G-004, G-007).

The ledger of a session has its energy in single minutes, so that it can be split where a price or a month changes.
Energy that is told late, such as the last word of a vehicle meter, belongs to the last minute.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from ohmstead.core.accounting.cost import cost
from ohmstead.core.model.changing import changed
from ohmstead.core.model.chargers import ChargerReading, ChargerState
from ohmstead.core.model.charges import Charge, Counters, Minute, Part, Tariff
from ohmstead.core.model.time import Instant

UNPLUGGED = "unplugged"
SETTLED_S = 10.0
"""A vehicle stops drawing before it is unplugged; only what lasts longer was the reason that it stopped."""

_STOPS: Mapping[ChargerState, str] = {
    ChargerState.COMPLETE: "complete",
    ChargerState.CONNECTED_WAITING_VEHICLE: "vehicle",
    ChargerState.WAITING_AUTHORISATION: "rejected",
    ChargerState.NOT_ENABLED: "not_enabled",
    ChargerState.OUT_OF_SERVICE: "out_of_service",
}


@dataclass(frozen=True, slots=True)
class Ledger:
    """What was seen of one session so far. ``minutes`` are over, ``last`` is the one that runs."""

    session: str
    charger: str
    connected_at: datetime
    minutes: tuple[Minute, ...] = ()
    last: Minute | None = None
    energy_j: int | None = 0
    green_j: int | None = None
    charging_s: float = 0.0
    started_at: datetime | None = None
    ended_at: datetime | None = None
    authorization: str | None = None
    limit_a: float | None = None
    phases: int = 3
    state: ChargerState = ChargerState.CHARGING
    reason: str = UNPLUGGED
    since: datetime | None = None
    switchings: int = 0

    @property
    def all_minutes(self) -> tuple[Minute, ...]:
        """With the one that runs."""
        return self.minutes if self.last is None else (*self.minutes, self.last)


@dataclass(frozen=True, slots=True)
class Ended:
    """What the charging logic says of a session at its end."""

    at: datetime
    charging_from: datetime | None
    charging_to: datetime | None
    energy_j: int | None
    charging_s: float
    authorization: str | None = None
    green_j: int | None = None


def follow(
    ledger: Ledger | None, reading: ChargerReading, limit_a: float | None, phases: int, now: Instant
) -> Ledger | None:
    """The ledger after this look; ``None`` without a session. ``limit_a`` is what the session may take at most."""
    session = reading.session
    if session is None:
        return ledger
    if ledger is None or ledger.session != session.id:
        ledger = Ledger(session.id, session.charger, session.connected_at.utc)
    ledger = _added(ledger, session.energy_j, session.green_j, session.charging_s, now.utc)
    charging = reading.state is ChargerState.CHARGING
    reason = _reason(reading) or ledger.reason
    turned = reason != ledger.reason or ledger.since is None
    return changed(
        ledger,
        started_at=ledger.started_at or (now.utc if charging else None),
        ended_at=now.utc if charging else ledger.ended_at,
        authorization=session.authorization,
        limit_a=limit_a if limit_a is not None else ledger.limit_a,
        phases=phases,
        state=reading.state,
        reason=reason,
        since=now.utc if turned else ledger.since,
        switchings=session.switchings,
    )


def close(ledger: Ledger, ended: Ended, tariff: Tariff, zone: ZoneInfo) -> tuple[Charge, tuple[Minute, ...]]:
    """The session as it is kept, and its minutes."""
    green_j = ended.green_j if ended.green_j is not None else ledger.green_j
    ledger = _added(ledger, ended.energy_j, green_j, ended.charging_s, ended.charging_to or ledger.connected_at)
    since = ledger.since or ended.at
    settled = ledger.reason == UNPLUGGED or (ended.at - since).total_seconds() >= SETTLED_S
    minutes = ledger.all_minutes
    return Charge(
        id=ledger.session,
        charger=ledger.charger,
        connected_at=ledger.connected_at,
        disconnected_at=ended.at,
        started_at=ended.charging_from,
        ended_at=ended.charging_to,
        charging_s=ended.charging_s,
        energy_j=ended.energy_j,
        green_j=green_j,
        cost=None if ended.energy_j is None else cost(minutes, tariff),
        currency=tariff.currency,
        authorization=ended.authorization or ledger.authorization,
        limit_a=ledger.limit_a,
        phases=ledger.phases,
        stop_reason=ledger.reason if settled else UNPLUGGED,
        months=by_month(minutes, tariff, zone),
        switchings=ledger.switchings,
    ), minutes


def by_month(minutes: Iterable[Minute], tariff: Tariff, zone: ZoneInfo) -> dict[str, Part]:
    """``minutes`` by the calendar month of ``zone`` in which they began (G-007)."""
    found: dict[str, list[Minute]] = {}
    for minute in minutes:
        found.setdefault(f"{minute.at.astimezone(zone):%Y-%m}", []).append(minute)
    return {month: _part(those, tariff) for month, those in found.items()}


def again(charge: Charge, minutes: Iterable[Minute], tariff: Tariff, zone: ZoneInfo) -> Charge:
    """``charge`` counted anew by the prices of ``tariff``, as a person asked (G-004)."""
    kept = tuple(minutes)
    months = by_month(kept, tariff, zone)
    total = None if charge.energy_j is None else cost(kept, tariff)
    return replace(charge, cost=total, currency=tariff.currency, months=months)


def together(parts: Iterable[Part]) -> Part:
    """The sum; its cost is that of what has one, ``None`` when nothing has."""
    energy_j, charging_s = 0, 0.0
    green_j: int | None = None
    money: Decimal | None = None
    for part in parts:
        energy_j += part.energy_j
        charging_s += part.charging_s
        green_j = green_j if part.green_j is None else (green_j or 0) + part.green_j
        money = money if part.cost is None else (money or Decimal(0)) + part.cost
    return Part(energy_j, green_j, charging_s, money)


def counted(counters: Counters, charge: Charge) -> Counters:
    """``counters`` with one more session."""
    return Counters(
        counters.sessions + 1, counters.energy_j + (charge.energy_j or 0), counters.charging_s + charge.charging_s
    )


def _part(minutes: list[Minute], tariff: Tariff) -> Part:
    greens = [one.green_j for one in minutes if one.green_j is not None]
    return Part(
        energy_j=sum(one.energy_j for one in minutes),
        green_j=sum(greens) if greens else None,
        charging_s=sum(one.charging_s for one in minutes),
        cost=cost(minutes, tariff),
    )


def _added(ledger: Ledger, energy_j: int | None, green_j: int | None, charging_s: float, at: datetime) -> Ledger:
    """``ledger`` up to these sums, what is new in the minute of ``at``, or in the last where that lies before it."""
    new_j = max(0, energy_j - (ledger.energy_j or 0)) if energy_j is not None else 0
    new_green_j = None if green_j is None else max(0, green_j - (ledger.green_j or 0))
    new_s = max(0.0, charging_s - ledger.charging_s)
    minutes, last = ledger.minutes, ledger.last
    begin = at.replace(second=0, microsecond=0)
    if last is not None and begin > last.at:
        minutes, last = (*minutes, last) if last.energy_j or last.charging_s else minutes, None
    if new_j or new_green_j or new_s:
        last = last or Minute(begin, 0)
        green = last.green_j if new_green_j is None else (last.green_j or 0) + new_green_j
        last = Minute(last.at, last.energy_j + new_j, green, round(last.charging_s + new_s, 3))
    return changed(ledger, minutes=minutes, last=last, energy_j=energy_j, green_j=green_j, charging_s=charging_s)


def _reason(reading: ChargerReading) -> str | None:
    """What would have ended the session if it ended now; ``None`` where this state says nothing of it."""
    if reading.state is ChargerState.CHARGING:
        return UNPLUGGED
    if reading.errors:
        return f"error.{reading.errors[0].code}"
    if reading.suspended is not None:
        return str(reading.suspended.value)
    return _STOPS.get(reading.state)
