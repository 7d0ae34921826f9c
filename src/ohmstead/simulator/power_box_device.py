"""A Power Box of a building: transformers around conductors on its 28 slots, read and served by its own map.

It can be written where the map says so: the association of each slot (which voltage its current belongs to, and its
direction), its type of transformer, the register that lets a transformer show itself, and the one that keeps it all.
A slot measures what its transformer embraces; with the voltage of another phase its power is that of voltage and
current as they are, as in the real box.
"""

from collections.abc import Sequence
from dataclasses import replace

from ohmstead.core.model.quantities import PHASES, Phase
from ohmstead.core.model.readings import PhaseReading
from ohmstead.core.plant.measurement import CLAMPED, PhaseValues
from ohmstead.core.plant.network import LEGS
from ohmstead.protocols.power_box.codec import BusDevice, PowerBoxSetup, PowerBoxValues, Slot, SlotValues, encode
from ohmstead.protocols.power_box.table import SLOTS, Association, table
from ohmstead.protocols.registers import Image
from ohmstead.simulator.devices import LARGE, Device, Now, bytes_swapped, terminal
from ohmstead.simulator.settings import Clamp, PowerBoxSpec, SlotsSpec, Trouble
from ohmstead.simulator.wiring import AS_IT_SHOULD_BE, EVERY_S, OPEN_SHARE, BoxWiring, ClampWiring
from ohmstead.transport.modbus_server import RegisterRefused, ServedUnit

_ILLEGAL_ADDRESS, _ILLEGAL_VALUE = 2, 3
_FIRMWARE = (1, 44)
_HUB, _CORE = 5500, 5600
_HUB_SLOTS = 4


