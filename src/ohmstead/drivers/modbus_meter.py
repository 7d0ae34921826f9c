"""A meter on Modbus, read by its table: the Meter port over a shared bus (G-128).

Terminals become site phases by the installer's wiring. A meter that has frozen is reported as bad without values,
so that the site treats it as missing.
"""

from dataclasses import dataclass, replace

from ohmstead.core.model.details import placed
from ohmstead.core.model.errors import DeviceError
from ohmstead.core.model.quantities import PHASES, Phase, Quality, Role
from ohmstead.core.model.readings import Reading
from ohmstead.core.model.time import Instant
from ohmstead.drivers.clock import Clock
from ohmstead.drivers.slow_turns import SlowTurns
from ohmstead.drivers.stillness import GRID_LIMIT_S, OTHER_LIMIT_S, Stillness, look
from ohmstead.protocols.meters.codec import MeterValues, decode
from ohmstead.protocols.meters.direction import Direction, directed, open_to_doubt, watch
from ohmstead.protocols.meters.table import Block, MeterTable
from ohmstead.transport.modbus_client import Line
from ohmstead.transport.turns import Priority

GRID_DEADLINE_S = 0.5
"""Per request: 76 registers behind a gateway at 9600 baud take about a quarter of a second."""
OTHER_DEADLINE_S = 1.0
"""Per request: the same at 2400 baud, which small meters are shipped with, takes about 0.8 s."""


@dataclass(frozen=True, slots=True)
class Wiring:
    """What the installer said about one meter."""

    name: str
    unit: int
    role: Role
    phases: tuple[Phase, ...] = PHASES
    """Site phase behind each terminal, in order."""


def reading(wiring: Wiring, values: MeterValues, at: Instant) -> Reading:
    """``values`` of a device as a Reading, its terminals named as the site names them."""
    return Reading(
        device=wiring.name,
        at=at,
        quality=values.quality,
        power_w=values.power_w,
        reactive_power_var=values.reactive_power_var,
        power_factor=values.power_factor,
        frequency_hz=values.frequency_hz,
        energy_import_j=values.energy_import_j,
        energy_export_j=values.energy_export_j,
        phases=dict(zip(wiring.phases, values.terminals, strict=False)),
        problem=values.problem,
        notes=values.notes,
        details=placed(values.details, wiring.phases),
    )


class ModbusMeter:
    """One unit on a bus, understood by its table."""

    def __init__(self, wiring: Wiring, table: MeterTable, line: Line, clock: Clock) -> None:
        """``line`` was opened for this meter and is given back by :meth:`close`."""
        self._wiring, self._table, self._clock = wiring, table, clock
        self._line = line
        grid = wiring.role is Role.GRID
        self._deadline_s = GRID_DEADLINE_S if grid else OTHER_DEADLINE_S
        self._still_limit_s = GRID_LIMIT_S if grid else OTHER_LIMIT_S
        self._priority = Priority.FIRST if grid else Priority.LAST
        self._stillness: Stillness | None = None
        self._direction = Direction() if open_to_doubt(table) else None
        self._turns = SlowTurns(table)

    async def read(self) -> Reading:
        """One Reading, dated to when its first register was asked for. Raises DeviceError."""
        await self._slow_turn()
        at = self._clock.now()
        try:
            blocks = [await self._ask(block) for block in self._table.blocks]
        except DeviceError:
            self._turns.bad()
            raise
        values = decode(self._table, blocks)
        self._stillness = look(self._stillness, blocks, at.monotonic_s)
        if self._stillness.frozen(at.monotonic_s, self._still_limit_s) and _supplied(values):
            self._turns.bad()
            return self._stillness.told(self._wiring.name, at)
        if values.quality is not Quality.GOOD:
            self._turns.bad()
            return reading(self._wiring, replace(values, notes=()), at)
        if self._direction is not None:
            self._direction = watch(self._direction, values)
            values = directed(self._table, self._direction, values)
        self._turns.good(blocks, at.monotonic_s)
        unasked = self._line.bus.unasked(self._wiring.unit)
        notes = (*values.notes, *self._turns.notes, *(() if unasked is None else (unasked,)))
        return reading(self._wiring, replace(values, notes=notes, details=self._turns.details), at)

    async def read_in_full(self) -> Reading:
        """One Reading with what else the meter tells, each of its blocks asked for once. Raises DeviceError."""
        first = await self.read()
        if first.quality is not Quality.GOOD:
            return first
        for block in self._turns.everything():
            await self._slowly(block)
        return await self.read()

    async def _slow_turn(self) -> None:
        """Ask for one block of rarely needed registers when it is due, before the power is asked for."""
        block = self._turns.due(self._clock.now().monotonic_s)
        if block is not None:
            await self._slowly(block)

    async def _slowly(self, block: Block) -> None:
        now_s = self._clock.now().monotonic_s
        try:
            self._turns.came(block, await self._ask(block), now_s)
        except DeviceError as error:
            self._turns.failed(block, error, now_s)

    async def _ask(self, block: Block) -> tuple[int, ...]:
        return await self._line.bus.read(
            self._wiring.unit,
            block.function,
            block.start,
            block.count,
            deadline_s=self._deadline_s,
            priority=self._priority,
        )

    @property
    def reconnects(self) -> int:
        """How often the connection of its bus was made anew."""
        return self._line.reconnects

    async def close(self) -> None:
        """Give the bus back."""
        await self._line.close()


def _supplied(values: MeterValues) -> bool:
    """Whether there is a mains that could move: without one, standing still is right."""
    voltages = [terminal.voltage_v for terminal in values.terminals]
    return values.frequency_hz is not None or any(voltages)
