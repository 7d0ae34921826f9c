"""What a loose cable is made for, by the resistor in its plug (IEC 61851-1 table B.2, IEC 62196-2; EV-237, EV-307).

The reading is latched when the plug goes in and compared before each closing. Outside the windows the cable is not
known: nothing is guessed from it (V5).
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Coding:
    """Resistances above ``from_ohm`` up to ``to_ohm`` stand for ``current_a``, on one phase for ``single_phase_a``."""

    nominal_ohm: float
    from_ohm: float
    to_ohm: float
    current_a: float
    single_phase_a: float


CODINGS: tuple[Coding, ...] = (
    Coding(100.0, 75.0, 150.0, 63.0, 70.0),
    Coding(220.0, 150.0, 330.0, 32.0, 32.0),
    Coding(680.0, 330.0, 1000.0, 20.0, 20.0),
    Coding(1500.0, 1000.0, 2200.0, 13.0, 13.0),
)


def cable_a(ohm: float, phases: int = 3) -> float | None:
    """The current in ampere a cable of this resistance may carry; ``None`` for one that codes nothing."""
    for row in CODINGS:
        if row.from_ohm <= ohm < row.to_ohm or ohm == row.to_ohm == CODINGS[-1].to_ohm:
            return row.single_phase_a if phases == 1 else row.current_a
    return None
