"""A house as a SunSpec meter: values in, the whole map with models 1 and 201 to 203, or 211 to 213 in floats, out.

Power is positive towards the load (import). What the house does not know is "not implemented". The scale factors stand
still for good: many readers ask for them once, and one that moved would make their next number ten times too large. A
value beyond what a factor allows is "not implemented" too.
"""

from collections.abc import Mapping
from math import ceil, log10

from ohmstead.protocols.meters.codec import MeterValues
from ohmstead.protocols.registers import Image
from ohmstead.protocols.sunspec.device import InverterPlate, map_of
from ohmstead.protocols.sunspec.measuring import shown

INTEGERS: Mapping[int, int] = {1: 201, 2: 202, 3: 203}
FLOATS: Mapping[int, int] = {1: 211, 2: 212, 3: 213}
"""Models by the number of live conductors."""
BASE = 40_000
USUAL_FUSE_A = 100.0
"""Where nobody said what the supply bears."""
_MARGIN = 1.5
_HIGHEST_V = 277.0
_INT16 = 32_000


def factors(phases: int, fuse_a: float | None) -> Mapping[str, int]:
    """Scale factors that bear half as much again as a supply with this fuse per phase can carry for long."""
    current_a = (fuse_a or USUAL_FUSE_A) * phases * _MARGIN
    power = max(_exponent(current_a * _HIGHEST_V), 0)
    current = max(_exponent(current_a), -2)
    return {"A_SF": current, "V_SF": -1, "Hz_SF": -2, "W_SF": power, "VAR_SF": power, "PF_SF": -2, "TotWh_SF": 0}


def meter_map(
    plate: InverterPlate, values: MeterValues, phases: int, fuse_a: float | None, *, floats: bool = False
) -> Image:
    """The map of a meter on a supply with ``phases`` live conductors; ``values`` has a terminal for each."""
    number = (FLOATS if floats else INTEGERS)[phases]
    return map_of(plate, (shown(number, values, None if floats else factors(phases, fuse_a)),), BASE)


def _exponent(largest: float) -> int:
    return ceil(log10(largest / _INT16))
