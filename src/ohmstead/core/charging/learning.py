"""What a car shows of itself while it charges: the phases it uses, and that it is full (G-013, G-054).

A phase counts as used from its first ampere; which phases are *not* used is believed after the same ones have
carried current for 3 s. A car is full when it leaves C by itself during an offer (not when the
board has taken the offer away by a fault), or draws less than 1 A for five
minutes although at least 6 A are offered; it is hungry again when it draws, or asks while it is offered none: by C, or
by toggling B-C-B (IEC 61851-1 A.6 seq. 11).
"""

from ohmstead.core.charging.memory import PilotMemory
from ohmstead.core.model.changing import changed
from ohmstead.core.model.evse import BoardSnapshot
from ohmstead.core.model.quantities import Phase
from ohmstead.core.model.settings import ChargerSettings
from ohmstead.core.model.time import Instant

USED_A = 1.0
USED_S = 3.0
FULL_S = 300.0


def learn(memory: PilotMemory, board: BoardSnapshot, charger: ChargerSettings, now: Instant) -> PilotMemory:
    """``memory`` with what this look at the board adds."""
    return _appetite(_phases(memory, board, charger, now), board, now)


def _phases(memory: PilotMemory, board: BoardSnapshot, charger: ChargerSettings, now: Instant) -> PilotMemory:
    measured = zip(charger.phases, board.currents_a, strict=False)
    using: tuple[Phase, ...] = tuple(
        [phase for phase, current in measured if current is not None and abs(current) > USED_A]
    )
    since = memory.using_since if using == memory.using and memory.using_since is not None else now.monotonic_s
    used, all_live = memory.phases_used, board.phases != 1  # on one it is not seen what the car would use of three
    if all_live and used is not None:
        used = tuple(phase for phase in charger.phases if phase in used or phase in using)
    elif all_live and using and now.monotonic_s - since >= USED_S:
        used = using
    if (using, since, used) == (memory.using, memory.using_since, memory.phases_used):
        return memory
    return changed(memory, using=using, using_since=since, phases_used=used)


def _appetite(memory: PilotMemory, board: BoardSnapshot, now: Instant) -> PilotMemory:
    offering = memory.sequence == "offer"
    measured = [abs(current) for current in board.currents_a if current is not None]
    draws = board.contactor_closed and (not measured or max(measured) >= USED_A)
    low = offering and board.contactor_closed and bool(measured) and max(measured) < USED_A
    low_since = (memory.low_since if memory.low_since is not None else now.monotonic_s) if low else None
    left = offering and memory.requested and board.pilot == "B" and not board.faults
    asks = (
        memory.sequence in ("idle", "test")
        and not board.contactor_closed
        and (board.pilot in ("C", "D") or memory.vehicle.asks)
    )
    sated = low_since is not None and now.monotonic_s - low_since >= FULL_S
    requested = memory.requested or (offering and board.contactor_closed and board.pilot in ("C", "D"))
    full = (memory.full or left or sated) and not draws and not asks
    if (requested, low_since, full) == (memory.requested, memory.low_since, memory.full):
        return memory
    return changed(memory, requested=requested, low_since=low_since, full=full)
