"""What a duty on the control pilot means to whoever reads it at the vehicle's end (IEC 61851-1 table A.8)."""

from ohmstead.core.model.evse import PilotMode

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
