"""``observe``: a board and the step made on it become the ChargerReading that control and people see."""

from math import isfinite

from ohmstead.core.charging import authorization, phases
from ohmstead.core.charging.pilot import current_for
from ohmstead.core.charging.stepping import Step, held_errors
from ohmstead.core.charging.vehicle import VehicleMemory
from ohmstead.core.model.chargers import ChargerReading, ChargerState
from ohmstead.core.model.evse import BoardIdentity, BoardSnapshot, IecState, PilotMode
from ohmstead.core.model.quantities import Phase, Quality
from ohmstead.core.model.readings import PhaseReading
from ohmstead.core.model.reasons import Reason
from ohmstead.core.model.settings import ChargerSettings

_STEADY: dict[str, IecState] = {"A": "A1", "B": "B1", "C": "C1", "D": "D1", "E": "E", "F": "F"}
_PWM: dict[str, IecState] = {"A": "A2", "B": "B2", "C": "C2", "D": "D2", "E": "E", "F": "F"}

_EXPLAINED = frozenset(
    {
        ChargerState.ERROR,
        ChargerState.OUT_OF_SERVICE,
        ChargerState.SUSPENDED,
        ChargerState.CONNECTED_NO_CURRENT,
        ChargerState.INITIALISING,
    }
)


def observe(
    step: Step, board: BoardSnapshot, identity: BoardIdentity | None, charger: ChargerSettings
) -> ChargerReading:
    """The reading of this moment, terminals turned to the site's phases.

    Without an ``identity`` the hardware limit is unknown, and control gives nothing. A loose cable whose rating
    cannot be read makes the reading bad, so that nothing more is given either.
    """
    cable_a = _rating(board, step.memory.vehicle)
    connected = board.pilot in ("B", "C", "D")
    if board.pilot in ("E", "F"):
        connected = step.memory.session.current is not None
    quality, problem = Quality.GOOD, _problem(step)
    if not step.usable:
        quality = Quality.STALE
    elif identity is not None and identity.socket and cable_a is None and connected:
        quality, problem = Quality.BAD, problem or Reason("charger.cable_unreadable")
    pwm = board.pilot_mode is PilotMode.PWM
    offered_a = round(current_for(board.duty_percent), 2) if pwm else 0.0
    return ChargerReading(
        charger=step.memory.charger,
        at=board.at,
        quality=quality,
        state=step.state,
        iec_state=(_PWM if pwm else _STEADY)[board.pilot],
        connected=connected if step.usable else None,
        contactor_closed=board.contactor_closed,
        offered_a=offered_a,
        hardware_max_a=None if identity is None else identity.rated_current_a,
        cable_max_a=cable_a,
        phases=_phases(board, identity, charger),
        phases_used=_used(step, board, charger),
        power_w=board.power_w,
        energy_j=board.energy_j,
        session=step.memory.session.current,
        problem=problem,
        suspended=step.suspended,
        errors=held_errors(step.memory, board.at),
        error_counts=step.memory.errors.counts,
        authorization=authorization.seen(step.memory.authorization, board.at),
        switching=phases.seen(step.memory, board, step.switching)
        if identity is not None and identity.switches_phases and len(charger.phases) > 1
        else None,
    )


def _used(step: Step, board: BoardSnapshot, charger: ChargerSettings) -> tuple[Phase, ...] | None:
    """What the car was seen to use; of it only the first phase while the others are open."""
    used = step.memory.phases_used
    if board.phases != 1:
        return used
    return charger.phases[:1] if used is not None or step.memory.using else None


def _rating(board: BoardSnapshot, vehicle: VehicleMemory) -> float | None:
    """The cable's rating: as latched at plug-in, else as the board tells it."""
    return vehicle.cable_a if vehicle.cable_a is not None else board.proximity_a


def _problem(step: Step) -> Reason | None:
    """What the charger itself says of its state. A limit behind it is told by the grant, and only there."""
    if step.state not in _EXPLAINED or step.reason is None:
        return None
    granted = step.reason.key.startswith("limit.") and step.reason.key != "limit.ventilation"
    return None if granted else step.reason


def _phases(
    board: BoardSnapshot, identity: BoardIdentity | None, charger: ChargerSettings
) -> dict[Phase, PhaseReading]:
    count = len(board.currents_a) if identity is None else identity.phases
    rows = list(zip(charger.phases, board.voltages_v, board.currents_a, strict=False))[:count]
    return {
        phase: PhaseReading(_finite(voltage), _finite(current))
        for phase, voltage, current in rows
        if voltage is not None or current is not None
    }


def _finite(value: float | None) -> float | None:
    return value if value is not None and isfinite(value) else None
