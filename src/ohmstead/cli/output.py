"""What all commands share: errors that a person can act on, and structured logs."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TextIO, cast

import typer

from ohmstead.core.model.errors import ConfigurationError, Mistake, OhmsteadError, StoreError


@contextmanager
def plain_errors() -> Iterator[None]:
    """Turn the house's own errors into a message a person can act on, and exit status 2."""
    from ohmstead.texts import word

    try:
        yield
    except ConfigurationError as error:
        count = len(error.mistakes)
        typer.echo(f"Not started: {count} mistake{'s' if count > 1 else ''} to mend:", err=True)
        for mistake in error.mistakes:
            typer.echo(f"  {mistake}", err=True)
        raise typer.Exit(2) from error
    except StoreError as error:
        typer.echo(f"The store: {word(error.reason)}", err=True)
        raise typer.Exit(2) from error
    except OhmsteadError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error


@contextmanager
def progress(what: str, total: float) -> Iterator[Callable[[float], None]]:
    """A bar on standard error while the block runs; call what it gives with how much of ``total`` is done."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task(what, total=total)
        yield lambda done: shown.update(task, completed=done)


def unusable(where: str, came: str, allowed: str, hint: str = "") -> ConfigurationError:
    """The one mistake that was made on the command line, to be raised."""
    return ConfigurationError((Mistake(where, came, allowed, hint),))


class _Unfailing:
    """A stream for logs that nobody need read: a full disk or a closed pipe behind it stops no loop."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> None:
        with suppress(OSError, ValueError):
            self._stream.write(text)

    def flush(self) -> None:
        with suppress(OSError, ValueError):
            self._stream.flush()


def configure_logs(*, quiet: bool = False) -> None:
    """Structured lines on standard error: readable on a terminal, JSON elsewhere.

    ``quiet`` tells errors only, until this is called anew.
    """
    import logging

    import structlog

    renderer = structlog.dev.ConsoleRenderer() if sys.stderr.isatty() else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.StackInfoRenderer(),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR if quiet else logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(cast(TextIO, _Unfailing(sys.stderr))),
        cache_logger_on_first_use=not quiet,
    )
    logging.getLogger("pymodbus").setLevel(logging.CRITICAL)
