"""Ticks reach the disk without ever making the loop wait, whatever the disk does."""

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import pytest

from ohmstead.core.model.errors import StoreError
from ohmstead.core.model.events import Event
from ohmstead.core.model.reasons import Reason
from ohmstead.core.model.series import Span
from ohmstead.store.recorder import TRIES, Recorder
from ohmstead.store.store import Store
from ohmstead.store.values import Document, Json, Sample, TailRow
from ohmstead.texts import LANGUAGES, word

NOON = datetime(2026, 6, 21, 12, tzinfo=UTC)
T = TypeVar("T")


class RealTime:
    async def outside(self, work: Awaitable[T]) -> T:
        return await work


class Disk:
    """A store behind a disk that can be full, or break off after the commit."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.full = False
        self.hates: datetime | None = None
        self.refused = asyncio.Event()

    async def append(
        self,
        row: TailRow,
        *,
        memory: Mapping[str, Json] | None = None,
        documents: Sequence[Document] = (),
        events: Sequence[Event] = (),
    ) -> datetime:
        if self.full:
            self.refused.set()
            raise StoreError(Reason("store.full", {"where": "site.db", "detail": "disk is full"}))
        if row.at == self.hates:
            raise StoreError(Reason("store.failed", {"where": "site.db", "detail": "no such thing"}))
        return await self.store.append(row, memory=memory, documents=documents, events=events)


def tick(second: int) -> TailRow:
    return TailRow(NOON + timedelta(seconds=second), {"grid": Sample(1000 * second, None, 1000.0)})


def event(second: int) -> Event:
    return Event(NOON, "told", "site", f"{second}")


async def energy(store: Store) -> int:
    points = (await store.series("grid", Span.HOUR, NOON - timedelta(hours=1), NOON + timedelta(hours=3))).points
    return sum(point.energy_import_j or 0 for point in points)


async def rows_kept(store: Store) -> int:
    return len((await store.series("grid", Span.SECOND, NOON - timedelta(hours=1), NOON + timedelta(hours=1))).points)


@pytest.mark.anyio
async def test_what_is_submitted_is_on_the_disk_after_a_flush(sqlite_url: str) -> None:
    store = await Store.open(sqlite_url, "home", "UTC")
    recorder = Recorder(store, RealTime())
    writing = asyncio.create_task(recorder.run())
    for second in range(20):
        recorder.submit(tick(second), memory={"n": second})
    await recorder.flush()
    assert (await store.last()).memory == {"n": 19}
    assert recorder.notices() == ()
    writing.cancel()
    with suppress(asyncio.CancelledError):
        await writing
    recorder.submit(tick(20))
    assert await recorder.drain() == 0
    assert await energy(store) == 20_000
    await store.close()


@pytest.mark.anyio
async def test_a_full_disk_is_told_once_and_everything_is_caught_up(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ohmstead.store.recorder.RETRY_S", 0.01)
    store = await Store.open(sqlite_url, "home", "UTC")
    disk = Disk(store)
    disk.full = True
    recorder = Recorder(disk, RealTime())
    writing = asyncio.create_task(recorder.run())
    for second in range(10):
        recorder.submit(tick(second), events=[event(second)])
    await disk.refused.wait()
    await asyncio.sleep(0.05)
    (notice,) = recorder.notices()
    assert (notice.code, notice.severity) == ("store.full", "fault")
    assert all("site.db" in word(notice.reason, language) for language in LANGUAGES)
    disk.full = False
    await recorder.flush()
    assert recorder.notices() == ()
    assert await energy(store) == 9000
    assert [kept.event.target for kept in (await store.events()).events] == [str(n) for n in reversed(range(10))]
    writing.cancel()
    await store.close()


@pytest.mark.anyio
async def test_beyond_its_room_rows_are_given_up_but_no_energy_event_or_memory(sqlite_url: str) -> None:
    store = await Store.open(sqlite_url, "home", "UTC")
    disk = Disk(store)
    disk.full = True
    recorder = Recorder(disk, RealTime(), queue_rows=5)
    recorder.submit(tick(0))
    assert await recorder.drain() == 1
    for second in range(1, 30):
        recorder.submit(tick(second), memory={f"m{second % 2}": second}, events=[event(second)])
    assert {notice.code for notice in recorder.notices()} == {"store.full", "store.dropped"}
    disk.full = False
    assert await recorder.drain() == 0
    assert await energy(store) == 29_000
    assert await rows_kept(store) == 6
    assert len((await store.events()).events) == 29
    assert (await store.last()).memory == {"m0": 28, "m1": 29}
    await store.close()


@pytest.mark.anyio
async def test_a_tick_the_database_never_takes_does_not_hold_back_the_others(sqlite_url: str) -> None:
    store = await Store.open(sqlite_url, "home", "UTC")
    disk = Disk(store)
    disk.hates = tick(3).at
    recorder = Recorder(disk, RealTime())
    for second in range(10):
        recorder.submit(tick(second))
    for _ in range(TRIES):
        await recorder.drain()
    assert {notice.code for notice in recorder.notices()} == {"store.failed", "store.dropped"}
    assert await recorder.drain() == 0
    assert (await energy(store), await rows_kept(store)) == (9000, 9)
    await store.close()


@pytest.mark.anyio
async def test_a_row_whose_writing_was_cut_short_is_written_once(sqlite_url: str) -> None:
    store = await Store.open(sqlite_url, "home", "UTC")
    for second in range(12):
        row = tick(second)
        attempt = asyncio.create_task(store.append(row, events=[event(second)]))
        for _ in range(second):
            await asyncio.sleep(0.0003)
        attempt.cancel()
        with suppress(asyncio.CancelledError):
            await attempt
        if attempt.cancelled():
            await store.append(row, events=[event(second)])
    assert await energy(store) == 11_000
    assert len((await store.events()).events) == 12
    assert await rows_kept(store) == 12
    await store.close()


@pytest.mark.anyio
@pytest.mark.req("G-002")
async def test_a_clock_far_behind_the_record_is_told(sqlite_url: str) -> None:
    store = await Store.open(sqlite_url, "home", "UTC")
    recorder = Recorder(store, RealTime())
    recorder.submit(tick(7200))
    recorder.submit(tick(0))
    assert await recorder.drain() == 0
    (notice,) = recorder.notices()
    assert notice.code == "store.clock_behind"
    assert "7200 s" in word(notice.reason, "it")
    await store.close()


@pytest.mark.anyio
async def test_a_write_under_way_when_the_recorder_is_stopped_is_finished_not_torn(sqlite_url: str) -> None:
    class Slow(Disk):
        torn = False
        began = asyncio.Event()

        async def append(self, *args: object, **more: object) -> datetime:
            self.began.set()
            try:
                await asyncio.sleep(0.1)
                return await super().append(*args, **more)  # type: ignore[arg-type]  # — a stand-in behind the port
            except asyncio.CancelledError:
                self.torn = True
                raise

    store = await Store.open(sqlite_url, "home", "UTC")
    disk = Slow(store)
    recorder = Recorder(disk, RealTime())
    writing = asyncio.create_task(recorder.run())
    for second in (1, 2):
        recorder.submit(tick(second), events=[event(second)])
    await disk.began.wait()
    writing.cancel()
    with suppress(asyncio.CancelledError):
        await writing
    assert await recorder.drain() == 0
    assert not disk.torn
    assert await rows_kept(store) == 2
    assert len((await store.events()).events) == 2
    await store.close()
