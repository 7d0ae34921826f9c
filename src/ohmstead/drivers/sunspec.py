"""An inverter or a meter that speaks SunSpec: the Meter port over a shared bus (G-128, G-001).

The role says which of the models in the device's map is meant: those of meters for the grid and for loads, those of
inverters and other generators else. Where the model stands is searched once, and again after an answer that is not
that model any more. Standing still is no fault in an inverter: asleep it shows the same registers all night.
"""

import asyncio
from dataclasses import dataclass, replace

from ohmstead.core.model.errors import DeviceGarbled, DeviceRefused, DeviceUnreachable
from ohmstead.core.model.quantities import Quality, Role
from ohmstead.core.model.readings import Reading
from ohmstead.core.model.reasons import Reason
from ohmstead.drivers.clock import Clock
from ohmstead.drivers.modbus_meter import GRID_DEADLINE_S, OTHER_DEADLINE_S, Wiring, reading
from ohmstead.drivers.stillness import GRID_LIMIT_S, OTHER_LIMIT_S, Stillness, look
from ohmstead.protocols.meters.codec import MeterValues
from ohmstead.protocols.meters.direction import Direction, watch
from ohmstead.protocols.sunspec.device import BASES, COMMON, MARK, MODELS_AT_MOST, Placed, placed
from ohmstead.protocols.sunspec.measuring import (
    INVERTERS,
    METERS,
    counts_export_as_positive,
    measured,
    reach,
    turned,
)
from ohmstead.protocols.sunspec.models import decode, model
from ohmstead.transport.modbus_client import Line
from ohmstead.transport.turns import Priority

HOLDING = 3
SCAN_S = 3.0
"""A search that takes longer is given up, to be begun anew by the next read."""


@dataclass(frozen=True, slots=True)
class _Found:
    """The model that is read, and whether its maker shows power the other way round."""

    model: Placed
    turned: bool


class SunspecDevice:
    """One side of a device on a bus: what it produces, or what its meter measures."""

    def __init__(self, wiring: Wiring, line: Line, clock: Clock) -> None:
        """``line`` was opened for this device and is given back by :meth:`close`."""
        self._wiring, self._line, self._clock = wiring, line, clock
        grid = wiring.role is Role.GRID
        self._metering = wiring.role in (Role.GRID, Role.LOAD, Role.VEHICLE)
        self._wanted = METERS if self._metering else INVERTERS
        self._deadline_s = GRID_DEADLINE_S if grid else OTHER_DEADLINE_S
        self._still_limit_s = GRID_LIMIT_S if grid else OTHER_LIMIT_S
        self._priority = Priority.FIRST if grid else Priority.LAST
        self._found: _Found | None = None
        self._stillness: Stillness | None = None
        self._direction = Direction()
        self._where = f"{line.bus.address} unit {wiring.unit}"

    async def read(self) -> Reading:
        """One Reading with the scale factors of the same moment. Raises DeviceError."""
        found = self._found or await self._search()
        at = self._clock.now()
        place = found.model
        words = await self._words(place.register, reach(place.id))
        if words[:2] != (place.id, place.length):
            self._found = None
            detail = f"register {place.register}: {words[0]}, {words[1]}"
            raise DeviceGarbled(Reason("sunspec.broken_map", {"where": self._where, "detail": detail}))
        self._found = found
        values = measured(words)
        if not self._metering:
            return reading(self._wiring, values, at)
        self._stillness = look(self._stillness, (words,), at.monotonic_s)
        if self._stillness.frozen(at.monotonic_s, self._still_limit_s) and values.frequency_hz:
            still_s = at.monotonic_s - self._stillness.since_s
            problem = Reason("meter.frozen", {"device": self._wiring.name, "still_s": f"{still_s:.0f} s"})
            return Reading(self._wiring.name, at, Quality.BAD, problem=problem)
        return reading(self._wiring, self._directed(turned(values) if found.turned else values), at)

    @property
    def reconnects(self) -> int:
        """How often the connection of its bus was made anew."""
        return self._line.reconnects

    async def close(self) -> None:
        """Give the bus back."""
        await self._line.close()

    def _directed(self, values: MeterValues) -> MeterValues:
        """The counters are named, the sign of the power is not: when they contradict each other, they are right."""
        self._direction = watch(self._direction, values)
        if not self._direction.swapped:
            return values
        note = Reason("sunspec.other_sign", {"where": self._where})
        return replace(turned(values), notes=(*values.notes, note))

    async def _search(self) -> _Found:
        try:
            async with asyncio.timeout(SCAN_S):
                return await self._walk(await self._base() + len(MARK))
        except TimeoutError as error:
            params = {"where": self._where, "limit_s": f"{SCAN_S:g} s"}
            raise DeviceUnreachable(Reason("sunspec.slow_scan", params)) from error

    async def _base(self) -> int:
        for base in BASES:
            try:
                if await self._words(base, len(MARK)) == MARK:
                    return base
            except DeviceRefused:
                continue
        raise DeviceGarbled(Reason("sunspec.not_found", {"where": self._where}))

    async def _walk(self, register: int) -> _Found:
        """The most telling of the wanted models; the first, where a map has it more than once."""
        seen: list[Placed] = []
        while len(seen) < MODELS_AT_MOST:
            try:
                place = placed(register, await self._words(register, 2))
            except ValueError as error:
                raise DeviceGarbled(
                    Reason("sunspec.broken_map", {"where": self._where, "detail": str(error)})
                ) from error
            if place is None:
                break
            seen.append(place)
            register = place.next
        usable = [p for p in seen if p.id in self._wanted and p.length + 2 >= reach(p.id)]
        if not usable:
            came = ", ".join(str(place.id) for place in seen) or "-"
            needed = ", ".join(str(number) for number in sorted(self._wanted))
            key = "sunspec.no_meter" if self._metering else "sunspec.no_inverter"
            raise DeviceGarbled(Reason(key, {"where": self._where, "came": came, "needed": needed}))
        best = min(usable, key=lambda place: self._wanted.index(place.id))
        return _Found(best, self._metering and await self._made_by_one_who_turns(seen))

    async def _made_by_one_who_turns(self, seen: list[Placed]) -> bool:
        about = next((place for place in seen if place.id == COMMON), None)
        common = model(COMMON)
        maker = next(point for point in common.points if point.name == "Mn")
        if about is None or about.length + 2 < maker.end:
            return False
        words = await self._words(about.register, maker.end)
        name = decode(common, words, maker.end)["Mn"]
        return counts_export_as_positive(name if isinstance(name, str) else None)

    async def _words(self, register: int, count: int) -> tuple[int, ...]:
        return await self._line.bus.read(
            self._wiring.unit, HOLDING, register, count, deadline_s=self._deadline_s, priority=self._priority
        )