class PowerBoxDevice(Device):
    """One box. ``showing`` are the slots (from 0) whose transformers were asked to show themselves."""

    def __init__(self, spec: PowerBoxSpec, now: Now) -> None:
        """Installed as the specification says."""
        super().__init__([circuit.key for circuit in spec.circuits], spec.wire, spec.unit, now)
        self.showing: set[int] = set()
        self._around: dict[int, tuple[SlotsSpec, Phase]] = {}
        slots = [Slot()] * SLOTS
        for circuit in spec.circuits:
            for slot, phase in zip(circuit.slots, circuit.phases, strict=True):
                placed = Association(PHASES.index(phase), slot in circuit.reversed)
                slots[slot - 1] = Slot(placed, circuit.ct_type)
                self._around[slot - 1] = (circuit, phase)
        self._offsets: dict[int, tuple[int, int]] = {}
        self.setup = PowerBoxSetup(tuple(slots), f"{table().model:04d}{1_000_000 + spec.unit}", _FIRMWARE)
        self._hubs = _hubs(sorted(self._around))
        self._wiring = AS_IT_SHOULD_BE

    def rewire(self, wiring: BoxWiring) -> None:
        """Let it hang there like that."""
        self._wiring = wiring

    def forget(self) -> None:
        """Lose what was set up: no slot has a phase any more."""
        self.setup = replace(self.setup, slots=tuple(replace(slot, association=None) for slot in self.setup.slots))

    @property
    def found(self) -> tuple[BusDevice, ...]:
        """What answers on its bus now: itself, and the hubs."""
        wiring, hubs = self._wiring, self._hubs
        if wiring.hubs_more:
            hubs = [*hubs, *_spare(len(hubs), wiring.hubs_more)]
        if wiring.port == "B":
            hubs = []
        if wiring.broken_at is not None:
            hubs = hubs[: wiring.broken_at - 1]
        if not wiring.terminated and self._now().instant.monotonic_s // EVERY_S % 2:
            hubs = []
        return (BusDevice(table().model, self.setup.serial, _FIRMWARE, ()), *hubs)

    def served(self) -> ServedUnit:
        """Holdings that can be written where the box can."""
        return ServedUnit(self.unit, holdings=self._holdings, write=self._write)

    def reset_counter(self) -> None:
        """The counters of all its slots start again at zero."""
        self._offsets = {slot: self._counted(slot) for slot in self._around}

    def _holdings(self) -> Image:
        marks = tuple(int(slot in self.showing) for slot in range(SLOTS))
        return tuple(sorted((*self.image(), (table().identify, marks), (table().save, (0,)))))

    def _show(self) -> Image:
        image = encode(self.setup, self._values(), self.found)
        if self.trouble is Trouble.OVERFLOW:
            image = tuple((first, (LARGE,) * len(words) if first < _SETUP else words) for first, words in image)
        if self.trouble is Trouble.WRONG_ORDER:
            image = tuple((first, tuple(bytes_swapped(word) for word in words)) for first, words in image)
        return image

    def _values(self) -> PowerBoxValues:
        if self.trouble is Trouble.NAN:
            return PowerBoxValues()
        world = self._now()
        grid = world.measure("grid")
        there = {slot for device in self.found for slot in device.slots}
        slots = tuple(self._slot(index, index in there) for index in range(SLOTS))
        rows = grid.elements or grid.phases
        stand = [0.0 if one is None else rows[PHASES.index(one)].voltage_v for one in self._wiring.terminals]
        return PowerBoxValues(grid.frequency_hz, tuple(stand), slots)

    def _slot(self, index: int, there: bool) -> SlotValues:
        """What flows through a transformer, by the voltage that the box was told to go by."""
        clamp = self._wiring.clamps.get(index + 1, ClampWiring())
        if index not in self._around or not there or clamp.unplugged:
            return SlotValues(PhaseReading(current_a=0.0, power_w=0.0), 0, 0)
        circuit, phase = self._around[index]
        placed, seen = self.setup.slots[index].association, self._now().measure(circuit.point)
        around, share = clamp.on or phase, OPEN_SHARE if clamp.open else 1.0
        power: float | None = 0.0
        stands = None if placed is None else self._wiring.terminals[placed.terminal]
        if placed is not None and stands is not None:
            turned = placed.reversed != ((index + 1 in circuit.reversed) != clamp.turned)
            if seen.elements is None:
                power = share * (terminal(seen, Clamp(stands, around, turned)).power_w or 0.0)
            else:
                power = share * self._element_w(circuit.point, placed.terminal, phase, clamp) * (-1 if turned else 1)
        imported, exported = self._counted(index)
        before = self._offsets.get(index, (0, 0))
        conductor = PHASES.index(around)
        if seen.elements is not None and clamp.on is None:
            conductor = CLAMPED[conductor]
        return SlotValues(
            PhaseReading(current_a=share * abs(seen.phases[conductor].current_a), power_w=power),
            self._rolled(imported - before[0]),
            exported - before[1],
        )

    def _element_w(self, point: str, code: int, phase: Phase, clamp: ClampWiring) -> float:
        """On a delta grid: the line voltage of a code, as it stands on the terminals, with the clamped current."""
        volts, currents = self._now().phasors(point)
        one, other = (
            0j if (at := self._wiring.terminals[terminal]) is None else volts[PHASES.index(at)]
            for terminal in LEGS[code]
        )
        conductor = CLAMPED[PHASES.index(phase)] if clamp.on is None else PHASES.index(clamp.on)
        return ((one - other) * currents[conductor].conjugate()).real

    def _row(self, index: int) -> PhaseValues:
        circuit, phase = self._around[index]
        seen = self._now().measure(circuit.point)
        return (seen.elements or seen.phases)[PHASES.index(phase)]

    def _counted(self, index: int) -> tuple[int, int]:
        row = self._row(index)
        return row.energy_import_j, row.energy_export_j

    def _write(self, register: int, words: tuple[int, ...]) -> None:
        """One request: associations, types or marks, whole or not at all."""
        associations, types = table().rows["association"], table().rows["ct_type"]
        if register == table().save:
            _keep(words)
        elif table().identify <= register and register + len(words) <= table().identify + SLOTS:
            self._mark(register - table().identify, words)
        elif associations.register <= register and register + len(words) <= associations.register + SLOTS:
            self._associate(register - associations.register, words)
        elif types.register <= register and register + len(words) <= types.register + SLOTS:
            self._equip(register - types.register, words)
        else:
            raise RegisterRefused(_ILLEGAL_ADDRESS)

    def _mark(self, first: int, words: tuple[int, ...]) -> None:
        if any(word not in (0, 1) for word in words):
            raise RegisterRefused(_ILLEGAL_VALUE)
        for slot, word in enumerate(words, first):
            (self.showing.add if word else self.showing.discard)(slot)

    def _associate(self, first: int, words: tuple[int, ...]) -> None:
        known = table().associations
        if any(word and word not in known for word in words):
            raise RegisterRefused(_ILLEGAL_VALUE)
        slots = list(self.setup.slots)
        for slot, word in enumerate(words, first):
            slots[slot] = replace(slots[slot], association=known.get(word))
        self.setup = replace(self.setup, slots=tuple(slots))

    def _equip(self, first: int, words: tuple[int, ...]) -> None:
        """What the box believes of its transformers; what they measure is as it is."""
        known = table().ct_types
        if any(word not in known for word in words):
            raise RegisterRefused(_ILLEGAL_VALUE)
        slots = list(self.setup.slots)
        for slot, word in enumerate(words, first):
            slots[slot] = replace(slots[slot], ct_type=known[word])
        self.setup = replace(self.setup, slots=tuple(slots))


def _keep(words: tuple[int, ...]) -> None:
    """A simulated box has no power cut: it keeps everything anyway."""
    if words != (1,):
        raise RegisterRefused(_ILLEGAL_VALUE)


_SETUP = 0x1000
"""The first register that says how the box is installed."""


def _spare(first: int, count: int) -> list[BusDevice]:
    numbers = range(first, first + count)
    return [BusDevice(_HUB, f"{_HUB:04d}{2_000_000 + number}", (1, 2), ()) for number in numbers]


def _hubs(slots: Sequence[int]) -> list[BusDevice]:
    """The CT Hubs that its transformers hang on, four each."""
    parts = [tuple(slots[i : i + _HUB_SLOTS]) for i in range(0, len(slots), _HUB_SLOTS)]
    return [BusDevice(_HUB, f"{_HUB:04d}{2_000_000 + number}", (1, 2), part) for number, part in enumerate(parts)]
