"""What the pilot tells of the vehicle from step to step: how it came, whether it asks, how restless it is.

Each change of the level is a row of ``core.charging.table`` that the vehicle moves; here is what it leaves in memory.
"""

from dataclasses import dataclass

from ohmstead.core.charging.proximity import cable_a
from ohmstead.core.model.changing import changed
from ohmstead.core.model.evse import BoardSnapshot, PilotLevel

SIMPLIFIED_A = 10.0
"""A vehicle without a B, of the simplified pilot, limits itself to this (IEC 61851-1 A.2.3)."""
SEEN_S = 1.0
"""Looks farther apart may have missed a B between A and C."""
TOGGLE_S = 3.5
"""Within this a vehicle without PWM may show C one to three times for 200 to 400 ms (A.6 seq. 11)."""
PULSE_S = 0.6
RESTLESS, RESTLESS_FADES_S = 12.0, 2.5
"""So many changes between B and C, each forgotten after so long, are no pilot that rests."""
LATCH_S = 0.2
"""A plug that goes in is read when its contacts have come to rest."""


@dataclass(frozen=True, slots=True)
class VehicleMemory:
    """Of one vehicle, from plug-in to unplug; moments on the monotonic clock."""

    level: PilotLevel = "A"
    since: float | None = None
    """When the level was first seen."""
    simplified: bool = False
    cable_a: float | None = None
    """The rating latched at plug-in, where the board measures the resistance."""
    woken: bool = False
    defied: bool = False
    """It still drew when the contactor had to open under it."""
    toggles: int = 0
    toggled_at: float | None = None
    """When the first of the last toggles without PWM began."""
    unrest: float = 0.0
    opened_at: float | None = None
    closed: bool = False
    proven: bool = False
    """The pre-charge test passed and the contactor has not been closed and opened since."""

    @property
    def restless(self) -> bool:
        """Whether the pilot does not come to rest."""
        return self.unrest >= RESTLESS

    @property
    def asks(self) -> bool:
        """Whether it has just toggled B-C-B to be woken (seq. 11)."""
        return self.toggles > 0 and self.level == "B"


def watched(
    memory: VehicleMemory, board: BoardSnapshot, steady: bool, phases: int, now_s: float, gap_s: float
) -> VehicleMemory:
    """``memory`` after this look, ``gap_s`` after the one before; ``steady``: the pilot carries no PWM.

    E and F say nothing of the vehicle.
    """
    closed = board.contactor_closed
    opened = memory.closed and not closed
    if board.pilot == "A":
        if memory.level == "A" and memory.closed == closed and memory.since is not None:
            return memory
        return VehicleMemory("A", now_s, opened_at=now_s if opened else memory.opened_at, closed=closed)
    if board.pilot not in ("E", "F"):
        if memory.defied and board.pilot == "B":
            memory = changed(memory, defied=False)
        if board.pilot != memory.level:
            memory = _moved(memory, board.pilot, steady, now_s, gap_s)
        elif memory.cable_a is None and board.proximity_ohm is not None and now_s - (memory.since or 0.0) >= LATCH_S:
            rating = cable_a(board.proximity_ohm, phases)
            memory = memory if rating is None else changed(memory, cable_a=rating)
        if memory.toggled_at is not None and now_s - memory.toggled_at > TOGGLE_S:
            memory = changed(memory, toggles=0, toggled_at=None)
    if opened:
        return changed(memory, closed=False, opened_at=now_s, proven=False)
    return memory if memory.closed == closed else changed(memory, closed=closed)


def _moved(memory: VehicleMemory, level: PilotLevel, steady: bool, now_s: float, gap_s: float) -> VehicleMemory:
    """``memory`` after the vehicle changed the level to ``level``."""
    lasted_s = now_s - memory.since if memory.since is not None else 0.0
    direct = memory.level == "A" and level in ("C", "D") and memory.since is not None and gap_s <= SEEN_S
    unrest = memory.unrest
    if memory.level != "A":
        unrest = max(0.0, unrest - lasted_s / RESTLESS_FADES_S) + 1.0
    toggles, toggled_at = memory.toggles, memory.toggled_at
    if steady and memory.level == "C" and level == "B" and lasted_s <= PULSE_S:
        toggles, toggled_at = toggles + 1, toggled_at if toggled_at is not None else now_s
    return changed(
        memory,
        level=level,
        since=now_s,
        simplified=memory.simplified or direct,
        woken=memory.woken and level not in ("C", "D"),
        unrest=unrest,
        toggles=toggles,
        toggled_at=toggled_at,
    )
