"""What a database complains about, as a StoreError whose reason says what to do."""

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import SQLAlchemyError

from ohmstead.core.model.errors import StoreError
from ohmstead.core.model.reasons import Reason

_SIGNS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("store.full", ("disk is full", "no space left", "could not extend file")),
    ("store.damaged", ("malformed", "not a database", "database corruption", "invalid page")),
    ("store.unwritable", ("readonly", "read-only", "unable to open", "permission denied")),
    ("store.busy", ("is locked", "table is locked")),
    ("store.io", ("disk i/o error",)),
    (
        "store.unreachable",
        (
            "connection refused",
            "connection is closed",
            "connect call failed",
            "connection was closed",
            "connection reset",
            "shutting down",
            "terminating connection",
            "could not translate",
            "password authentication",
            "does not exist",
            "name or service not known",
        ),
    ),
)
"""Words in the database's own message, in the order in which they are looked for."""


@contextmanager
def translated(where: str) -> Iterator[None]:
    """Turn what a database raises inside into a StoreError about ``where``."""
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error, OSError) as error:
        raise StoreError(_reason(error, where)) from error


def _reason(error: Exception, where: str) -> Reason:
    origin = getattr(error, "orig", None) or error
    message = str(origin).strip() or type(origin).__name__
    said = message.lower()
    number = getattr(origin, "errno", None)
    if number in (errno.ENOSPC, errno.EDQUOT):
        key = "store.full"
    elif isinstance(origin, ConnectionError | TimeoutError):
        key = "store.unreachable"
    else:
        key = next((key for key, signs in _SIGNS if any(sign in said for sign in signs)), "store.failed")
    return Reason(key, {"where": where, "detail": message.splitlines()[0]})
