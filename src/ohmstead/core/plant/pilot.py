"""What a duty on the control pilot means at the vehicle's end, and which one a board makes (IEC 61851-1 A.7, A.8)."""

from ohmstead.core.model.evse import PilotLevel, PilotMode

_OFFERS: tuple[tuple[float, float, float, float], ...] = (
    # duty from, below, ampere per percent, plus ampere
    (8.0, 10.0, 0.0, 6.0),
    (10.0, 85.0, 0.6, 0.0),
    (85.0, 96.0, 2.5, -160.0),
    (96.0, 97.0, 0.0, 80.0),
)


def offered_a(mode: PilotMode, duty_percent: float) -> float:
    """The current per phase a vehicle may draw; 0 without PWM and where the duty allows none."""
    if mode is not PilotMode.PWM:
        return 0.0
    for low, high, slope, shift in _OFFERS:
        if low <= duty_percent < high:
            return slope * duty_percent + shift
    return _OFFERS[-1][3] if duty_percent == _OFFERS[-1][1] else 0.0


def duty_of(current_a: float) -> float:
    """The duty in percent by which a board's own generator offers ``current_a`` (table A.7); 100 below 6 A."""
    if current_a < 6.0:
        return 100.0
    return current_a / 0.6 if current_a <= 51.0 else max(85.0, min(current_a, 80.0) / 2.5 + 64.0)


SHORT_OHM = 150.0
_SOURCE_V, _SOURCE_OHM, _DIODE_V = 12.0, 1000.0, 0.7
_WINDOWS: tuple[tuple[PilotLevel, float, float], ...] = (
    ("A", 11.0, 12.6),
    ("B", 8.36, 9.56),
    ("C", 5.48, 6.49),
    ("D", 2.62, 3.25),
)
"""Voltages of the high side at the vehicle's end of each state (IEC 61851-1 table A.4)."""


def level_of(ohm: float) -> PilotLevel:
    """What a resistance between pilot and earth, behind its diode, shows; E for a voltage that is of no state."""
    volts = (_SOURCE_V - _DIODE_V) * ohm / (_SOURCE_OHM + ohm) + _DIODE_V
    return next((level for level, low, high in _WINDOWS if low <= volts <= high), "E")
