"""An inverter, a battery or a meter that speaks SunSpec: the Meter port over a shared bus (G-128, G-001).

The role says which of the models in the device's map is meant: those of meters for the grid and for loads, those of
inverters and other generators else. Where panels and a battery share one inverter, its alternating current is the sum
of both; the direct-current ports of model 714 tell them apart, and are then what production and battery are read from.
A battery that has its inverter to itself is read where the house meets it, when that counts both ways (model 701).

Where the models stand is searched once, and again after an answer that is not that model any more. Standing still is no
fault in an inverter: asleep it shows the same registers all night.
"""

from dataclasses import dataclass, replace

from ohmstead.core.model.details import Details, Quantity
from ohmstead.core.model.errors import DeviceGarbled, DeviceRefused
from ohmstead.core.model.quantities import Quality, Role
from ohmstead.core.model.readings import Reading
from ohmstead.core.model.reasons import Reason
from ohmstead.core.model.time import Instant
from ohmstead.drivers.clock import Clock
from ohmstead.drivers.modbus_meter import GRID_DEADLINE_S, OTHER_DEADLINE_S, Wiring, reading
from ohmstead.drivers.slow_turns import REST_S, ROUND_S
from ohmstead.drivers.stillness import GRID_LIMIT_S, OTHER_LIMIT_S, Stillness, look
from ohmstead.drivers.sunspec_models import SunspecMap
from ohmstead.protocols.meters.codec import LIMITS, MeterValues
from ohmstead.protocols.meters.direction import Direction, watch
from ohmstead.protocols.sunspec.device import Placed
from ohmstead.protocols.sunspec.measuring import (
    INVERTERS,
    METERS,
    TWO_WAY,
    counts_export_as_positive,
    detailed,
    measured,
    reach,
    turned,
)
from ohmstead.protocols.sunspec.storage import (
    BATTERY,
    DC_PORTS,
    PANELS,
    STORAGES,
    Storage,
    dc_ports,
    described,
    storage,
    together,
)
from ohmstead.transport.modbus_client import Line
from ohmstead.transport.turns import Priority


@dataclass(frozen=True, slots=True)
class _Found:
    """What is read: a measuring model, or the ports of one kind; and where a battery tells what it holds."""

    model: Placed | None
    turned: bool = False
    """Whether its maker shows power the other way round."""
    ports: Placed | None = None
    kind: int = PANELS
    store: Placed | None = None


