"""Who is cancelled while the store writes cuts nothing: what was asked is kept whole, and the next write goes on."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta

import pytest

from ohmstead.core.model.events import Event
from ohmstead.store.store import Store
from ohmstead.store.values import Document, Sample, TailRow

pytestmark = pytest.mark.anyio
AT = datetime(2026, 6, 21, 10, tzinfo=UTC)


@pytest.fixture
async def store(store_url: str) -> AsyncIterator[Store]:
    opened = await Store.open(store_url, "home", "Europe/Rome")
    yield opened
    await opened.close()


def row(second: int) -> TailRow:
    return TailRow(AT + timedelta(seconds=second), {"grid": Sample(1000 * second, None, 1000.0)})


async def cut(work: Callable[[], "asyncio.Future[object]"], turns: int) -> None:
    """Begin ``work``, and cancel it after so many turns of the loop."""
    task = asyncio.ensure_future(work())
    for _ in range(turns):
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@pytest.mark.parametrize("turns", [1, 2, 3, 5, 8, 13, 40])
async def test_a_row_is_kept_whole_and_the_next_follows_at_once(store: Store, turns: int) -> None:
    event = Event(AT, "device.lost", "site", "grid")
    await cut(lambda: store.append(row(1), memory={"control": {"n": 1}}, events=[event]), turns)
    async with asyncio.timeout(5):
        await store.append(row(2), memory={"control": {"n": 2}})
    assert (await store.last()).memory == {"control": {"n": 2}}
    assert (await store.last()).counters["grid"].energy_import_j == 2000
    assert len((await store.events()).events) == 1


@pytest.mark.parametrize("turns", [1, 2, 3, 5, 8, 13, 40])
async def test_a_document_is_put_and_deleted_whole(store: Store, turns: int) -> None:
    document = Document("card", "1", {"name": "Ada"}, "ines")
    event = Event(AT, "card.added", "ines", "1")
    await cut(lambda: store.documents.put(document, at=AT, events=[event]), turns)
    async with asyncio.timeout(5):
        await store.documents.put(Document("card", "2", {}, "ines"), at=AT)
    assert [one.id for one in await store.documents.list("card")] == ["1", "2"]
    assert len((await store.events()).events) == 1
    await cut(lambda: store.documents.delete("card", "1", author="ines", at=AT), turns)
    async with asyncio.timeout(5):
        await store.documents.put(Document("card", "2", {"name": "Bo"}, "ines"), at=AT)
    assert [one.id for one in await store.documents.list("card")] == ["2"]


async def test_a_row_that_comes_again_because_nobody_heard_of_it_is_kept_once(store: Store) -> None:
    for second in range(1, 6):
        event = Event(AT, "device.lost", "site", str(second))
        await cut(lambda: store.append(row(second), events=[event]), 3 * second)  # noqa: B023 — awaited in its turn
        await store.append(row(second), events=[event])
    assert len((await store.events()).events) == 5


async def test_closing_waits_for_what_nobody_waits_for_any_more(store_url: str) -> None:
    store = await Store.open(store_url, "home", "Europe/Rome")
    await cut(lambda: store.documents.put(Document("card", "1", {}, "ines"), at=AT), 2)
    await store.close()
    again = await Store.open(store_url, "home", "Europe/Rome")
    assert [one.id for one in await again.documents.list("card")] == ["1"]
    await again.close()
