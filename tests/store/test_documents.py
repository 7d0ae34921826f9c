"""Documents keep every change with its author, on both databases."""

from datetime import UTC, datetime, timedelta

import pytest

from ohmstead.core.model.events import Event
from ohmstead.store.store import Store
from ohmstead.store.values import Document

NOON = datetime(2026, 6, 21, 12, tzinfo=UTC)


def card(id: str, name: str, author: str = "anna") -> Document:
    return Document("card", id, {"name": name, "né": [1, None, 0.5]}, author)


@pytest.mark.anyio
async def test_a_document_comes_back_after_a_restart(store_url: str) -> None:
    store = await Store.open(store_url, "home", "Europe/Rome")
    await store.documents.put(card("b", "Bea"), card("a", "Ann\u0000a \ud800"), at=NOON)
    await store.close()
    store = await Store.open(store_url, "home", "Europe/Rome")
    kept = await store.documents.get("card", "b")
    assert kept is not None
    assert (kept.body, kept.author, kept.at, kept.version) == (card("b", "Bea").body, "anna", NOON, 1)
    assert [each.id for each in await store.documents.list("card")] == ["a", "b"]
    assert await store.documents.get("card", "c") is None
    await store.close()


@pytest.mark.anyio
async def test_history_tells_who_changed_what_and_who_deleted(store_url: str) -> None:
    store = await Store.open(store_url, "home", "Europe/Rome")
    documents = store.documents
    for i, (name, author) in enumerate([("Bea", "anna"), ("Bea", "carl"), ("Beate", "carl")]):
        await documents.put(card("b", name, author), at=NOON + timedelta(minutes=i))
    assert await documents.delete("card", "b", author="dora", at=NOON + timedelta(hours=1))
    assert not await documents.delete("card", "b", author="dora", at=NOON + timedelta(hours=1))
    await documents.put(card("b", "again"), at=NOON + timedelta(hours=2))
    told = [(each.version, each.author, each.deleted) for each in await documents.history("card", "b")]
    assert told == [(4, "anna", False), (3, "dora", True), (2, "carl", False), (1, "anna", False)]
    await store.close()


@pytest.mark.anyio
async def test_documents_and_their_events_are_kept_together_or_not_at_all(store_url: str) -> None:
    store = await Store.open(store_url, "home", "Europe/Rome")
    told = Event(NOON, "card.added", "anna", "b")
    await store.documents.put(card("b", "Bea"), at=NOON, events=[told])
    broken = Document("card", "d", {"x": object()}, "anna")  # type: ignore[dict-item]  # on purpose
    with pytest.raises(TypeError):
        await store.documents.put(card("c", "Carl"), broken, at=NOON, events=[told])
    assert [each.id for each in await store.documents.list("card")] == ["b"]
    assert [kept.event for kept in (await store.events()).events] == [told]
    await store.close()
