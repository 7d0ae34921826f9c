"""The cost of one tick: all channels have news, are counted, frozen, decided on, handed to the recorder, published.

A whole ``Site`` with its store runs in this process, as in the daemon but for the wires: behind the meter port stand
meters that answer at once with other values each time. The cost is what the site itself measures around its tick
(``/health`` shows the same); reading the meters and the store's own transaction, which happen beside it, are outside.

``connections_300`` is the same tick while 300 real Modbus TCP connections are served by the same loop: the simulator,
in a process of its own, has 298 meters that are read once a second and two boards that are read and commanded 20 times
a second, each on a port of its own. ``lag_300`` is how late the site's event loop then came to a task that wanted to
run each 5 ms, by its 99th percentile, and ``lag_300_worst`` the latest it ever came; ``reads_300`` is how many readings
of meters a second arrived, of 298 wanted, on the processors that site and simulator share.
"""

import asyncio
import gc
import statistics
import tempfile
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime

import uvloop

from bench.crowd import CHARGERS, crowd
from bench.figures import Figure
from ohmstead.cli.output import configure_logs
from ohmstead.core.model.quantities import PHASES, Role
from ohmstead.core.model.readings import PhaseReading, Reading
from ohmstead.core.model.settings import Settings
from ohmstead.core.plant.settings import ChargerSettings, WorldSettings
from ohmstead.core.plant.world import World
from ohmstead.drivers.clock import Clock, SystemClock
from ohmstead.drivers.plant import PlantBoard, Stage
from ohmstead.site.configuration import parse
from ohmstead.site.house import Site
from ohmstead.site.start import wired
from ohmstead.store.store import Store

CHANNELS = (30, 300, 3000)
TICKS = 30
CONNECTIONS = 300
SETTLED_TICKS = 5
PROBE_S = 0.005


def run(channels: tuple[int, ...] = CHANNELS, ticks: int = TICKS, connections: int = CONNECTIONS) -> list[Figure]:
    """The median of ``ticks`` ticks for each number of channels, chargers included; then with real connections."""
    configure_logs()
    figures = []
    for count in channels:
        took_s = asyncio.run(_measure(count, ticks))
        figures.append(Figure(f"tick.{count}", 1000 * statistics.median(took_s), "ms", runs=len(took_s)))
    return figures + _connected(connections, ticks)


