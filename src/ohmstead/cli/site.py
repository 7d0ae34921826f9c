"""``ohmstead site``: the daemon of one location."""

import asyncio
import gc
import signal
from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer

from ohmstead.cli.output import configure_logs, plain_errors

Config = Annotated[Path | None, typer.Option(help="The site.toml to take over; without it, the settings in the store.")]
Data = Annotated[Path, typer.Option(help="Folder of the store.")]
Database = Annotated[str | None, typer.Option(help="postgresql://… instead of a file in the data folder.")]
Listen = Annotated[str, typer.Option(help="HOST:PORT of app and API; beyond loopback a password must be set.")]


def site(
    config: Config = None,
    data: Data = Path("var"),
    database: Database = None,
    listen: Listen = "127.0.0.1:8080",
) -> None:
    """Run the daemon: read the meters, steer the chargers, record, and serve the app."""
    configure_logs()
    with plain_errors():
        host, port = listen_address(listen)
        run_site(config, store_url(data, database), host, port)


def listen_address(text: str) -> tuple[str, int]:
    """``HOST:PORT`` or ``[IPv6]:PORT`` in its parts. Raises typer.BadParameter."""
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit() or int(port) > 65_535:
        raise typer.BadParameter(f"got {text!r}; allowed: HOST:PORT, such as 127.0.0.1:8080")
    return host.strip("[]"), int(port)


def store_url(data: Path, database: str | None) -> str:
    """Where the store is: the database named, or a file in ``data`` (made when missing)."""
    if database is not None:
        return database
    data.mkdir(parents=True, exist_ok=True)
    return f"sqlite:///{data.resolve() / 'ohmstead.sqlite'}"


def run_site(config: Path | None, store: str, host: str, port: int) -> None:
    """Run the daemon until it is told to stop. Raises ConfigurationError and StoreError."""
    import uvloop

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_run(config, store, host, port))


async def _run(config: Path | None, store: str, host: str, port: int) -> None:
    from ohmstead.site.start import starting

    loop, stopped = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    async with starting(config, store) as (house, opened):
        await asyncio.to_thread(import_module, "ohmstead.cli.serving")
        from ohmstead.cli.serving import serving

        async with serving(house, opened, host, port) as web:
            gc.freeze()  # what was loaded stays: a full collection then stops the loops for no longer than it must
            await asyncio.wait((web, asyncio.ensure_future(stopped.wait())), return_when=asyncio.FIRST_COMPLETED)
            if web.done():
                web.result()
