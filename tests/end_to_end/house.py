"""A simulated building inside the test, and the real ``ohmstead site`` as a process of its own on its wires.

::

    async with at_work(building, tmp_path) as site:
        await site.until(lambda seen: seen["chargers"]["garage"]["state"] == "charging")
        site.building.door.cut_mains()
"""

import asyncio
import contextlib
import json
import os
import re
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
from websockets.asyncio.client import connect

from ohmstead.core.model.quantities import PHASES, Role
from ohmstead.core.plant.settings import (
    GRID,
    CarSettings,
    ChargerSettings,
    CircuitSettings,
    LoadSettings,
    WorldSettings,
)
from ohmstead.simulator.building import Building
from ohmstead.simulator.settings import BoardSpec, BuildingSettings, MeterSpec
from ohmstead.simulator.site_file import site_toml

PATIENCE_S = 40.0
CIRCUITS = tuple(f"circuit-{n}" for n in range(12))
CAR = CarSettings(lag_s=0.5, ramp_a_per_s=16.0, battery_kwh=1000.0)
SETTINGS = BuildingSettings(
    site_name="Test house",
    timezone="Europe/Rome",
    world=WorldSettings(
        start=datetime(2026, 6, 21, 10, tzinfo=UTC),
        voltage_wander=0.005,
        main_fuse_a=25.0,
        contract_w=15_000.0,
        loads=(LoadSettings("house", dict.fromkeys(PHASES, 300.0), power_factor=0.95),),
        chargers=(ChargerSettings("garage", rated_current_a=16.0, car=CAR, plugged=True),),
        counters_j={GRID: (5_012 * 3_600_000, 7 * 3_600_000)},
    ),
    meters=(MeterSpec("grid", GRID, "eastron-sdm630", wire="grid", role=Role.GRID),),
    boards=(BoardSpec("garage", wire="garage", max_current_a=16.0),),
)
"""One car on Fast under 25 A of main fuse and 15 kW of contract."""


def with_circuits(count: int) -> BuildingSettings:
    """The same house with so many circuits of 500 W and more, each with a meter of its own on a wire of its own."""
    names = CIRCUITS[:count]
    world = replace(
        SETTINGS.world,
        circuits=tuple(CircuitSettings(name, ("L3",)) for name in names),
        loads=(
            *SETTINGS.world.loads,
            *(LoadSettings(name, {"L3": 40.0 + 5 * n}, noise=0.02, circuit=name) for n, name in enumerate(names)),
        ),
    )
    meters = (MeterSpec(name, name, "eastron-sdm120", wire=name, unit=3, phases=("L3",)) for name in names)
    return replace(SETTINGS, world=world, meters=(*SETTINGS.meters, *meters))


