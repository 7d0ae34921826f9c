"""What only some devices tell beyond power, voltage and current: one mapping of quantity and place to a number.

Twenty more fields would be empty in most readings and each would be carried by every tick. A device that gives none of
this has an empty mapping; one that does hands out the same mapping until it asks again, a few times a minute.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Literal

from ohmstead.core.model.quantities import PHASES, Phase


class Quantity(StrEnum):
    """What is measured; the unit ends the name. Energies of ``_j`` are whole joules."""

    VOLTAGE_V = "voltage_v"
    """Between two phases; that to neutral stands in the phase's own reading."""
    CURRENT_A = "current_a"
    """In the neutral conductor; that of a phase stands in the phase's own reading."""
    APPARENT_POWER_VA = "apparent_power_va"
    ENERGY_IMPORT_J = "energy_import_j"
    """Of one phase, as the meter counts it; that of the whole is the site's own counter."""
    ENERGY_EXPORT_J = "energy_export_j"
    REACTIVE_ENERGY_IMPORT_VARH = "reactive_energy_import_varh"
    REACTIVE_ENERGY_EXPORT_VARH = "reactive_energy_export_varh"
    APPARENT_ENERGY_VAH = "apparent_energy_vah"
    THD_VOLTAGE_PERCENT = "thd_voltage_percent"
    """Total harmonic distortion."""
    THD_CURRENT_PERCENT = "thd_current_percent"
    FLICKER_PST = "flicker_pst"
    """Short-term severity of ten minutes (IEC 61000-4-15); 1 is where most people find it annoying."""
    DEMAND_W = "demand_w"
    """Mean power of the meter's own demand period."""
    DEMAND_PEAK_W = "demand_peak_w"
    """The highest such mean since it was reset."""
    DC_VOLTAGE_V = "dc_voltage_v"
    DC_CURRENT_A = "dc_current_a"
    DC_POWER_W = "dc_power_w"
    """Positive when panels produce or a battery discharges."""
    TEMPERATURE_C = "temperature_c"


Place = Literal["total", "L1", "L2", "L3", "N", "L1-L2", "L2-L3", "L3-L1", "DC1", "DC2", "DC3", "DC4"]
"""The whole, a phase, the neutral conductor, between two phases, or a port of direct current."""

PLACES: tuple[Place, ...] = ("total", *PHASES, "N", "L1-L2", "L2-L3", "L3-L1", "DC1", "DC2", "DC3", "DC4")
BETWEEN: tuple[Place, ...] = ("L1-L2", "L2-L3", "L3-L1")
DC_PORTS: tuple[Place, ...] = ("DC1", "DC2", "DC3", "DC4")

Details = Mapping[Quantity, Mapping[Place, float]]


def placed(details: Details, phases: Sequence[Phase]) -> Details:
    """``details`` of a device's own terminals, named as the site names them.

    ``phases`` are those behind the terminals, in order. What belongs to a terminal that is not wired is left out.
    """
    if tuple(phases) == PHASES:
        return details
    names = _names(phases)
    found = {
        quantity: {names[place]: value for place, value in row.items() if place in names}
        for quantity, row in details.items()
    }
    return {quantity: row for quantity, row in found.items() if row}


def _names(phases: Sequence[Phase]) -> Mapping[Place, Place]:
    names: dict[Place, Place] = {place: place for place in PLACES if place not in (*PHASES, *BETWEEN)}
    names |= dict(zip(PHASES, phases, strict=False))
    wired = dict(zip(PHASES, phases, strict=False))
    for between in BETWEEN:
        ends = {wired[end] for end in PHASES if end in between and end in wired}
        for other in BETWEEN:
            if len(ends) == 2 and all(end in other for end in ends):
                names[between] = other
    return names
