"""What a simulated meter tells besides power, voltage and current: its terminals' values in, details out.

The world's voltages are sines, so distortion and demand, which it does not know, stay missing.
"""

import math
from collections.abc import Sequence

from ohmstead.core.model.details import BETWEEN, Details, Place, Quantity
from ohmstead.core.model.quantities import PHASES
from ohmstead.core.model.readings import PhaseReading
from ohmstead.core.plant.measurement import PlantMeasurement

_APART = math.cos(math.radians(120))
"""Between two phases of a three-phase supply."""


def details(seen: PlantMeasurement, rows: Sequence[PhaseReading], straight: bool) -> Details:
    """What a meter with ``rows`` on its terminals shows, by its own terminals.

    ``straight``: every terminal has the conductor of its own phase, so that the world's counters are the meter's.
    """
    power, reactive = (sum(getattr(row, name) or 0.0 for row in rows) for name in ("power_w", "reactive_power_var"))
    apparent: dict[Place, float] = {"total": math.hypot(power, reactive)}
    found: dict[Quantity, dict[Place, float]] = {Quantity.APPARENT_POWER_VA: apparent}
    if len(rows) < len(PHASES):
        return found
    for own, row in zip(PHASES, rows, strict=True):
        apparent[own] = math.hypot(row.power_w or 0.0, row.reactive_power_var or 0.0)
    volts = [row.voltage_v or 0.0 for row in rows]
    found[Quantity.VOLTAGE_V] = {b: _between(volts[i], volts[(i + 1) % len(PHASES)]) for i, b in enumerate(BETWEEN)}
    if straight:
        found[Quantity.ENERGY_IMPORT_J] = {p: row.energy_import_j for p, row in zip(PHASES, seen.phases, strict=True)}
        found[Quantity.ENERGY_EXPORT_J] = {p: row.energy_export_j for p, row in zip(PHASES, seen.phases, strict=True)}
        found[Quantity.CURRENT_A] = {"N": seen.neutral_current_a}
    return found


def _between(one_v: float, other_v: float) -> float:
    """Law of cosines."""
    return math.sqrt(one_v**2 + other_v**2 - 2 * one_v * other_v * _APART)
