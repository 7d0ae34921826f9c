"""How much is asked of the database when 5 minutes end: the same however many devices a house has."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event

from ohmstead.store.store import Store
from ohmstead.store.values import Sample, TailRow

START = datetime(2026, 6, 21, 10, 1, tzinfo=UTC)
MOST = 12
"""Transaction and memory included."""


@pytest.fixture
def statements() -> Iterator[list[str]]:
    """What is executed meanwhile, in whatever database."""
    heard: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        heard.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    yield heard
    event.remove(Engine, "before_cursor_execute", note)


@pytest.mark.anyio
@pytest.mark.parametrize("devices", [2, 200])
async def test_five_minutes_end_with_few_statements(store_url: str, statements: list[str], devices: int) -> None:
    store = await Store.open(store_url, "home", "Europe/Rome", gap_s=600)
    for number in range(3):
        statements.clear()
        samples = {f"device-{each}": Sample(1000 * number, 0, 100.0) for each in range(devices)}
        row = TailRow(START + timedelta(minutes=5 * number), samples)
        await store.append(row, memory={"control": {"row": number}, "green": number})
    await store.close()
    assert sum(statement.startswith("INSERT INTO rollup") for statement in statements) == 1
    assert len(statements) <= MOST, "\n\n".join(statements)
