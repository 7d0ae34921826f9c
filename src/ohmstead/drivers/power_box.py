"""A circuit measured by some slots of a Power Box: the Meter port over a shared bus (G-128).

Several circuits share one box, each reading only its own slots. Which phase a slot belongs to is asked at the start
and again from time to time, as it is set in the box and not here.
"""

from collections.abc import Iterable, Sequence

from ohmstead.core.model.errors import DeviceGarbled
from ohmstead.core.model.quantities import Phase, Quality, Role
from ohmstead.core.model.readings import PhaseReading, Reading
from ohmstead.core.model.reasons import Reason
from ohmstead.core.model.time import Instant
from ohmstead.drivers.clock import Clock
from ohmstead.drivers.modbus_meter import GRID_DEADLINE_S, OTHER_DEADLINE_S, Wiring
from ohmstead.drivers.stillness import GRID_LIMIT_S, OTHER_LIMIT_S, Stillness, look
from ohmstead.protocols.meters.table import Block
from ohmstead.protocols.power_box.codec import PowerBoxSetup, PowerBoxValues, decode, decode_setup
from ohmstead.protocols.power_box.table import table
from ohmstead.transport.modbus_client import Line
from ohmstead.transport.turns import Priority

SETUP_S = 60.0
"""How long the box's own settings are trusted."""


class PowerBoxCircuit:
    """Some slots of one box."""

    def __init__(self, wiring: Wiring, slots: Sequence[int], line: Line, clock: Clock) -> None:
        """``slots`` count from 0. ``line`` was opened for this circuit and is given back by :meth:`close`."""
        self._wiring, self._slots, self._line, self._clock = wiring, tuple(slots), line, clock
        grid = wiring.role is Role.GRID
        self._deadline_s = GRID_DEADLINE_S if grid else OTHER_DEADLINE_S
        self._still_limit_s = GRID_LIMIT_S if grid else OTHER_LIMIT_S
        self._priority = Priority.FIRST if grid else Priority.LAST
        self._live = table().blocks(True, self._slots)
        self._setup: tuple[float, PowerBoxSetup] | None = None
        self._stillness: Stillness | None = None
        self._where = f"{line.bus.address} unit {wiring.unit}"

    async def read(self) -> Reading:
        """One Reading, the sum of the slots. Raises DeviceError."""
        setup = await self._installed()
        at = self._clock.now()
        blocks = await self._read(self._live)
        values = decode(setup, blocks, self._slots)
        self._stillness = look(self._stillness, blocks, at.monotonic_s)
        if self._stillness.frozen(at.monotonic_s, self._still_limit_s) and any(values.voltages):
            return self._stillness.told(self._wiring.name, at)
        return self._reading(setup, values, at)

    @property
    def reconnects(self) -> int:
        """How often the connection of its bus was made anew."""
        return self._line.reconnects

    async def close(self) -> None:
        """Give the bus back."""
        await self._line.close()

    async def _installed(self) -> PowerBoxSetup:
        now = self._clock.now().monotonic_s
        if self._setup is not None and now - self._setup[0] < SETUP_S:
            return self._setup[1]
        try:
            setup = decode_setup(await self._read(table().blocks(False)))
        except ValueError as error:
            reason = Reason("power_box.other_device", {"where": self._where, "detail": str(error)})
            raise DeviceGarbled(reason) from error
        if not setup.recent:
            came, needed = (f"{major}.{minor}" for major, minor in (setup.firmware, table().minimum_firmware))
            params: dict[str, str | int | float] = {"where": self._where, "came": came, "needed": needed}
            raise DeviceGarbled(Reason("power_box.old_firmware", params))
        self._setup = (now, setup)
        return setup

    async def _read(self, blocks: Iterable[Block]) -> list[tuple[int, ...]]:
        return [
            await self._line.bus.read(
                self._wiring.unit,
                block.function,
                block.start,
                block.count,
                deadline_s=self._deadline_s,
                priority=self._priority,
            )
            for block in blocks
        ]

    def _reading(self, setup: PowerBoxSetup, values: PowerBoxValues, at: Instant) -> Reading:
        slots = [values.slots[index] for index in self._slots]
        lost = next((index for index in self._slots if setup.slots[index].association is None), None)
        problem = values.problem
        if lost is not None:
            told = setup.problem if setup.problem and setup.problem.params["slot"] == lost + 1 else None
            problem = told or Reason("power_box.no_phase", {"device": self._wiring.name, "slot": lost + 1})
        energies = [_total(s.energy_import_j for s in slots), _total(s.energy_export_j for s in slots)]
        return Reading(
            device=self._wiring.name,
            at=at,
            quality=Quality.BAD if problem else Quality.GOOD,
            power_w=_total(s.values.power_w for s in slots),
            frequency_hz=values.frequency_hz,
            energy_import_j=None if energies[0] is None else round(energies[0]),
            energy_export_j=None if energies[1] is None else round(energies[1]),
            phases=dict(self._phases(setup, values)),
            problem=problem,
        )

    def _phases(self, setup: PowerBoxSetup, values: PowerBoxValues) -> Iterable[tuple[Phase, PhaseReading]]:
        for terminal, phase in enumerate(self._wiring.phases):
            on_it = [i for i in self._slots if (a := setup.slots[i].association) and a.terminal == terminal]
            if on_it:
                rows = [values.slots[index].values for index in on_it]
                current, power = _total(row.current_a for row in rows), _total(row.power_w for row in rows)
                yield phase, PhaseReading(values.voltages[terminal], current, power)


def _total(values: Iterable[float | None]) -> float | None:
    """The sum, unless one is missing."""
    known = list(values)
    return None if None in known else sum(value for value in known if value is not None)
