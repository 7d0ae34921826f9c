"""What a session cost and what of it lies in which month (G-004 to G-007, G-052)."""

from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

import pytest

from ohmstead.core.accounting.charges import Ended, Ledger, close, counted, follow, together
from ohmstead.core.accounting.cost import cost, full_minute, price_at, with_price
from ohmstead.core.model.chargers import ChargerReading, ChargerState, Session
from ohmstead.core.model.charges import Charge, Counters, Minute, Part, Price, Tariff
from ohmstead.core.model.quantities import Quality
from ohmstead.core.model.time import Instant

KWH = 3_600_000
ROME = ZoneInfo("Europe/Rome")
START = datetime(2024, 3, 15, 7, 9, tzinfo=UTC)


def tariff(*prices: tuple[str, str | None, int]) -> Tariff:
    """Prices, prices of green energy, and the minute after START from which each holds."""
    found = Tariff()
    for per_kwh, green, minute in prices:
        at = START + timedelta(minutes=minute)
        found = with_price(found, Price(at, Decimal(per_kwh), (green and Decimal(green)) or None))
    return found


def minutes(*energies_kwh: float, green_kwh: float = 0.0) -> list[Minute]:
    """One minute after another; what is green is in the first."""
    return [
        Minute(START + timedelta(minutes=n), round(each * KWH), round(green_kwh * KWH) if n == 0 else 0, 60.0)
        for n, each in enumerate(energies_kwh)
    ]


@pytest.mark.req("EV-084", "G-004")
@pytest.mark.parametrize(("kwh", "euro"), [(10.8, "4.86"), (182.0, "81.90")])
def test_the_cost_of_one_price_is_energy_times_price(kwh: float, euro: str) -> None:
    assert cost(minutes(kwh), tariff(("0.45", None, 0))) == Decimal(euro)


@pytest.mark.req("G-004")
def test_energy_is_split_where_the_price_changes() -> None:
    assert cost(minutes(4.0, 6.0), tariff(("0.45", None, -60), ("0.30", None, 1))) == Decimal("3.60")


@pytest.mark.req("G-005")
def test_green_energy_has_a_price_of_its_own_only_where_one_is_set() -> None:
    charged = minutes(10.0, green_kwh=4.0)
    assert cost(charged, tariff(("0.45", None, 0))) == Decimal("4.50")
    assert cost(charged, tariff(("0.45", "0.10", 0))) == Decimal("3.10")


@pytest.mark.req("G-006")
def test_totals_are_sums_of_what_was_not_rounded() -> None:
    parts = [Part(1, None, 0.0, Decimal("0.335")) for _ in range(3)]
    shown = [part.cost.quantize(Decimal("0.01"), ROUND_HALF_UP) for part in parts if part.cost is not None]
    total = together(parts).cost
    assert total is not None
    assert (shown, total.quantize(Decimal("0.01"), ROUND_HALF_UP)) == ([Decimal("0.34")] * 3, Decimal("1.01"))


def test_what_was_charged_before_the_first_price_has_no_cost_and_no_energy_needs_none() -> None:
    assert cost(minutes(1.0), Tariff()) is None
    assert cost(minutes(1.0, 1.0), tariff(("0.45", None, 1))) is None
    assert cost(minutes(0.0), Tariff()) == 0
    assert price_at(Tariff(), START) is None


@pytest.mark.req("G-004")
def test_a_price_holds_from_a_full_minute_and_replaces_one_of_the_same_time() -> None:
    assert full_minute(START + timedelta(seconds=1)) == START + timedelta(minutes=1)
    assert full_minute(START) == START
    [price] = tariff(("0.45", None, 0), ("0.30", None, 0)).prices
    assert price.per_kwh == Decimal("0.30")


