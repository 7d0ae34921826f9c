"""Five real ``ohmstead site`` of one cluster in one building, and between master and slaves lines that misbehave.

::

    async with cluster(tmp_path) as five:
        await five.until(lambda: five.total_a() > 35)
        five.lines["bay1"].lost = (True, True)
"""

import asyncio
import contextlib
import signal
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from ohmstead.core.plant.settings import CarSettings, ChargerSettings, WorldSettings
from ohmstead.simulator.building import Building
from ohmstead.simulator.settings import BoardSpec, BuildingSettings
from tests.end_to_end.house import PATIENCE_S, Process
from tests.site.shown import free_port

LIMIT_A = 40.0
BAYS = ("hall", "bay1", "bay2", "bay3", "bay4")
"""The first is the master's own charger."""
CAR = CarSettings(lag_s=1.0, ramp_a_per_s=16.0, battery_kwh=1000.0)
BUILDING = BuildingSettings(
    site_name="Car park",
    timezone="Europe/Rome",
    world=WorldSettings(
        start=datetime(2026, 6, 21, 10, tzinfo=UTC),
        main_fuse_a=200.0,
        chargers=tuple(ChargerSettings(bay, rated_current_a=32.0, car=CAR, plugged=True) for bay in BAYS),
    ),
    boards=tuple(BoardSpec(bay, wire=bay, max_current_a=32.0) for bay in BAYS),
)
FALLBACKS = {"bay1": 0.0, "bay2": 6.0, "bay3": 0.0, "bay4": 6.0}


@dataclass
class Line:
    """A TCP line that passes Modbus frames on: to the slave and back, each way may lose, delay or repeat them."""

    to: int
    lost: tuple[bool, bool] = (False, False)
    late_s: tuple[float, float] = (0.0, 0.0)
    twice: tuple[bool, bool] = (False, False)
    port: int = 0
    passed: int = 0
    _server: asyncio.Server | None = None
    _tasks: "set[asyncio.Task[None]]" = field(default_factory=set)

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._joined, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _joined(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.to)
        except OSError:
            writer.close()
            return
        try:
            await asyncio.gather(self._pass(0, reader, far_writer), self._pass(1, far_reader, writer))
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            self._tasks.discard(task)
            for each in (writer, far_writer):
                each.close()

    async def _pass(self, way: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            head = await reader.readexactly(6)
            frame = head + await reader.readexactly(int.from_bytes(head[4:6], "big"))
            if self.lost[way]:
                continue
            if self.late_s[way]:
                await asyncio.sleep(self.late_s[way])
            self.passed += 1
            writer.write(frame * (2 if self.twice[way] else 1))
            await writer.drain()


@dataclass
class Five:
    """The running cluster."""

    building: Building
    processes: dict[str, Process]
    urls: dict[str, str]
    lines: dict[str, Line]
    folder: Path
    worst_a: float = 0.0
    """The highest sum of all cars' currents on one phase that was seen."""

    def currents(self) -> dict[str, float]:
        """What flows into each car on L1."""
        world = self.building.sync()
        return {bay: world.measure(bay).phases[0].current_a for bay in BAYS}

    def total_a(self) -> float:
        """What flows into all cars."""
        return sum(self.currents().values())

    async def restart(self, bay: str) -> None:
        """The site of ``bay`` is killed and begins anew."""
        await self.processes[bay].stop(signal.SIGKILL)
        self.processes[bay], self.urls[bay] = await _site(self.folder, bay)

    async def watch(self) -> None:
        """Look at the sum for ever."""
        while True:
            self.worst_a = max(self.worst_a, self.total_a())
            await asyncio.sleep(0.02)

    async def until(self, holds: Callable[[], bool], patience_s: float = PATIENCE_S) -> float:
        """Wait until ``holds()``; the seconds it took."""
        began = time.monotonic()
        while not holds():
            said = "".join(process.text for process in self.processes.values())
            assert time.monotonic() - began < patience_s, f"{self.currents()}\n{said}"
            await asyncio.sleep(0.02)
        return time.monotonic() - began


def slave_toml(bay: str, connect: str, port: int, fallback_a: float) -> str:
    return f"""
[site]
name = "Site of {bay}"
timezone = "Europe/Rome"

[chargers.{bay}]
board = {{ driver = "modbus-board", connect = "{connect}" }}
max_current_a = 32.0

[cluster]
role = "slave"
listen = "tcp://127.0.0.1:{port}"
master = "127.0.0.1"
fallback_current_a = {fallback_a}
"""


def master_toml(connect: str, ports: dict[str, int], more: str = "") -> str:
    members = "".join(
        f"""
[chargers.{bay}]
board = {{ driver = "cluster-member", connect = "tcp://127.0.0.1:{port}" }}
max_current_a = 32.0
fallback_current_a = {FALLBACKS[bay]}
"""
        for bay, port in ports.items()
    )
    return f"""
[site]
name = "Car park"
timezone = "Europe/Rome"

[cluster]
role = "master"
name = "Car park"
limit_a = {LIMIT_A}

[chargers.hall]
board = {{ driver = "modbus-board", connect = "{connect}" }}
max_current_a = 32.0
{more}{members}"""


async def _site(folder: Path, name: str) -> tuple[Process, str]:
    file, data = folder / f"{name}.toml", folder / name
    process = await Process.start("site", "--config", str(file), "--data", str(data), "--listen", "127.0.0.1:0")
    return process, (await process.saying(r"Ohmstead is at (\S+)"))[1]


@asynccontextmanager
async def cluster(folder: Path, bays: tuple[str, ...] = BAYS) -> AsyncIterator[Five]:
    """All that runs; ended at the end."""
    building = Building(BUILDING)
    await building.start()
    async with AsyncExitStack() as stack:
        stack.push_async_callback(building.stop)
        lines: dict[str, Line] = {}
        for bay in bays[1:]:
            port = free_port()
            (folder / f"{bay}.toml").write_text(slave_toml(bay, building.places[bay].connect, port, FALLBACKS[bay]))
            lines[bay] = Line(port)
            await lines[bay].start()
            stack.push_async_callback(lines[bay].stop)
        ports = {bay: line.port for bay, line in lines.items()}
        (folder / "hall.toml").write_text(master_toml(building.places["hall"].connect, ports))
        started = await asyncio.gather(*(_site(folder, bay) for bay in bays))
        processes = {bay: one[0] for bay, one in zip(bays, started, strict=True)}
        urls = {bay: one[1] for bay, one in zip(bays, started, strict=True)}
        five = Five(building, processes, urls, lines, folder)
        watching = asyncio.create_task(five.watch())
        try:
            yield five
        finally:
            watching.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await watching
            for process in five.processes.values():
                if process.child.returncode is None:
                    await process.stop()
