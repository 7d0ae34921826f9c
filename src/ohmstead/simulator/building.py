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

from ohmstead.core.model.errors import ConfigurationError, Mistake
from ohmstead.core.model.quantities import Phase
from ohmstead.core.plant.world import World
from ohmstead.simulator.card_reader import CardReaderDevice, reader_of
from ohmstead.simulator.devices import BoardDevice, Equipment, MeterDevice, Sampler, Simulated
from ohmstead.simulator.door import Door
from ohmstead.simulator.pace import BEAT_S, Pace
from ohmstead.simulator.plain_boards import PLAIN_BOARDS, with_plain_boards
from ohmstead.simulator.power_box_device import PowerBoxDevice
from ohmstead.simulator.settings import BuildingSettings, Happening, Place, Trouble
from ohmstead.simulator.sources import SourceDevice
from ohmstead.simulator.sunspec_devices import InverterDevice, SunspecMeterDevice
from ohmstead.simulator.supply_meter import SupplyMeter
from ohmstead.simulator.wires import TelegramWire, wired
from ohmstead.transport.pipe import HOST


class Building:
    """One building. Devices without power do not answer, like those whose trouble is to be silent."""

    def __init__(self, settings: BuildingSettings) -> None:
        """Build it; nothing runs yet. Raises ValueError or ConfigurationError for settings that do not fit."""
        self.settings = settings
        self.world = World(with_plain_boards(settings))
        self._pace: Pace | None = None
        self._loops: list[asyncio.Task[None]] = []
        self._lit = True
        self.equipment = _equipment(self)
        self._sources = tuple(SourceDevice(spec, self.sync) for spec in settings.sources)
        named: list[tuple[str, Simulated]] = [(key, each) for each in self.equipment for key in each.keys]
        named += [(source.key, source) for source in self._sources]
        self._front_ends = _front_ends(self)
        self.readers = {
            board.charger: CardReaderDevice(kind=board.card_reader) for board in settings.boards if board.card_reader
        }
        named += [(key, each) for each in self._front_ends for key in each.keys]
        self.devices = dict(named)
        if len(self.devices) != len(named):
            raise ValueError(f"each device its own key, got {sorted(key for key, _ in named)}")
        self._wires = wired(settings.wires, self.equipment)
        self._happenings = sorted(settings.happenings, key=lambda one: one.at_s)
        for one in self._happenings:
            if one.trouble is not None and one.device is not None:
                self._refuse(one.device, one.trouble)
        self.door = Door(self)

    async def start(
        self, host: str = "127.0.0.1", ports: Mapping[str, int] | None = None, beat_s: float = BEAT_S
    ) -> dict[str, Place]:
        """Listen and let time run. ``ports`` by wire; 0 or none is a free one. Raises OSError for a taken port.

        On a loop of virtual time, ``transport.pipe.HOST`` needs no sockets and a longer beat is enough.
        """
        loop = asyncio.get_running_loop()
        self._pace = Pace(self.world, loop.time, beat_s)
        try:
            for name, wire in self._wires.items():
                await wire.start(host, (ports or {}).get(name, wire.spec.port))
            for source in self._sources:
                await source.start(host, (ports or {}).get(source.key))
            for front_end in self._front_ends:
                await front_end.start(host, (ports or {}).get(front_end.key, 0))
            for reader in self.readers.values() if host != HOST else ():
                await reader.start(host)
        except OSError:
            await self.stop()
            raise
        self._loops = [loop.create_task(self._pace.run(self._each_beat)), loop.create_task(self._happen())]
        return self.places

    async def stop(self) -> None:
        """Close every port and stop time. Raises whatever ended the building's own loops before."""
        for wire in self._wires.values():
            await wire.shut()
        for source in self._sources:
            await source.stop()
        for front_end in self._front_ends:
            await front_end.stop()
        for reader in self.readers.values():
            await reader.stop()
        self._pace = None
        loops, self._loops = self._loops, []
        for task in loops:
            task.cancel()
        for task in loops:
            with contextlib.suppress(asyncio.CancelledError):
                await task

    @property
    def places(self) -> dict[str, Place]:
        """Where each device answers, by its key in ``site.toml``."""
        wired = {
            key: self._wires[each.wire].place(each.unit)
            for each in self.equipment
            for key in each.keys
            if self._wires[each.wire].running
        }
        sampled = {key: place for each in self._front_ends if (place := each.place) for key in each.keys}
        read = {reader_of(name): place for name, one in self.readers.items() if (place := one.place) is not None}
        return wired | sampled | read | {one.key: place for one in self._sources if (place := one.place) is not None}

    def sync(self) -> World:
        """The world, moved to this moment; before the start and after the stop it stands still."""
        return self._pace.sync() if self._pace else self.world

    async def set_trouble(self, key: str, trouble: Trouble | None) -> None:
        """Give a device a trouble, or take it away. Raises KeyError for an unknown device.

        Raises ConfigurationError for a trouble that the device, or its wire, has no way to show; ValueError for one
        that a source of JSON cannot have. A refused wire opens again, on its old port, when none of its devices
        refuses; OSError if that is taken now.
        """
        device = self.devices[key]
        if isinstance(device, SourceDevice | Sampler):
            await device.suffer(trouble)
            return
        if trouble is not None:
            self._refuse(key, trouble)
        device.trouble = trouble
        if not isinstance(device, Equipment):
            return
        wire = self._wires[device.wire]
        if self._pace is not None:
            refused = any(d.trouble is Trouble.REFUSED for d in self.equipment if d.wire == device.wire)
            if refused and wire.running:
                await wire.shut()
            elif not refused and not wire.running:
                await wire.open()
            if trouble is Trouble.HALF_OPEN:
                wire.deafen()
        wire.afflict(self._lit)

    def disturb(self, voltage: Mapping[Phase, float], seconds: float) -> None:
        """The supply dips or swells for so long, as whoever samples its waveforms sees it; parts by phase."""
        for front_end in self._front_ends:
            front_end.disturb(voltage, seconds)

    def swap_units(self, one: str, other: str) -> None:
        """Exchange the units of two devices on one wire; done again, it is undone.

        Raises KeyError for an unknown device, ValueError for two that share no wire.
        """
        first, second = self.devices[one], self.devices[other]
        if not isinstance(first, Equipment) or not isinstance(second, Equipment) or first.wire != second.wire:
            wires = " and ".join(str(getattr(each, "wire", None)) for each in (first, second))
            raise ValueError(f"{one} and {other}: on wires {wires}; allowed: two on one wire")
        self._wires[first.wire].swap(first.unit, second.unit)

    def _refuse(self, key: str, trouble: Trouble) -> None:
        device = self.devices[key]
        if trouble not in device.troubles:
            allowed = ", ".join(each for each in Trouble if each in device.troubles)
            raise ConfigurationError((Mistake(f"trouble of {key}", repr(trouble.value), allowed),))
        if not isinstance(device, Equipment):
            return
        why = device.cannot.get(trouble) or self._wires[device.wire].cannot(trouble)
        if why:
            can = [t for t in Trouble if t not in device.cannot and not self._wires[device.wire].cannot(t)]
            hint = f"{why[0].upper()}{why[1:]}."
            raise ConfigurationError((Mistake(f"trouble of {key}", repr(trouble.value), ", ".join(can), hint),))

    def _each_beat(self) -> None:
        if self.world.energised is not self._lit:
            self._lit = self.world.energised
            for wire in self._wires.values():
                wire.afflict(self._lit)
            for source in self._sources:
                source.power(self._lit)
            for front_end in self._front_ends:
                front_end.power(self._lit)
        for wire in self._wires.values():
            if isinstance(wire, TelegramWire):
                wire.speak(self.world)

    async def _happen(self) -> None:
        """What the settings let befall the devices, each at its time."""
        for one in self._happenings:
            while (left_s := one.at_s - self.sync().instant.monotonic_s) > 0:  # noqa: ASYNC110 — the world may lag
                await asyncio.sleep(left_s)
            await self._befall(one)

    async def _befall(self, one: Happening) -> None:
        if one.device is None:
            self.disturb(one.voltage, one.for_s)
        elif one.reset:
            self.devices[one.device].reset_counter()
        else:
            await self.set_trouble(one.device, one.trouble)


def _front_ends(building: Building) -> "tuple[Sampler, ...]":
    """What renders waveforms is loaded only where they are wanted."""
    if not building.settings.front_ends:
        return ()
    from ohmstead.simulator.front_ends import FrontEndDevice

    return tuple(FrontEndDevice(spec, building.sync) for spec in building.settings.front_ends)


def _equipment(building: Building) -> tuple[Equipment, ...]:
    settings, now = building.settings, building.sync
    return (
        *(MeterDevice(spec, now) for spec in settings.meters),
        *(InverterDevice(spec, now) for spec in settings.inverters),
        *(SunspecMeterDevice(spec, now) for spec in settings.sunspec_meters),
        *(PowerBoxDevice(spec, now) for spec in settings.power_boxes),
        *(SupplyMeter(spec, settings.timezone, now) for spec in settings.supply_meters),
        *(PLAIN_BOARDS.get(spec.driver, BoardDevice)(spec, now) for spec in settings.boards),
    )
