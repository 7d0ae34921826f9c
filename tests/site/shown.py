"""A site that is a meter for others, without its loops: what it publishes is set by hand, the sockets are real."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import sunspec2.modbus.client
from pymodbus.client import AsyncModbusTcpClient

from ohmstead.core.model.events import Event
from ohmstead.core.model.quantities import PHASES, Quality, Role
from ohmstead.core.model.readings import PhaseReading
from ohmstead.core.model.settings import Settings
from ohmstead.core.model.snapshot import Channel, SiteState, Snapshot
from ohmstead.site.managing import Managing
from ohmstead.site.serving import Serving
from ohmstead.site.serving_chargers import Steering
from tests.drivers.lines import HandClock

KWH = 3_600_000
GRID = Channel(
    role=Role.GRID,
    quality=Quality.GOOD,
    age_s=0.1,
    power_w=-4321.5,
    reactive_power_var=210.0,
    power_factor=-0.98,
    frequency_hz=49.97,
    energy_import_j=5012 * KWH,
    energy_export_j=1507 * KWH,
    phases={
        phase: PhaseReading(voltage, current, power, 70.0, -0.97)
        for phase, voltage, current, power in zip(
            PHASES, (230.25, 231.5, 229.75), (6.25, -6.5, 6.0), (-1400.5, -1500.0, -1421.0), strict=True
        )
    },
)
STALE = Channel(Role.GRID, Quality.STALE, 14.0, energy_import_j=GRID.energy_import_j, energy_export_j=1507 * KWH)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def settings(*serve: dict[str, Any], grid_type: str = "3x400+N") -> Settings:
    device = {"driver": "modbus", "meter": "eastron-sdm630", "connect": "tcp://127.0.0.1:1", "role": "grid"}
    return Settings.model_validate(
        {
            "site": {"name": "Home", "timezone": "Europe/Rome", "main_fuse_a": 25.0, "grid_type": grid_type},
            "devices": {"grid": device, "oven": {**device, "unit": 2, "role": "load"}},
            "serve": list(serve),
        }
    )


@dataclass
class Shown:
    """What the site publishes, and the meters that others see."""

    lines: Serving
    clock: HandClock
    channels: dict[str, Channel] = field(default_factory=lambda: {"grid": GRID})
    events: list[Event] = field(default_factory=list)
    state: SiteState | None = None

    def tick(self, **channels: Channel) -> None:
        self.channels |= channels
        self.state = SiteState(Snapshot(self.clock.now(), dict(self.channels)))


@asynccontextmanager
async def shown(*serve: dict[str, Any], grid_type: str = "3x400+N") -> AsyncIterator[Shown]:
    house = Shown.__new__(Shown)
    clock, events = HandClock(), []
    set_up = settings(*serve, grid_type=grid_type)
    steering = Steering(Managing({}, events.append), *[lambda *_: None] * 2, lambda: set_up)  # type: ignore[arg-type]  # a meter takes no orders
    lines = Serving(set_up, lambda: house.state, clock, events.append, steering)
    Shown.__init__(house, lines, clock, events=events)
    house.tick()
    tasks = [asyncio.create_task(line.run()) for line in lines.lines.values()]
    try:
        async with asyncio.timeout(5):
            while any(part.reason and part.reason.key == "serve.starting" for part in lines.parts()):
                await asyncio.sleep(0.01)
        yield house
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@asynccontextmanager
async def client_of(port: int) -> AsyncIterator[AsyncModbusTcpClient]:
    client = AsyncModbusTcpClient("127.0.0.1", port=port, timeout=3, retries=0, reconnect_delay=0)
    assert await client.connect()
    try:
        yield client
    finally:
        client.close()


async def floats(client: AsyncModbusTcpClient, register: int, count: int) -> list[float]:
    answer = await client.read_input_registers(register, count=2 * count, device_id=1)
    assert not answer.isError(), answer
    found = client.convert_from_registers(answer.registers, client.DATATYPE.FLOAT32)
    return found if isinstance(found, list) else [found]


def scan(port: int, unit: int = 1) -> Any:
    device = sunspec2.modbus.client.SunSpecModbusClientDeviceTCP(
        slave_id=unit, ipaddr="127.0.0.1", ipport=port, timeout=5
    )
    try:
        device.scan()
        return device
    finally:
        device.close()
