"""A simulated building that runs: its world in real time, its devices on Modbus TCP, HTTP and MQTT.

::

    building = Building(demo())
    places = await building.start()             # {"grid": Place("127.0.0.1", 40123, 1), …}
    text = site_toml(building.settings, places)
    building.door.plug("garage")
    await building.stop()
"""

import asyncio
import contextlib
from collections.abc import Mapping

from ohmstead.core.plant.world import World
from ohmstead.simulator.devices import BoardDevice, Device, InverterDevice, MeterDevice, Simulated
from ohmstead.simulator.door import Door
from ohmstead.simulator.pace import Pace
from ohmstead.simulator.settings import BuildingSettings, Place, Trouble
from ohmstead.simulator.sources import SourceDevice
from ohmstead.transport.modbus_server import (
    Fault,
    Mangle,
    ModbusServer,
    garbage,
    other_transaction,
    other_unit,
    short,
)

SLOW_S = 2.0
_MANGLES: Mapping[Trouble, Mangle] = {
    Trouble.GARBAGE: garbage,
    Trouble.SHORT: short,
    Trouble.OTHER_UNIT: other_unit,
    Trouble.OTHER_TRANSACTION: other_transaction,
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
        self._wired = tuple(devices)
        self._sources = tuple(SourceDevice(spec, self.sync) for spec in settings.sources)
        self.devices: dict[str, Simulated] = {device.key: device for device in (*devices, *self._sources)}
        if len(self.devices) != len(devices) + len(self._sources):
            raise ValueError(f"each device its own key, got {sorted(device.key for device in devices)}")
        self._servers: dict[str, ModbusServer] = {}
        self._refused: set[str] = set()
        self._host = ""
        self.door = Door(self)

    async def start(self, host: str = "127.0.0.1", ports: Mapping[str, int] | None = None) -> dict[str, Place]:
        """Listen and let time run. ``ports`` by wire; 0 or none is a free one. Raises OSError for a taken port."""
        loop = asyncio.get_running_loop()
        self._host = host
        self._pace = Pace(self.world, loop.time)
        wires = dict.fromkeys(device.wire for device in self._wired)
        try:
            for wire in wires:
                units = [device.served() for device in self._wired if device.wire == wire]
                server = ModbusServer(units, host, (ports or {}).get(wire, 0))
                await server.start()
                self._servers[wire] = server
            for source in self._sources:
                await source.start(host, (ports or {}).get(source.key, 0))
        except OSError:
            await self.stop()
            raise
        self._beat = loop.create_task(self._pace.run(self._watch_power))
        return self.places

    async def stop(self) -> None:
        """Close every port and stop time. Raises whatever ended the building's own loop before."""
        for server in self._servers.values():
            await server.stop()
        for source in self._sources:
            await source.stop()
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
        wired = {
            device.key: Place(self._host, self._servers[device.wire].port, device.unit)
            for device in self._wired
            if device.wire in self._servers
        }
        return wired | {source.key: place for source in self._sources if (place := source.place) is not None}

    def sync(self) -> World:
        """The world, moved to this moment; before the start and after the stop it stands still."""
        return self._pace.sync() if self._pace else self.world

    async def set_trouble(self, key: str, trouble: Trouble | None) -> None:
        """Give a device a trouble, or take it away. Raises KeyError for an unknown device, ValueError for a trouble
        that it cannot have.

        A refused wire opens again, on its old port, when none of its devices refuses; OSError if that is taken now.
        """
        device = self.devices[key]
        if isinstance(device, SourceDevice):
            await device.suffer(trouble)
            return
        device.trouble = trouble
        if not isinstance(device, Device):
            return
        server = self._servers.get(device.wire)
        if server is not None:
            refused = any(d.trouble is Trouble.REFUSED for d in self._wired if d.wire == device.wire)
            if refused and device.wire not in self._refused:
                self._refused.add(device.wire)
                await server.stop()
            elif not refused and device.wire in self._refused:
                self._refused.discard(device.wire)
                await server.start()
        self._set_faults()

    def _watch_power(self) -> None:
        if self.world.energised is not self._lit:
            self._lit = self.world.energised
            self._set_faults()
            for source in self._sources:
                source.power(self._lit)

    def _set_faults(self) -> None:
        for device in self._wired:
            server = self._servers.get(device.wire)
            if server is None:
                continue
            fault = self._fault(device)
            if fault is None:
                server.faults.units.pop(device.unit, None)
            else:
                server.faults.units[device.unit] = fault

    def _fault(self, device: Device) -> Fault | None:
        if not self._lit or device.trouble is Trouble.SILENT:
            return Fault(silent=True)
        if device.trouble is Trouble.SLOW:
            return Fault(delay_s=SLOW_S)
        mangle = _MANGLES.get(device.trouble) if device.trouble else None
        return Fault(mangle=mangle) if mangle else None
