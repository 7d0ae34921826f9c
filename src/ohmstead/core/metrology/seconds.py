"""A stream of sample blocks to what is told of it: values of each circuit about once a second, and closer looks.

Blocks carry the index of their first sample, so a gap is known and no window reaches over it. Energies are counted over
every window; the power of a load is the sum of its points before it is split by sign.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ohmstead.core.metrology.analyser import Analyser, Inputs, Window
from ohmstead.core.metrology.disturbances import Disturbance, Watch
from ohmstead.core.metrology.energy import Counters
from ohmstead.core.metrology.flicker import Flicker
from ohmstead.core.metrology.points import Point, Transformer, voltages_of
from ohmstead.core.metrology.quantities import Circuits, Quantities, line_voltages, unbalance
from ohmstead.core.metrology.waveform_suspicions import Suspicion, Suspicions
from ohmstead.core.model.quantities import PHASES, GridType, Phase
from ohmstead.core.model.readings import PhaseReading
from ohmstead.core.model.sampled import (
    CircuitValues,
    CloseLook,
    FlickerSeverity,
    PointValues,
    PointWiring,
    Second,
    Spectrum,
    VoltageEvent,
)

Real = NDArray[np.float64]

LENGTH_S = 1.0
LOOK_CYCLES = 2
_LOOK_POINTS = 128
_MEANINGFUL_A = 0.05


@dataclass(frozen=True, slots=True)
class _Seen:
    """One window with the quantities of all points."""

    window: Window
    values: Quantities


class Seconds:
    """One stream with the circuits that hang on it."""

    def __init__(self, inputs: Inputs, grid_type: GridType, circuits: Mapping[str, Sequence[PointWiring]]) -> None:
        """Raises ValueError for points that this stream or grid does not have."""
        self.inputs, self.circuits = inputs, circuits
        self.latest: Window | None = None
        self.windows: list[Window] = []
        """Those that the last block ended."""
        self.lost = 0
        self._delta = grid_type == "3x230"
        self._wirings = [point for points in circuits.values() for point in points]
        for point in self._wirings:
            if point.column >= inputs.currents:
                raise ValueError(f"point {point.column + 1}; this front end has {inputs.currents}")
        self._points = [_point(wiring) for wiring in self._wirings]
        self._places = _places(circuits)
        self._analyser = Analyser(inputs)
        wired = voltages_of(self._points, grid_type, inputs.voltages)
        self._circuits = Circuits(self._points, wired) if self._points else None
        self._counters = Counters(len(self._points), list(self._places.values()))
        self._watch = Watch(inputs.nominal_v)
        self._flicker = Flicker(inputs.voltages, inputs.rate_hz, inputs.nominal_hz, inputs.nominal_v)
        self._severity: FlickerSeverity | None = None
        self._disturbed = False
        self._suspicions = Suspicions(self._wirings, list(self._places.values()), inputs.voltages)
        self._next: int | None = None
        self._at = 0
        self._offset_s = 0.0
        self._began = 0
        self._seen: list[_Seen] = []
        self._clipped: set[int] = set()
        self._events: list[VoltageEvent] = []
        self._recent = np.zeros((0, inputs.columns), np.float32)

    def add(
        self, first: int, samples: NDArray[np.float32], clipped: Sequence[int], utc_s: float | None
    ) -> list[Second]:
        """The seconds that end with this block, which begins with sample ``first``.

        Raises ValueError for a block of the past, or samples of another shape.
        """
        if self._next is None:
            self._next = self._began = first
        if first < self._next:
            raise ValueError(f"sample {first} after sample {self._next - 1}")
        if first > self._next:
            self._skip(first - self._next)
        self._next = first + len(samples)
        if utc_s is not None:
            self._offset_s = utc_s - self._at / self.inputs.rate_hz
        self._at += len(samples)
        self._clipped.update(clipped)
        keep = int(self.inputs.rate_hz * (LOOK_CYCLES + 1) / self.inputs.nominal_hz)
        self._recent = np.concatenate([self._recent, samples])[-keep:]
        self._shine(samples[:, : self.inputs.voltages])
        self.windows = self._analyser.feed(samples)
        for window in self.windows:
            self._take(window)
        length_s = (self._next - self._began) / self.inputs.rate_hz
        return [self._second(length_s)] if length_s >= LENGTH_S else []

    def _skip(self, missing: int) -> None:
        """However much is missing, the windows begin anew; a second of distance is enough for that."""
        distance = min(missing, int(self.inputs.rate_hz))
        self._analyser.skip(distance)
        self._flicker.skip()
        self._events += self.cut()
        self._at += distance
        self.lost += missing
        self._began = max(self._began, (self._next or 0) + missing - int(LENGTH_S * self.inputs.rate_hz))
        self._recent = self._recent[:0]

    def look(self, circuit: str) -> CloseLook | None:
        """Voltages and points of ``circuit`` in detail; ``None`` before the first window. Raises KeyError."""
        points = self.circuits[circuit]
        window = self.latest
        if window is None:
            return None
        turn = _reference(window)
        step = max(1, len(self._recent) // _LOOK_POINTS)
        columns = [(f"U{n + 1}", None, n, 1.0) for n in range(self.inputs.voltages)]
        currents = [
            (f"{point.column + 1}", point.code, point.column + self.inputs.voltages, _sign(point)) for point in points
        ]
        shown = [self._spectrum(*each, window, turn, step) for each in (*columns, *currents)]
        return CloseLook(
            window.frequency_hz,
            step / self.inputs.rate_hz,
            tuple(shown[: len(columns)]),
            tuple(shown[len(columns) :]),
            self.inputs.nominal_hz,
        )

    def _spectrum(
        self, name: str, phase: Phase | None, column: int, factor: float, window: Window, turn: complex, step: int
    ) -> Spectrum:
        phasor = complex(window.phasors[column, 1]) * turn * factor
        size = abs(factor)
        return Spectrum(
            name,
            phase,
            "V" if column < self.inputs.voltages else "A",
            float(window.rms[column]) * size,
            tuple(round(float(each) * size, 5) for each in window.groups[column]),
            (phasor.real, phasor.imag),
            tuple(round(float(each) * factor, 4) for each in self._recent[::step, column]),
        )

    def _take(self, window: Window) -> None:
        self.latest = window
        self._watch_voltage(window)
        if self._circuits is None:
            return
        values = self._circuits.quantities(window)
        self._counters.add(values.power_w, window.duration_s)
        self._suspicions.see(window, values.current_a)
        self._seen.append(_Seen(window, values))

    def cut(self) -> tuple[VoltageEvent, ...]:
        """What disturbs the supply at this moment, as far as it is known; no more samples follow on it."""
        return tuple(self._event(each) for each in self._watch.cut())

    def _watch_voltage(self, window: Window) -> None:
        began_s = window.start / self.inputs.rate_hz
        found = self._watch.add(window.half_cycles_v, began_s, window.duration_s)
        self._events += [self._event(each) for each in found]
        self._disturbed = self._disturbed or bool(found) or bool(self._watch.running)

    def _event(self, seen: Disturbance) -> VoltageEvent:
        began_s = round(seen.began_s + self._offset_s, 3)
        return VoltageEvent(seen.kind, seen.terminals, began_s, round(seen.duration_s, 3), seen.extreme_v, seen.whole)

    def _shine(self, volts: NDArray[np.float32]) -> None:
        told = self._flicker.add(volts, self._at / self.inputs.rate_hz + self._offset_s)
        if told is not None:
            self._severity = replace(told, flagged=self._disturbed)
            self._disturbed = False

    def _second(self, length_s: float) -> Second:
        seen, self._seen = self._seen, []
        clipped, self._clipped = self._clipped, set()
        events, self._events = self._events, []
        severity, self._severity = self._severity, None
        self._began = self._next or 0
        latest = self.latest
        balance = unbalance(latest) if latest is not None else None
        followed = [each.window for each in seen if each.window.followed]
        frequency = sum(each.frequency_hz for each in followed) / len(followed) if followed else None
        return Second(
            length_s=length_s,
            measured_s=sum(each.window.duration_s for each in seen),
            frequency_hz=frequency,
            terminals_v=tuple(_rms([each.window.rms[n] for each in seen]) for n in range(self.inputs.voltages)),
            line_voltages_v=line_voltages(latest) if latest is not None else (),
            unbalance_negative=balance.negative if balance else None,
            unbalance_zero=balance.zero if balance else None,
            clockwise=balance.clockwise if balance else None,
            clipped=tuple(sorted(clipped)),
            circuits=self._values(seen, clipped) if seen else {},
            disturbances=tuple(events),
            running=tuple(self._event(each) for each in self._watch.running),
            flicker=severity,
            lost=self.lost,
        )

    def _values(self, seen: Sequence[_Seen], clipped: set[int]) -> dict[str, CircuitValues]:
        suspicion = self._suspicions.now
        points = [self._point_values(number, seen, clipped, suspicion) for number in range(len(self._points))]
        found = {}
        for row, (name, places) in enumerate(self._places.items(), start=len(self._points)):
            own = [points[place] for place in places]
            power, reactive = sum(each.power_w for each in own), sum(each.reactive_power_var for each in own)
            apparent = sum(each.apparent_power_va for each in own)
            if self._delta and len(own) > 1:
                apparent *= math.sqrt(3) / 2
            found[name] = CircuitValues(
                power_w=power,
                reactive_power_var=reactive,
                power_factor=_ratio(power, apparent) if sum(each.current_a for each in own) > _MEANINGFUL_A else None,
                energy_import_j=int(self._counters.import_j[row]),
                energy_export_j=int(self._counters.export_j[row]),
                phases=self._phases(places, points, seen),
                points=tuple(own),
            )
        return found

    def _phases(
        self, places: Sequence[int], points: Sequence[PointValues], seen: Sequence[_Seen]
    ) -> dict[Phase, PhaseReading]:
        rows: dict[Phase, PhaseReading] = {}
        for phase in PHASES:
            group = [place for place in places if self._points[place].code == phase]
            if not group:
                continue
            own = [points[place] for place in group]
            power = sum(each.power_w for each in own)
            apparent = sum(each.apparent_power_va for each in own)
            current = own[0].current_a if len(own) == 1 else self._sum_a(group, seen)
            factor = _ratio(power, apparent) if current > _MEANINGFUL_A else None
            reactive = sum(each.reactive_power_var for each in own)
            rows[phase] = PhaseReading(own[0].voltage_v, current, power, reactive, factor)
        if self._delta and rows.keys() == {"L1", "L2"}:
            rows["L3"] = PhaseReading(self._third_v(seen), self._sum_a(places, seen))
        return rows

    def _third_v(self, seen: Sequence[_Seen]) -> float | None:
        volts = [line_voltages(each.window)[0] for each in seen]
        known = [each for each in volts if each is not None]
        return _rms(known) if known else None

    def _sum_a(self, places: Sequence[int], seen: Sequence[_Seen]) -> float:
        """RMS of the sum of currents, over all harmonics: what flows in the conductor they share."""
        squares = []
        for each in seen:
            total = sum(
                each.window.phasors[self._points[place].column + self.inputs.voltages] * _sign(self._wirings[place])
                for place in places
            )
            squares.append(math.sqrt(float((np.abs(total) ** 2).sum())))
        return _rms(squares)

    def _point_values(self, number: int, seen: Sequence[_Seen], clipped: set[int], suspicion: Suspicion) -> PointValues:
        wiring = self._wirings[number]
        weights = np.array([each.window.duration_s for each in seen])

        def mean(name: str) -> float:
            return float(np.average([getattr(each.values, name)[number] for each in seen], weights=weights))

        def known(name: str) -> float | None:
            told = [float(getattr(each.values, name)[number]) for each in seen]
            told = [each for each in told if math.isfinite(each)]
            return sum(told) / len(told) if told else None

        voltage = _rms([each.values.voltage_v[number] for each in seen])
        current = _rms([each.values.current_a[number] for each in seen])
        flowing = current > _MEANINGFUL_A
        power, apparent = mean("power_w"), mean("apparent_power_va")
        return PointValues(
            column=wiring.column,
            code=wiring.code,
            voltage_v=voltage,
            current_a=current,
            power_w=power,
            reactive_power_var=mean("reactive_power_var"),
            apparent_power_va=apparent,
            non_active_power_va=mean("non_active_power_va"),
            power_factor=_ratio(power, apparent) if flowing else None,
            displacement_factor=known("displacement_factor") if flowing else None,
            thd_voltage=known("thd_voltage"),
            thd_current=known("thd_current") if flowing else None,
            clipped=wiring.column + self.inputs.voltages in clipped
            or any(n in clipped for n in range(self.inputs.voltages)),
            too_large=bool(suspicion.too_large[number]),
            direct=bool(suspicion.direct[number]),
            open=bool(suspicion.open[number]),
        )


def _point(wiring: PointWiring) -> Point:
    transformer = Transformer(wiring.rating_a or math.inf, wiring.gain, wiring.phase_error)
    return Point(wiring.column, wiring.code, transformer, wiring.reversed)


def _places(circuits: Mapping[str, Sequence[PointWiring]]) -> dict[str, list[int]]:
    places, number = {}, 0
    for name, points in circuits.items():
        places[name] = list(range(number, number + len(points)))
        number += len(points)
    return places


def _sign(wiring: PointWiring) -> float:
    return -wiring.gain if wiring.reversed else wiring.gain


def _reference(window: Window) -> complex:
    """What turns phasors so that the first voltage stands upright."""
    first = complex(window.phasors[0, 1])
    return first.conjugate() / abs(first) if abs(first) > 0 else 1 + 0j


def _rms(values: Sequence[float]) -> float:
    return math.sqrt(sum(float(value) ** 2 for value in values) / len(values)) if len(values) else 0.0


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole > 0 else None
