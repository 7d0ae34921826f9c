"""A circuit measured by some slots of a Power Box: the Meter port over a shared bus (G-128).

Several circuits share one box, each reading only its own slots. Which phase a slot belongs to is asked at the start
and again from time to time, as it is set in the box and not here.
"""

import re
from collections.abc import Iterable, Mapping, Sequence

from ohmstead.core.metrology.suspicion import Suspicion, watched
from ohmstead.core.model.errors import DeviceGarbled
from ohmstead.core.model.loads import MeasuredPoint
from ohmstead.core.model.quantities import Phase, Quality, Role
from ohmstead.core.model.readings import PhaseReading, Reading
from ohmstead.core.model.reasons import Reason
from ohmstead.core.model.time import Instant
from ohmstead.drivers.clock import Clock
from ohmstead.drivers.modbus_meter import GRID_DEADLINE_S, OTHER_DEADLINE_S, Wiring
from ohmstead.drivers.stillness import GRID_LIMIT_S, OTHER_LIMIT_S, Stillness, look
from ohmstead.protocols.meters.table import Block
from ohmstead.protocols.power_box.codec import PowerBoxSetup, PowerBoxValues, Slot, decode, decode_setup
from ohmstead.protocols.power_box.table import table
from ohmstead.transport.modbus_client import Line
from ohmstead.transport.turns import Priority

_AMPERES = re.compile(r"(\d+(?:/\d+)*) A\b")
SETUP_S = 60.0
"""How long the box's own settings are trusted."""


class PowerBoxCircuit:
    """Some slots of one box."""

    def __init__(
        self,
        wiring: Wiring,
        slots: Sequence[int],
        line: Line,
        clock: Clock,
        ratings: Mapping[int, float | None] | None = None,
        delta: bool = False,
    ) -> None:
        """``slots`` count from 0, also those of ``ratings``, in A. On a ``delta`` grid the counters of two slots are
        those of two wattmeters: split by sign before they are added up, they are no energy of the circuit.

        ``line`` was opened for this circuit and is given back by :meth:`close`.
        """
        self._wiring, self._slots, self._line, self._clock = wiring, tuple(slots), line, clock
        self._ratings = ratings or {}
        self._counts = not delta or len(slots) == 1
        self._suspicion = Suspicion()
        self._measured: tuple[MeasuredPoint, ...] = ()
        self._gone: tuple[int, ...] = ()
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
        currents = {index: values.slots[index].values.current_a for index in self._slots}
        rated = {index: self._ratings.get(index) or _rated(setup.slots[index]) for index in self._slots}
        self._suspicion = watched(self._suspicion, currents, rated, at.monotonic_s)
        doubts = {index: self._doubt(index, rated[index], at.monotonic_s) for index in self._slots}
        self._measured = tuple(self._point(index, setup, values, doubts[index]) for index in self._slots)
        return self._reading(setup, values, at, tuple(each for each in doubts.values() if each is not None))

    def measured(self) -> tuple[MeasuredPoint, ...]:
        """Its slots as of its latest reading."""
        return self._measured

    def installed_anew(self) -> None:
        """What the box says of its slots is asked for with the next reading."""
        self._setup = None

    def bus_has(self, points: frozenset[int]) -> None:
        """The points (from 1) that hubs on the box's bus have; what the others show counts for nothing."""
        self._gone = tuple(index for index in self._slots if index + 1 not in points)

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

    def _doubt(self, index: int, rating_a: float | None, now_s: float) -> Reason | None:
        params: dict[str, str | int | float] = {"device": self._wiring.name, "point": index + 1}
        if self._suspicion.too_small(index, now_s):
            return Reason("samples.over_range", {**params, "rating_a": rating_a or 0.0})
        return Reason("device.no_current", params) if self._suspicion.open(index, now_s) else None

    def _point(self, index: int, setup: PowerBoxSetup, values: PowerBoxValues, doubt: Reason | None) -> MeasuredPoint:
        placed, row = setup.slots[index].association, values.slots[index].values
        phase = None
        if placed is not None and placed.terminal < len(self._wiring.phases):
            phase = self._wiring.phases[placed.terminal]
        factor = None
        if row.power_w is not None and row.current_a and row.voltage_v:
            factor = max(-1.0, min(1.0, row.power_w / (row.voltage_v * row.current_a)))
        return MeasuredPoint(
            index + 1, phase, row.voltage_v, None, row.current_a, row.power_w, power_factor=factor, doubt=doubt
        )

    def _reading(
        self, setup: PowerBoxSetup, values: PowerBoxValues, at: Instant, warnings: tuple[Reason, ...]
    ) -> Reading:
        slots = [values.slots[index] for index in self._slots]
        lost = next((index for index in self._slots if setup.slots[index].association is None), None)
        problem = values.problem
        if lost is not None:
            told = setup.problem if setup.problem and setup.problem.params["slot"] == lost + 1 else None
            problem = told or Reason("power_box.no_phase", {"device": self._wiring.name, "slot": lost + 1})
        if self._gone:
            numbers = ", ".join(str(index + 1) for index in self._gone)
            problem = Reason("power_box.no_hub", {"device": self._wiring.name, "points": numbers})
        energies: list[float | None] = [None, None]
        if self._counts:
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
            warnings=warnings,
        )

    def _phases(self, setup: PowerBoxSetup, values: PowerBoxValues) -> Iterable[tuple[Phase, PhaseReading]]:
        for terminal, phase in enumerate(self._wiring.phases):
            on_it = [i for i in self._slots if (a := setup.slots[i].association) and a.terminal == terminal]
            if on_it:
                rows = [values.slots[index].values for index in on_it]
                current, power = _total(row.current_a for row in rows), _total(row.power_w for row in rows)
                yield phase, PhaseReading(values.voltages[terminal], current, power)


def _rated(slot: Slot) -> float | None:
    """What its transformer is made for, by the largest number of its type's name."""
    amperes = [float(each) for part in _AMPERES.findall(slot.ct_type or "") for each in part.split("/")]
    return max(amperes, default=None)


def _total(values: Iterable[float | None]) -> float | None:
    """The sum, unless one is missing."""
    known = list(values)
    return None if None in known else sum(value for value in known if value is not None)
