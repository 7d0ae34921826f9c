"""The real daemon killed at random instants: nothing corrupt, doubled or turned back, and at most a second lost."""

import asyncio
import json
import random
import re
import sqlite3
import time
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from ohmstead.simulator.building import Building
from ohmstead.simulator.site_file import site_toml
from tests.end_to_end.house import SETTINGS, Process, lived, standing
from tests.store.kill import Look, examine

READY_S = 40.0
WRITTEN_S = 0.5
"""Between a tick and its row on the disk, on a busy machine."""
REGISTER_J = 1800
"""The last place of the meter's 32-bit number at 5,012 kWh: it may show that much more than has flowed."""


def begun(database: Path) -> bool:
    """Whether the tables were made before the first kill; they come all at once."""
    if not database.exists():
        return False
    with closing(sqlite3.connect(database, timeout=5)) as connection:
        return bool(connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'tail'").fetchone())


class Lives:
    """One data folder, and what people were told by each life of the site that records there."""

    def __init__(self, building: Building, folder: Path, seed: int) -> None:
        """``seed`` says when each life ends."""
        self.dice = random.Random(seed)
        self.database = folder / "data" / "ohmstead.sqlite"
        self.arguments = ("--config", str(folder / "site.toml"), "--data", str(folder / "data"))
        self.told: dict[str, Any] = {}
        self.frames: list[tuple[datetime, Mapping[str, Any]]] = []
        self.counters: Mapping[str, int] = {}
        (folder / "site.toml").write_text(site_toml(building.settings, building.places), "utf-8")

    async def one(self) -> None:
        """A life: sometimes ended while it starts, else up to 2.5 s after people see it."""
        process = await Process.start("site", *self.arguments, "--listen", "127.0.0.1:0")
        self.frames.clear()
        watching = asyncio.create_task(self._watch(process))
        if self.dice.random() < 0.2:
            await asyncio.sleep(self.dice.uniform(0.3, 2.0))
        else:
            began = time.monotonic()
            while not self.frames:
                assert time.monotonic() - began < READY_S, process.text
                await asyncio.sleep(0.01)
            await asyncio.sleep(self.dice.uniform(0.0, 2.5))
        assert process.child.returncode is None, process.text
        process.child.kill()
        killed_at = datetime.now(UTC)
        await process.ended()
        watching.cancel()
        (wrong,) = await asyncio.gather(watching, return_exceptions=True)
        if isinstance(wrong, Exception):
            raise wrong
        if await asyncio.to_thread(begun, self.database):
            self._check(await asyncio.to_thread(examine, self.database), killed_at, process)

    async def _watch(self, process: Process) -> None:
        url = ""
        while not url:
            await asyncio.sleep(0.02)
            said = re.search(r"Ohmstead is at (\S+)", process.text)
            url = said[1] if said else ""
        try:
            if not self.told:
                async with httpx2.AsyncClient(base_url=url, timeout=10) as client:
                    body = {"action": "set_user_limit", "value": 12.0}
                    answer = await client.post("/api/v1/chargers/garage/commands", json=body)
                    assert answer.status_code == 200, answer.text
                self.told = {"user_limit_a": 12.0}
            async with connect(url.replace("http", "ws") + "/api/v1/live", proxy=None) as socket:
                while True:
                    frame = json.loads(await socket.recv())
                    self.frames.append((datetime.fromisoformat(frame["at"]), frame))
                    charger = frame.get("chargers", {}).get("garage", {})
                    if charger.get("session") is not None:
                        assert self.told.setdefault("session", charger["session"]["id"]) == charger["session"]["id"]
                        assert charger["user_limit_a"] == self.told["user_limit_a"]
        except (WebSocketException, OSError, httpx2.HTTPError):
            return

    def _check(self, found: Look, killed_at: datetime, process: Process) -> None:
        assert found.complaints == (), process.text
        for name, before in self.counters.items():
            assert found.counters[name] >= before, name
        self.counters = found.counters
        lasting = killed_at - timedelta(seconds=1.0 + WRITTEN_S)
        seen = [(at, frame) for at, frame in self.frames if at <= lasting]
        if seen:
            at, _ = seen[-1]
            assert found.last_at is not None
            assert found.last_at >= at.replace(microsecond=at.microsecond // 1000 * 1000)
            for _, frame in seen:
                for name, channel in frame.get("channels", {}).items():
                    assert found.counters[name] >= channel["energy_import_j"]


async def survived(folder: Path, kills: int, seed: int) -> None:
    """Kill a site so often, then look at what the last life finds."""
    async with standing(SETTINGS) as building:
        lives = Lives(building, folder, seed)
        for _ in range(kills):
            await lives.one()
        async with lived(building, folder) as site:
            seen = await site.until(lambda seen: bool((seen["chargers"].get("garage") or {}).get("session")))
            truth = building.sync().measure("grid").energy_import_j
            assert -REGISTER_J <= truth - seen["channels"]["grid"]["energy_import_j"] < 60_000
            if lives.told:
                assert seen["chargers"]["garage"]["user_limit_a"] == 12.0
            if "session" in lives.told:
                assert seen["chargers"]["garage"]["session"]["id"] == lives.told["session"]
                events = [event["kind"] for event in (await site.get("events", limit=500))["events"]]
                assert events.count("session.started") == 1
                assert events.count("charger.options") == 1


@pytest.mark.anyio
async def test_a_few_kills_lose_at_most_a_second(tmp_path: Path) -> None:
    await survived(tmp_path, 3, seed=1)


@pytest.mark.anyio
@pytest.mark.soak
@pytest.mark.parametrize("part", range(100))
async def test_a_thousand_kills_lose_at_most_a_second_each(tmp_path: Path, part: int) -> None:
    await survived(tmp_path, 10, seed=100 + part)
