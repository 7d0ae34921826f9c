"""One database file or server: opening, migrating, and transactions for one writer and some readers.

A new database gets its tables at once; only an old one needs alembic, which is imported then. SQLite runs in WAL
mode with ``synchronous = FULL``: a commit that returned survives a power cut.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.engine.interfaces import IsolationLevel
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from ohmstead.core.model.errors import StoreError
from ohmstead.core.model.reasons import Reason
from ohmstead.store.errors import translated
from ohmstead.store.schema import HEAD, metadata

_DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg", "postgres": "postgresql+asyncpg"}
_READERS = 2
_BUSY_S = 10.0
_JOURNAL_BYTES = 16 * 1024 * 1024
_PRAGMAS = (
    "journal_mode = WAL",
    "synchronous = FULL",
    "foreign_keys = ON",
    f"journal_size_limit = {_JOURNAL_BYTES}",
)


T = TypeVar("T")


Answer = TypeVar("Answer")


class Database:
    """Engines and transactions. Every error of the database leaves here as a StoreError."""

    def __init__(self, url: URL, where: str, writer: AsyncEngine, reader: AsyncEngine, looker: Engine | None) -> None:
        """Use ``open``."""
        self._url = url
        self._writer = writer
        self._reader = reader
        self._looker = looker
        self._looking = asyncio.Semaphore(_READERS)
        self.where = where
        self._uncut: set[asyncio.Future[Any]] = set()

    @classmethod
    async def open(cls, url: str) -> "Database":
        """Open and bring to the newest schema. ``url``: ``sqlite:///path`` or ``postgresql://user@host/name``.

        Raises StoreError when the place cannot be written, is damaged, or was written by a newer program.
        """
        parsed = _parsed(url)
        sqlite = parsed.drivername.startswith("sqlite")
        where = str(parsed.database) if sqlite else parsed.render_as_string(hide_password=True)
        if sqlite and not Path(where).parent.is_dir():
            raise StoreError(Reason("store.no_folder", {"where": where, "folder": str(Path(where).parent)}))
        with translated(where):
            if sqlite:
                await asyncio.to_thread(_touch, where)
            writer = _engine(parsed, size=1, begin="BEGIN IMMEDIATE")
            reader = _engine(parsed, size=_READERS, begin="BEGIN", isolation="REPEATABLE READ")
            looker = _looker(parsed) if sqlite else None
        database = cls(parsed, where, writer, reader, looker)
        try:
            await database._prepare()
        except BaseException:
            await database.close()
            raise
        return database

    async def close(self) -> None:
        """Wait for what is being written, then close all connections."""
        while self._uncut:
            await asyncio.wait(self._uncut)
        with translated(self.where):
            if self._looker is not None:
                await asyncio.to_thread(self._looker.dispose)
            await self._reader.dispose()
            await self._writer.dispose()

    @property
    def dialect(self) -> str:
        """``sqlite`` or ``postgresql``."""
        return self._url.get_backend_name()

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that is committed when the block ends, and undone when it raises."""
        with translated(self.where):
            async with self._writer.begin() as connection:
                yield connection

    async def uncut(self, work: Coroutine[Any, Any, T]) -> T:
        """Do ``work`` to its end, also when the caller is cancelled meanwhile; :meth:`close` waits for it.

        A transaction that is torn would keep the database locked for a while, and leave open what of it is kept.
        """
        task = asyncio.ensure_future(work)
        self._uncut.add(task)
        task.add_done_callback(self._uncut.discard)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            task.add_done_callback(_looked_at)
            raise

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """A connection that sees one state of the database throughout."""
        with translated(self.where):
            async with self._reader.connect() as connection:
                yield connection

    async def look(self, question: Callable[[Connection], Answer]) -> Answer:
        """What ``question`` finds, which sees one state of the database throughout. It may take its time.

        With SQLite it runs in a thread from beginning to end, on a connection that does nothing else: a hop per
        statement would cost more than most answers. Who must wait for a connection waits outside the threads.
        """
        with translated(self.where):
            if self._looker is not None:
                async with self._looking:
                    return await asyncio.to_thread(_look, self._looker, question)
            async with self._reader.connect() as connection:
                return await connection.run_sync(question)

    async def faults(self) -> tuple[str, ...]:
        """What the database finds wrong with itself; empty when whole. Reads everything."""
        if self.dialect != "sqlite":
            return ()
        async with self.reading() as connection:
            found = (await connection.execute(text("PRAGMA integrity_check"))).scalars().all()
            strays = (await connection.execute(text("PRAGMA foreign_key_check"))).all()
        return tuple(str(line) for line in found if line != "ok") + tuple(f"stray row: {row}" for row in strays)

    async def _prepare(self) -> None:
        async with self.writing() as connection:
            await connection.run_sync(self._bring_to_head)

    def _bring_to_head(self, connection: Connection) -> None:
        tables = set(inspect(connection).get_table_names())
        if "alembic_version" not in tables:
            if tables & set(metadata.tables):
                raise StoreError(Reason("store.foreign", {"where": self.where}))
            metadata.create_all(connection)
            connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"))
            connection.execute(text("INSERT INTO alembic_version VALUES (:head)"), {"head": HEAD})
            return
        revision = str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none())
        if revision == HEAD:
            return
        from ohmstead.store.migrating import UnknownRevision, upgrade

        try:
            upgrade(connection, revision)
        except UnknownRevision as error:
            reason = Reason("store.newer", {"where": self.where, "revision": revision, "head": HEAD})
            raise StoreError(reason) from error


