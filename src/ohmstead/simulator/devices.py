"""The devices of a building as register images: the world's values in, what a client reads out.

An image is made at the moment of the read, so a change of the world is on the wire at once.
"""

import cmath
import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from ohmstead.core.model.changing import changed
from ohmstead.core.model.evse import BoardCommands, CtInput, PilotMode
from ohmstead.core.model.quantities import JOULES_PER_KWH, PHASES, Phase
from ohmstead.core.model.readings import PhaseReading
from ohmstead.core.plant.measurement import PlantMeasurement
from ohmstead.core.plant.settings import CtSettings
from ohmstead.core.plant.world import World
from ohmstead.protocols import evse_board, evse_board_ct
from ohmstead.protocols.evse_board import BoardFrame, BoardRefused, Capability
from ohmstead.protocols.meters import catalogue
from ohmstead.protocols.meters.codec import MeterValues, encode
from ohmstead.protocols.meters.table import Identify, MeterTable
from ohmstead.protocols.registers import Image, Order
from ohmstead.simulator.settings import BoardSpec, Clamp, MeterSpec, Place, SourceSpec, Trouble
from ohmstead.simulator.telling import details
from ohmstead.transport.modbus_server import RegisterRefused, ServedUnit

Now = Callable[[], World]
"""Gives the world, moved to this moment."""

_FRAME_S = 0.02
LARGE = 0x7F7F
"""What is absurd in any register."""
STRAIGHT = tuple(Clamp(phase, phase) for phase in PHASES)
"""Every terminal with the conductor of its own phase."""
_CAPABILITIES = (
    Capability.CURRENTS
    | Capability.VOLTAGES
    | Capability.ENERGY
    | Capability.TEMPERATURE
    | Capability.STATE_E
    | Capability.SELF_TEST
    | Capability.VENTILATION
    | Capability.RESIDUAL_CURRENT
    | Capability.CHECKSUM
)


class Simulated(ABC):
    """Something that measures or switches: ``trouble`` is what is wrong with it, if anything."""

    def __init__(self, key: str, now: Now) -> None:
        """``key`` names it in ``site.toml``."""
        self.key = key
        self.trouble: Trouble | None = None
        self._now = now

    @property
    def troubles(self) -> frozenset[Trouble]:
        """What it can suffer by itself."""
        return frozenset(Trouble)

    @abstractmethod
    def reset_counter(self) -> None:
        """Its energy counters start again at zero, as after a replacement."""


class Sampler(Simulated):
    """Something that sends samples of its own accord, for the circuits ``keys``."""

    keys: tuple[str, ...]

    @property
    @abstractmethod
    def place(self) -> Place | None:
        """Where it sends; ``None`` before its start."""

    @abstractmethod
    async def start(self, host: str, port: int = 0) -> None:
        """Send from now on. Raises OSError for a taken port."""

    @abstractmethod
    async def stop(self) -> None:
        """Send no more."""

    @abstractmethod
    async def suffer(self, trouble: Trouble | None) -> None:
        """Have a trouble, or none. Raises ValueError for one it cannot have; OSError if its port is taken now."""

    @abstractmethod
    def power(self, lit: bool) -> None:
        """Its supply comes or goes."""

    @abstractmethod
    def disturb(self, voltage: Mapping[Phase, float], seconds: float) -> None:
        """Its voltages stand at these parts of what they are, for so long."""


class Equipment(Simulated):
    """Something on a wire; its trouble is never one of ``cannot``."""

    cannot: Mapping[Trouble, str]
    """Troubles that it has no way to show, with the reason."""

    def __init__(self, keys: Sequence[str], wire: str, unit: int, now: Now) -> None:
        """``keys`` name its parts in ``site.toml``."""
        super().__init__(keys[0], now)
        self.keys = tuple(keys)
        self.wire = wire
        self.unit = unit
        self.cannot = {Trouble.CLOCK_SKEW: "registers tell no time"}
        self._end_j: int | None = None

    def _rolled(self, import_j: int) -> int:
        """What its import counter shows for ``import_j``."""
        if self.trouble is not Trouble.ROLLOVER:
            self._end_j = None
            return import_j
        if self._end_j is None:
            self._end_j = JOULES_PER_KWH
            while self._end_j <= import_j:
                self._end_j *= 10
        return import_j % self._end_j


class Device(Equipment):
    """Something whose registers are asked."""

    def __init__(self, keys: Sequence[str], wire: str, unit: int, now: Now) -> None:
        """``keys`` name its parts in ``site.toml``."""
        super().__init__(keys, wire, unit, now)
        self._shown: Image | None = None

    def image(self) -> Image:
        """Its registers now."""
        if self.trouble is not Trouble.FROZEN or self._shown is None:
            self._shown = self._show()
        return self._shown

    def served(self) -> ServedUnit:
        """As the server wants it."""
        return ServedUnit(self.unit, holdings=self.image)

    @abstractmethod
    def _show(self) -> Image:
        """Its registers, made anew."""