def _connected(connections: int, ticks: int) -> list[Figure]:
    """What the site costs, and how its loop fares, on so many connections."""
    with crowd(connections - len(CHARGERS)) as text, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        seen = runner.run(_on_wires(parse(text, "the crowd"), ticks))
    lags_ms = sorted(1000 * lag_s for lag_s in seen.lags_s)
    late_ms, runs = lags_ms[len(lags_ms) * 99 // 100], len(lags_ms)
    took_ms = 1000 * statistics.median(seen.took_s)
    return [
        Figure(f"tick.connections_{connections}", took_ms, "ms", runs=len(seen.took_s)),
        Figure(f"tick.lag_{connections}", late_ms, "ms", runs=runs),
        Figure(f"tick.lag_{connections}_worst", lags_ms[-1], "ms", runs=runs),
        Figure(f"tick.reads_{connections}", seen.reads / seen.seconds, "1/s", runs=seen.reads),
    ]


@dataclass(slots=True)
class Seen:
    """What was measured on real connections."""

    took_s: list[float] = field(default_factory=list)
    lags_s: list[float] = field(default_factory=list)
    reads: int = 0
    seconds: float = 0.0


async def _on_wires(settings: Settings, ticks: int) -> Seen:
    house, loop, seen = wired(_once_a_second(settings), SystemClock()), asyncio.get_running_loop(), Seen()
    with tempfile.TemporaryDirectory(prefix="ohmstead-bench-") as folder:
        house.start()
        try:
            await house.control(await Store.open(f"sqlite:///{folder}/bench.sqlite", "bench", "Europe/Rome"))
            await _ticks(house, SETTLED_TICKS)
            gc.freeze()  # as the daemon does
            began_s, before = loop.time(), _reads(house)
            probe = asyncio.create_task(_probe(seen.lags_s))
            seen.took_s = await _ticks(house, ticks)
            probe.cancel()
            seen.reads, seen.seconds = _reads(house) - before, loop.time() - began_s
            return seen
        finally:
            gc.unfreeze()
            await house.close()


def _once_a_second(settings: Settings) -> Settings:
    devices = {name: device.model_copy(update={"period_s": 1.0}) for name, device in settings.devices.items()}
    return settings.model_copy(update={"devices": devices})


def _reads(house: Site) -> int:
    return sum(counted.reads for name, counted in house.statistics().items() if name not in CHARGERS)


async def _probe(lags_s: list[float]) -> None:
    while True:
        due_s = time.perf_counter() + PROBE_S
        await asyncio.sleep(PROBE_S)
        lags_s.append(max(0.0, time.perf_counter() - due_s))


class RestlessMeter:
    """A three-phase meter whose every value is another each time."""

    def __init__(self, name: str, clock: Clock, seed: int) -> None:
        self._name = name
        self._clock = clock
        self._reads = seed

    async def read(self) -> Reading:
        self._reads += 1
        power_w = 40.0 + self._reads % 17
        phase = PhaseReading(230.0 + self._reads % 7 / 10, power_w / 690, power_w / 3, 2.0, 0.97)
        counter_j = 1_000_000 + 50 * self._reads
        return Reading(
            self._name,
            self._clock.now(),
            power_w=power_w,
            reactive_power_var=6.0,
            power_factor=0.97,
            frequency_hz=50.0,
            energy_import_j=counter_j,
            energy_export_j=0,
            phases=dict.fromkeys(PHASES, phase),
        )

    async def close(self) -> None:
        return


def _settings(channels: int) -> Settings:
    names = [f"circuit-{number}" for number in range(channels - len(CHARGERS) - 1)]
    roles = {"grid": Role.GRID, **dict.fromkeys(names, Role.LOAD)}
    return Settings.model_validate(
        {
            "site": {"name": "Bench", "timezone": "Europe/Rome", "main_fuse_a": 63.0, "contract_power_w": 40_000},
            "devices": {
                name: {"driver": "plant", "connect": f"plant://{name}", "role": role, "period_s": 1.0}
                for name, role in roles.items()
            },
            "chargers": {
                name: {"board": {"driver": "plant", "connect": f"plant://{name}"}, "max_current_a": 16.0}
                for name in CHARGERS
            },
        }
    )


async def _measure(channels: int, ticks: int) -> list[float]:
    clock, settings = SystemClock(), _settings(channels)
    meters = {name: RestlessMeter(name, clock, seed) for seed, name in enumerate(settings.devices)}
    chargers = tuple(ChargerSettings(name, plugged=True) for name in CHARGERS)
    stage = Stage(World(WorldSettings(datetime(2026, 6, 21, 8, 30, tzinfo=UTC), chargers=chargers)), clock)
    house = Site(settings, meters, {name: PlantBoard(stage, name) for name in CHARGERS}, clock)
    with tempfile.TemporaryDirectory(prefix="ohmstead-bench-") as folder:
        house.start()
        try:
            await house.control(await Store.open(f"sqlite:///{folder}/bench.sqlite", "bench", "Europe/Rome"))
            return await _ticks(house, ticks)
        finally:
            await house.close()


async def _ticks(house: Site, ticks: int) -> list[float]:
    """How long each tick took, in seconds, but for the first, before which the meters had not been read."""
    took_s: list[float] = []
    async for _ in house.changes():
        await asyncio.sleep(0.1)
        if (last_s := house.health().tick_s) is not None:
            took_s.append(last_s)
        if len(took_s) > ticks:
            break
    return took_s[1:]
