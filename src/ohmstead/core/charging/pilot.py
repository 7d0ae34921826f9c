"""The control pilot's code: duty of the 1 kHz signal against current (IEC 61851-1 tables A.7 and A.8, G-033).

``CODE`` is read in both directions. Duties of no row offer no current: below 3 % and from 7 to 8 % are not allowed,
3 to 7 % announces digital communication, 100 % is a steady pilot. Two codes for one current do not exist, and none for
51 to 52.5 A: such a wish is coded as 51 A.
"""

from dataclasses import dataclass
from math import floor

from ohmstead.core.model.quantities import MINIMUM_CURRENT_A

MAXIMUM_A = 80.0
_STEADY = 100.0


@dataclass(frozen=True, slots=True)
class Code:
    """Duties from ``duty`` to the next row's mean ``slope_a`` ampere per percent above ``zero_percent``.

    ``sent_from_a`` to ``sent_to_a`` are the currents that a charger codes by this row; none in a row it never sends.
    """

    duty: float
    slope_a: float
    zero_percent: float
    constant_a: float = 0.0
    sent_from_a: float = 0.0
    sent_to_a: float = -1.0


CODE: tuple[Code, ...] = (
    Code(8.0, 0.0, 0.0, constant_a=MINIMUM_CURRENT_A),
    Code(10.0, 0.6, 0.0, sent_from_a=MINIMUM_CURRENT_A, sent_to_a=51.0),
    Code(85.0, 2.5, 64.0, sent_from_a=52.5, sent_to_a=MAXIMUM_A),
    Code(96.0, 0.0, 0.0, constant_a=MAXIMUM_A),
)
_LAST_PERCENT = 97.0
_SENT = tuple(row for row in CODE if row.sent_to_a > 0.0)
_READ = tuple(reversed(CODE))


def duty_for(current_a: float) -> float:
    """The duty in percent that offers ``current_a`` and never more, in steps of 0.01 %; 100 is a steady pilot."""
    if not current_a >= MINIMUM_CURRENT_A:
        return _STEADY
    row = next(row for row in reversed(_SENT) if current_a >= row.sent_from_a)
    return _down(min(current_a, row.sent_to_a) / row.slope_a + row.zero_percent)


def current_for(duty_percent: float) -> float:
    """The current in ampere that a vehicle may take at this duty, 0 when the duty offers none."""
    if duty_percent > _LAST_PERCENT:
        return 0.0
    for row in _READ:
        # 85 % still belongs to the lower row, as in the standard: both read it alike but for rounding.
        if duty_percent > row.duty or (duty_percent == row.duty and row.duty != 85.0):
            return row.constant_a or (duty_percent - row.zero_percent) * row.slope_a
    return 0.0


def _down(duty_percent: float) -> float:
    return floor(duty_percent * 100 + 1e-6) / 100