class SunspecDevice:
    """One side of a device on a bus: what it produces, what its battery does, or what its meter measures."""

    def __init__(self, wiring: Wiring, line: Line, clock: Clock) -> None:
        """``line`` was opened for this device and is given back by :meth:`close`."""
        self._wiring, self._line, self._clock = wiring, line, clock
        grid = wiring.role is Role.GRID
        self._metering = wiring.role in (Role.GRID, Role.LOAD, Role.VEHICLE)
        self._wanted = METERS if self._metering else INVERTERS
        self._still_limit_s = GRID_LIMIT_S if grid else OTHER_LIMIT_S
        deadline_s = GRID_DEADLINE_S if grid else OTHER_DEADLINE_S
        self._map = SunspecMap(line, wiring.unit, deadline_s, Priority.FIRST if grid else Priority.LAST)
        self._found: _Found | None = None
        self._stillness: Stillness | None = None
        self._direction = Direction()
        self._details: Details = {}
        self._storage: Storage | None = None
        self._slow_s = 0.0

    async def read(self) -> Reading:
        """One Reading with the scale factors of the same moment. Raises DeviceError."""
        found = self._found or await self._search()
        at = self._clock.now()
        slow = at.monotonic_s >= self._slow_s
        try:
            if slow and found.store is not None:
                self._storage = storage(await self._map.model(found.store))
            shown = await self._ported(found, found.ports, at) if found.ports else await self._measured(found, at, slow)
        except DeviceGarbled:
            self._found = None
            raise
        if slow:
            self._slow_s = max(self._slow_s, at.monotonic_s + ROUND_S)
        self._found = found
        return self._with_storage(shown)

    @property
    def reconnects(self) -> int:
        """How often the connection of its bus was made anew."""
        return self._line.reconnects

    async def close(self) -> None:
        """Give the bus back."""
        await self._line.close()

    async def _measured(self, found: _Found, at: Instant, slow: bool) -> Reading:
        place = found.model
        if place is None:
            power_w = self._storage.power_w if self._storage else None
            return self._judged(Reading(self._wiring.name, at, power_w=power_w))
        words = await self._looked_at(place, at, slow)
        seen = words[: reach(place.id)]
        values = measured(seen)
        if not self._metering:
            return reading(self._wiring, replace(values, details=self._details), at)
        self._stillness = look(self._stillness, (seen,), at.monotonic_s)
        if self._stillness.frozen(at.monotonic_s, self._still_limit_s) and values.frequency_hz:
            still_s = at.monotonic_s - self._stillness.since_s
            problem = Reason("meter.frozen", {"device": self._wiring.name, "still_s": f"{still_s:.0f} s"})
            return Reading(self._wiring.name, at, Quality.BAD, problem=problem)
        values = self._directed(turned(values) if found.turned else values)
        return reading(self._wiring, replace(values, details=self._details), at)

    async def _looked_at(self, place: Placed, at: Instant, slow: bool) -> tuple[int, ...]:
        """The registers of the model up to the last that is needed now; all of them at a slower turn."""
        whole = place.length + 2
        if slow and whole > reach(place.id):
            try:
                words = await self._map.model(place)
            except DeviceRefused:
                self._slow_s = at.monotonic_s + REST_S
            else:
                self._details = detailed(words)
                return words
        return await self._map.model(place, reach(place.id))

    async def _ported(self, found: _Found, place: Placed, at: Instant) -> Reading:
        _, ports = dc_ports(await self._map.model(place))
        own = together(ports, found.kind)
        shown = Reading(
            self._wiring.name,
            at,
            power_w=own.power_w,
            energy_import_j=own.energy_injected_j,
            energy_export_j=own.energy_absorbed_j,
            details=described([port for port in ports if port.kind == found.kind]),
            notes=(Reason("sunspec.ports", {"where": self._map.where}),),
        )
        return self._judged(shown)

    def _judged(self, shown: Reading) -> Reading:
        """``shown`` with a power that can be true, or without one and the reason why."""
        low, high, allowed = LIMITS["power_w"]
        if shown.power_w is None:
            problem = Reason("sunspec.no_direction", {"where": self._map.where})
            return replace(shown, quality=Quality.BAD, problem=problem)
        if low <= shown.power_w <= high:
            return shown
        params = {"point": "DCW", "value": f"{shown.power_w:.6g}", "allowed": allowed}
        return replace(shown, power_w=None, quality=Quality.BAD, problem=Reason("sunspec.implausible", params))

    def _with_storage(self, shown: Reading) -> Reading:
        if self._storage is None:
            return shown
        notes = shown.notes
        if self._storage.fault:
            notes = (*notes, Reason("sunspec.battery_fault", {"where": self._map.where}))
        details = dict(shown.details)
        if self._storage.voltage_v is not None and Quantity.DC_VOLTAGE_V not in details:
            details[Quantity.DC_VOLTAGE_V] = {"total": self._storage.voltage_v}
        return replace(shown, battery=self._storage.battery, notes=notes, details=details)

    def _directed(self, values: MeterValues) -> MeterValues:
        """The counters are named, the sign of the power is not: when they contradict each other, they are right."""
        self._direction = watch(self._direction, values)
        if not self._direction.swapped:
            return values
        note = Reason("sunspec.other_sign", {"where": self._map.where})
        return replace(turned(values), notes=(*values.notes, note))

    async def _search(self) -> _Found:
        """The most telling of the wanted models; the first, where a map has it more than once."""
        seen = await self._map.search()
        usable = [p for p in seen if p.id in self._wanted and p.length + 2 >= reach(p.id)]
        best = min(usable, key=lambda place: self._wanted.index(place.id), default=None)
        if self._metering:
            if best is None:
                raise self._nothing("sunspec.no_meter", seen)
            return _Found(best, counts_export_as_positive(await self._map.maker(seen)))
        ports = next((place for place in seen if place.id == DC_PORTS), None)
        kinds = {port.kind for port in dc_ports(await self._map.model(ports))[1]} if ports else set()
        stores = sorted((p for p in seen if p.id in STORAGES), key=lambda p: STORAGES.index(p.id))
        if self._wiring.role is Role.BATTERY:
            store = stores[0] if stores else None
            alone = next((p for p in usable if p.id == TWO_WAY and PANELS not in kinds), None)
            if alone is not None:
                return _Found(alone, store=store)
            if BATTERY in kinds:
                return _Found(None, ports=ports, kind=BATTERY, store=store)
            if best is not None or store is not None:
                return _Found(best, store=store)
        elif {PANELS, BATTERY} <= kinds:
            return _Found(None, ports=ports, kind=PANELS)
        if best is None:
            raise self._nothing("sunspec.no_inverter", seen)
        return _Found(best)

    def _nothing(self, key: str, seen: list[Placed]) -> DeviceGarbled:
        came = ", ".join(str(place.id) for place in seen) or "-"
        needed = ", ".join(str(number) for number in sorted(self._wanted))
        return DeviceGarbled(Reason(key, {"where": self._map.where, "came": came, "needed": needed}))
