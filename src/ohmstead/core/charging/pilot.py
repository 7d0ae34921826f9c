"""The control pilot's code: duty of the 1 kHz signal against current (IEC 61851-1 table A.8, G-033).

===============  =================================
duty             current
===============  =================================
below 3 %        not allowed
3 to 7 %         digital communication (not offered)
8 to 10 %        6 A
10 to 85 %       0.6 A per percent
85 to 96 %       2.5 A per percent above 64 %
96 to 97 %       80 A
above            none
===============  =================================

Two codes for one current do not exist, and none for 51 to 52.5 A: such a wish is coded as 51 A.
"""

from math import floor

from ohmstead.core.model.quantities import MINIMUM_CURRENT_A

MAXIMUM_A = 80.0
_LOW_END_A = 51.0
_HIGH_START_A = 52.5
_STEADY = 100.0


def duty_for(current_a: float) -> float:
    """The duty in percent that offers ``current_a`` and never more, in steps of 0.01 %; 100 is a steady pilot."""
    if not current_a >= MINIMUM_CURRENT_A:
        return _STEADY
    if current_a < _HIGH_START_A:
        return _down(min(current_a, _LOW_END_A) / 0.6)
    return _down(min(current_a, MAXIMUM_A) / 2.5 + 64.0)


def current_for(duty_percent: float) -> float:
    """The current in ampere that a vehicle may take at this duty, 0 when the duty offers none."""
    if not 8.0 <= duty_percent <= 97.0:
        return 0.0
    if duty_percent < 10.0:
        return MINIMUM_CURRENT_A
    if duty_percent <= 85.0:
        return duty_percent * 0.6
    return min(MAXIMUM_A, (duty_percent - 64.0) * 2.5)


def _down(duty_percent: float) -> float:
    return floor(duty_percent * 100 + 1e-6) / 100
