"""The sessions of a site: those that run in memory, those that ended in the store, and what energy costs.

A session that ended is two documents: what people look at, and its single minutes. Both are written with the tick in
which it ended. What is in them is frozen; only the explicit recalculation from a date counts costs anew (G-004).
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter

from ohmstead.core.accounting.charges import Ended, Ledger, again, by_month, close, counted, follow
from ohmstead.core.accounting.cost import cost, full_minute, with_price
from ohmstead.core.model.chargers import Session
from ohmstead.core.model.charges import CURRENCIES, Charge, Counters, Minute, Price, Tariff
from ohmstead.core.model.errors import CommandRefused
from ohmstead.core.model.events import AccessRole, Event
from ohmstead.core.model.quantities import MINIMUM_CURRENT_A
from ohmstead.core.model.reasons import Reason
from ohmstead.core.model.settings import Settings
from ohmstead.core.model.snapshot import SiteState
from ohmstead.drivers.clock import Clock
from ohmstead.site.commands import reaches
from ohmstead.store.values import Document, Json

if TYPE_CHECKING:
    from ohmstead.store.store import Store

SESSION, MINUTES, TARIFF, COUNTERS = "session", "session.minutes", "tariff", "charger.counters"
"""Kinds of documents: a session that ended and its minutes by its id, the prices, the counters of a charger."""
LONGEST = timedelta(days=31)
"""How long before a month a session may have begun to be looked for in it."""
PRICE_MOST = Decimal(1000)

_NEEDED: AccessRole = "owner"
_CHARGE, _MINUTES, _TARIFF = TypeAdapter(Charge), TypeAdapter(tuple[Minute, ...]), TypeAdapter(Tariff)
_LEDGER, _COUNTERS = TypeAdapter(Ledger), TypeAdapter(dict[str, Counters])
_NOTHING_COUNTED: Mapping[str, Counters] = {"total": Counters(), "partial": Counters()}


@dataclass(frozen=True, slots=True)
class Running:
    """A session that runs, as it would be kept if it ended now."""

    charge: Charge
    minutes: tuple[Minute, ...]


class Sessions:
    """Owner of the ledgers of running sessions, the counters of chargers, and the prices."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        on_event: Callable[[Event], None],
        keep: Callable[[], Awaitable[None]],
        store: "Callable[[], Store]",
    ) -> None:
        """``keep`` returns when what :meth:`take` gave is in the store; ``store`` raises StoreError without one."""
        self._settings = settings
        self._clock = clock
        self._on_event = on_event
        self._keep = keep
        self._store = store
        self._zone = ZoneInfo(settings.site.timezone)
        self._ledgers: dict[str, Ledger] = {}
        self._counters: dict[str, dict[str, Counters]] = {}
        self._unsaved: list[Document] = []
        self.tariff = Tariff()

    def configure(self, settings: Settings) -> None:
        """Go by the chargers of ``settings``."""
        self._settings = settings

    def look(self, state: SiteState, events: Iterable[Event]) -> None:
        """After each tick: follow what runs, keep what ended."""
        ended = {event.data.get("session"): event for event in events if event.kind == "session.ended"}
        for name, ledger in tuple(self._ledgers.items()):
            if ledger.session in ended:
                self._end(name, ledger, ended.pop(ledger.session))
        for event in ended.values():
            connected_at = _moment(event.data.get("connected_at")) or event.at
            self._end(event.target, Ledger(str(event.data["session"]), event.target, connected_at), event)
        for name, reading in state.snapshot.chargers.items():
            options, charger = state.options[name], self._settings.chargers[name]
            bounds = (
                charger.max_current_a,
                reading.hardware_max_a,
                reading.cable_max_a,
                options.user_limit_a,
                options.session_limit_a,
            )
            limit_a = min(one for one in bounds if one is not None)
            phases = len(reading.phases_used or charger.phases)
            self._replaced(name, reading.session, state.snapshot.at.utc)
            after = follow(self._ledgers.get(name), reading, limit_a, phases, state.snapshot.at)
            if after is not None:
                self._ledgers[name] = after

    def running(self) -> tuple[Running, ...]:
        """All that run, as if they ended now."""
        return tuple(self._as_if_over(ledger) for ledger in self._ledgers.values())

    async def ended(self, chargers: Sequence[str], start: datetime, end: datetime) -> tuple[Charge, ...]:
        """Sessions with energy that ran in [start, end), the newest first. Raises StoreError."""
        found: list[Charge] = []
        for charger in chargers:
            first, last = (f"{charger}-{at.astimezone(UTC):%Y%m%dT%H%M%S}" for at in (start - LONGEST, end))
            for document in await self._store().documents.between(SESSION, first, last):
                with suppress(ValueError):
                    charge = _CHARGE.validate_python(document.body)
                    if charge.disconnected_at > start and charge.energy_j != 0 and charge.charger == charger:
                        found.append(charge)
        return tuple(sorted(found, key=lambda charge: charge.connected_at, reverse=True))

    async def one(self, id: str) -> Running | None:
        """The session of this id with its minutes, whether it runs or has ended. Raises StoreError."""
        for ledger in self._ledgers.values():
            if ledger.session == id:
                return self._as_if_over(ledger)
        documents = self._store().documents
        document, minutes = await documents.get(SESSION, id), await documents.get(MINUTES, id)
        if document is None:
            return None
        kept = () if minutes is None else _MINUTES.validate_python(minutes.body)
        return Running(_CHARGE.validate_python(document.body), kept)

    def counters(self, charger: str) -> Mapping[str, Counters]:
        """``total`` of the charger's life, and ``partial`` since somebody began it anew (G-053)."""
        return self._counters.get(charger) or _NOTHING_COUNTED

    async def begin_anew(self, charger: str, author: str, role: AccessRole) -> None:
        """The partial counters of ``charger`` start at zero; the total ones never do. Raises CommandRefused."""
        reaches(role, "user")
        self._count(charger, {**self.counters(charger), "partial": Counters()}, author)
        self._tell("counters.begun", charger, author)
        await self._keep()

    async def set_price(self, price: Price, currency: str, author: str, role: AccessRole) -> Price:
        """Let ``price`` hold from its time on, the next full minute at the earliest. Raises CommandRefused.

        What was counted before stays as it is.
        """
        reaches(role, _NEEDED)
        if currency not in CURRENCIES:
            raise CommandRefused(Reason("price.currency", {"came": currency[:8], "allowed": ", ".join(CURRENCIES)}))
        if currency != self.tariff.currency and self.tariff.prices:
            raise CommandRefused(Reason("price.one_currency", {"currency": self.tariff.currency}))
        for amount in (price.per_kwh, price.green_per_kwh):
            if amount is not None and not (amount.is_finite() and 0 <= amount <= PRICE_MOST):
                raise CommandRefused(Reason("price.range", {"came": str(amount)[:20], "most": int(PRICE_MOST)}))
        price = replace(price, valid_from=full_minute(price.valid_from.astimezone(UTC)))
        await self._set_tariff(with_price(replace(self.tariff, currency=currency), price), author)
        told = {"price": str(price.per_kwh), "currency": currency}
        self._on_event(
            Event(self._clock.now().utc, "price.set", author, "site", reason=Reason("event.price.set", told), data=told)
        )
        return price

    async def recalculate(self, start: datetime, author: str, role: AccessRole) -> int:
        """Count the cost of sessions that began from ``start`` on by the prices as they are; returns how many."""
        reaches(role, _NEEDED)
        changed = []
        for charge in await self.ended(tuple(self._settings.chargers), start, self._clock.now().utc):
            kept = await self.one(charge.id)
            if kept is not None and charge.connected_at >= start:
                after = again(charge, kept.minutes, self.tariff, self._zone)
                if after != charge:
                    changed.append(Document(SESSION, charge.id, _dumped(_CHARGE, after), author))
        self._unsaved += changed
        told: dict[str, str | int | float] = {
            "count": len(changed),
            "since": start.astimezone(self._zone).date().isoformat(),
        }
        reason = Reason("event.price.recalculated", told)
        self._on_event(Event(self._clock.now().utc, "price.recalculated", author, "site", reason=reason, data=told))
        await self._keep()
        return len(changed)

    def take(self) -> list[Document]:
        """What is not handed to the store yet; it is the caller's now."""
        taken, self._unsaved = self._unsaved, []
        return taken

    def dump(self) -> dict[str, Json]:
        """What must survive a restart: apart what changes each second, and what once a minute."""
        kept: dict[str, Json] = {}
        for name in self._settings.chargers:
            ledger = self._ledgers.get(name)
            kept[f"session {name}"] = None if ledger is None else _dumped(_LEDGER, replace(ledger, minutes=()))
            kept[f"session minutes {name}"] = None if ledger is None else _dumped(_MINUTES, ledger.minutes)
        return kept

    def recall(self, memory: Mapping[str, Any]) -> None:
        """Go on with what ``dump`` gave. Raises ValueError when it is nothing that it gave."""
        for name in self._settings.chargers:
            if (saved := memory.get(f"session {name}")) is not None:
                minutes = _MINUTES.validate_python(memory.get(f"session minutes {name}") or ())
                self._ledgers[name] = replace(_LEDGER.validate_python(saved), minutes=minutes)

    def recall_tariff(self, _: str, body: Any) -> None:
        """Take back the prices. Raises ValueError."""
        self.tariff = _TARIFF.validate_python(body)

    def recall_counters(self, charger: str, body: Any) -> None:
        """Take back the counters of ``charger``. Raises ValueError."""
        self._counters[charger] = _COUNTERS.validate_python(body)

    def _as_if_over(self, ledger: Ledger) -> Running:
        minutes = ledger.all_minutes
        charge = Charge(
            id=ledger.session,
            charger=ledger.charger,
            connected_at=ledger.connected_at,
            disconnected_at=self._clock.now().utc,
            started_at=ledger.started_at,
            ended_at=ledger.ended_at,
            charging_s=ledger.charging_s,
            energy_j=ledger.energy_j,
            green_j=ledger.green_j,
            cost=None if ledger.energy_j is None else cost(minutes, self.tariff),
            currency=self.tariff.currency,
            authorization=ledger.authorization,
            limit_a=ledger.limit_a,
            phases=ledger.phases,
            stop_reason="running",
            months=by_month(minutes, self.tariff, self._zone),
            switchings=ledger.switchings,
        )
        return Running(charge, minutes)

    def _replaced(self, name: str, session: Session | None, at: datetime) -> None:
        """End a session whose end nobody told, such as after a lost memory, when the next one has begun."""
        ledger = self._ledgers.get(name)
        if ledger is not None and session is not None and session.id != ledger.session:
            told = (ledger.started_at, ledger.ended_at, ledger.energy_j, ledger.charging_s, ledger.authorization)
            self._ended(name, ledger, Ended(ledger.ended_at or at, *told))

    def _end(self, name: str, ledger: Ledger, event: Event) -> None:
        data: Mapping[str, Any] = event.data
        ended = Ended(
            at=event.at,
            charging_from=_moment(data.get("charging_from")),
            charging_to=_moment(data.get("charging_to")),
            energy_j=data.get("energy_j"),
            charging_s=float(data.get("charging_s") or 0.0),
            authorization=data.get("authorization"),
            green_j=data.get("green_j"),
        )
        self._ended(name, ledger, ended)

    def _ended(self, name: str, ledger: Ledger, ended: Ended) -> None:
        charge, minutes = close(ledger, ended, self.tariff, self._zone)
        self._ledgers.pop(name, None)
        if charge.energy_j == 0:
            return
        self._unsaved.append(Document(SESSION, charge.id, _dumped(_CHARGE, charge), name))
        self._unsaved.append(Document(MINUTES, charge.id, _dumped(_MINUTES, minutes), name))
        self._count(name, {kind: counted(one, charge) for kind, one in self.counters(name).items()}, name)

    def _count(self, charger: str, counters: Mapping[str, Counters], author: str) -> None:
        self._counters[charger] = dict(counters)
        self._unsaved.append(Document(COUNTERS, charger, _dumped(_COUNTERS, dict(counters)), author))

    async def _set_tariff(self, tariff: Tariff, author: str) -> None:
        before, self.tariff = self.tariff, tariff
        self._unsaved.append(Document(TARIFF, "site", _dumped(_TARIFF, tariff), author))
        try:
            await self._keep()
        except CommandRefused:
            self.tariff, self._unsaved = before, []
            raise

    def _tell(self, kind: str, target: str, author: str) -> None:
        self._on_event(Event(self._clock.now().utc, kind, author, target, reason=Reason(f"event.{kind}")))


def power_w(limit_a: float, phases: int) -> int:
    """What a limit stands for at 230 V (EV-083)."""
    return round(max(limit_a, MINIMUM_CURRENT_A) * 230 * phases)


def _dumped(kind: TypeAdapter[Any], value: Any) -> Json:
    dumped: Json = kind.dump_python(value, mode="json")
    return dumped


def _moment(text: Any) -> datetime | None:
    return None if text is None else datetime.fromisoformat(str(text))
