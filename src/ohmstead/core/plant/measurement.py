"""What an ideal meter at one point of the world would show."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ohmstead.core.model.changing import quick
from ohmstead.core.model.quantities import PHASES, Phase
from ohmstead.core.plant.energy import EnergyCounter
from ohmstead.core.plant.network import LEGS, Node

CLAMPED = (0, 1, 0)
"""The conductor that a single-phase load of each code is clamped on in a delta grid (EM-148 to EM-150)."""


@quick
@dataclass(frozen=True, slots=True)
class PhaseValues:
    """One phase: V, A, W, var; counters in joules. The current carries the sign of the power."""

    voltage_v: float
    current_a: float
    power_w: float
    reactive_power_var: float
    power_factor: float
    energy_import_j: int
    energy_export_j: int


@quick
@dataclass(frozen=True, slots=True)
class PlantMeasurement:
    """One point at one instant, phases in the order L1, L2, L3; consumption positive.

    The point's own counters follow the sum of the phases, balanced at each instant as three-phase meters do it;
    the counters of the phases follow each phase alone.
    """

    point: str
    frequency_hz: float
    phases: tuple[PhaseValues, PhaseValues, PhaseValues]
    power_w: float
    reactive_power_var: float
    power_factor: float
    neutral_current_a: float
    energy_import_j: int
    energy_export_j: int
    elements: tuple[PhaseValues, PhaseValues, PhaseValues] | None = None
    """On a delta grid, by code: the line voltage, the current of the conductor that is clamped for it, and what the two
    make together (EM-148 to EM-151). ``phases`` are against the star point there."""


class MeasuringPoint:
    """The counters of one node, fed at every step; measures at the head of the node's cable."""

    __slots__ = ("node", "phases", "total")

    def __init__(self, node: Node, start_j: tuple[int, int] = (0, 0), phases: Sequence[Phase] = PHASES) -> None:
        """Counters start at ``start_j`` joules of import and export, shared evenly by ``phases``."""
        self.node = node
        self.total = EnergyCounter(*start_j)
        one, two, three = (
            EnergyCounter(*(j // len(phases) for j in start_j)) if phase in phases else EnergyCounter()
            for phase in PHASES
        )
        self.phases = (one, two, three)

    def count(self, dt_s: float) -> None:
        """Count ``dt_s`` seconds of the present power."""
        node = self.node
        heads = node.voltages if node.parent is None else node.parent.voltages
        currents, sum_w = node.currents, 0.0
        for k in (0, 1, 2):
            if i := currents[k]:
                u = heads[k]
                power = u.real * i.real + u.imag * i.imag
                self.phases[k].add(power, dt_s)
                sum_w += power
        if sum_w:
            self.total.add(sum_w, dt_s)

    def measure(self, frequency_hz: float) -> PlantMeasurement:
        """The values of this moment."""
        rows = [
            _phase(u, i, counter)
            for u, i, counter in zip(self.node.head_voltages, self.node.currents, self.phases, strict=True)
        ]
        power = sum(row.power_w for row in rows)
        reactive = sum(row.reactive_power_var for row in rows)
        return PlantMeasurement(
            self.node.name,
            frequency_hz,
            (rows[0], rows[1], rows[2]),
            power,
            reactive,
            _factor(power, reactive),
            abs(sum(self.node.currents)),
            self.total.import_j,
            self.total.export_j,
        )


class DeltaPoint(MeasuringPoint):
    """On a grid without a neutral: counts by the star point, and by the line voltages that codes stand for."""

    __slots__ = ("elements",)

    def __init__(self, node: Node, start_j: tuple[int, int] = (0, 0), phases: Sequence[Phase] = PHASES) -> None:
        """What hangs between two conductors only has started its code's counters at ``start_j``."""
        super().__init__(node, start_j, phases)
        one, two, three = (
            EnergyCounter(*start_j) if tuple(phases) == (phase,) else EnergyCounter() for phase in PHASES
        )
        self.elements = (one, two, three)

    def count(self, dt_s: float) -> None:
        """Count ``dt_s`` seconds of the present power."""
        super().count(dt_s)
        heads, currents = self.node.head_voltages, self.node.currents
        for k, (one, other) in enumerate(LEGS):
            if i := currents[CLAMPED[k]]:
                self.elements[k].add(((heads[one] - heads[other]) * i.conjugate()).real, dt_s)

    def measure(self, frequency_hz: float) -> PlantMeasurement:
        """The values of this moment."""
        heads, currents = self.node.head_voltages, self.node.currents
        one, two, three = (
            _phase(heads[a] - heads[b], currents[CLAMPED[k]], self.elements[k]) for k, (a, b) in enumerate(LEGS)
        )
        return replace(super().measure(frequency_hz), elements=(one, two, three))


def _phase(u: complex, i: complex, counter: EnergyCounter) -> PhaseValues:
    apparent, current_a = u * i.conjugate(), abs(i)
    power_w, reactive_var = apparent.real, apparent.imag
    return PhaseValues(
        abs(u),
        -current_a if power_w < 0 else current_a,
        power_w,
        reactive_var,
        _factor(power_w, reactive_var),
        counter.import_j,
        counter.export_j,
    )


def _factor(power_w: float, reactive_var: float) -> float:
    """P/S with the sign of P; 1 where nothing flows."""
    apparent = abs(complex(power_w, reactive_var))
    return power_w / apparent if apparent else 1.0
