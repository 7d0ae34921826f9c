"""Sealing changes no answer, whatever is sealed when, on both databases."""

import random
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from ohmstead.core.model.series import Measure, Span
from ohmstead.store.database import Database
from ohmstead.store.store import Store
from ohmstead.store.values import Sample, TailRow
from tests.store.child import BEGIN, counter_j

MIDNIGHT = datetime(2026, 10, 23, 22, tzinfo=UTC)
ROME = "Europe/Rome"
DAY = timedelta(days=1)
AT_ONCE = {300: (0, 5 * 3_600_000), 3600: (0, 9 * 3_600_000), 86_400: (0, 0)}
NEVER = dict.fromkeys(AT_ONCE, (2**50, 0))


def week(step_s: int = 600) -> Iterator[TailRow]:
    """Three days around the end of summer time: a gap, a channel that comes late and goes, values that are missing."""
    grid, sun = 10**10, 0
    for i in range(1, 3 * 86_400 // step_s):
        at = MIDNIGHT + timedelta(seconds=step_s * i)
        if 140 < i < 190:
            continue
        power = (i * 37 % 900) / 10
        grid += round(power * step_s)
        sun += i % 7
        channels = {"grid": Sample(grid, None if i % 40 == 0 else 2 * i, power)}
        if 120 < i < 250 or i > 300:
            channels["sun"] = Sample(None, sun, None if i % 3 == 0 else -power)
        yield TailRow(at, channels)


async def answers(url: str, name: str) -> dict[tuple[str, Span], object]:
    store = await Store.open(url, name, ROME, gap_s=600)
    for row in week():
        await store.append(row)
    found = {
        (channel, span): (await store.series(channel, span, MIDNIGHT, MIDNIGHT + 6 * DAY)).points
        for channel in ("grid", "sun")
        for span in Span
    }
    await store.close()
    return found


async def counted(url: str, table: str) -> int:
    database = await Database.open(url)
    async with database.reading() as connection:
        count = (await connection.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one()
    await database.close()
    return int(count)


@pytest.mark.anyio
@pytest.mark.req("G-001", "G-002", "G-009")
async def test_a_sealed_history_says_what_the_plain_one_says(store_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ohmstead.store.closing.PLAIN_MS", NEVER)
    plain = await answers(store_url, "plain")
    rows = await counted(store_url, "rollup")
    monkeypatch.setattr("ohmstead.store.closing.PLAIN_MS", AT_ONCE)
    sealed = await answers(store_url, "sealed")
    assert sealed == plain
    assert await counted(store_url, "rollup") - rows < 30 < rows


@pytest.mark.anyio
@pytest.mark.req("G-002")
async def test_another_zone_cuts_sealed_days_anew_too(store_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ohmstead.store.closing.PLAIN_MS", AT_ONCE)
    stories: list[dict[Span, object]] = []
    for name, first, then in (("moved", ROME, "Asia/Kathmandu"), ("always", "Asia/Kathmandu", "Asia/Kathmandu")):
        store = await Store.open(store_url, name, first, gap_s=600)
        for row in week(600):
            await store.append(row)
        await store.close()
        store = await Store.open(store_url, name, then, gap_s=600)
        ask = {span: await store.series("grid", span, MIDNIGHT - DAY, MIDNIGHT + 7 * DAY) for span in list(Span)[1:]}
        stories.append(dict(ask))
        await store.close()
    assert stories[0] == stories[1]


@pytest.mark.anyio
@pytest.mark.req("G-009")
async def test_only_what_is_asked_for_comes_back_and_it_is_the_same(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ohmstead.store.closing.PLAIN_MS", AT_ONCE)
    await answers(sqlite_url, "home")
    store = await Store.open(sqlite_url, "home", ROME, gap_s=600)
    for span in Span:
        whole = await store.read(("grid", "sun", "nobody"), span, MIDNIGHT, MIDNIGHT + 5 * DAY)
        for measure in Measure:
            part = await store.read(("grid",), span, MIDNIGHT, MIDNIGHT + 5 * DAY, (measure,))
            known = {
                at: value
                for at, value in zip(whole["grid"].start_ms, whole["grid"].values[measure], strict=True)
                if value == value
            }
            found = zip(part["grid"].start_ms, part["grid"].values[measure], strict=True)
            told = {at: value for at, value in found if value == value}
            assert told.items() <= known.items()
            assert sum(told.values()) == pytest.approx(sum(known.values()))
        assert len(whole["nobody"].start_ms) == 0
    await store.close()


@pytest.mark.anyio
@pytest.mark.req("G-009")
async def test_a_column_that_cannot_be_read_costs_no_row(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ohmstead.store.closing.PLAIN_MS", AT_ONCE)
    store = await Store.open(sqlite_url, "home", ROME, gap_s=600)
    rows = list(week())
    for row in rows[:100]:
        await store.append(row)
    with closing(sqlite3.connect(Path(sqlite_url.removeprefix("sqlite:///")))) as connection:
        connection.execute("UPDATE chunk SET body = x'0900' WHERE span = 300")
        connection.commit()
    kept = [await store.append(row) for row in rows[100:110]]
    assert kept == [row.at for row in rows[100:110]]
    await store.close()


def killed_after(command: list[str], rows: int) -> datetime:
    """Kill ``command`` after so many rows; the last one that it said it had kept."""
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        for _ in range(rows):
            promised = process.stdout.readline()
        process.kill()
        rest = process.stdout.read().split(b"\n")[:-1]
    return datetime.fromisoformat((rest[-1] if rest else promised).decode().strip().removeprefix("kept "))


@pytest.mark.anyio
@pytest.mark.req("G-009")
async def test_a_site_that_is_killed_while_it_seals_loses_and_doubles_nothing(sqlite_url: str) -> None:
    dice = random.Random(11)
    command = [sys.executable, "-m", "tests.store.child", sqlite_url, "sealing"]
    for _ in range(4):
        at = killed_after(command, dice.randrange(290, 320))
        store = await Store.open(sqlite_url, "home", ROME)
        last = await store.last()
        assert last.at is not None
        assert last.at >= at
        for span in Span:
            points = (await store.series("oven", span, BEGIN, last.at)).points
            flowed = counter_j("oven", last.at) - counter_j("oven", BEGIN + timedelta(seconds=1))
            assert sum(point.energy_import_j or 0 for point in points) == flowed
        assert await store.faults() == ()
        await store.close()
    assert await counted(sqlite_url, "chunk") > 0
