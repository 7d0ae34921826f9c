"""Sessions of a month as the API shows them: listed under their start, summed by what lies in the month (G-007)."""

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from ohmstead.core.accounting.charges import together
from ohmstead.core.model.authorization import BY_CARD
from ohmstead.core.model.charges import Charge, Counters
from ohmstead.web.house import House
from ohmstead.web.views.sessions import ChargeView, CountersView, GroupView, SessionsView, TotalView

NOMINAL_V = 230
COLUMNS = (
    "id",
    "charger",
    "charger_name",
    "connected_at",
    "disconnected_at",
    "started_at",
    "ended_at",
    "charging_s",
    "energy_kwh",
    "green_energy_kwh",
    "cost",
    "currency",
    "authorization",
    "card_name",
    "limit_a",
    "stop_reason",
)
"""Of the export; times are those of the site, energies have three decimals."""


def month_of(zone: ZoneInfo, month: str) -> tuple[datetime, datetime]:
    """The first moments of ``month`` (``2026-03``) and of the next. Raises ValueError."""
    year, number = int(month[:4]), int(month[5:])
    start = datetime(year, number, 1, tzinfo=zone)
    end = datetime(year + number // 12, number % 12 + 1, 1, tzinfo=zone)
    return start.astimezone(UTC), end.astimezone(UTC)


async def month_charges(house: House, month: str, charger: str | None) -> tuple[Charge, ...]:
    """All sessions that ran in ``month``, those that run too, the newest first. Raises ValueError, StoreError."""
    start, end = month_of(ZoneInfo(house.settings.site.timezone), month)
    chargers = tuple(house.settings.chargers) if charger is None else (charger,)
    running = [one.charge for one in house.sessions.running() if one.charge.charger in chargers]
    there = [one for one in running if one.connected_at < end and one.disconnected_at > start and one.energy_j != 0]
    ended = await house.sessions.ended(chargers, start, end)
    known = {one.id for one in ended}
    found = (*(one for one in there if one.id not in known), *ended)
    return tuple(sorted(found, key=lambda one: one.connected_at, reverse=True))


def sessions_view(house: House, month: str, charger: str | None, charges: Sequence[Charge]) -> SessionsView:
    """The month of ``charges``."""
    zone = ZoneInfo(house.settings.site.timezone)
    started = (one for one in charges if f"{one.connected_at.astimezone(zone):%Y-%m}" == month)
    counters = None if charger is None else house.sessions.counters(charger)
    return SessionsView(
        month=month,
        charger=charger,
        currency=house.sessions.tariff.currency,
        total=_total(charges, month),
        by_device=_groups(charges, month, lambda one: one.charger, lambda key: name_of(house, key)),
        by_authorization=_groups(
            charges, month, lambda one: one.authorization or "", lambda key: card_name(house, key)
        ),
        sessions=tuple(charge_view(house, one) for one in started),
        total_counters=None if counters is None else _counters(counters["total"]),
        partial_counters=None if counters is None else _counters(counters["partial"]),
    )


def charge_view(house: House, one: Charge) -> ChargeView:
    """One session."""
    running = one.stop_reason == "running"
    return ChargeView(
        id=one.id,
        charger=one.charger,
        charger_name=name_of(house, one.charger),
        running=running,
        connected_at=one.connected_at.astimezone(UTC),
        disconnected_at=None if running else one.disconnected_at.astimezone(UTC),
        started_at=_utc(one.started_at),
        ended_at=_utc(one.ended_at),
        charging_s=int(one.charging_s),
        energy_j=one.energy_j,
        green_energy_j=one.green_j,
        cost=one.cost,
        currency=one.currency,
        authorization=one.authorization,
        card_name=card_name(house, one.authorization or ""),
        limit_a=one.limit_a,
        limit_w=None if one.limit_a is None else round(one.limit_a * NOMINAL_V * one.phases),
        phase_switchings=one.switchings,
        stop_reason=one.stop_reason,
    )


def written(house: House, charges: Iterable[Charge]) -> str:
    """``charges`` as comma-separated values with a heading, by RFC 4180."""
    zone = ZoneInfo(house.settings.site.timezone)
    text = io.StringIO()
    rows = csv.DictWriter(text, COLUMNS)
    rows.writeheader()
    for one in charges:
        view = charge_view(house, one).model_dump()
        row = {name: view[name] for name in COLUMNS if name in view}
        row |= {name: _local(value, zone) for name, value in row.items() if isinstance(value, datetime)}
        row |= {"energy_kwh": _kwh(one.energy_j), "green_energy_kwh": _kwh(one.green_j)}
        rows.writerow({name: _harmless(value) for name, value in row.items()})
    return text.getvalue()


def name_of(house: House, charger: str) -> str:
    """What people call the charger."""
    known = house.settings.chargers.get(charger)
    return (known.name if known else None) or charger


def card_name(house: House, authorization: str) -> str:
    """What the card of an authorization is or was called; empty for others."""
    return house.cards.name(authorization.removeprefix(BY_CARD)) if authorization.startswith(BY_CARD) else ""


def _groups(
    charges: Sequence[Charge], month: str, key: Callable[[Charge], str], name: Callable[[str], str]
) -> tuple[GroupView, ...]:
    found: dict[str, list[Charge]] = {}
    for one in charges:
        found.setdefault(key(one), []).append(one)
    views = [GroupView(key=k, name=name(k), **_total(v, month).model_dump()) for k, v in found.items()]
    return tuple(sorted(views, key=lambda group: (-group.energy_j, group.key)))


def _total(charges: Sequence[Charge], month: str) -> TotalView:
    parts = [one.months[month] for one in charges if month in one.months]
    total = together(parts)
    return TotalView(
        sessions=len(parts),
        energy_j=total.energy_j,
        green_energy_j=total.green_j,
        charging_s=int(total.charging_s),
        cost=total.cost,
    )


def _counters(counters: Counters) -> CountersView:
    return CountersView(sessions=counters.sessions, energy_j=counters.energy_j, charging_s=int(counters.charging_s))


def _utc(at: datetime | None) -> datetime | None:
    return None if at is None else at.astimezone(UTC)


def _local(at: datetime, zone: ZoneInfo) -> str:
    return at.astimezone(zone).isoformat(timespec="seconds")


def _kwh(joules: int | None) -> str:
    return "" if joules is None else f"{joules / 3_600_000:.3f}"


def _harmless(value: object) -> object:
    """A name that a spreadsheet would take for a formula is written as text."""
    return f"'{value}" if isinstance(value, str) and value[:1] in "=+-@" else value