class MeterDevice(Device):
    """A meter by its table."""

    def __init__(self, spec: MeterSpec, now: Now) -> None:
        """Raises ConfigurationError for a table that does not exist."""
        super().__init__((spec.key,), spec.wire, spec.unit, now)
        self._spec = spec
        self._table = catalogue.load(spec.table)
        if any(point.type[0] != "f" and not point.not_available for point in self._table.points):
            self.cannot = {**self.cannot, Trouble.NAN: f"{self._table.name} has no pattern that says: not available"}
        self._floats = self._table.points[0].type[0] == "f"
        other: Order = "little" if self._table.word_order == "big" else "big"
        self._swapped = replace(self._table, word_order=other)
        self._offsets = (0, 0)
        self._last: tuple[MeterTable, MeterValues, Image] | None = None
        self.clamps = connected(spec.phases)

    def served(self) -> ServedUnit:
        """On the function its table names."""
        code = self._table.identify
        apart = None if code is None or code.function == self._table.function else lambda: _with_code((), code)
        if self._table.function == 4:
            return ServedUnit(self.unit, inputs=self.image, holdings=apart)
        return ServedUnit(self.unit, inputs=apart, holdings=self.image)

    def reset_counter(self) -> None:
        """Its energy counters start again at zero."""
        self._offsets = counters(self._now().measure(self._spec.point), self._spec)

    def _show(self) -> Image:
        table = self._swapped if self.trouble is Trouble.WRONG_ORDER else self._table
        image = self._encoded(table, self._values())
        if self.trouble is Trouble.OVERFLOW and not self._floats:
            image = tuple((first, (LARGE,) * len(words)) for first, words in image)
        code = self._table.identify
        return image if code is None or code.function != self._table.function else _with_code(image, code)

    def _encoded(self, table: MeterTable, values: MeterValues) -> Image:
        """The registers of ``values``; a client that asks for several blocks gets them of the same ones."""
        if self._last is None or self._last[0] is not table or self._last[1] != values:
            self._last = (table, values, encode(table, values))
        return self._last[2]

    def _values(self) -> MeterValues:
        if self.trouble is Trouble.NAN:
            return MeterValues()
        seen = self._now().measure(self._spec.point)
        imported, exported = counters(seen, self._spec)
        values = meter_values(seen, self.clamps, self._rolled(imported - self._offsets[0]), exported - self._offsets[1])
        if self.trouble is Trouble.OVERFLOW and self._floats:
            rows = tuple(replace(row, voltage_v=math.inf, current_a=math.inf) for row in values.terminals)
            values = replace(values, power_w=math.inf, terminals=rows)
        dead = (PhaseReading(0.0, 0.0, 0.0, 0.0, 1.0),) * (self._table.phases - len(values.terminals))
        return changed(values, terminals=(*values.terminals, *dead)) if dead else values


def _with_code(image: Image, code: Identify) -> Image:
    """``image`` with the words by which the model is recognised, also where they stand between others."""
    words = (*code.expect, *(0,) * (code.block.count - len(code.expect)))
    for index, (first, held) in enumerate(image):
        at = code.register - first
        if at >= 0 and at + len(words) <= len(held):
            patched = (first, (*held[:at], *words, *held[at + len(words) :]))
            return (*image[:index], patched, *image[index + 1 :])
    return (*image, (code.register, words))


def counters(seen: PlantMeasurement, spec: MeterSpec | SourceSpec) -> tuple[int, int]:
    """Import and export in joules, of its one phase or of all together."""
    if len(spec.phases) == 1:
        row = (seen.elements or seen.phases)[PHASES.index(spec.phases[0])]
        return row.energy_import_j, row.energy_export_j
    return seen.energy_import_j, seen.energy_export_j


def connected(phases: Sequence[Phase]) -> tuple[Clamp, ...]:
    """Each terminal as it should be: voltage and clamp of one conductor."""
    return tuple(Clamp(phase, phase) for phase in phases)


def meter_values(seen: PlantMeasurement, clamps: Sequence[Clamp], import_j: int, export_j: int) -> MeterValues:
    """What a meter shows whose terminals are connected so; its currents are magnitudes, as in real ones.

    Without a neutral one of three phases measures to a star point of its own, one of one phase between two conductors.
    """
    if seen.elements is not None and len(clamps) == 1:
        seen = changed(seen, phases=seen.elements)
    rows = [terminal(seen, clamp) for clamp in clamps]
    power = sum(row.power_w or 0.0 for row in rows)
    reactive = sum(row.reactive_power_var or 0.0 for row in rows)
    apparent = math.hypot(power, reactive)
    return MeterValues(
        power_w=power,
        reactive_power_var=reactive,
        power_factor=power / apparent if apparent else 1.0,
        frequency_hz=seen.frequency_hz,
        energy_import_j=import_j,
        energy_export_j=export_j,
        terminals=tuple(rows),
        details=details(seen, rows, straight=tuple(clamps) == STRAIGHT),
    )


