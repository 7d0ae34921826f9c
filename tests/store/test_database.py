"""Opening: migrations, and places that cannot be used, each with what to do."""

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from ohmstead.core.model.errors import StoreError
from ohmstead.store.database import Database
from ohmstead.store.migrating import build, configuration
from ohmstead.store.schema import HEAD, metadata
from ohmstead.store.store import Store
from ohmstead.texts import LANGUAGES, word

ROME = "Europe/Rome"


async def refusal(url: str) -> str:
    with pytest.raises(StoreError) as refused:
        await Store.open(url, "home", ROME)
    for language in LANGUAGES:
        assert word(refused.value.reason, language)
    return refused.value.reason.key


@pytest.mark.anyio
async def test_the_chain_of_migrations_makes_the_tables_the_code_expects(store_url: str) -> None:
    def walk(connection: Connection) -> list[object]:
        metadata.drop_all(connection)
        connection.execute(text("DROP TABLE alembic_version"))
        build(connection)
        return list(compare_metadata(MigrationContext.configure(connection), metadata))

    database = await Database.open(store_url)
    async with database.writing() as connection:
        assert await connection.run_sync(walk) == []
    await database.close()
    store = await Store.open(store_url, "home", ROME)
    await store.close()


def test_the_newest_migration_is_the_one_the_code_names() -> None:
    assert ScriptDirectory.from_config(configuration()).get_heads() == [HEAD]


@pytest.mark.anyio
async def test_a_database_of_a_newer_program_is_left_alone(store_url: str) -> None:
    database = await Database.open(store_url)
    async with database.writing() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    await database.close()
    assert await refusal(store_url) == "store.newer"


@pytest.mark.anyio
async def test_a_file_that_is_no_database_is_refused_and_unchanged(tmp_path: Path) -> None:
    file = tmp_path / "photo.db"
    file.write_bytes(b"\xff\xd8 not a database" * 1000)
    before = file.read_bytes()
    assert await refusal(f"sqlite:///{file}") == "store.damaged"
    assert file.read_bytes() == before


@pytest.mark.anyio
async def test_a_damaged_file_is_named_damaged(tmp_path: Path) -> None:
    file = tmp_path / "site.db"
    store = await Store.open(f"sqlite:///{file}", "home", ROME)
    await store.close()
    body = bytearray(file.read_bytes())
    body[4096:] = os.urandom(len(body) - 4096)
    file.write_bytes(body)
    assert await refusal(f"sqlite:///{file}") == "store.damaged"


@pytest.mark.anyio
async def test_another_programs_database_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "site.db"
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE event (id INTEGER)")
    connection.close()
    assert await refusal(f"sqlite:///{file}") == "store.foreign"


@pytest.mark.anyio
@pytest.mark.parametrize("url", ["", "site.db", "mysql://a@b/c", "sqlite://", "sqlite:///:memory:", "postgresql://a@b"])
async def test_an_address_that_is_none_is_refused_with_what_is_allowed(url: str) -> None:
    assert await refusal(url) == "store.url"


@pytest.mark.anyio
async def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    assert await refusal(f"sqlite:///{tmp_path}/nowhere/site.db") == "store.no_folder"


@pytest.mark.anyio
async def test_a_path_that_cannot_be_opened_is_refused(tmp_path: Path) -> None:
    assert await refusal(f"sqlite:///{tmp_path}") == "store.unwritable"


@pytest.mark.anyio
async def test_a_server_that_is_not_there_is_named_without_its_password() -> None:
    with pytest.raises(StoreError) as refused:
        await Store.open("postgresql://anna:secret@127.0.0.1:1/site", "home", ROME)
    assert refused.value.reason.key == "store.unreachable"
    assert "secret" not in word(refused.value.reason)


def test_a_site_on_sqlite_loads_neither_alembic_nor_the_driver_of_the_other_database(tmp_path: Path) -> None:
    program = (
        "import asyncio, sys\n"
        "from ohmstead.store.store import Store\n"
        "async def main():\n"
        f"    store = await Store.open('sqlite:///{tmp_path}/site.db', 'home', 'UTC')\n"
        "    await store.close()\n"
        "asyncio.run(main())\n"
        "print(sorted({'alembic', 'asyncpg', 'numpy'} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"
