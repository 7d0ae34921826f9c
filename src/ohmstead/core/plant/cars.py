"""Cars that can be brought to a charger, by name (EV-306)."""

from collections.abc import Mapping
from dataclasses import replace

from ohmstead.core.plant.settings import CAR_7_KW, CAR_11_KW, CarSettings

CARS: Mapping[str, CarSettings] = {
    "three_phase": CAR_11_KW,
    "one_phase": CAR_7_KW,
    "strong": replace(CAR_11_KW, max_current_a=32.0, battery_kwh=90.0),
    "almost_full": replace(CAR_11_KW, charged_kwh=59.95),
    "ventilated": replace(CAR_11_KW, ventilation=True),
    "simplified": CarSettings(phases=1, max_current_a=10.0, simplified=True),
    "sleepy": replace(CAR_11_KW, sleeps_s=20.0),
    "phase_shy": replace(CAR_11_KW, phase_shy=True),
    "picky": replace(CAR_11_KW, min_current_a=10.0),
}
"""The last ones: wants ventilation, has no switch in its pilot, dozes off without an offer, bears no change of
phases, refuses below 10 A."""
