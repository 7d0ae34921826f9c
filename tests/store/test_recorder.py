"""Ticks reach the disk without ever making the loop wait, whatever the disk does."""

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
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
        self.hated: set[str] = set()
        self.broken = False
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
        self.refuse(documents, events)
        return await self.store.append(row, memory=memory, documents=documents, events=events)

    async def keep(
        self,
        at: datetime,
        *,
        memory: Mapping[str, Json] | None = None,
        documents: Sequence[Document] = (),
        events: Sequence[Event] = (),
    ) -> None:
        self.refuse(documents, events)
        await self.store.keep(at, memory=memory, documents=documents, events=events)

    def refuse(self, documents: Sequence[Document], events: Sequence[Event]) -> None:
        if self.broken:
            raise MemoryError("no more")
        if self.hated & {*(one.id for one in documents), *(one.target for one in events)}:
            raise StoreError(Reason("store.failed", {"where": "site.db", "detail": "not this one"}))


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
async def test_what_came_with_a_row_given_up_is_kept(sqlite_url: str) -> None:
    store = await Store.open(sqlite_url, "home", "UTC")
    disk = Disk(store)
    disk.hates = tick(0).at
    recorder = Recorder(disk, RealTime())
    recorder.submit(tick(0), memory={"n": 1}, documents=[Document("options", "garage", 16, "ann")], events=[event(0)])
    recorder.submit(tick(1))
    for _ in range(TRIES):
        assert await recorder.drain() >= 1
    assert await recorder.drain() == 0
    kept = await store.documents.get("options", "garage")
    assert kept is not None
    assert (kept.body, kept.author) == (16, "ann")
    assert [one.event.target for one in (await store.events()).events] == ["0"]
    assert (await store.last()).memory == {"n": 1}
    assert await rows_kept(store) == 1
    await store.close()


@pytest.mark.anyio
async def test_a_document_the_database_never_takes_is_given_up_alone_and_told_by_name(sqlite_url: str) -> None:
    store = await Store.open(sqlite_url, "home", "UTC")
    disk = Disk(store)
    disk.hated = {"garage"}
    recorder = Recorder(disk, RealTime())
    documents = [Document("options", name, 16, "ann") for name in ("garage", "yard")]
    recorder.submit(tick(0), documents=documents, events=[event(0)])
    recorder.submit(tick(1))
    for _ in range(TRIES):
        await recorder.drain()
    assert (await rows_kept(store), len((await store.events()).events)) == (2, 1)
    assert [one.id for one in await store.documents.list("options")] == ["yard"]
    (notice,) = recorder.notices()
    assert (notice.code, notice.owner) == ("store.given_up", "garage")
    assert all("options garage" in word(notice.reason, language) for language in LANGUAGES)
    disk.hated = set()
    recorder.submit(tick(2), documents=documents)
    assert await recorder.drain() == 0
    assert recorder.notices() == ()
    assert len(await store.documents.list("options")) == 2
    await store.close()


@pytest.mark.anyio
async def test_an_error_of_the_program_is_told_and_what_is_set_meanwhile_is_kept_later(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ohmstead.store.recorder.RETRY_S", 0.01)
    store = await Store.open(sqlite_url, "home", "UTC")
    disk = Disk(store)
    disk.broken = True
    recorder = Recorder(disk, RealTime())
    writing = asyncio.create_task(recorder.run())
    recorder.submit(tick(0), documents=[Document("options", "garage", 16, "ann")])
    assert not await asyncio.wait_for(recorder.kept(), 5)
    await asyncio.wait_for(recorder.flush(), 5)
    assert not await recorder.kept()
    codes = {notice.code: notice for notice in recorder.notices()}
    assert set(codes) == {"store.unforeseen", "store.dropped"}
    assert all("no more" in word(codes["store.unforeseen"].reason, language) for language in LANGUAGES)
    assert not writing.done()
    disk.broken = False
    recorder.submit(tick(1))
    assert await recorder.kept() or await asyncio.wait_for(recorder.flush(), 5) is None
    assert [one.id for one in await store.documents.list("options")] == ["garage"]
    assert recorder.notices() == ()
    writing.cancel()
    await store.close()


@pytest.mark.anyio
@pytest.mark.req("G-002")
async def test_a_clock_far_ahead_of_the_time_that_passed_is_told_until_it_says_it_is_synchronised(
    sqlite_url: str,
) -> None:
    class Knowing(RealTime):
        answer: bool | None = False

        def synchronised(self) -> bool | None:
            return self.answer

    clock = Knowing()
    store = await Store.open(sqlite_url, "home", "UTC")
    recorder = Recorder(store, clock)
    for second in (0, 1):
        recorder.submit(replace(tick(second + 7200 * second), monotonic_s=float(second)))
    assert await recorder.drain() == 0
    (notice,) = recorder.notices()
    assert notice.code == "store.clock_ahead"
    assert all("7200 s" in word(notice.reason, language) for language in LANGUAGES)
    clock.answer = True
    recorder.submit(replace(tick(7202), monotonic_s=2.0))
    assert await recorder.drain() == 0
    assert recorder.notices() == ()
    assert (await store.last()).at == tick(7202).at
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
