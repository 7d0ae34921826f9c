"""From an overload in the grid meter's register to a lower setpoint readable on the board, both over Modbus TCP.

A simulated building stands in this process, ``ohmstead site`` runs as a child and knows only its Modbus ports. A
house load rises at a random moment; the clock starts before the meter can show it. A Modbus client of our own then
reads the board's pilot registers again and again until they offer less; the clock stops when that answer is here, so
a poll's pause and round trip are counted in. The house goes up in small steps and stays there: the offer comes down
from 32 A to 6 A as on stairs, then the car leaves and comes again. Most steps come within 5 s of the one before.

With ten and with a hundred chargers the others stand on the two other phases, each with a car, and share those.
"""

import asyncio
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from pymodbus.client import AsyncModbusTcpClient

from bench.broken import Broken
from bench.daemon import Daemon, site
from bench.figures import Figure
from ohmstead.core.charging.pilot import current_for
from ohmstead.core.model.quantities import PHASES, Role
from ohmstead.core.plant.settings import GRID, CarSettings, ChargerSettings, LoadSettings, WorldSettings
from ohmstead.simulator.building import Building
from ohmstead.simulator.settings import BoardSpec, BuildingSettings, MeterSpec
from ohmstead.simulator.site_file import site_toml

EVENTS = 200
EVENTS_OF_MANY = 20
GOAL = "<= 250"
FUSE_A, MOST_A, LAST_A = 40.0, 32.0, 8.0
BASE_W = 500.0
STEP_A = (0.3, 1.0)
SOON_S, SOON_SHARE, LATER_S = (0.7, 1.7), 0.88, (5.0, 6.5)
LEAST_SHARE = 0.8
"""So much of the overload a new setpoint must take away to count; the site also trims a little by itself."""
POLL_S = 0.002
PATIENCE_S = 30.0
_MODE_REGISTER, _PWM = 5, 1
_CAR = CarSettings(phases=1, max_current_a=MOST_A, lag_s=0.2, battery_kwh=100.0, charged_kwh=5.0)


def run(events: int = EVENTS, seed: int = 1, sizes: Sequence[int] = ()) -> list[Figure]:
    """Median and worst of ``events`` reactions; the median with as many chargers as ``sizes`` say."""
    took_ms = asyncio.run(_measure(events, random.Random(seed)))
    many = {count: asyncio.run(_measure(EVENTS_OF_MANY, random.Random(seed), count)) for count in sizes}
    return [
        *(
            Figure(f"reaction.{count}_chargers", statistics.median(took), "ms", GOAL, runs=len(took))
            for count, took in many.items()
        ),
        Figure("reaction.median", statistics.median(took_ms), "ms", GOAL, runs=len(took_ms)),
        Figure("reaction.worst", max(took_ms), "ms", GOAL, runs=len(took_ms)),
    ]


def building(chargers: int = 1) -> BuildingSettings:
    """A meter at the supply, one charger on L1, a load that does as it is told, and nothing that moves by itself.

    Further chargers stand on L2 and L3.
    """
    others = tuple(
        ChargerSettings(f"other-{number}", (PHASES[1 + number % 2],), rated_current_a=MOST_A, car=_CAR)
        for number in range(chargers - 1)
    )
    world = WorldSettings(
        start=datetime(2026, 6, 21, 8, 30, tzinfo=UTC),
        main_fuse_a=FUSE_A,
        loads=(LoadSettings("house", {"L1": BASE_W}),),
        chargers=(ChargerSettings("garage", ("L1",), rated_current_a=MOST_A, car=_CAR), *others),
    )
    return BuildingSettings(
        "Bench",
        "Europe/Rome",
        world,
        meters=(MeterSpec("grid", GRID, "eastron-sdm630", wire="grid", role=Role.GRID),),
        boards=(
            BoardSpec("garage", wire="garage", max_current_a=MOST_A),
            *(BoardSpec(one.name, wire=one.name, max_current_a=MOST_A) for one in others),
        ),
    )


