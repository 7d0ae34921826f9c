"""Setting a Power Box up: what hangs on its bus, which transformer sits where and on which phase, and writing that.

What is written is read back, and saved only then: a box that takes a write and keeps something else is told.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from ohmstead.core.model.errors import DeviceGarbled, DeviceRefused
from ohmstead.core.model.measuring import POINTS_OF, PartKind
from ohmstead.core.model.points import SlotSettings
from ohmstead.core.model.quantities import Phase
from ohmstead.core.model.reasons import Param, Reason
from ohmstead.drivers.modbus_meter import OTHER_DEADLINE_S
from ohmstead.protocols.meters.table import Block
from ohmstead.protocols.power_box.codec import (
    BusDevice,
    PowerBoxSetup,
    PowerBoxValues,
    associate,
    decode,
    decode_bus,
    decode_setup,
    equip,
    identify,
    save,
)
from ohmstead.protocols.power_box.table import Association, table
from ohmstead.transport.modbus_client import Line

_PARTS: Mapping[str | None, PartKind] = {"CT Hub": "hub", "Solid Core 3-Phase CT": "core"}


class PowerBoxInstallation:
    """One box on a line, for who installs it. Slots count from 0 but in settings. All calls raise DeviceError."""

    def __init__(self, line: Line, unit: int) -> None:
        """``line`` is given back by :meth:`close`."""
        self._line, self._unit = line, unit
        self._where = f"{line.bus.address} unit {unit}"

    async def setup(self) -> PowerBoxSetup:
        """The phase and the transformer of each slot, and what the box says about itself."""
        try:
            return decode_setup(await self._read(table().blocks(False)))
        except ValueError as error:
            raise self._other(error) from error

    async def bus(self) -> tuple[BusDevice, ...]:
        """The devices on the box's own bus."""
        return decode_bus(await self._read(table().bus_blocks()))

    async def points(self) -> tuple[frozenset[int] | None, int]:
        """The points (from 1) that what answers on its bus has, and how many it would count.

        ``None`` where the box tells nothing of its bus, not even of itself.
        """
        devices = await self.bus()
        if not devices:
            return None, 0
        kinds = [_PARTS[device.name] for device in devices if device.name in _PARTS]
        return frozenset(slot + 1 for device in devices for slot in device.slots), sum(
            POINTS_OF[kind] for kind in kinds
        )

    async def values(self, setup: PowerBoxSetup) -> PowerBoxValues:
        """One look at all slots."""
        return decode(setup, await self._read(table().blocks(True)))

    async def identify(self, slot: int, on: bool) -> None:
        """Let the light of the transformer at ``slot`` blink, or end that."""
        await self._write(*identify(slot, on))

    async def place(self, slot: int, association: Association | None) -> None:
        """Give the current of ``slot`` the voltage of a phase, or of none, and keep that."""
        await self._write_and_check(slot, *associate(slot, association))

    async def equip(self, slot: int, ct_type: str) -> None:
        """Say which transformer is at ``slot``, and keep that."""
        await self._write_and_check(slot, *equip(slot, ct_type))

    async def close(self) -> None:
        """Give the line back."""
        await self._line.close()

    async def install(self, wanted: Sequence[SlotSettings], phases: Sequence[Phase]) -> int:
        """Let each slot be as ``wanted`` says; how many were otherwise. ``phases`` are behind the terminals."""
        setup = await self.setup()
        changed = 0
        for slot, association, ct_type in _told(wanted, phases):
            known = setup.slots[slot]
            other = association != known.association, ct_type is not None and ct_type != known.ct_type
            if other[1] and ct_type is not None:
                await self.equip(slot, ct_type)
            if other[0]:
                await self.place(slot, association)
            changed += any(other)
        return changed

    async def differing(self, wanted: Sequence[SlotSettings], phases: Sequence[Phase]) -> int:
        """How many slots are otherwise than ``wanted`` says. Nothing is written."""
        setup = await self.setup()
        found = 0
        for slot, association, ct_type in _told(wanted, phases):
            known = setup.slots[slot]
            found += association != known.association or (ct_type is not None and ct_type != known.ct_type)
        return found

    async def _write_and_check(self, slot: int, register: int, words: tuple[int, ...]) -> None:
        await self.setup()
        await self._write(register, words)
        ((came,),) = await self._read((Block(table().function, register, 1),))
        if (came,) != words:
            params: dict[str, Param] = {"where": self._where, "slot": slot + 1, "came": came, "wanted": words[0]}
            raise DeviceRefused(Reason("power_box.not_taken", params))
        try:
            await self._write(*save())
        except DeviceRefused as error:
            kept: dict[str, Param] = {"where": self._where, "slot": slot + 1}
            raise DeviceRefused(Reason("power_box.not_saved", kept)) from error

    async def _write(self, register: int, words: tuple[int, ...]) -> None:
        await self._line.bus.write(self._unit, register, words, deadline_s=OTHER_DEADLINE_S)

    async def _read(self, blocks: Iterable[Block]) -> list[tuple[int, ...]]:
        return [
            await self._line.bus.read(self._unit, block.function, block.start, block.count, deadline_s=OTHER_DEADLINE_S)
            for block in blocks
        ]

    def _other(self, error: ValueError) -> DeviceGarbled:
        return DeviceGarbled(Reason("power_box.other_device", {"where": self._where, "detail": str(error)}))


def _told(wanted: Sequence[SlotSettings], phases: Sequence[Phase]) -> Iterator[tuple[int, Association, str | None]]:
    """The slots (from 0) that the settings tell; the others are as the box has them."""
    for each in wanted:
        if each.phase is not None:
            yield each.slot - 1, Association(phases.index(each.phase), each.reversed), each.ct
