"""What boards without a lease have in common: a look at one, what they are asked, and how their registers are told.

Such a board runs the pilot and the contactor by itself (IEC 61851-1). It is told a highest current and whether it may
charge at all, and keeps to that until it is told otherwise.
"""

from dataclasses import dataclass
from typing import Literal

from ohmstead.core.model.evse import BoardFault, PilotLevel

HOLDING, INPUT = 3, 4
LOWEST_A = 6.0
"""No board offers less (IEC 61851-1 table A.8)."""

Space = Literal["input", "holding", "coil"]


class NotThisBoard(ValueError):
    """Registers that this board cannot hold; the text says what came and what was expected."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a register map as its maker publishes it: for people, and for the tests that hold code to it."""

    space: Space
    address: int
    count: int
    meaning: str


@dataclass(frozen=True, slots=True)
class BoardStatus:
    """One look. ``level`` is the vehicle's letter, E where the board sees no state, F where it is not available.

    ``offered_a`` is what the PWM stands for now, 0 without one; ``cable_a`` the cable's rating, ``None`` where there
    is none or nothing is known.
    """

    level: PilotLevel
    pwm: bool
    offered_a: float
    cable_a: float | None
    faults: BoardFault


@dataclass(frozen=True, slots=True)
class Order:
    """What a board is asked: to offer ``current_a`` (0: nothing), and whether its contactor may stay closed.

    Permitted without an offer is the time in which a vehicle drops its load (IEC 61851-1 A.6 seq. 10.1).
    """

    current_a: float = 0.0
    permitted: bool = False


@dataclass(frozen=True, slots=True)
class Write:
    """One value for one register or coil."""

    space: Space
    address: int
    value: int


def cable_of(amps: int) -> float | None:
    """The cable's rating in a register that is 0 without a cable and 0xFFFF at a short circuit."""
    return float(amps) if LOWEST_A <= amps <= 80 else None
