"""The web around a running site, loaded after the chargers are safe."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import structlog
import typer

from ohmstead.services.accounts.accounts import Accounts
from ohmstead.site.house import Site
from ohmstead.store.store import Store
from ohmstead.transport.web_forward import FarServer
from ohmstead.web import listening, server
from ohmstead.web.application import create_app

APP = Path(server.__file__).parent / "app"
"""The built app."""

_log = structlog.get_logger(__name__)


@asynccontextmanager
async def serving(
    house: Site, store: Store, host: str, port: int, bench: str | None = None
) -> AsyncIterator[asyncio.Task[None]]:
    """Serve app and API while the block runs; gives the task that serves. Raises ConfigurationError.

    ``bench`` is the address of a simulated building's test bench.
    """
    accounts = Accounts(store.documents, house.clock)
    await listening.check_accounts(accounts, host)
    folder = APP if APP.is_dir() else None
    far = None if bench is None else FarServer(bench)
    app = create_app(house, accounts, local_only=listening.is_loopback(host), app_folder=folder, bench=far)

    def started(bound: int) -> None:
        shown = f"[{host}]" if ":" in host else host
        _log.info("serving", address=f"http://{shown}:{bound}")
        typer.echo(f"Ohmstead is at http://{shown}:{bound}")

    task = asyncio.create_task(server.serve(app, host, port, started), name="web")
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        if far is not None:
            await far.close()