def ledger(start: datetime, hours: float, energy_j: int) -> Ledger:
    """A session that charged evenly, seen once a minute."""
    count = round(hours * 60)
    found: Ledger | None = None
    for n in range(count):
        at = Instant(start + timedelta(minutes=n, seconds=30), 60.0 * n + 30)
        session = Session("s", "garage", Instant(start, 0.0), energy_j * (n + 1) // count, 60.0 * (n + 1))
        reading = ChargerReading("garage", at, Quality.GOOD, ChargerState.CHARGING, session=session)
        found = follow(found, reading, 32.0, 3, at)
    assert found is not None
    return found


def closed(found: Ledger, ended: Ended, prices: Tariff | None = None) -> Charge:
    """The session that is kept."""
    charge, kept = close(found, ended, prices or tariff(("0.45", None, -600_000)), ROME)
    assert sum(minute.energy_j for minute in kept) == (ended.energy_j or 0)
    return charge


@pytest.mark.req("G-007")
def test_a_session_across_midnight_of_a_month_is_split_for_statistics() -> None:
    start = datetime(2026, 3, 31, 20, 0, tzinfo=UTC)
    end = start + timedelta(hours=4)
    charge = closed(ledger(start, 4, 8 * KWH), Ended(end, start, end, 8 * KWH, 14_400.0))
    march, april = charge.months["2026-03"], charge.months["2026-04"]
    assert (march.energy_j, april.energy_j) == (4 * KWH, 4 * KWH)
    assert (march.charging_s, april.charging_s) == (7200.0, 7200.0)
    assert (march.cost, april.cost, charge.cost) == (Decimal("1.80"), Decimal("1.80"), Decimal("3.60"))


@pytest.mark.req("G-052", "EV-079")
def test_what_the_meter_says_last_belongs_to_the_session_and_its_times_are_those_of_charging() -> None:
    begun, ended_at = START, START + timedelta(hours=1)
    ended = Ended(ended_at + timedelta(hours=3), begun, ended_at, 5 * KWH + 7, 3600.0, "App")
    charge = closed(ledger(START, 1, 5 * KWH), ended)
    assert (charge.started_at, charge.ended_at, charge.charging_s) == (begun, ended_at, 3600.0)
    assert (charge.energy_j, charge.authorization, charge.limit_a, charge.phases) == (5 * KWH + 7, "App", 32.0, 3)


@pytest.mark.parametrize(("after_s", "reason"), [(5.0, "unplugged"), (600.0, "complete")])
def test_what_lasted_a_moment_before_the_plug_was_pulled_is_no_reason(after_s: float, reason: str) -> None:
    found = ledger(START, 0.5, KWH)
    at = Instant(START + timedelta(minutes=31), 1860.0)
    full = ChargerReading(
        "garage",
        at,
        Quality.GOOD,
        ChargerState.COMPLETE,
        session=Session("s", "garage", Instant(START, 0.0), KWH, 1800.0),
    )
    after = follow(found, full, 32.0, 3, at)
    assert after is not None
    assert closed(after, Ended(at.plus(after_s).utc, START, START, KWH, 1800.0)).stop_reason == reason


@pytest.mark.req("G-053")
def test_counters_count_number_energy_and_duration() -> None:
    charge = closed(ledger(START, 1, 2 * KWH), Ended(START, START, START, 2 * KWH, 3600.0))
    assert counted(counted(Counters(), charge), charge) == Counters(2, 4 * KWH, 7200.0)


def test_a_clock_that_goes_back_loses_no_energy() -> None:
    found = ledger(START, 0.5, KWH)
    at = Instant(START - timedelta(hours=1), 1900.0)
    session = Session("s", "garage", Instant(START, 0.0), KWH + 500, 1860.0)
    after = follow(
        found, ChargerReading("garage", at, Quality.GOOD, ChargerState.CHARGING, session=session), 32.0, 3, at
    )
    assert after is not None
    assert sum(minute.energy_j for minute in after.all_minutes) == KWH + 500
    assert [minute.at for minute in after.all_minutes] == sorted(minute.at for minute in after.all_minutes)
