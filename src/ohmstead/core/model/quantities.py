"""Phases, qualities, roles and energy units (G-001).

Inside the house: W, var, VA, V, A, Hz, s, and energy as an integer in joules. Grid import, consumption and
charging are positive; production and battery discharge are positive in their own flow. Missing is ``None``.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Literal

Phase = Literal["L1", "L2", "L3"]

PHASES: tuple[Phase, ...] = ("L1", "L2", "L3")

JOULES_PER_WH = 3_600
JOULES_PER_KWH = 3_600_000

NOMINAL_VOLTAGE_V = 230.0
"""Only for showing a current limit as power (G-025); never a substitute for a missing measurement."""

MINIMUM_CURRENT_A = 6.0
"""The smallest current a control pilot can offer (IEC 61851-1 table A.8; EV-181, G-013)."""


class Quality(StrEnum):
    """How far a value can be trusted.

    ``good`` is fresh and plausible, ``stale`` was good but is too old, ``bad`` was read but is implausible,
    ``missing`` was never read or is not offered.
    """

    GOOD = "good"
    STALE = "stale"
    BAD = "bad"
    MISSING = "missing"


class Role(StrEnum):
    """Which flow a channel belongs to (EM-243)."""

    GRID = "grid"
    PRODUCTION = "production"
    BATTERY = "battery"
    LOAD = "load"
    VEHICLE = "vehicle"
    """What one charger delivers to its car, by an external meter; it belongs to no flow, the charger does (EV-175)."""
    CIRCUIT = "circuit"
    """All that flows into a sub-board; its loads and chargers belong to flows, it does not."""


GridType = Literal["1x230", "3x400+N", "3x230", "2x120/240", "3x120/208", "3x277/480", "3x347/600"]
DELTA_CODES: Mapping[Phase, tuple[Phase, Phase]] = {"L1": ("L1", "L3"), "L2": ("L2", "L3"), "L3": ("L1", "L2")}
"""On a grid without a neutral (``3x230``): between which conductors a load of this code hangs (EM-148 to EM-151)."""


def joules(value: float, unit: Literal["J", "Wh", "kWh"]) -> int:
    """``value`` in ``unit`` as whole joules, rounded to the nearest."""
    return round(value * {"J": 1, "Wh": JOULES_PER_WH, "kWh": JOULES_PER_KWH}[unit])
