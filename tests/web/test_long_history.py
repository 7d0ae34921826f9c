"""A year of hours of thirty circuits in one answer, from the store to whoever asks."""

import asyncio
import gzip
import json
import tracemalloc
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import numpy as np
import pytest

from ohmstead.core.model.series import Columns, Measure, Span
from ohmstead.core.model.settings import Settings
from ohmstead.store.putting import Intervals
from ohmstead.store.store import Store
from ohmstead.web.application import create_app
from ohmstead.web.series import Asked, body
from tests.web.memory_house import MemoryHouse

pytestmark = pytest.mark.anyio

NAMES = tuple(f"circuit-{number}" for number in range(30))
BEGIN, END = datetime(2025, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)
HOURS = (END - BEGIN) // timedelta(hours=1)
STARTS_S = round(BEGIN.timestamp()) + 3600 * np.arange(HOURS)
SETTINGS = Settings.model_validate(
    {
        "site": {"name": "Via Roma 12", "timezone": "Europe/Rome", "main_fuse_a": 25.0},
        "devices": {
            name: {"driver": "modbus", "meter": "eastron-sdm120", "connect": "tcp://127.0.0.1:1502", "unit": unit}
            | {"role": "load", "phases": ["L1"]}
            for unit, name in enumerate(NAMES, 1)
        },
    }
)


def watts(number: int) -> np.ndarray:
    """A day's rise and fall, another one for each circuit, to a tenth."""
    return np.round(100.0 * (number + 1) + 50 * np.sin(STARTS_S / 13_750.0 + number), 1)


class RecordedHouse(MemoryHouse):
    """With a real store behind it."""

    store: Store
    reading = 0
    most_reading = 0

    async def read(self, channels, span, start, end, quantities=()):
        self.reading += 1
        self.most_reading = max(self.most_reading, self.reading)
        try:
            return await self.store.read(channels, span, start, end, quantities=quantities)
        finally:
            self.reading -= 1


@pytest.fixture
async def recorded(tmp_path: Path) -> AsyncIterator[RecordedHouse]:
    house = RecordedHouse(settings=SETTINGS)
    house.store = await Store.open(f"sqlite:///{tmp_path / 'store.sqlite'}", "home", "Europe/Rome")
    unknown, held_ms = np.full(HOURS, np.nan), np.full(HOURS, 3_600_000)
    for number, name in enumerate(NAMES):
        hours = Intervals(1000 * STARTS_S, held_ms, watts(number), unknown, unknown)
        await house.store.put(name, Span.HOUR, hours)
    yield house
    await house.store.close()


def asking(house: MemoryHouse) -> httpx2.AsyncClient:
    transport = httpx2.ASGITransport(create_app(house, None, local_only=True))
    return httpx2.AsyncClient(transport=transport, base_url="http://localhost", timeout=60)


YEAR = {"channel": NAMES, "span": "1h", "from": BEGIN.isoformat(), "to": END.isoformat()}


@pytest.mark.req("G-009")
async def test_a_year_of_hours_of_thirty_circuits_comes_in_one_answer(recorded: RecordedHouse):
    async with asking(recorded) as client:
        answer = await client.get("/api/v1/series", params=YEAR)
        longer = await client.get("/api/v1/series", params={**YEAR, "from": "2024-11-01T00:00:00Z"})
    assert answer.status_code == 200, answer.text
    channels = answer.json()["channels"]
    assert list(channels) == list(NAMES)
    assert sum(len(columns["start_unix_s"]) for columns in channels.values()) == 262_800
    for number, name in enumerate(NAMES):
        assert channels[name]["start_unix_s"] == STARTS_S.tolist()
        assert channels[name]["power_mean_w"] == watts(number).tolist()
    mistake = longer.json()["error"]["mistakes"][0]
    assert longer.status_code == 422
    assert (mistake["where"], mistake["came"]) == ("query.from..to", "10224 intervals of 1h for 30 channels")
    assert mistake["allowed"] == "10000 intervals, that is 416 days, 16:00:00; or a longer span"


async def test_of_many_who_ask_for_much_only_two_are_served_at_the_same_time(recorded: RecordedHouse):
    async with asking(recorded) as client:
        answers = await asyncio.gather(*(client.get("/api/v1/series", params=YEAR) for _ in range(5)))
    assert {answer.status_code for answer in answers} == {200}
    assert recorded.most_reading == 2


def test_only_one_channel_at_a_time_stands_in_memory_as_single_numbers():
    """A million and a half of them take 60 MB as objects; the columns they come from, 13 MB."""
    values = {measure: np.round(np.linspace(0.1, 5000, HOURS), 1) for measure in Measure}
    found = dict.fromkeys(NAMES, Columns(1000 * STARTS_S, values))
    asked = Asked(NAMES, Span.HOUR, BEGIN, END)
    plain = body(asked, found, zipped=False)
    tracemalloc.start()
    squeezed = body(asked, found, zipped=True)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert json.loads(gzip.decompress(squeezed)) == json.loads(plain)
    assert most < 12_000_000


def test_an_answer_without_channels_is_whole():
    assert json.loads(body(Asked((), Span.HOUR, BEGIN, END), {}, zipped=False))["channels"] == {}
