"""The conditions that a row of ``core.charging.table`` may ask for besides its situation, by name."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ohmstead.core.charging import phases
from ohmstead.core.charging.memory import PilotMemory
from ohmstead.core.charging.pilot import current_for
from ohmstead.core.charging.proximity import cable_a
from ohmstead.core.charging.table import Guard
from ohmstead.core.charging.wake_up import PROFILES
from ohmstead.core.model.evse import BoardSnapshot
from ohmstead.core.model.settings import ChargerSettings

CHANGE_S = 5.0
"""A vehicle has 5 s to follow a new duty (table A.6, sequence 6)."""
DROP_S = 6.0
"""How long a vehicle may take to drop its load before the contactor opens under it (10.2)."""
CLOSE_AGAIN_S = 5.0
"""The contactor rests so long after it has opened, whatever the pilot does (field practice)."""
DEFIANT_A = 1.0
DEFIES_S = 4.0
"""In the last seconds before the contactor opens under load."""


@dataclass(slots=True)
class Turn:
    """What the guards of a row look at."""

    memory: PilotMemory
    board: BoardSnapshot
    charger: ChargerSettings
    now_s: float

    @property
    def age_s(self) -> float:
        """Seconds in the present sequence."""
        return 0.0 if self.memory.since is None else self.now_s - self.memory.since

    def rested(self) -> bool:
        """Whether a car had its 5 s since the last change of the pilot."""
        return self.memory.changed_at is None or self.now_s - self.memory.changed_at >= CHANGE_S

    def proven(self) -> bool:
        """Whether the pre-charge test has passed, as a whole, on a look that is newer than its begin."""
        memory, board = self.memory, self.board
        if memory.since is None or board.at.monotonic_s <= memory.since or memory.errors.pending:
            return False
        if board.self_test not in (None, "passed") or board.locked is False:
            return False
        ohm, vehicle = board.proximity_ohm, memory.vehicle
        if ohm is not None and (vehicle.cable_a is None or cable_a(ohm, len(self.charger.phases)) != vehicle.cable_a):
            return False
        return vehicle.opened_at is None or self.now_s - vehicle.opened_at >= CLOSE_AGAIN_S

    def opened(self) -> bool:
        """Whether the contactor has been closed, and has opened by itself."""
        return not self.memory.vehicle.proven

    def dropped(self) -> bool:
        """Whether the contactor may be denied now without tearing a load, or must be."""
        if not self.board.contactor_closed or self.age_s >= DROP_S:
            return True
        return self.board.pilot not in ("C", "D")

    def defies(self) -> bool:
        """Whether it draws on long after the PWM has stopped; it had 3 s to open S2."""
        drawing = self.board.contactor_closed and flowing_a(self.board) > DEFIANT_A
        return drawing and self.age_s >= DEFIES_S and not self.memory.vehicle.defied

    def defiant(self) -> bool:
        """A car that had time to follow and still draws more than the pilot offers is not waited for."""
        return self.rested() and flowing_a(self.board) > current_for(self.memory.duty_percent) + DEFIANT_A

    def sleeps(self) -> bool:
        """Whether a vehicle that was offered current all this time has not asked, and was not woken yet."""
        memory, profile = self.memory, PROFILES[self.charger.wake_up]
        vehicle = memory.vehicle
        if profile is None or vehicle.woken or vehicle.level != "B" or memory.full or memory.requested:
            return False
        since = max(memory.since or 0.0, vehicle.since or 0.0)
        return self.now_s - since >= profile.wait_s

    def still(self) -> bool:
        """Whether the contactor is seen open and nothing flows: the phases may be switched."""
        return phases.still(self.memory, self.board)

    def woken(self) -> bool:
        """Whether the profile has been played."""
        profile = PROFILES[self.charger.wake_up]
        return profile is None or profile.mode(self.age_s) is None


GUARDS: Mapping[Guard, Callable[[Turn], bool]] = {
    "": lambda _: True,
    "rested": Turn.rested,
    "proven": Turn.proven,
    "opened": Turn.opened,
    "dropped": Turn.dropped,
    "defiant": Turn.defiant,
    "sleeps": Turn.sleeps,
    "woken": Turn.woken,
    "still": Turn.still,
}


def flowing_a(board: BoardSnapshot) -> float:
    """The largest current on a terminal."""
    return max((abs(current) for current in board.currents_a if current is not None), default=0.0)
