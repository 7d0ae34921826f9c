"""Cards and sessions of the building in memory: half a year of evenings, a card of Anna's, a blocked one of Ben's."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter

from ohmstead.core.accounting.charges import Ended, Ledger, close
from ohmstead.core.model.authorization import Card
from ohmstead.core.model.charges import Charge, Minute, Price, Tariff
from ohmstead.site.cards import Cards
from ohmstead.site.sessions import MINUTES, SESSION, TARIFF, Sessions
from ohmstead.store.values import Document

ANNA, BEN = "04A1B2C3D4E5F6", "1F2E3D4C"
TARIFF_2026 = Tariff("EUR", (Price(datetime(2026, 1, 1, tzinfo=UTC), Decimal("0.45")),))
LAST = datetime(2026, 6, 19, 16, 5, tzinfo=UTC)
_ROME = ZoneInfo("Europe/Rome")


def fill(cards: Cards, sessions: Sessions) -> None:
    """Let both desks know what was kept before."""
    for number, name, blocked in ((ANNA, "Anna", False), (BEN, "Ben", True)):
        card = Card(number, name, blocked, datetime(2026, 1, 2, tzinfo=UTC))
        cards.recall(number, TypeAdapter(Card).dump_python(card, mode="json"))
    sessions.recall_tariff("site", TypeAdapter(Tariff).dump_python(TARIFF_2026, mode="json"))


def documents() -> Iterator[Document]:
    """The sessions that have ended, newest last."""
    yield Document(TARIFF, "site", TypeAdapter(Tariff).dump_python(TARIFF_2026, mode="json"), "owner")
    bys = (f"RFID:{ANNA}", "App", f"RFID:{ANNA}", f"RFID:{BEN}")
    for n in range(24):
        begin = LAST - timedelta(days=3 * n, minutes=37 * n % 90)
        yield from _session(begin, 95 + 41 * n % 140, 2800 + 350 * (n % 4), bys[n % 4])


def _session(start: datetime, count: int, power_w: int, by: str) -> Iterator[Document]:
    def energy_j(n: int) -> int:
        tail = max(0.15, min(1.0, (count - n) / 20))
        return round(60 * power_w * tail)

    minutes = tuple(Minute(start + timedelta(minutes=n), energy_j(n), energy_j(n) // 3, 60.0) for n in range(count))
    id, end = f"garage-{start:%Y%m%dT%H%M%S}000Z", start + timedelta(minutes=count)
    total_j, green_j = sum(one.energy_j for one in minutes), sum(one.green_j or 0 for one in minutes)
    ledger = Ledger(id, "garage", start, minutes, None, total_j, green_j, count * 60.0, start, end, by, 16.0, 3)
    ended = Ended(end + timedelta(hours=9), start, end, total_j, count * 60.0, by, green_j)
    charge, kept = close(ledger, ended, TARIFF_2026, _ROME)
    yield Document(SESSION, id, TypeAdapter(Charge).dump_python(charge, mode="json"), "garage")
    yield Document(MINUTES, id, TypeAdapter(tuple[Minute, ...]).dump_python(kept, mode="json"), "garage")


def ended() -> Iterator[str]:
    """The ids of the sessions that have ended, the last one first."""
    return (one.id for one in documents() if one.kind == SESSION)
