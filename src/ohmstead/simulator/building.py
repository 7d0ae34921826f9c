"""A simulated building that runs: its world in real time, its devices on Modbus TCP servers.

::

    building = Building(demo())
    places = await building.start()             # {"grid": Place("127.0.0.1", 40123, 1), …}
    text = site_toml(building.settings, places)
    building.door.plug("garage")
    await building.stop()
"""

import asyncio
import contextlib
from collections.abc import Callable, Mapping

from ohmstead.core.plant.world import World
from ohmstead.simulator.devices import BoardDevice, Device, InverterDevice, MeterDevice
from ohmstead.simulator.door import Door
from ohmstead.simulator.pace import BEAT_S, Pace
from ohmstead.simulator.settings import BuildingSettings, Place, Trouble
from ohmstead.transport.modbus_server import (
    Fault,
    Mangle,
    ModbusServer,
    bit_errors,
    garbage,
    other_transaction,
    other_unit,
    short,
)

SLOW_S = 2.0
_MANGLES: Mapping[Trouble, Callable[[], Mangle]] = {
    Trouble.GARBAGE: lambda: garbage,
    Trouble.GARBLED: bit_errors,
    Trouble.SHORT: lambda: short,
    Trouble.OTHER_UNIT: lambda: other_unit,
    Trouble.OTHER_TRANSACTION: lambda: other_transaction,
}


class Building:
    """One building. Devices without power do not answer, like those whose trouble is to be silent."""

    def __init__(self, settings: BuildingSettings) -> None:
        """Build it; nothing runs yet. Raises ValueError or ConfigurationError for settings that do not fit."""
        self.settings = settings
        self.world = World(settings.world)
        self._pace: Pace | None = None
        self._beat: asyncio.Task[None] | None = None
        self._lit = True
        devices: list[Device] = [MeterDevice(spec, self.sync) for spec in settings.meters]
        devices += [InverterDevice(spec, self.sync) for spec in settings.inverters]
        devices += [BoardDevice(spec, self.sync) for spec in settings.boards]
        self.devices = {device.key: device for device in devices}
        if len(self.devices) != len(devices):
            raise ValueError(f"each device its own key, got {sorted(device.key for device in devices)}")
        self._servers: dict[str, ModbusServer] = {}
        self._refused: set[str] = set()
        self._host = ""
        self.door = Door(self)

    async def start(
        self, host: str = "127.0.0.1", ports: Mapping[str, int] | None = None, beat_s: float = BEAT_S
    ) -> dict[str, Place]:
        """Listen and let time run. ``ports`` by wire; 0 or none is a free one. Raises OSError for a taken port.

        On a loop of virtual time, ``transport.pipe.HOST`` needs no sockets and a longer beat is enough.
        """
        loop = asyncio.get_running_loop()
        self._host = host
        self._pace = Pace(self.world, loop.time, beat_s)
        wires = dict.fromkeys(device.wire for device in self.devices.values())
        try:
            for wire in wires:
                units = [device.served() for device in self.devices.values() if device.wire == wire]
                server = ModbusServer(units, host, (ports or {}).get(wire, 0))
                await server.start()
                self._servers[wire] = server
        except OSError:
            await self.stop()
            raise
        self._beat = loop.create_task(self._pace.run(self._watch_power))
        return self.places

    async def stop(self) -> None:
        """Close every port and stop time. Raises whatever ended the building's own loop before."""
        for server in self._servers.values():
            await server.stop()
        self._servers.clear()
        self._refused.clear()
        self._pace = None
        beat, self._beat = self._beat, None
        if beat is not None:
            beat.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await beat

    @property
    def places(self) -> dict[str, Place]:
        """Where each device answers, by its key in ``site.toml``."""
        return {
            key: Place(self._host, self._servers[device.wire].port, device.unit)
            for key, device in self.devices.items()
            if device.wire in self._servers
        }

    def sync(self) -> World:
        """The world, moved to this moment; before the start and after the stop it stands still."""
        return self._pace.sync() if self._pace else self.world

    async def set_trouble(self, key: str, trouble: Trouble | None) -> None:
        """Give a device a trouble, or take it away. Raises KeyError for an unknown device.

        A refused wire opens again, on its old port, when none of its devices refuses; OSError if that is taken now.
        """
        device = self.devices[key]
        device.trouble = trouble
        server = self._servers.get(device.wire)
        if server is not None:
            refused = any(d.trouble is Trouble.REFUSED for d in self.devices.values() if d.wire == device.wire)
            if refused and device.wire not in self._refused:
                self._refused.add(device.wire)
                await server.stop()
            elif not refused and device.wire in self._refused:
                self._refused.discard(device.wire)
                await server.start()
            if trouble is Trouble.HALF_OPEN:
                server.deafen()
        self._set_faults()

    def swap_units(self, one: str, other: str) -> None:
        """Exchange the units of two devices on one wire; done again, it is undone.

        Raises KeyError for an unknown device, ValueError for two that share no wire.
        """
        first, second = self.devices[one], self.devices[other]
        if first.wire != second.wire:
            raise ValueError(f"{one} and {other}: on wires {first.wire} and {second.wire}; allowed: two on one wire")
        if (server := self._servers.get(first.wire)) is not None:
            server.swap(first.unit, second.unit)

    def _watch_power(self) -> None:
        if self.world.energised is not self._lit:
            self._lit = self.world.energised
            self._set_faults()

    def _set_faults(self) -> None:
        for device in self.devices.values():
            server = self._servers.get(device.wire)
            if server is None:
                continue
            fault = self._fault(device)
            if fault is None:
                server.faults.units.pop(device.unit, None)
            else:
                server.faults.units[device.unit] = fault

    def _fault(self, device: Device) -> Fault | None:
        shorted = any(d.trouble is Trouble.BUS_SHORT for d in self.devices.values() if d.wire == device.wire)
        if not self._lit or shorted:
            return Fault(lost=True)
        if device.trouble is Trouble.SILENT:
            return Fault(silent=True)
        if device.trouble is Trouble.SLOW:
            return Fault(delay_s=SLOW_S)
        mangle = _MANGLES.get(device.trouble) if device.trouble else None
        return Fault(mangle=mangle()) if mangle else None
