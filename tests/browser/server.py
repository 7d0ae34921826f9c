"""The one place that says which site the browser looks at: a real server on a free port of this machine."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from ohmstead.services.accounts.accounts import Accounts
from ohmstead.web.application import create_app
from ohmstead.web.server import serve
from tests.browser.building import Building
from tests.services.accounts.memory_documents import MemoryDocuments

T = TypeVar("T")

APP = Path(__file__).resolve().parents[2] / "src" / "ohmstead" / "web" / "app"
PASSWORD = "a kettle, two cats and the sea"


@dataclass
class Site:
    """A building with the web of a site around it, in a thread of its own. ``locked`` asks for a name and password."""

    building: Building = field(default_factory=Building)
    locked: bool = False
    port: int = 0

    def __post_init__(self) -> None:
        """Nothing runs yet."""
        self._loop = asyncio.new_event_loop()
        self._thread: threading.Thread | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        """Where the app stands."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> "Site":
        """Serve until stopped, on the same port as before when there was one."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
            self._thread.start()
        self._wait(self._open())
        return self

    def stop(self) -> None:
        """Hang up on everybody and leave the port."""
        self._wait(self._shut())

    def close(self) -> None:
        """Stop for good."""
        self.stop()
        self._loop.call_soon_threadsafe(self._loop.stop)
        if self._thread:
            self._thread.join(5)
        self._loop.close()

    def call(self, function: Callable[..., T], *arguments: Any) -> T:
        """Call ``function`` where the site runs."""

        async def work() -> T:
            return function(*arguments)

        return asyncio.run_coroutine_threadsafe(work(), self._loop).result(20)

    def _wait(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(20)

    async def _open(self) -> None:
        accounts = None
        if self.locked:
            accounts = Accounts(MemoryDocuments(), self.building.clock)
            for role in ("viewer", "user", "owner"):
                await accounts.set_password(role, role, PASSWORD)
        app = create_app(self.building, accounts, local_only=not self.locked, app_folder=APP)
        bound: asyncio.Future[int] = self._loop.create_future()
        self._task = asyncio.create_task(serve(app, "127.0.0.1", self.port, bound.set_result))
        self.port = await bound

    async def _shut(self) -> None:
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None
