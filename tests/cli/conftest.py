"""Commands run inside the test process here: their logs are left as they are, since streams of a test end with it."""

import asyncio
import sys
from collections.abc import Iterator
from threading import Thread

import pytest

from ohmstead.web.application import create_app
from tests.web.memory_house import MemoryHouse, served


@pytest.fixture(autouse=True)
def logs_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in sys.modules.copy().values():
        if module.__name__.startswith("ohmstead.cli.") and hasattr(module, "configure_logs"):
            monkeypatch.setattr(module, "configure_logs", lambda **_: None)


@pytest.fixture
def at() -> Iterator[str]:
    """Where a site answers, in a thread of its own."""
    loop, ports = asyncio.new_event_loop(), list[int]()
    ended = asyncio.Event()

    async def serve(started: asyncio.Event) -> None:
        house = MemoryHouse()
        await house.networks.look()
        async with served(create_app(house, None, local_only=True)) as port:
            ports.append(port)
            started.set()
            await ended.wait()

    started = asyncio.Event()
    thread = Thread(target=loop.run_until_complete, args=(serve(started),))
    thread.start()
    asyncio.run_coroutine_threadsafe(started.wait(), loop).result(10)
    yield f"127.0.0.1:{ports[0]}"
    loop.call_soon_threadsafe(ended.set)
    thread.join(10)
    loop.close()