def _looked_at(task: asyncio.Future[Any]) -> None:
    """Nobody waits for its error any more."""
    if not task.cancelled():
        task.exception()


def _parsed(url: str) -> URL:
    allowed = "sqlite:///PATH, postgresql://USER@HOST/NAME"
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise StoreError(Reason("store.url", {"came": url, "allowed": allowed})) from error
    driver = _DRIVERS.get(parsed.get_backend_name())
    if driver is None or not parsed.database or parsed.database == ":memory:":
        came = parsed.render_as_string(hide_password=True)
        raise StoreError(Reason("store.url", {"came": came, "allowed": allowed}))
    return parsed.set(drivername=driver)


def _touch(where: str) -> None:
    """Open the file once, so that one that cannot be used is refused before threads are started for it."""
    with closing(sqlite3.connect(where, timeout=_BUSY_S)) as connection:
        connection.execute("PRAGMA schema_version").fetchone()


def _engine(url: URL, *, size: int, begin: str, isolation: IsolationLevel = "READ COMMITTED") -> AsyncEngine:
    if not url.drivername.startswith("sqlite"):
        return create_async_engine(url, pool_size=size, max_overflow=0, pool_pre_ping=True, isolation_level=isolation)
    engine = create_async_engine(url, pool_size=size, max_overflow=0, connect_args={"timeout": _BUSY_S})
    _set_up(engine.sync_engine, begin)
    return engine


def _looker(url: URL) -> Engine:
    """Connections of threads that only read."""
    path = url.set(drivername="sqlite")
    args = {"timeout": _BUSY_S, "check_same_thread": False}
    engine = create_engine(path, pool_size=_READERS, max_overflow=0, connect_args=args)
    _set_up(engine, "BEGIN")
    return engine


def _look(engine: Engine, question: Callable[[Connection], Answer]) -> Answer:
    with engine.connect() as connection:
        return question(connection)


def _set_up(engine: Engine, begin: str) -> None:
    def on_connect(connection: Any, _entry: ConnectionPoolEntry) -> None:
        # The driver would begin transactions by its own rules; with None it leaves that to on_begin.
        connection.isolation_level = None
        try:
            cursor = connection.cursor()
            for pragma in _PRAGMAS:
                cursor.execute(f"PRAGMA {pragma}")
            cursor.close()
        except BaseException:
            connection.close()
            raise

    def on_begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    event.listen(engine, "connect", on_connect)
    event.listen(engine, "begin", on_begin)
