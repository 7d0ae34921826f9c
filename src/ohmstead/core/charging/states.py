"""The state of a charger in the words of EV-044 and EV-045, and why it is so."""

from collections.abc import Mapping
from dataclasses import dataclass

from ohmstead.core.charging.memory import PilotMemory
from ohmstead.core.charging.permission import Permission
from ohmstead.core.charging.table import Situation
from ohmstead.core.model.changing import quick
from ohmstead.core.model.chargers import ChargerOptions, ChargerState, SuspensionReason
from ohmstead.core.model.evse import BoardSnapshot, PhaseCount
from ohmstead.core.model.grants import by_supply
from ohmstead.core.model.quantities import MINIMUM_CURRENT_A
from ohmstead.core.model.reasons import Reason
from ohmstead.core.model.time import Instant

SUSPENSIONS: Mapping[str, SuspensionReason] = {
    "paused": SuspensionReason.PAUSED,
    "departure": SuspensionReason.PAUSED,
    "ventilation": SuspensionReason.VENTILATION,
    "not_enabled": SuspensionReason.DEVICE_NOT_ENABLED,
    "invalid_program": SuspensionReason.INVALID_PROGRAM,
    "green": SuspensionReason.GREEN_ENERGY_NOT_AVAILABLE,
}
"""What it means when a limit of this name stops the charger; all others stand for energy that is not available."""

UNAUTHORISED = frozenset({"authorization", "rejected"})
"""Limits of a vehicle that nobody has authorised."""

_PASSING = frozenset({"starting", "not_connected", "unavailable"})
"""Limits of a grant that was made before the car was seen; the next one tells more."""


@quick
@dataclass(frozen=True, slots=True)
class Told:
    """A state with what belongs to it: charging needs no reason, only a suspension has its kind."""

    state: ChargerState
    reason: Reason | None = None
    suspended: SuspensionReason | None = None


def suspension(limited_by: str) -> SuspensionReason:
    """Which of the six a limit of this name stands for."""
    return SUSPENSIONS.get(limited_by.partition(".")[0], SuspensionReason.ENERGY_NOT_AVAILABLE)


def told(
    memory: PilotMemory,
    board: BoardSnapshot,
    situation: Situation,
    allowed: Permission,
    options: ChargerOptions,
    now: Instant,
    switching: PhaseCount | None = None,
) -> Told:
    """The state of this moment."""
    if memory.errors.held:
        return Told(ChargerState.ERROR, memory.errors.held[0].reason)
    heard_at = memory.heard_at if memory.heard_at is not None else now.monotonic_s
    match situation:
        case "silent":
            silent_s = now.monotonic_s - heard_at
            return Told(ChargerState.OUT_OF_SERVICE, Reason("charger.board_silent", {"silent_s": silent_s}))
        case "starting":
            return Told(ChargerState.INITIALISING, Reason("charger.starting"))
        case "error":
            reason = Reason("fault.lease_lost") if board.faults else _settling(memory, now)
            return Told(ChargerState.OUT_OF_SERVICE, reason)
        case "no_pilot":
            key = "charger.pilot_off" if board.pilot == "E" else "charger.not_available"
            return Told(ChargerState.OUT_OF_SERVICE, Reason(key))
    if not options.enabled:
        return Told(ChargerState.NOT_ENABLED, Reason("limit.not_enabled"))
    match situation:
        case "away":
            return Told(ChargerState.NOT_CONNECTED)
        case "switching" if _goes_on(memory, allowed) and switching is not None:
            return _switching(memory, switching, now)
        case "no_current" | "switching" if allowed.limited_by in UNAUTHORISED:
            return Told(ChargerState.WAITING_AUTHORISATION, allowed.reason)
        case "ventilation":
            return Told(ChargerState.SUSPENDED, Reason("limit.ventilation"), SuspensionReason.VENTILATION)
        case "no_current" | "switching":
            return _without_current(memory, allowed, now)
        case _:
            return _with_current(memory, board)


def _goes_on(memory: PilotMemory, allowed: Permission) -> bool:
    """Whether the car would have current if its phases were not being switched."""
    return not memory.full and (allowed.current_a >= MINIMUM_CURRENT_A or allowed.limited_by == "phases")


def _switching(memory: PilotMemory, to: PhaseCount, now: Instant) -> Told:
    left_s = 0.0 if memory.pause_until is None else max(0.0, memory.pause_until - now.monotonic_s)
    reason = Reason(f"charger.switching.{'one' if to == 1 else 'three'}", {"wait_s": left_s})
    return Told(ChargerState.SUSPENDED, reason, SuspensionReason.ENERGY_NOT_AVAILABLE)


def _without_current(memory: PilotMemory, allowed: Permission, now: Instant) -> Told:
    if allowed.current_a >= MINIMUM_CURRENT_A:
        return Told(ChargerState.SUSPENDED, _settling(memory, now), SuspensionReason.ENERGY_NOT_AVAILABLE)
    if allowed.limited_by in _PASSING:
        return Told(ChargerState.INITIALISING, Reason("charger.starting"))
    if allowed.limited_by == "program_off":
        return Told(ChargerState.NOT_ENABLED, allowed.reason)
    if (by_supply(allowed.limited_by) or allowed.limited_by in ("green", "departure")) and memory.full:
        return Told(ChargerState.COMPLETE, Reason("charger.complete"))
    if by_supply(allowed.limited_by) and not memory.had_current:
        return Told(ChargerState.CONNECTED_NO_CURRENT, allowed.reason)
    return Told(ChargerState.SUSPENDED, allowed.reason, suspension(allowed.limited_by))


def _with_current(memory: PilotMemory, board: BoardSnapshot) -> Told:
    if memory.full:
        return Told(ChargerState.COMPLETE, Reason("charger.complete"))
    if memory.sequence == "test":
        return Told(ChargerState.PRE_CHARGE_TEST)
    if memory.sequence == "offer" and board.contactor_closed and board.pilot in ("C", "D"):
        return Told(ChargerState.CHARGING)
    return Told(ChargerState.CONNECTED_WAITING_VEHICLE)


def _settling(memory: PilotMemory, now: Instant) -> Reason:
    until = memory.blocked_until if memory.blocked_until is not None else now.monotonic_s
    return Reason("fault.settling", {"wait_s": max(0.0, until - now.monotonic_s)})
