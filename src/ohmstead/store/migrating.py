"""Bringing an old database to the newest schema with alembic. Imported only when that is needed."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import Connection


class UnknownRevision(Exception):
    """The database was written by a program that this one does not know."""


def configuration() -> Config:
    """Where the migrations are, packaged beside this module."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    return config


def upgrade(connection: Connection, revision: str, target: str = "head") -> None:
    """Migrate from ``revision`` to ``target`` inside the caller's transaction. Raises UnknownRevision."""
    config = configuration()
    try:
        if ScriptDirectory.from_config(config).get_revision(revision) is None:
            raise UnknownRevision(revision)
    except CommandError as error:
        raise UnknownRevision(revision) from error
    config.attributes["connection"] = connection
    command.upgrade(config, target)


def build(connection: Connection, target: str = "head") -> None:
    """Make all tables of an empty database by walking the whole chain."""
    config = configuration()
    config.attributes["connection"] = connection
    command.upgrade(config, target)