async def _measure(events: int, chance: random.Random, chargers: int = 1) -> list[float]:
    house = Building(building(chargers))
    with tempfile.TemporaryDirectory(prefix="ohmstead-bench-") as name:
        folder = Path(name)
        places = await house.start()
        config = folder / "site.toml"
        config.write_text(site_toml(house.settings, places), "utf-8")
        board = places["garage"]
        client = AsyncModbusTcpClient(board.host, port=board.port)
        try:
            with site(config, folder) as daemon:
                await client.connect()
                return await Stairs(house, client, board.unit, daemon, chance).go_down(events)
        finally:
            client.close()
            await house.stop()


class Stairs:
    """The house on its way up, the offer on its way down."""

    def __init__(
        self, house: Building, client: AsyncModbusTcpClient, unit: int, daemon: Daemon, chance: random.Random
    ) -> None:
        self._house = house
        self._client = client
        self._unit = unit
        self._daemon = daemon
        self._chance = chance
        self._watts = BASE_W

    async def go_down(self, events: int) -> list[float]:
        """``events`` reactions in milliseconds."""
        took_ms: list[float] = []
        offered = 0.0
        while len(took_ms) < events:
            if offered < LAST_A:
                offered = await self._anew()
            changed_s = time.perf_counter()
            await self._settled()
            soon = self._chance.random() < SOON_SHARE
            gap_s = self._chance.uniform(*(SOON_S if soon else LATER_S))
            await asyncio.sleep(changed_s + gap_s - time.perf_counter())
            took_s, offered = await self._overload()
            took_ms.append(1000 * took_s)
            if len(took_ms) % 20 == 0:
                so_far = (
                    f"{len(took_ms)} of {events}, median {statistics.median(took_ms):.0f} ms, worst {max(took_ms):.0f}"
                )
                sys.stderr.write(f"  {so_far} ms\n")
        return took_ms

    async def _overload(self) -> tuple[float, float]:
        """Put more on the fuse than it bears; seconds until the offer is lower by about as much, and that offer."""
        before_a = await self._offered()
        over_a = self._chance.uniform(*STEP_A)
        at_s = time.perf_counter()
        self._load(FUSE_A - self._grid_a() + over_a)
        while time.perf_counter() - at_s < PATIENCE_S:
            offered = await self._offered()
            took_s = time.perf_counter() - at_s
            if offered <= before_a - LEAST_SHARE * over_a:
                return took_s, offered
            await asyncio.sleep(POLL_S)
        raise Broken(f"no lower setpoint {PATIENCE_S:g} s after an overload of {over_a:.1f} A at {before_a:.1f} A")

    async def _anew(self) -> float:
        """Another car at an empty house; its first offer once it draws it."""
        self._house.door.unplug("garage")
        self._watts = BASE_W
        self._load(0.0)
        await asyncio.sleep(1.0)
        self._house.door.plug("garage")
        await self._settled()
        return await self._offered()

    async def _settled(self) -> None:
        """Wait until the car draws what it is offered, and the fuse is kept."""
        until_s = time.perf_counter() + PATIENCE_S
        while time.perf_counter() < until_s:
            self._daemon.check()
            offered = await self._offered()
            drawn = self._house.sync().car("garage").current_a
            if offered > 0 and abs(drawn - offered) < 0.02 and self._grid_a() <= FUSE_A:
                return
            await asyncio.sleep(0.02)
        raise Broken(f"{offered:.2f} A offered, {drawn:.2f} A drawn, {self._grid_a():.2f} A on the fuse do not settle")

    async def _offered(self) -> float:
        answer = await self._client.read_input_registers(_MODE_REGISTER, count=2, device_id=self._unit)
        mode, duty = answer.registers
        return current_for(duty / 100) if mode == _PWM else 0.0

    def _grid_a(self) -> float:
        return abs(self._house.sync().measure(GRID).phases[0].current_a)

    def _load(self, more_a: float) -> None:
        voltage_v = self._house.sync().measure(GRID).phases[0].voltage_v or 230.0
        self._watts += more_a * voltage_v
        self._house.door.set_watts("house", {"L1": self._watts})
