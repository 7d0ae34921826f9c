"""Sessions and prices through the API: by month, by charger, by card, as a file; and what they cost."""

import csv
import io
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import httpx2
import pytest

from ohmstead.core.accounting.charges import Ended, Ledger, close
from ohmstead.core.model.charges import Minute, Price, Tariff
from ohmstead.site.sessions import MINUTES, SESSION, TypeAdapter
from ohmstead.store.values import Document
from tests.web.conftest import PASSWORDS
from tests.web.memory_house import MemoryHouse

pytestmark = pytest.mark.anyio
PATH = "/api/v1/charging-sessions"
KWH = 3_600_000
TARIFF = Tariff("EUR", (Price(datetime(2020, 1, 1, tzinfo=UTC), Decimal("0.45")),))


def keep(house: MemoryHouse, start: datetime, hours: int, kwh: float, by: str) -> str:
    """A session that charged evenly and has ended."""
    count = hours * 60
    minutes = tuple(Minute(start + timedelta(minutes=n), round(kwh * KWH) // count, 0, 60.0) for n in range(count))
    id, end = f"garage-{start:%Y%m%dT%H%M%S}000Z", start + timedelta(hours=hours)
    energy_j = sum(minute.energy_j for minute in minutes)
    ledger = Ledger(id, "garage", start, minutes, None, energy_j, 0, hours * 3600.0, start, end, by, 32.0, 3)
    charge, kept = close(
        ledger, Ended(end, start, end, energy_j, hours * 3600.0, by, 0), TARIFF, ZoneInfo("Europe/Rome")
    )
    body = TypeAdapter(type(charge)).dump_python(charge, mode="json")
    detail = TypeAdapter(tuple[Minute, ...]).dump_python(kept, mode="json")
    house.shelf.put([Document(SESSION, id, body, "garage"), Document(MINUTES, id, detail, "garage")])
    return id


@pytest.fixture
async def kept(house: MemoryHouse) -> list[str]:
    await house.cards.add("04A1B2C3", "Anna", "ada", "owner")
    return [
        keep(house, datetime(2026, 3, 31, 20, tzinfo=UTC), 4, 8.0, "RFID:04A1B2C3"),
        keep(house, datetime(2026, 3, 10, 6, tzinfo=UTC), 3, 10.8, "RFID:04A1B2C3"),
        keep(house, datetime(2026, 3, 12, 6, tzinfo=UTC), 1, 6.0, "App"),
    ]


@pytest.mark.req("EV-090", "EV-091", "G-007", "EV-084")
async def test_a_month_lists_sessions_by_their_start_and_sums_what_lies_in_it(
    client: httpx2.AsyncClient, kept: list[str]
) -> None:
    march = (await client.get(PATH, params={"month": "2026-03", "charger": "garage"})).json()
    assert [one["id"] for one in march["sessions"]] == [kept[0], kept[2], kept[1]]
    assert (march["total"]["energy_j"], march["total"]["cost"]) == (round(20.8 * KWH), "9.360000")
    assert [one["cost"] for one in march["sessions"]] == ["3.600000", "2.700000", "4.860000"]
    april = (await client.get(PATH, params={"month": "2026-04"})).json()
    assert (april["sessions"], april["total"]["energy_j"], april["total"]["charging_s"]) == ([], 4 * KWH, 7200)


@pytest.mark.req("EV-092", "G-075")
async def test_energy_and_cost_are_split_among_devices_and_cards(client: httpx2.AsyncClient, kept: list[str]) -> None:
    march = (await client.get(PATH, params={"month": "2026-03"})).json()
    assert [(g["key"], g["name"], g["sessions"], g["cost"]) for g in march["by_authorization"]] == [
        ("RFID:04A1B2C3", "Anna", 2, "6.660000"),
        ("App", "", 1, "2.700000"),
    ]
    assert [(g["key"], g["name"], g["sessions"]) for g in march["by_device"]] == [("garage", "Garage", 3)]
    only = (await client.get(PATH, params={"month": "2026-03", "authorization": "App"})).json()
    assert [one["id"] for one in only["sessions"]] == [kept[2]]


@pytest.mark.req("EV-079", "EV-083", "G-074")
async def test_a_session_tells_times_energy_cost_limit_and_whose_card_it_was_also_when_that_is_gone(
    client: httpx2.AsyncClient, house: MemoryHouse, kept: list[str]
) -> None:
    await house.cards.remove("04A1B2C3", "ada", "owner")
    found = (await client.get(f"{PATH}/{kept[1]}")).json()
    one = found["session"]
    assert (one["started_at"], one["ended_at"]) == ("2026-03-10T06:00:00Z", "2026-03-10T09:00:00Z")
    assert (one["charging_s"], one["energy_j"], one["cost"]) == (10_800, round(10.8 * KWH), "4.860000")
    assert (one["limit_a"], one["limit_w"]) == (32.0, 22_080)
    assert (one["authorization"], one["card_name"]) == ("RFID:04A1B2C3", "Anna")
    assert len(found["minutes"]) == 180
    assert (await client.get(f"{PATH}/garage-nothing")).status_code == 404


@pytest.mark.req("G-075")
async def test_the_export_has_a_row_for_each_session_and_runs_no_formula(
    client: httpx2.AsyncClient, house: MemoryHouse, kept: list[str]
) -> None:
    await house.cards.change("04A1B2C3", "=1+1", None, "ada", "owner")
    answer = await client.get(f"{PATH}.csv", params={"month": "2026-03"})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["id"] for row in rows] == [kept[0], kept[2], kept[1]]
    assert (rows[2]["energy_kwh"], rows[2]["cost"], rows[2]["started_at"]) == (
        "10.800",
        "4.860000",
        "2026-03-10T07:00:00+01:00",
    )
    assert rows[2]["card_name"] == "'=1+1"


@pytest.mark.req("G-004", "G-005", "G-006")
async def test_prices_are_a_series_and_only_the_owner_sets_them(
    client: httpx2.AsyncClient, guest: httpx2.AsyncClient
) -> None:
    answer = await client.post("/api/v1/prices", json={"per_kwh": "0.45", "valid_from": "2026-01-01T00:00:10+01:00"})
    assert answer.json()["prices"] == [{"valid_from": "2025-12-31T23:01:00Z", "per_kwh": "0.45", "green_per_kwh": None}]
    await client.post("/api/v1/prices", json={"per_kwh": "0.3", "green_per_kwh": "0.10"})
    assert [one["per_kwh"] for one in (await client.get("/api/v1/prices")).json()["prices"]] == ["0.45", "0.3"]
    await guest.post("/api/v1/login", json={"name": "installer", "password": PASSWORDS["installer"]})
    assert (await guest.post("/api/v1/prices", json={"per_kwh": "0.1"})).status_code == 403


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"per_kwh": "-0.1"}, 422),
        ({"per_kwh": "1001"}, 409),
        ({"per_kwh": "0.1", "currency": "XYZ"}, 409),
        ({"per_kwh": "NaN"}, 422),
        ({"per_kwh": "0.1", "valid_from": "2026-01-01T00:00:00"}, 422),
        ({}, 422),
    ],
)
async def test_a_price_that_cannot_be_is_refused_and_changes_nothing(
    client: httpx2.AsyncClient, house: MemoryHouse, body: dict[str, str], status: int
) -> None:
    assert (await client.post("/api/v1/prices", json=body)).status_code == status
    assert house.sessions.tariff.prices == ()


@pytest.mark.parametrize("month", ["2026-13", "26-01", "2026-1", "2026-03-01"])
async def test_a_month_that_is_none_is_refused(client: httpx2.AsyncClient, month: str) -> None:
    assert (await client.get(PATH, params={"month": month})).status_code == 422


async def test_a_charger_that_is_not_there_is_told(client: httpx2.AsyncClient) -> None:
    assert (await client.get(PATH, params={"charger": "attic"})).status_code == 404
