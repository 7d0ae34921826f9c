"""A circuit measured from samples: the Meter port over the worker of its front end (G-128).

Clipped columns and missing samples mark the reading; a transformer beyond its range is told as a warning (G-117).
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from ohmstead.core.metrology.suspicion import Suspicion, watched
from ohmstead.core.model.details import BETWEEN, Details, Place, Quantity
from ohmstead.core.model.errors import DeviceUnreachable
from ohmstead.core.model.loads import MeasuredPoint
from ohmstead.core.model.quantities import PHASES, GridType, Quality, Role
from ohmstead.core.model.readings import Reading
from ohmstead.core.model.reasons import Param, Reason
from ohmstead.core.model.sampled import (
    CircuitValues,
    FlickerSeverity,
    PointValues,
    PointWiring,
    PowerQuality,
    ProposedWiring,
    Second,
    VoltageEvent,
)
from ohmstead.core.model.time import Instant
from ohmstead.drivers.clock import Clock
from ohmstead.drivers.sampling.front_end import FrontEnd, FrontEnds

RHYTHM_S = 1.0
DETAILS_S = 15.0
PATIENCE_S, FIRST_PATIENCE_S = 2.5, 15.0
"""For the next second, and for the first of a worker that has yet to load its libraries."""
FLICKER_HOLDS_S = 630.0
"""A severity of ten minutes is shown until the next one should have come."""
ENOUGH = 0.5
"""Share of a second that must have been measured for its values to be good."""


class SampledCircuit:
    """One load or source on some points of a front end."""

    def __init__(
        self,
        name: str,
        role: Role,
        points: tuple[PointWiring, ...],
        front_end: FrontEnd,
        front_ends: FrontEnds,
        clock: Clock,
    ) -> None:
        """``front_end`` was opened for this circuit and is given back by :meth:`close`."""
        self._name, self._points, self._clock = name, points, clock
        self._front_end, self._front_ends = front_end, front_ends
        self._after: Instant | None = None
        self._closed = False
        self._details: tuple[Instant, FlickerSeverity | None, Details] | None = None
        self._suspicion = Suspicion()
        front_end.wire(name, points, role)

    async def read(self) -> Reading:
        """The next second, waited for. Raises DeviceError."""
        self._front_end.start(self._clock)
        patience_s = FIRST_PATIENCE_S if self._front_end.latest is None else PATIENCE_S
        second, at = await self._front_end.next(self._after, patience_s)
        self._after = at
        return self._reading(second, at)

    @property
    def reconnects(self) -> int:
        """How often the worker was started anew."""
        return self._front_end.restarts

    async def quality(self, at: datetime, grid_type: GridType) -> PowerQuality:
        """Everything about the power here, at this moment. Raises DeviceError."""
        look = await self._front_end.look(self._name)
        second = self._front_end.latest
        values = None if second is None else second.circuits.get(self._name)
        if second is None or values is None:
            raise DeviceUnreachable(Reason("samples.nothing_yet", {"where": self._front_end.where}))
        return PowerQuality(self._name, at, grid_type, second, values, look)

    @property
    def spokesman(self) -> str:
        """The circuit of its front end that tells what concerns all of them."""
        return self._front_end.spokesman

    def happened(self) -> Sequence[VoltageEvent | FlickerSeverity]:
        """What happened to the supply since the last call; only the spokesman knows of any."""
        if self._front_end.spokesman != self._name:
            return ()
        told = tuple(self._front_end.happened)
        self._front_end.happened.clear()
        return told

    async def proposal(self, mains_known: bool, heaters: tuple[str, ...] = ()) -> ProposedWiring:
        """What the data say about all circuits of the front end. Raises DeviceError."""
        return await self._front_end.proposal(mains_known, heaters)

    def measured(self) -> tuple[MeasuredPoint, ...]:
        """Its points in the latest second; those of a wiring before this one are not told."""
        second = self._front_end.latest
        values = None if second is None else second.circuits.get(self._name)
        told = [(each.column, each.code) for each in values.points] if values is not None else []
        if second is None or values is None or told != [(each.column, each.code) for each in self._points]:
            return ()
        warned = {reason.params["point"]: reason for reason in self._warnings(values)}
        return tuple(self._point(each, second, warned.get(each.column + 1)) for each in values.points)

    def installed_anew(self) -> None:
        """A front end keeps no settings of its own."""

    def bus_has(self, points: frozenset[int]) -> None:
        """A front end has no bus."""

    def _point(self, seen: PointValues, second: Second, doubt: Reason | None) -> MeasuredPoint:
        delta = self._front_end.grid_type == "3x230"
        lines = dict(zip(PHASES, second.line_voltages_v, strict=False))
        if seen.clipped and doubt is None:
            doubt = Reason("samples.clipped", {"device": self._name, "points": str(seen.column + 1)})
        return MeasuredPoint(
            seen.column + 1,
            seen.code,
            None if delta else seen.voltage_v,
            seen.voltage_v if delta else lines.get(seen.code),
            seen.current_a,
            seen.power_w,
            seen.reactive_power_var,
            seen.power_factor,
            doubt,
        )

    async def close(self) -> None:
        """Give the front end back."""
        if not self._closed:
            self._closed = True
            self._front_end.unwire(self._name, self._points)
            await self._front_ends.release(self._front_end)

    def _reading(self, second: Second, at: Instant) -> Reading:
        values = second.circuits.get(self._name)
        if values is None or second.measured_s < ENOUGH * second.length_s:
            share = f"{100 * second.measured_s / second.length_s:.0f} %"
            too_few = Reason("samples.gaps", {"device": self._name, "share": share})
            return Reading(self._name, at, Quality.BAD, problem=too_few, rhythm_s=RHYTHM_S)
        currents: dict[int, float | None] = {point.column + 1: point.current_a for point in values.points}
        self._suspicion = watched(self._suspicion, currents, {}, at.monotonic_s)
        clipped = [point.column + 1 for point in values.points if point.clipped]
        problem: Reason | None = None
        if clipped:
            problem = Reason("samples.clipped", {"device": self._name, "points": ", ".join(map(str, clipped))})
        imported, exported = self._front_end.energies_j(self._name)
        return Reading(
            device=self._name,
            at=at,
            quality=Quality.BAD if clipped else Quality.GOOD,
            power_w=values.power_w,
            reactive_power_var=values.reactive_power_var,
            power_factor=values.power_factor,
            frequency_hz=second.frequency_hz,
            energy_import_j=imported,
            energy_export_j=exported,
            phases=values.phases,
            problem=problem,
            rhythm_s=RHYTHM_S,
            warnings=tuple(self._warnings(values)),
            counted_since=self._front_end.began,
            details=self._detailed(second, values, at),
        )

    def _detailed(self, second: Second, values: CircuitValues, at: Instant) -> Details:
        """What moves slowly, made anew a few times a minute, and when there is another severity of flicker."""
        flicker = self._front_end.flicker[0] if self._front_end.flicker else None
        if self._details is None or at.since(self._details[0]) >= DETAILS_S or flicker is not self._details[1]:
            self._details = at, flicker, {**_details(second, values), **self._flicker(at)}
        return self._details[2]

    def _flicker(self, at: Instant) -> Mapping[Quantity, Mapping[Place, float]]:
        """The last severity, where it is of the last ten minutes, nothing disturbed them, and this circuit tells it."""
        if self._front_end.flicker is None or self.spokesman != self._name:
            return {}
        latest, came = self._front_end.flicker
        if latest.flagged or at.since(came) > FLICKER_HOLDS_S:
            return {}
        row: dict[Place, float] = {
            phase: round(value, 3) for phase, value in zip(PHASES, latest.pst, strict=False) if value is not None
        }
        return {Quantity.FLICKER_PST: row} if row else {}

    def _warnings(self, values: CircuitValues) -> Iterator[Reason]:
        now_s = None if self._after is None else self._after.monotonic_s
        for point in values.points:
            if now_s is not None and self._suspicion.open(point.column + 1, now_s):
                yield Reason("device.no_current", {"device": self._name, "point": point.column + 1})
            if point.too_large:
                rating = next(each.rating_a for each in self._points if each.column == point.column)
                params: dict[str, Param] = {"device": self._name, "point": point.column + 1, "rating_a": rating or 0.0}
                yield Reason("samples.over_range", params)
            place: dict[str, Param] = {"device": self._name, "point": point.column + 1}
            if point.direct:
                yield Reason("samples.direct_current", place)
            if point.open:
                yield Reason("samples.open_transformer", {**place, "phase": point.code})


def _details(second: Second, values: CircuitValues) -> Details:
    """Voltages between phases for what hangs on several, and distortion where one point stands for a phase."""
    rows: dict[Quantity, dict[Place, float]] = {}
    if len(values.phases) > 1:
        known = zip(BETWEEN, second.line_voltages_v, strict=False)
        rows[Quantity.VOLTAGE_V] = {place: round(volts, 1) for place, volts in known if volts is not None}
    codes = [point.code for point in values.points]
    for point in values.points:
        if codes.count(point.code) > 1:
            continue
        shares = (
            (Quantity.THD_VOLTAGE_PERCENT, point.thd_voltage),
            (Quantity.THD_CURRENT_PERCENT, point.thd_current),
        )
        rows.setdefault(Quantity.APPARENT_POWER_VA, {})[point.code] = round(point.apparent_power_va, 1)
        for quantity, share in shares:
            if share is not None:
                rows.setdefault(quantity, {})[point.code] = round(100 * share, 1)
    return {quantity: row for quantity, row in rows.items() if row}