def terminal(seen: PlantMeasurement, clamp: Clamp) -> PhaseReading:
    """The power of a voltage and a current that may be of two conductors, a third of a turn apart."""
    volts = seen.phases[PHASES.index(clamp.voltage)].voltage_v
    if clamp.current is None:
        return PhaseReading(volts, 0.0, 0.0, 0.0, 1.0)
    row = seen.phases[PHASES.index(clamp.current)]
    apart = PHASES.index(clamp.current) - PHASES.index(clamp.voltage)
    if apart == 0 and not clamp.turned:
        return PhaseReading(volts, abs(row.current_a), row.power_w, row.reactive_power_var, row.power_factor)
    scale = (volts / row.voltage_v if row.voltage_v else 0.0) * (-1.0 if clamp.turned else 1.0)
    power = scale * cmath.rect(1.0, apart * math.tau / 3.0) * complex(row.power_w, row.reactive_power_var)
    factor = power.real / abs(power) if power else 1.0
    return PhaseReading(volts, abs(row.current_a), power.real, power.imag, factor)


class BoardDevice(Device):
    """An EVSE board by our published profile. Commands reach the board before the write is answered."""

    def __init__(self, spec: BoardSpec, now: Now) -> None:
        """The world must have the charger."""
        super().__init__((spec.charger,), spec.wire, spec.unit, now)
        self._charger = now().board(spec.charger).settings
        fitted: tuple[tuple[CtInput, CtSettings | None], ...] = (
            ("wired", self._charger.ct),
            ("remote", self._charger.radio_ct),
        )
        self._inputs = tuple(source for source, settings in fitted if settings)
        self._capabilities = _CAPABILITIES
        if self._charger.cable_rating_a is not None:
            self._capabilities |= Capability.LOCK | Capability.PROXIMITY_OHM
        if self._charger.switches_phases:
            self._capabilities |= Capability.PHASE_SWITCH
        self._commands = evse_board.encode_commands(BoardCommands(PilotMode.STEADY, 100.0, permit_close=False), 0)
        self._offset = 0

    def served(self) -> ServedUnit:
        """Snapshot and identity as inputs, commands as holdings."""
        return ServedUnit(self.unit, inputs=self.image, holdings=self._holdings, write=self._write)

    def reset_counter(self) -> None:
        """Its lifetime energy starts again at zero."""
        world = self._now()
        self._offset = world.board(self.key).snapshot(world.instant).energy_j or 0

    def _holdings(self) -> Image:
        holdings: Image = ((evse_board.COMMANDS_START, self._commands),)
        pairing = (evse_board_ct.PAIRING_START, (0,) * evse_board_ct.PAIRING_COUNT)
        return (*holdings, pairing) if self._charger.radio_ct else holdings

    def _write(self, register: int, words: tuple[int, ...]) -> None:
        try:
            if register == evse_board_ct.PAIRING_START and self._charger.radio_ct:
                evse_board_ct.decode_pairing(register, words)
                self._now().radio(self.key).open()
                return
            commands, lease = evse_board.decode_commands(register, words, self._capabilities)
        except BoardRefused as refused:
            raise RegisterRefused(int(refused.code)) from refused
        self._now().board(self.key).command(commands, lease)
        self._commands = words

    def _show(self) -> Image:
        world = self._now()
        board = world.board(self.key)
        seen = board.snapshot(world.instant)
        latched = seen.faults & ~board.active
        energy_j = self._rolled((seen.energy_j or 0) - self._offset)
        shown = changed(seen, energy_j=energy_j)
        if self.trouble is Trouble.NAN:
            nothing = (None, None, None)
            shown = replace(shown, currents_a=nothing, voltages_v=nothing, power_w=None, energy_j=None)
        frame = evse_board.encode_frame(
            BoardFrame(
                shown, int(world.instant.monotonic_s / _FRAME_S), board.lease_counter, latched, self._capabilities
            )
        )
        capabilities = self._capabilities
        inputs: Image = ()
        for source in self._inputs:
            capabilities |= evse_board_ct.CT_CAPABILITY[source]
            words = evse_board_ct.encode_ct(world.grid_ct(self.key, source))
            inputs = (*inputs, (evse_board_ct.CT_START[source], words))
        identity = evse_board.encode_identity(board.identity(), capabilities)
        image: Image = ((evse_board.SNAPSHOT_START, frame), (evse_board.IDENTITY_START, identity), *inputs)
        if self.trouble is Trouble.OVERFLOW:
            return tuple((first, (words[0], *(LARGE for _ in words[1:]))) for first, words in image)
        if self.trouble is Trouble.WRONG_ORDER:
            return tuple((first, tuple(bytes_swapped(word) for word in words)) for first, words in image)
        return image


def bytes_swapped(word: int) -> int:
    """The two bytes of ``word`` the other way round."""
    return (word & 0xFF) << 8 | word >> 8
