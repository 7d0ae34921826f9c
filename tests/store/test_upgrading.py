"""A database that the program before sealed columns wrote keeps everything it knows, on both databases."""

import gzip
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import Column, Connection, MetaData, Table, insert, text

from ohmstead.core.model.series import KEPT, Measure, SeriesPoint, Span
from ohmstead.store.database import Database
from ohmstead.store.migrating import build
from ohmstead.store.putting import Intervals
from ohmstead.store.schema import HEAD, metadata
from ohmstead.store.store import Store
from ohmstead.store.values import Sample, TailRow

OLD = Path(__file__).with_name("first-tables.sqlite.gz")
BEGIN = datetime(2026, 10, 24, 8, tzinfo=UTC)
END = BEGIN + timedelta(hours=41)
ENERGY_J = 48_683_253
WITHIN = (*KEPT, Span.QUARTER)
"""Weeks and months hold more than what is asked for here."""


def unpacked(folder: Path) -> Path:
    path = folder / "old.sqlite"
    path.write_bytes(gzip.decompress(OLD.read_bytes()))
    return path


async def old_database(url: str, folder: Path) -> str:
    """The recorded file itself, or its rows in the first tables on a server."""
    old = unpacked(folder)
    if url.startswith("sqlite"):
        return f"sqlite:///{old}"

    def fill(connection: Connection) -> None:
        metadata.drop_all(connection)
        connection.execute(text("DROP TABLE alembic_version"))
        build(connection, "0001")
        tables = MetaData()
        tables.reflect(connection)
        with closing(sqlite3.connect(old)) as source:
            source.row_factory = sqlite3.Row
            for table in tables.sorted_tables:
                rows = [dict(row) for row in source.execute(f"SELECT * FROM {table.name}")]
                if rows and table.name != "alembic_version":
                    connection.execute(insert(table), rows)

    database = await Database.open(url)
    async with database.writing() as connection:
        await connection.run_sync(fill)
    await database.close()
    return url


def flowed(point: SeriesPoint) -> tuple[datetime, int | None, int | None, bool]:
    return point.start, point.energy_import_j, point.energy_export_j, point.power_mean_w is None


async def known(store: Store) -> dict[tuple[str, Span], tuple[SeriesPoint, ...]]:
    return {
        (channel, span): (await store.series(channel, span, BEGIN, END)).points
        for channel in ("grid", "sun")
        for span in WITHIN
    }


@pytest.mark.anyio
@pytest.mark.req("G-001", "G-009")
async def test_nothing_is_lost_by_the_new_tables_nor_by_sealing_what_was_there(
    store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = await old_database(store_url, tmp_path)
    monkeypatch.setattr("ohmstead.store.closing.PLAIN_MS", {300: (0, 0), 3600: (0, 0), 86_400: (0, 0)})
    store = await Store.open(url, "home", "Europe/Rome", gap_s=60)
    before = await known(store)
    for span in Span:
        points = (await store.series("grid", span, BEGIN, END)).points
        assert sum(point.energy_import_j or 0 for point in points) == ENERGY_J, span
    last = await store.last()
    assert (await store.documents.get("card", "1")) is not None
    counters = last.counters["grid"]
    for minute in range(1, 200, 6):
        sample = Sample(counters.energy_import_j, counters.energy_export_j, 0.0)
        await store.append(TailRow(END + timedelta(days=1, minutes=minute), {"grid": sample}))
    after = await known(store)
    for (channel, span), points in before.items():
        assert [flowed(point) for point in after[channel, span]] == [flowed(point) for point in points]
        pairs = zip(after[channel, span], points, strict=True)
        differences = [abs((new.power_mean_w or 0) - (old.power_mean_w or 0)) for new, old in pairs]
        assert max(differences) < 0.051
    await store.close()
    database = await Database.open(url)
    async with database.reading() as connection:
        assert (await connection.execute(text("SELECT version_num FROM alembic_version"))).scalar_one() == HEAD
        assert (await connection.execute(text("SELECT count(*) FROM block"))).scalar_one() < 100
    await database.close()


@pytest.mark.anyio
@pytest.mark.req("G-009")
async def test_shelves_of_the_program_before_go_and_are_made_anew(store_url: str) -> None:
    hours = 24 * 40
    starts = round(BEGIN.timestamp() * 1000) + 3_600_000 * np.arange(hours, dtype=np.int64)
    names = ("grid", "sun", "oven", "hob")
    store = await Store.open(store_url, "home", "Europe/Rome")
    for i, name in enumerate(names):
        nothing = np.full(hours, np.nan)
        new = Intervals(starts, np.full(hours, 3_600_000), i + np.arange(hours, dtype=np.float64), nothing, nothing)
        await store.put(name, Span.HOUR, new)
    asked = (names, Span.HOUR, BEGIN, BEGIN + timedelta(hours=hours), (Measure.MEAN,))
    before = await store.read(*asked)
    await store.close()

    def set_back(connection: Connection) -> None:
        metadata.tables["shelf"].drop(connection)
        shelf = {column.name: column.type for column in metadata.tables["shelf"].columns}
        columns = [Column(name, shelf[name]) for name in ("site", "quantity", "group", "start", "body")]
        old = Table("shelf", MetaData(), *columns)
        old.create(connection)
        connection.execute(insert(old), {"site": 1, "quantity": 3, "group": 0, "start": 0, "body": b"of then"})
        connection.execute(text("UPDATE alembic_version SET version_num = '0003'"))

    database = await Database.open(store_url)
    async with database.writing() as connection:
        await connection.run_sync(set_back)
    await database.close()
    store = await Store.open(store_url, "home", "Europe/Rome")
    after = await store.read(*asked)
    for name in names:
        assert after[name].values[Measure.MEAN].tolist() == before[name].values[Measure.MEAN].tolist()
    await store.close()
    database = await Database.open(store_url)
    async with database.reading() as connection:
        shelves = (await connection.execute(text("SELECT DISTINCT span FROM shelf"))).scalars().all()
    assert list(shelves) == [3600]
    await database.close()
