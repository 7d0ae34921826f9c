"""What the host does about each fault that a board reports (EV-221, EV-229 to EV-246; field practice of E/F).

The board has opened its contactor already; the host withdraws its permission, shows the fault on the pilot where
the vehicle must know, and asks the board to clear it when the row allows. Faults that are known by the silence of a
meter (D2, D9) are rows of ``core.model.faults``, since control judges the grid meter by them.
"""

from dataclasses import dataclass
from typing import Literal

from ohmstead.core.model.evse import BoardFault, BoardSnapshot
from ohmstead.core.model.reasons import Reason

Clearing = Literal["retry", "unplug", "never"]

RETRY_S = 60.0
"""How often a fault that may clear by itself is tried."""
SETTLE_S = 30.0
"""No current this soon after a fault, except after a lost lease."""
SHOW_S = 0.5
"""State F is held for at least 300 ms; then the pilot is steady again, so that an unplugging is seen."""


@dataclass(frozen=True, slots=True)
class FaultRow:
    """``pilot_f``: tell the vehicle by state F. ``keep_f``: for good."""

    fault: BoardFault
    key: str
    clearing: Clearing
    pilot_f: bool = False
    keep_f: bool = False


FAULTS: tuple[FaultRow, ...] = (
    FaultRow(BoardFault.CONTACTOR_WELDED, "fault.contactor_welded", "never", pilot_f=True, keep_f=True),
    FaultRow(BoardFault.RESIDUAL_CURRENT, "fault.residual_current", "unplug", pilot_f=True),
    FaultRow(BoardFault.EARTH, "fault.earth", "retry", pilot_f=True),
    FaultRow(BoardFault.OVER_CURRENT, "fault.over_current", "unplug", pilot_f=True),
    FaultRow(BoardFault.PILOT_SHORT, "fault.pilot_short", "unplug", pilot_f=True),
    FaultRow(BoardFault.DIODE, "fault.diode", "unplug", pilot_f=True),
    FaultRow(BoardFault.CONTACTOR_STUCK_OPEN, "fault.contactor_stuck_open", "unplug"),
    FaultRow(BoardFault.LOCK, "fault.lock", "unplug"),
    FaultRow(BoardFault.PROXIMITY, "fault.proximity", "unplug"),
    FaultRow(BoardFault.OVER_TEMPERATURE, "fault.over_temperature", "retry"),
    FaultRow(BoardFault.LEASE_LOST, "fault.lease_lost", "retry"),
)
"""In the order in which they are told."""


def worst(faults: BoardFault) -> FaultRow | None:
    """The first row of the table that ``faults`` holds."""
    return next((row for row in FAULTS if row.fault & faults), None)


def reason(faults: BoardFault) -> Reason | None:
    """``faults`` in words: the one that matters most."""
    row = worst(faults)
    return None if row is None else Reason(row.key)


def may_clear(board: BoardSnapshot, since_s: float, tried_s: float | None) -> bool:
    """Whether to ask the board to clear its faults now.

    ``since_s`` is how long they have been there, ``tried_s`` how long ago the last try was.
    """
    rows = [row for row in FAULTS if row.fault & board.faults]
    if not rows or any(row.clearing == "never" for row in rows):
        return False
    if any(row.clearing == "unplug" for row in rows) and board.pilot != "A":
        return False
    if board.faults == BoardFault.LEASE_LOST:
        return True
    if board.pilot == "A" and tried_s is None:
        return True
    return (since_s if tried_s is None else tried_s) >= RETRY_S
