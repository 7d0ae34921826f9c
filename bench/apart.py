"""``python -m bench.apart CHARGERS``: the building of ``bench.reaction`` in a process of its own.

Tells where its devices are, and its ``site.toml``, on standard output. Then each line of JSON on standard input is done
and answered with what is then seen: ``["plug"]`` and ``["unplug"]`` for all cars on L1, ``["watts", 900.0]`` for the
house on L1, ``["look"]``. It lives until standard input is closed.
"""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from bench.broken import Broken
from ohmstead.core.charging.pilot import current_for
from ohmstead.core.model.evse import PilotMode
from ohmstead.core.model.quantities import PHASES, Role
from ohmstead.core.plant.settings import GRID, CarSettings, ChargerSettings, LoadSettings, WorldSettings
from ohmstead.core.plant.world import World
from ohmstead.simulator.building import Building
from ohmstead.simulator.settings import BoardSpec, BuildingSettings, MeterSpec
from ohmstead.simulator.site_file import site_toml

FUSE_A, MOST_A, BASE_W = 40.0, 32.0, 500.0
FOLLOWS_A = 0.02
_CAR = CarSettings(phases=1, max_current_a=MOST_A, lag_s=0.2, battery_kwh=100.0, charged_kwh=5.0)
_STOP_S = 10.0


@dataclass(frozen=True, slots=True)
class Seen:
    """Current and voltage of L1 at the supply; whether every car there draws what it is offered."""

    current_a: float
    voltage_v: float
    following: bool


def on_l1(chargers: int) -> int:
    """How many of so many chargers stand on L1, the first and the last among them."""
    return len(range(0, chargers, len(PHASES)))


def settings(chargers: int) -> BuildingSettings:
    """A meter at the supply, chargers on L1, L2 and L3 in turn, a load on L1, and nothing that moves by itself.

    The supply bears 40 A on each phase for every charger on L1. The cars on the other phases are plugged in.
    """
    names = [f"charger-{number}" for number in range(chargers)]
    fold = on_l1(chargers)
    world = WorldSettings(
        start=datetime(2026, 6, 21, 8, 30, tzinfo=UTC),
        main_fuse_a=FUSE_A * fold,
        supply_r_ohm=0.05 / fold,
        loads=(LoadSettings("house", {"L1": BASE_W}),),
        chargers=tuple(
            ChargerSettings(
                name, (PHASES[number % 3],), rated_current_a=MOST_A, car=_CAR, plugged=PHASES[number % 3] != "L1"
            )
            for number, name in enumerate(names)
        ),
    )
    return BuildingSettings(
        "Bench",
        "Europe/Rome",
        world,
        meters=(MeterSpec("grid", GRID, "eastron-sdm630", wire="grid", role=Role.GRID),),
        boards=tuple(BoardSpec(name, wire=name, max_current_a=MOST_A) for name in names),
    )


class Apart:
    """Such a building, seen from this process."""

    def __init__(self, child: asyncio.subprocess.Process, told: dict[str, Any]) -> None:
        """``told`` is its first line."""
        self._child = child
        self.toml: str = told["toml"]
        self.host, self.port, self.unit = told["last"]

    async def ask(self, *words: str | float) -> Seen:
        """Let it do that; what is then seen. Raises Broken when it has ended."""
        if self._child.stdin is not None:
            self._child.stdin.write(json.dumps(words).encode() + b"\n")
        return Seen(**await _line(self._child))


@asynccontextmanager
async def apart(chargers: int) -> AsyncIterator[Apart]:
    """The building while the block lasts. Raises Broken."""
    command = (sys.executable, "-m", "bench.apart", str(chargers))
    pipe = asyncio.subprocess.PIPE
    child = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, limit=1 << 20)
    try:
        yield Apart(child, await _line(child))
    finally:
        if child.stdin is not None:
            child.stdin.close()
        try:
            await asyncio.wait_for(child.wait(), _STOP_S)
        except TimeoutError:
            child.kill()
            await child.wait()


async def _line(child: asyncio.subprocess.Process) -> dict[str, Any]:
    line = b"" if child.stdout is None else await child.stdout.readline()
    if not line:
        raise Broken(f"the building ended with {await child.wait()}")
    answer: dict[str, Any] = json.loads(line)
    return answer


class _Hand:
    """Does in the building what a line says."""

    def __init__(self, house: Building) -> None:
        self._house = house
        self._names = [one.name for one in house.settings.world.chargers if one.phases[0] == "L1"]

    def act(self, word: str, *values: float) -> Seen:
        door = self._house.door
        match word:
            case "plug":
                for name in self._names:
                    door.plug(name)
            case "unplug":
                for name in self._names:
                    door.unplug(name)
            case "watts":
                door.set_watts("house", {"L1": values[0]})
        world = self._house.sync()
        phase = world.measure(GRID).phases[0]
        following = all(_follows(world, name) for name in self._names)
        return Seen(abs(phase.current_a), phase.voltage_v or 0.0, following)


def _follows(world: World, charger: str) -> bool:
    pilot = world.board(charger).snapshot(world.instant)
    offered_a = current_for(pilot.duty_percent) if pilot.pilot_mode is PilotMode.PWM else 0.0
    return offered_a > 0 and abs(world.car(charger).current_a - offered_a) < FOLLOWS_A


async def main(chargers: int) -> None:
    """Live until standard input is closed."""
    house = Building(settings(chargers))
    places, hand = await house.start(), _Hand(house)
    last = places[house.settings.boards[-1].charger]
    _tell({"toml": site_toml(house.settings, places), "last": (last.host, last.port, last.unit)})
    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    try:
        while line := await lines.readline():
            _tell(asdict(hand.act(*json.loads(line))))
    finally:
        await house.stop()


def _tell(what: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
