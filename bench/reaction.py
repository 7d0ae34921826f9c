"""From an overload in the grid meter's register to a lower setpoint readable on the board, both over Modbus TCP.

A simulated building stands in a process of its own, ``ohmstead site`` in another, which knows only its Modbus ports. A
house load rises at a random moment; the clock starts before the meter can show it. A Modbus client of our own then
reads the board's pilot registers again and again until they offer less; the clock stops when that answer is here, so
a poll's pause and round trip are counted in. The house goes up in small steps and stays there: the offer comes down
from 32 A to 8 A as on stairs, then the car leaves and comes again. Most steps come within 5 s of the one before.

With ten and with a hundred chargers they stand on the three phases in turn, each with a car that charges, under a fuse
that grows with them. An overload is then so high that every charger on its phase must be lowered; the board that is
looked at is the last of them.
"""

import asyncio
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from pymodbus.client import AsyncModbusTcpClient

from bench.apart import BASE_W, FUSE_A, Apart, apart, on_l1
from bench.broken import Broken
from bench.daemon import Daemon, site
from bench.figures import Figure
from ohmstead.core.charging.pilot import current_for

EVENTS = 200
EVENTS_OF_MANY = 20
SIZES = (10, 100)
GOAL = "<= 250"
LAST_A = 8.0
STEP_A = (0.3, 1.0)
SOON_S, SOON_SHARE, LATER_S = (0.7, 1.7), 0.88, (5.0, 6.5)
LEAST_SHARE = 0.8
"""So much of the overload a new setpoint must take away to count; the site also trims a little by itself."""
POLL_S = 0.002
PATIENCE_S = 30.0
_MODE_REGISTER, _PWM = 5, 1


def run(
    events: int = EVENTS, seed: int = 1, sizes: Sequence[int] = SIZES, events_of_many: int = EVENTS_OF_MANY
) -> list[Figure]:
    """Median and worst of ``events`` reactions, and of fewer with as many chargers as ``sizes`` say."""
    figures = []
    for name, count in (*((f".{size}_chargers", size) for size in sizes), ("", 1)):
        took_ms = asyncio.run(_measure(events if count == 1 else events_of_many, random.Random(seed), count))
        median, worst = (name, f"{name}_worst") if name else (".median", ".worst")
        figures.append(Figure(f"reaction{median}", statistics.median(took_ms), "ms", GOAL, runs=len(took_ms)))
        figures.append(Figure(f"reaction{worst}", max(took_ms), "ms", GOAL, runs=len(took_ms)))
    return figures


async def _measure(events: int, chance: random.Random, chargers: int) -> list[float]:
    async with apart(chargers) as house:
        with tempfile.TemporaryDirectory(prefix="ohmstead-bench-") as name:
            folder = Path(name)
            config = folder / "site.toml"
            config.write_text(house.toml, "utf-8")
            client = AsyncModbusTcpClient(house.host, port=house.port)
            try:
                with site(config, folder) as daemon:
                    await client.connect()
                    return await Stairs(house, client, daemon, chance, on_l1(chargers)).go_down(events)
            finally:
                client.close()


class Stairs:
    """The house on its way up, the offer on its way down."""

    def __init__(
        self, house: Apart, client: AsyncModbusTcpClient, daemon: Daemon, chance: random.Random, fold: int
    ) -> None:
        """``fold`` chargers stand on the phase and share the overload."""
        self._house = house
        self._client = client
        self._daemon = daemon
        self._chance = chance
        self._fold = fold
        self._fuse_a = FUSE_A * fold
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
        seen = await self._house.ask("look")
        self._watts += (self._fuse_a - seen.current_a + self._fold * over_a) * seen.voltage_v
        at_s = time.perf_counter()
        await self._house.ask("watts", self._watts)
        while time.perf_counter() - at_s < PATIENCE_S:
            offered = await self._offered()
            took_s = time.perf_counter() - at_s
            if offered <= before_a - LEAST_SHARE * over_a:
                return took_s, offered
            await asyncio.sleep(POLL_S)
        raise Broken(f"no lower setpoint {PATIENCE_S:g} s after an overload of {over_a:.1f} A at {before_a:.1f} A")

    async def _anew(self) -> float:
        """Other cars at an empty house; the first offer once they draw it."""
        await self._house.ask("unplug")
        self._watts = BASE_W
        await self._house.ask("watts", self._watts)
        await asyncio.sleep(1.0)
        await self._house.ask("plug")
        await self._settled()
        return await self._offered()

    async def _settled(self) -> None:
        """Wait until the cars draw what they are offered, and the fuse is kept."""
        until_s = time.perf_counter() + PATIENCE_S
        while time.perf_counter() < until_s:
            self._daemon.check()
            seen = await self._house.ask("look")
            if seen.following and seen.current_a <= self._fuse_a:
                return
            await asyncio.sleep(0.02)
        raise Broken(f"{seen.current_a:.2f} A on the fuse, and some car does not draw what it is offered")

    async def _offered(self) -> float:
        answer = await self._client.read_input_registers(_MODE_REGISTER, count=2, device_id=self._house.unit)
        mode, duty = answer.registers
        return current_for(duty / 100) if mode == _PWM else 0.0
