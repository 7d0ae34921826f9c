"""What a simulated meter tells besides power, voltage and current: the world's values in, details of its terminals out.

The world's voltages are sines, so distortion and demand, which it does not know, stay missing.
"""

import math
from collections.abc import Sequence

from ohmstead.core.model.details import BETWEEN, Details, Place, Quantity
from ohmstead.core.model.quantities import PHASES, Phase
from ohmstead.core.plant.measurement import PhaseValues, PlantMeasurement

_APART = math.cos(math.radians(120))
"""Between two phases of a three-phase supply."""


def details(seen: PlantMeasurement, phases: Sequence[Phase]) -> Details:
    """What a meter with ``phases`` on its terminals would show, by its own terminals."""
    rows = [seen.phases[PHASES.index(phase)] for phase in phases]
    power, reactive = sum(row.power_w for row in rows), sum(row.reactive_power_var for row in rows)
    apparent: dict[Place, float] = {"total": math.hypot(power, reactive)}
    found: dict[Quantity, dict[Place, float]] = {Quantity.APPARENT_POWER_VA: apparent}
    if len(rows) < len(PHASES):
        return found
    apparent |= {own: math.hypot(row.power_w, row.reactive_power_var) for own, row in zip(PHASES, rows, strict=True)}
    found[Quantity.ENERGY_IMPORT_J] = {own: row.energy_import_j for own, row in zip(PHASES, rows, strict=True)}
    found[Quantity.ENERGY_EXPORT_J] = {own: row.energy_export_j for own, row in zip(PHASES, rows, strict=True)}
    found[Quantity.CURRENT_A] = {"N": seen.neutral_current_a}
    pairs = zip(BETWEEN, rows, (*rows[1:], rows[0]), strict=True)
    found[Quantity.VOLTAGE_V] = {between: _between(one, other) for between, one, other in pairs}
    return found


def _between(one: PhaseValues, other: PhaseValues) -> float:
    """Law of cosines."""
    return math.sqrt(one.voltage_v**2 + other.voltage_v**2 - 2 * one.voltage_v * other.voltage_v * _APART)
