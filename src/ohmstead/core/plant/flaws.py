"""What can be wrong with a charger, its wiring, its cable and the car at it: causes, never the codes themselves.

A board, a car and the host find out by their own means, or do not. One row per flaw says what it changes: a value of
:class:`Flaws` at the charger, or of :class:`~ohmstead.core.plant.settings.CarSettings` at the car.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any


class Flaw(StrEnum):
    """By the name that scenarios and the Door use."""

    BROKEN_EARTH = "broken_earth"
    SWAPPED_SUPPLY = "swapped_supply"
    DEAD_SENSOR = "dead_sensor"
    BROKEN_BOARD = "broken_board"
    WELDED_CONTACTOR = "welded_contactor"
    STUCK_CONTACTOR = "stuck_contactor"
    STUCK_PHASES = "stuck_phases"
    JAMMED_LOCK = "jammed_lock"
    INVALID_CABLE = "invalid_cable"
    HOT = "hot"
    NOISY_PILOT = "noisy_pilot"
    BOUNCING_PILOT = "bouncing_pilot"
    PILOT_SHORT = "pilot_short"
    ODD_RESISTOR = "odd_resistor"
    SHORTED_DIODE = "shorted_diode"
    OVERDRAW = "overdraw"
    DC_LEAKAGE = "dc_leakage"
    IGNORES_STOP = "ignores_stop"


@dataclass(slots=True)
class Flaws:
    """Of one charger. Ohm, °C, seconds; ``None`` leaves what the settings say."""

    earth_ohm: float = 5.0
    swapped: bool = False
    sensor_dead: bool = False
    broken: bool = False
    welded: bool = False
    stuck_open: bool = False
    phases_stuck: bool = False
    lock_jammed: bool = False
    cable_ohm: float | None = None
    ambient_c: float = 24.0
    noisy: bool = False
    bounce_s: float | None = None

    @property
    def any(self) -> bool:
        """Whether anything is not as it should be."""
        return any(getattr(self, item.name) != item.default for item in fields(self))


AT_CHARGER: Mapping[Flaw, tuple[str, Any]] = {
    Flaw.BROKEN_EARTH: ("earth_ohm", 1e6),
    Flaw.SWAPPED_SUPPLY: ("swapped", True),
    Flaw.DEAD_SENSOR: ("sensor_dead", True),
    Flaw.BROKEN_BOARD: ("broken", True),
    Flaw.WELDED_CONTACTOR: ("welded", True),
    Flaw.STUCK_CONTACTOR: ("stuck_open", True),
    Flaw.STUCK_PHASES: ("phases_stuck", True),
    Flaw.JAMMED_LOCK: ("lock_jammed", True),
    Flaw.INVALID_CABLE: ("cable_ohm", 3300.0),
    Flaw.HOT: ("ambient_c", 110.0),
    Flaw.NOISY_PILOT: ("noisy", True),
    Flaw.BOUNCING_PILOT: ("bounce_s", 0.6),
}
AT_CAR: Mapping[Flaw, tuple[str, Any]] = {
    Flaw.PILOT_SHORT: ("pilot_ohm", 40.0),
    Flaw.ODD_RESISTOR: ("pilot_ohm", 1300.0),
    Flaw.SHORTED_DIODE: ("diode_ok", False),
    Flaw.OVERDRAW: ("overdraw", 1.3),
    Flaw.DC_LEAKAGE: ("leakage_ma", 8.0),
    Flaw.IGNORES_STOP: ("ignores_stop", True),
}
