"""A disk without room: nothing breaks, and when there is room again the counters go on."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event

from ohmstead.core.model.errors import StoreError
from ohmstead.core.model.series import Span
from ohmstead.store.store import Store
from ohmstead.store.values import Sample, TailRow

NOON = datetime(2026, 6, 21, 12, tzinfo=UTC)


def tick(second: int) -> TailRow:
    names = [f"c{n}" for n in range(20)]
    return TailRow(NOON + timedelta(seconds=second), {name: Sample(second * 777, second, 777.0) for name in names})


@contextmanager
def pages_at_most(pages: int) -> Iterator[None]:
    """SQLite's own bound of a file's size: beyond it, it says that the disk is full."""

    def bound(connection: Any, _entry: object) -> None:
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA max_page_count = {pages}")
        cursor.close()

    event.listen(Engine, "connect", bound)
    try:
        yield
    finally:
        event.remove(Engine, "connect", bound)


async def fill(store: Store) -> None:
    for second in range(1, 3000):
        await store.append(tick(second))


async def seconds_kept(store: Store) -> int:
    at = (await store.last()).at
    assert at is not None
    return round((at - NOON).total_seconds())


@pytest.mark.anyio
async def test_a_full_disk_is_refused_harmlessly_and_recording_resumes(sqlite_url: str) -> None:
    with pages_at_most(60):
        store = await Store.open(sqlite_url, "home", "UTC")
        with pytest.raises(StoreError) as refused:
            await fill(store)
        kept = await seconds_kept(store)
        assert refused.value.reason.key == "store.full"
        with pytest.raises(StoreError):
            await store.append(tick(kept + 1))
        before = await store.series("c3", Span.DAY, NOON, NOON + timedelta(hours=1))
        assert sum(point.energy_import_j or 0 for point in before.points) == (kept - 1) * 777
        assert await store.faults() == ()
        await store.close()
    store = await Store.open(sqlite_url, "home", "UTC")
    assert await seconds_kept(store) == kept
    for second in range(kept + 50, kept + 400):
        await store.append(tick(second))
    for span in Span:
        points = (await store.series("c3", span, NOON, NOON + timedelta(hours=1))).points
        assert sum(point.energy_import_j or 0 for point in points) == (kept + 398) * 777
    assert await store.faults() == ()
    await store.close()


def test_a_write_that_the_system_refuses_leaves_a_whole_file(sqlite_url: str) -> None:
    program = f"""
import asyncio, resource, sys
sys.path.insert(0, {sys.path[0]!r})
from datetime import UTC, datetime, timedelta
from ohmstead.core.model.errors import StoreError
from ohmstead.store.store import Store
from ohmstead.store.values import Sample, TailRow

async def main():
    store = await Store.open({sqlite_url!r}, "home", "UTC")
    start = datetime(2026, 6, 21, 12, tzinfo=UTC)
    row = lambda s: TailRow(start + timedelta(seconds=s), {{f"c{{n}}": Sample(s, s, 1.0) for n in range(20)}})
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, resource.RLIM_INFINITY))
    kept = 0
    try:
        for kept in range(3000):
            await store.append(row(kept + 1))
    except StoreError as error:
        print(error.reason.key)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    assert (await store.last()).counters["c3"].energy_import_j == kept, kept
    await store.append(row(kept + 100))
    assert (await store.last()).counters["c3"].energy_import_j == kept + 100
    print(await store.faults())
    await store.close()

asyncio.run(main())
"""
    done = subprocess.run([sys.executable, "-c", program], check=False, capture_output=True, text=True)
    assert done.stdout.split() == ["store.io", "()"], done.stderr