@dataclass
class Process:
    """``ohmstead …`` as a child; what it writes on both channels is kept."""

    child: asyncio.subprocess.Process
    said: list[str] = field(default_factory=list)
    readers: list["asyncio.Task[None]"] = field(default_factory=list)

    @classmethod
    async def start(cls, *arguments: str, stdin: bytes | None = None, cwd: Path | None = None) -> "Process":
        """Run ``ohmstead arguments``."""
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "ohmstead.cli", *arguments,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
            cwd=cwd, env={**os.environ, "COLUMNS": "200", "NO_COLOR": "1"},
        )  # fmt: skip
        process = cls(child)
        assert child.stdin is not None
        assert child.stdout is not None
        assert child.stderr is not None
        if stdin is not None:
            child.stdin.write(stdin)
            child.stdin.close()
        process.readers = [asyncio.create_task(process._read(stream)) for stream in (child.stdout, child.stderr)]
        return process

    async def _read(self, stream: asyncio.StreamReader) -> None:
        while line := await stream.readline():
            self.said.append(line.decode())

    @property
    def text(self) -> str:
        """All it has said."""
        return "".join(self.said)

    async def ended(self) -> int:
        """Wait for its end; its exit status."""
        async with asyncio.timeout(PATIENCE_S):
            await asyncio.gather(*self.readers)
            return await self.child.wait()

    async def saying(self, pattern: str) -> re.Match[str]:
        """Wait until it has said ``pattern``."""
        async with asyncio.timeout(PATIENCE_S):
            while not (found := re.search(pattern, self.text)):
                assert self.child.returncode is None, self.text
                await asyncio.sleep(0.02)
        return found

    async def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send it a signal and wait for its end."""
        with contextlib.suppress(ProcessLookupError):
            self.child.send_signal(number)
            self.child.send_signal(signal.SIGCONT)
        return await self.ended()


async def run(*arguments: str, stdin: bytes | None = None, cwd: Path | None = None) -> tuple[int, str]:
    """``ohmstead arguments`` to its end: exit status, and what it said on both channels."""
    process = await Process.start(*arguments, stdin=stdin, cwd=cwd)
    status = await process.ended()
    return status, process.text


@dataclass
class Site:
    """A running daemon with its building."""

    building: Building
    process: Process
    client: httpx2.AsyncClient
    url: str
    file: Path
    data: Path

    async def get(self, path: str, **params: Any) -> Any:
        """The JSON at ``path``. The answer must be 200."""
        answer = await self.client.get(f"/api/v1/{path}", params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def snapshot(self) -> Any:
        """What people see now; an empty picture before the first tick."""
        answer = await self.client.get("/api/v1/snapshot")
        return answer.json() if answer.status_code == 200 else {"channels": {}, "chargers": {}, "attention": []}

    async def command(self, action: str, value: object, charger: str = "garage") -> httpx2.Response:
        """What a person asks of a charger."""
        return await self.client.post(f"/api/v1/chargers/{charger}/commands", json={"action": action, "value": value})

    async def until(self, holds: Callable[[Any], bool], patience_s: float = PATIENCE_S) -> Any:
        """Poll the snapshot until ``holds`` of it."""
        try:
            async with asyncio.timeout(patience_s):
                while True:
                    if holds(seen := await self.snapshot()):
                        return seen
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise AssertionError(json.dumps(await self.snapshot(), indent=1) + self.process.text) from None

    async def charging(self, least_a: float = 15.0) -> None:
        """Wait until the car draws that much."""
        await self.happens(lambda: self.car_a() >= least_a)

    async def happens(self, holds: Callable[[], bool], patience_s: float = PATIENCE_S) -> float:
        """Wait until ``holds()`` in the building; the seconds it took."""
        began = time.monotonic()
        while not holds():
            assert time.monotonic() - began < patience_s, self.process.text
            await asyncio.sleep(0.01)
        return time.monotonic() - began

    def car_a(self) -> float:
        """What flows into the car on L1."""
        return self.building.sync().measure("garage").phases[0].current_a

    def grid_a(self) -> float:
        """The highest current of the supply's conductors."""
        return max(phase.current_a for phase in self.building.sync().measure(GRID).phases)

    def closed(self) -> bool:
        """Whether the contactor is."""
        return self.building.sync().board("garage").contact


@asynccontextmanager
async def lived(building: Building, folder: Path, arguments: Sequence[str] = ()) -> AsyncIterator[Site]:
    """``ohmstead site`` on a building that stands already; stopped at the end unless it has ended."""
    file, data = folder / "site.toml", folder / "data"
    if not file.exists():
        file.write_text(site_toml(building.settings, building.places), "utf-8")
    process = await Process.start(
        "site", "--config", str(file), "--data", str(data), "--listen", "127.0.0.1:0", *arguments
    )
    try:
        url = (await process.saying(r"Ohmstead is at (\S+)"))[1]
        async with httpx2.AsyncClient(base_url=url, timeout=10.0) as client:
            yield Site(building, process, client, url, file, data)
    finally:
        if process.child.returncode is None:
            await process.stop()


@asynccontextmanager
async def standing(settings: BuildingSettings = SETTINGS) -> AsyncIterator[Building]:
    """A building whose devices answer."""
    building = Building(settings)
    await building.start()
    try:
        yield building
    finally:
        await building.stop()


@asynccontextmanager
async def at_work(settings: BuildingSettings, folder: Path) -> AsyncIterator[Site]:
    """A building and a site on it."""
    async with standing(settings) as building, lived(building, folder) as site:
        yield site


async def listening(url: str, count: int) -> list[Mapping[str, Any]]:
    """The first ``count`` frames of the live stream."""
    async with connect(url.replace("http", "ws") + "/api/v1/live", proxy=None) as socket, asyncio.timeout(PATIENCE_S):
        return [json.loads(await socket.recv()) for _ in range(count)]
