"""Networks from the command line: a real site is asked; what it refuses is said in its words."""

import asyncio
from collections.abc import Iterator
from threading import Thread

import pytest
from typer.testing import CliRunner

from ohmstead.cli.main import app
from ohmstead.web.application import create_app
from tests.web.memory_house import MemoryHouse, served

RUN = CliRunner(env={"COLUMNS": "200", "NO_COLOR": "1"})


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


@pytest.mark.req("EV-203", "EV-204")
def test_links_are_shown_and_a_wifi_is_joined_with_a_key_that_is_asked_for(at: str) -> None:
    shown = RUN.invoke(app, ["networks", "show", "--at", at])
    assert shown.exit_code == 0
    assert "*  ethernet" in shown.output
    assert "1000 Mbit/s" in shown.output
    assert "Mobile this month: 0.0 of 200.0 MB" in shown.output
    assert " 78 %  wpa         Via Roma 12" in RUN.invoke(app, ["networks", "scan", "--at", at]).output
    wrong = RUN.invoke(app, ["networks", "join", "Via Roma 12", "--at", at], input="moonlight\n")
    assert wrong.exit_code == 2
    assert "Is the key right" in wrong.output
    joined = RUN.invoke(app, ["networks", "join", "Via Roma 12", "--at", at], input="sunshine\n")
    assert joined.exit_code == 0
    assert "Joined Via Roma 12, address 192.168.1.21/24." in joined.output
    assert "sunshine" not in joined.output


def test_a_place_where_no_site_runs_is_said() -> None:
    said = RUN.invoke(app, ["networks", "show", "--at", "here"])
    assert said.exit_code == 2
    assert "allowed: HOST:PORT of a running site" in said.output
