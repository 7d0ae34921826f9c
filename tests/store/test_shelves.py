"""Hours that are read from shelves are those of the columns, whatever was sealed, laid in or cut anew since."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from sqlalchemy import text

from ohmstead.core.model.series import Columns, Measure, Span
from ohmstead.store.database import Database
from ohmstead.store.putting import Intervals
from ohmstead.store.store import Store
from ohmstead.store.values import Sample, TailRow

BEGIN = datetime(2025, 11, 1, 23, tzinfo=UTC)
NAMES = ("grid", "sun", "oven", "hob", "attic")
AT_ONCE = {300: (0, 0), 3600: (0, 0), 86_400: (0, 0)}
NEVER = 10**9


def fives(start: datetime, hours: int, power_w: float) -> Intervals:
    starts = round(start.timestamp() * 1000) + 300_000 * np.arange(12 * hours, dtype=np.int64)
    power = power_w + np.arange(12 * hours) % 50
    return Intervals(starts, np.full(12 * hours, 300_000), power, np.round(power * 300), np.full(12 * hours, np.nan))


async def years(store: Store) -> Mapping[str, Columns]:
    return await store.read(NAMES, Span.HOUR, BEGIN - timedelta(days=40), BEGIN + timedelta(days=400))


async def alike(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    shelved = await years(store)
    with monkeypatch.context() as patched:
        patched.setattr("ohmstead.store.shelves.FEWEST", NEVER)
        plain = await years(store)
    for name, columns in plain.items():
        assert shelved[name].start_ms.tolist() == columns.start_ms.tolist()
        for measure in Measure:
            np.testing.assert_array_equal(shelved[name].values[measure], columns.values[measure])


async def filled(url: str, span: int) -> int:
    database = await Database.open(url)
    async with database.reading() as connection:
        query = text("SELECT count(*) FROM shelf WHERE span = :span")
        count = (await connection.execute(query, {"span": span})).scalar_one()
    await database.close()
    return int(count)


def tens(start: datetime, hours: int, power_w: float) -> Intervals:
    starts = round(start.timestamp() * 1000) + 10_000 * np.arange(360 * hours, dtype=np.int64)
    power = power_w + np.arange(len(starts)) % 70
    nothing = np.full(len(starts), np.nan)
    return Intervals(starts, np.full(len(starts), 10_000), power, nothing, nothing)


async def seconds_alike(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    for start, hours in ((0, 24), (12, 24), (-30, 90), (23, 2), (5, 1), (47, 3)):
        begin = BEGIN + timedelta(hours=start)
        asked = (NAMES, Span.SECOND, begin, begin + timedelta(hours=hours), (Measure.MEAN,))
        shelved = await store.read(*asked)
        with monkeypatch.context() as patched:
            patched.setattr("ohmstead.store.shelves.FEWEST", NEVER)
            plain = await store.read(*asked)
        for name, columns in plain.items():
            assert shelved[name].start_ms.tolist() == columns.start_ms.tolist(), (name, start)
            np.testing.assert_array_equal(shelved[name].values[Measure.MEAN], columns.values[Measure.MEAN])


@pytest.mark.anyio
@pytest.mark.req("G-009")
async def test_shelves_say_what_the_columns_say(store_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ohmstead.store.closing.PLAIN_MS", AT_ONCE)
    store = await Store.open(store_url, "home", "Europe/Rome", gap_s=600)
    for i, name in enumerate(NAMES[:4]):
        await store.put(name, Span.FIVE_MINUTES, fives(BEGIN, 24 * 90, 100.0 * i))
    await alike(store, monkeypatch)
    for minute in range(5, 3 * 60, 5):
        at = BEGIN + timedelta(days=91, minutes=minute)
        await store.append(TailRow(at, {name: Sample(minute * 1000, None, 5.0) for name in NAMES}))
        if minute % 45 == 0:
            await alike(store, monkeypatch)
    await store.put("sun", Span.FIVE_MINUTES, fives(BEGIN - timedelta(days=30), 24, 70.0))
    await alike(store, monkeypatch)
    hours = (await years(store))["sun"]
    assert hours.start_ms[0] == round((BEGIN - timedelta(days=30)).timestamp() * 1000)
    await store.close()
    store = await Store.open(store_url, "home", "Asia/Kathmandu", gap_s=600)
    await alike(store, monkeypatch)
    await store.close()


@pytest.mark.anyio
@pytest.mark.req("G-009")
async def test_shelved_seconds_are_those_of_the_columns(store_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    store = await Store.open(store_url, "home", "Europe/Rome")
    for i, name in enumerate(NAMES[:4]):
        await store.put(name, Span.SECOND, tens(BEGIN, 24 + 12 * i, 100.0 * i))
    await store.close()
    assert await filled(store_url, 1) == 0
    store = await Store.open(store_url, "home", "Europe/Rome")
    assert await filled(store_url, 1) == 3
    await seconds_alike(store, monkeypatch)
    assert len((await store.read(NAMES, Span.SECOND, BEGIN, BEGIN + timedelta(days=3)))["hob"].start_ms) == 360 * 60
    await store.put("attic", Span.SECOND, tens(BEGIN, 6, 7.0))
    await store.put("grid", Span.SECOND, tens(BEGIN + timedelta(hours=30), 6, 9.0))
    assert await filled(store_url, 1) < 3
    await seconds_alike(store, monkeypatch)
    await store.close()
    store = await Store.open(store_url, "home", "Europe/Rome")
    await seconds_alike(store, monkeypatch)
    await store.close()


@pytest.mark.anyio
@pytest.mark.req("G-009")
async def test_recorded_seconds_come_onto_shelves_when_their_day_is_sealed_and_go_with_them(
    store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = await Store.open(store_url, "home", "Europe/Rome", gap_s=600)

    async def record(begin: timedelta, count: int) -> None:
        for step in range(1, count + 1):
            at = BEGIN + begin + timedelta(minutes=2 * step)
            row = {name: Sample(step, None, 3.0 * i + step % 9) for i, name in enumerate(NAMES)}
            await store.append(TailRow(at, row))

    await record(timedelta(), 60)
    assert await filled(store_url, 1) == 0
    await record(timedelta(hours=26), 30)
    assert await filled(store_url, 1) == 1
    await seconds_alike(store, monkeypatch)
    assert len((await store.read(NAMES, Span.SECOND, BEGIN, BEGIN + timedelta(days=1)))["oven"].start_ms) == 60
    await record(timedelta(days=15, hours=3), 30)
    await seconds_alike(store, monkeypatch)
    monkeypatch.setattr("ohmstead.store.closing.KEEP_SECONDS_MS", 86_400_000)
    await record(timedelta(days=15, hours=5), 30)
    assert not len(
        (await store.read(NAMES, Span.SECOND, BEGIN, BEGIN + timedelta(days=1), (Measure.MEAN,)))["oven"].start_ms
    )
    await store.close()
