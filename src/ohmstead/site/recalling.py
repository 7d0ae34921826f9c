"""Taking back what was kept, a part at a time: one that cannot be read leaves the others as they are."""

from collections.abc import Iterator
from contextlib import contextmanager

import structlog

_log = structlog.get_logger(__name__)


@contextmanager
def without_on_error(what: str) -> Iterator[None]:
    """A memory that cannot be used is left out."""
    try:
        yield
    except ValueError as error:
        _log.warning("memory not usable, starting without it", of=what, error=str(error))
