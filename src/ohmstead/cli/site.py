"""``ohmstead site``: the daemon of one location."""

import asyncio
import gc
import signal
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ohmstead.cli.output import configure_logs, plain_errors, unusable

if TYPE_CHECKING:
    from ohmstead.store.store import Store

Config = Annotated[Path | None, typer.Option(help="The site.toml to take over; without it, the settings in the store.")]
Data = Annotated[Path, typer.Option(help="Folder of the store.")]
Database = Annotated[str | None, typer.Option(help="postgresql://… instead of a file in the data folder.")]
Listen = Annotated[str, typer.Option(help="HOST:PORT of app and API; beyond loopback a password must be set.")]
Bench = Annotated[
    str | None, typer.Option(help="Address of a simulated building's test bench, which its panels then have.")
]

STORE_FILE = "ohmstead.sqlite"
LOCK_FILE = "ohmstead.lock"


def site(
    config: Config = None,
    data: Data = Path("var"),
    database: Database = None,
    listen: Listen = "127.0.0.1:8080",
    bench: Bench = None,
) -> None:
    """Run the daemon: read the meters, steer the chargers, record, and serve the app."""
    configure_logs()
    with plain_errors():
        host, port = listen_address(listen)
        url = store_url(data, database)
        with alone(data) if database is None else nullcontext():
            run_site(config, url, host, port, bench)


def listen_address(text: str) -> tuple[str, int]:
    """``HOST:PORT`` or ``[IPv6]:PORT`` in its parts. Raises typer.BadParameter."""
    host, _, port = text.rpartition(":")
    if not host or not (port.isascii() and port.isdigit()) or int(port) > 65_535:
        raise typer.BadParameter(f"got {text!r}; allowed: HOST:PORT, such as 127.0.0.1:8080")
    return host.strip("[]"), int(port)


def store_url(data: Path, database: str | None) -> str:
    """Where the store is: the database named, or a file in ``data`` (made when missing). Raises ConfigurationError."""
    if database is not None:
        return database
    try:
        data.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unusable("--data", f"{data} ({error.strerror or error})", "a folder that this user may write") from error
    return f"sqlite:///{data.resolve() / STORE_FILE}"


def kept_store_url(data: Path, database: str | None) -> str:
    """As ``store_url``, for commands that look at what a site has kept: makes nothing. Raises ConfigurationError."""
    if database is None and not (data / STORE_FILE).is_file():
        hint = "Name the folder with --data, or run once: ohmstead site --config site.toml"
        raise unusable("--data", f"{data} without {STORE_FILE}", "the folder of a site that has run", hint)
    return store_url(data, database)


@contextmanager
def alone(data: Path) -> Iterator[None]:
    """The data folder as this process's own: a second site would pull the chargers from the first one's hands.

    Raises ConfigurationError when another process has it. The system lets go of it however this process ends.
    """
    import fcntl

    data.mkdir(parents=True, exist_ok=True)
    with (data / LOCK_FILE).open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            hint = "Stop the other one, or name another folder with --data."
            came = f"{data}, where another site is running"
            raise unusable("--data", came, "a folder of its own for each site", hint) from error
        yield


def run_site(config: Path | None, store: str, host: str, port: int, bench: str | None = None) -> None:
    """Run the daemon until it is told to stop. Raises ConfigurationError and StoreError."""
    import uvloop

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_run(config, store, host, port, bench))


async def _run(config: Path | None, store: str, host: str, port: int, bench: str | None) -> None:
    from ohmstead.site.start import starting
    from ohmstead.web.listening import is_loopback

    loop, stopped = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    gate = None if is_loopback(host) else partial(admit, host)
    async with starting(config, store, gate) as (house, opened):
        await asyncio.to_thread(import_module, "ohmstead.cli.serving")
        from ohmstead.cli.serving import serving

        async with serving(house, opened, host, port, bench) as web:
            gc.freeze()  # what was loaded stays: a full collection then stops the loops for no longer than it must
            await asyncio.wait((web, asyncio.ensure_future(stopped.wait())), return_when=asyncio.FIRST_COMPLETED)
            if web.done():
                web.result()


async def admit(host: str, store: "Store") -> None:
    """Raises ConfigurationError when others could reach ``host`` and nobody could sign in."""
    from ohmstead.drivers.clock import SystemClock
    from ohmstead.services.accounts.accounts import Accounts
    from ohmstead.web.listening import check_accounts

    await check_accounts(Accounts(store.documents, SystemClock()), host)
