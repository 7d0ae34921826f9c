"""The state of a charger in the words of EV-044 and EV-045, and why it is so."""

from typing import Literal

from ohmstead.core.charging import faults
from ohmstead.core.charging.memory import PilotMemory
from ohmstead.core.charging.permission import Permission
from ohmstead.core.model.chargers import ChargerOptions, ChargerState
from ohmstead.core.model.evse import BoardSnapshot
from ohmstead.core.model.grants import by_supply
from ohmstead.core.model.quantities import MINIMUM_CURRENT_A
from ohmstead.core.model.reasons import Reason
from ohmstead.core.model.time import Instant

Situation = Literal["silent", "starting", "fault", "no_pilot", "away", "ventilation", "no_current", "current"]
"""What counts at this step, the first that holds."""

_PASSING = frozenset({"starting", "not_connected", "unavailable"})
"""Limits of a grant that was made before the car was seen; the next one tells more."""


def told(
    memory: PilotMemory,
    board: BoardSnapshot,
    situation: Situation,
    allowed: Permission,
    options: ChargerOptions,
    now: Instant,
) -> tuple[ChargerState, Reason | None]:
    """State and reason; charging itself needs none."""
    heard_at = memory.heard_at if memory.heard_at is not None else now.monotonic_s
    match situation:
        case "silent":
            return ChargerState.ERROR, Reason("charger.board_silent", {"silent_s": now.monotonic_s - heard_at})
        case "starting":
            return ChargerState.INITIALISING, Reason("charger.starting")
        case "fault":
            return ChargerState.ERROR, faults.reason(board.faults) or _settling(memory, now)
        case "no_pilot":
            key = "charger.pilot_off" if board.pilot == "E" else "charger.not_available"
            return ChargerState.OUT_OF_SERVICE, Reason(key)
    if not options.enabled:
        return ChargerState.NOT_ENABLED, Reason("limit.not_enabled")
    match situation:
        case "away":
            return ChargerState.NOT_CONNECTED, None
        case "ventilation":
            return ChargerState.SUSPENDED, Reason("limit.ventilation")
        case "no_current":
            return _without_current(memory, allowed, now)
        case _:
            return _with_current(memory, board)


def _without_current(memory: PilotMemory, allowed: Permission, now: Instant) -> tuple[ChargerState, Reason]:
    if allowed.current_a >= MINIMUM_CURRENT_A:
        return ChargerState.SUSPENDED, _settling(memory, now)
    if allowed.limited_by in _PASSING:
        return ChargerState.INITIALISING, Reason("charger.starting")
    if allowed.limited_by == "program_off":
        return ChargerState.NOT_ENABLED, allowed.reason
    if (by_supply(allowed.limited_by) or allowed.limited_by == "green") and memory.full:
        return ChargerState.COMPLETE, Reason("charger.complete")
    if by_supply(allowed.limited_by) and not memory.had_current:
        return ChargerState.CONNECTED_NO_CURRENT, allowed.reason
    return ChargerState.SUSPENDED, allowed.reason


def _with_current(memory: PilotMemory, board: BoardSnapshot) -> tuple[ChargerState, Reason | None]:
    if memory.full:
        return ChargerState.COMPLETE, Reason("charger.complete")
    if memory.sequence == "offer" and board.contactor_closed and board.pilot == "C":
        return ChargerState.CHARGING, None
    return ChargerState.CONNECTED_WAITING_VEHICLE, None


def _settling(memory: PilotMemory, now: Instant) -> Reason:
    until = memory.blocked_until if memory.blocked_until is not None else now.monotonic_s
    return Reason("fault.settling", {"wait_s": max(0.0, until - now.monotonic_s)})
