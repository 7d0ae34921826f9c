"""What a look at the board shows of errors, with the thresholds of G-036 and G-037.

Faults that the board finds by its own means come first: its bits, in the order of severity. What the host measures
against: voltages, currents against the offer, temperature, the cable's coding, the lock, the pre-charge test. How long
a condition must last, and how the error ends, stands in its row in ``core.model.faults``.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from ohmstead.core.charging.errors import Condition, ErrorMemory
from ohmstead.core.charging.pilot import current_for
from ohmstead.core.charging.proximity import cable_a
from ohmstead.core.charging.vehicle import VehicleMemory
from ohmstead.core.model.evse import BoardFault, BoardSnapshot, PilotMode
from ohmstead.core.model.faults import ErrorCode
from ohmstead.core.model.quantities import MINIMUM_CURRENT_A
from ohmstead.core.model.reasons import Reason

BITS: tuple[tuple[BoardFault, ErrorCode], ...] = (
    (BoardFault.RESIDUAL_CURRENT, "V2"),
    (BoardFault.SUPPLY_REVERSED, "I2"),
    (BoardFault.EARTH, "I1"),
    (BoardFault.SENSOR_TEST, "D6"),
    (BoardFault.CONTACTOR_WELDED, "D3"),
    (BoardFault.HARDWARE, "D3"),
    (BoardFault.OVER_CURRENT, "V1"),
    (BoardFault.PILOT_SHORT, "V4"),
    (BoardFault.DIODE, "V4"),
    (BoardFault.PILOT, "V4"),
    (BoardFault.CONTACTOR_STUCK_OPEN, "D4"),
    (BoardFault.LOCK, "D5"),
    (BoardFault.PROXIMITY, "V5"),
    (BoardFault.OVER_TEMPERATURE, "D7"),
)
"""A lost lease is no error by itself: it ends with the next word of the host, and D1 judges the silence."""
_ROWS = tuple((int(bit), code, Reason(f"fault.{(bit.name or '').lower()}")) for bit, code in BITS)
_LEASE, _NO_LEVEL = int(BoardFault.LEASE_LOST), int(BoardFault.PILOT_SHORT | BoardFault.PILOT)

LOW, HIGH, BACK = 0.85, 1.15, 0.02
"""Of nominal: I3 below, I4 above, back so much inside (G-037)."""
BAND = 0.10
"""Of nominal: outside of it is a warning (G-037)."""
OVERLOAD, OVERLOAD_AFTER_S = 1.25, 6.0
OVERLOAD_AT_ONCE, OVERLOAD_AT_ONCE_S = 1.5, 1.0
"""Of the offer, so long after it was lowered; of the hardware's rating (G-036)."""
DERATE_C, HOT_C, COOL_C = 65.0, 75.0, 60.0
TEST_S = 3.0
"""A pre-charge test that has not passed by then has failed (G-035)."""


@dataclass(frozen=True, slots=True)
class Place:
    """What the charger is built into: ``nominal_v`` of the supply to judge voltages by, ``rated_a`` of the hardware,
    and whether it ``switches_phases``.

    ``None`` where it is not known; then nothing is judged by it.
    """

    nominal_v: float | None = None
    rated_a: float | None = None
    switches_phases: bool = False


@dataclass(slots=True)
class Look:
    """What the conditions are read from. ``age_s`` is how long the present ``sequence`` has lasted."""

    board: BoardSnapshot
    vehicle: VehicleMemory
    errors: ErrorMemory
    place: Place
    sequence: str
    age_s: float
    duty_percent: float
    lowered_s: float
    """Seconds since the offer was lowered last."""
    lock: bool
    phases: int
    leased: bool


@cache
def on_board(faults: int) -> frozenset[ErrorCode]:
    """The codes of ``faults``, which are those of a board as a number."""
    return frozenset(code for bit, code, _ in _ROWS if bit & faults)


def conditions(look: Look) -> list[Condition]:
    """All that is the case now."""
    found: list[Condition] = []
    board = look.board
    if board.faults:
        found += _told(look)
    nominal = look.place.nominal_v
    if nominal is not None:
        for volts in board.voltages_v[: look.phases]:
            if volts is not None and not (1 - BAND) * nominal <= volts <= (1 + BAND) * nominal:
                found += _voltage(look, volts, nominal)
    if board.contactor_closed:
        found += _closed(look)
    inside_c = board.temperature_c
    if inside_c is not None and inside_c >= COOL_C and (inside_c >= HOT_C or look.errors.holds("D7")):
        found.append(Condition("D7", Reason("fault.hot", {"inside_c": inside_c})))
    if look.vehicle.restless:
        found.append(Condition("V4", Reason("fault.restless_pilot")))
    if look.vehicle.defied and not board.contactor_closed and board.pilot in ("C", "D"):
        found.append(Condition("V3", Reason("fault.ignores_stop")))
    if board.pilot == "E" and board.pilot_mode is not PilotMode.OFF and not int(board.faults) & _NO_LEVEL:
        found.append(Condition("D8", Reason("fault.no_state")))
    if board.proximity_ohm is not None and board.pilot in ("B", "C", "D"):
        found += _cable(look, board.proximity_ohm)
    if board.locked is not None and board.locked != look.lock and not (board.locked and board.contactor_closed):
        found.append(Condition("D5", Reason("fault.lock" if look.lock else "fault.unlock")))
    if look.sequence == "test" and board.self_test in ("none", "running") and look.age_s >= TEST_S:
        found.append(Condition("D6", Reason("fault.test_late")))
    return found


def silence(leaseless: bool = False) -> Condition:
    """No live word of the board. One that is ``leaseless`` goes on as it was told last."""
    return Condition("D1", Reason("fault.board_unheard" if leaseless else "fault.board_silent"))


def derated_a(temperature_c: float | None, most_a: float) -> float | None:
    """From 65 °C the current falls evenly, to the minimum at 75 °C (G-037); ``None`` below."""
    if temperature_c is None or temperature_c < DERATE_C:
        return None
    share = max(0.0, (HOT_C - temperature_c) / (HOT_C - DERATE_C))
    return MINIMUM_CURRENT_A + share * max(0.0, most_a - MINIMUM_CURRENT_A)


def _told(look: Look) -> Iterator[Condition]:
    """What the board found: raised by any of its faults, but still the case only while its cause is there."""
    faults, present = int(look.board.faults), int(look.board.present)
    for bit, code, reason in _ROWS:
        if bit & present or (bit & faults and not look.errors.holds(code)):
            yield Condition(code, reason, evidence_s=0.0)
    if look.leased and faults & _LEASE:
        yield silence()


def _voltage(look: Look, volts: float, nominal: float) -> Iterator[Condition]:
    low = LOW + (BACK if look.errors.holds("I3") else 0.0)
    high = HIGH - (BACK if look.errors.holds("I4") else 0.0)
    if volts < low * nominal:
        yield Condition("I3", Reason("fault.undervoltage", {"seen_v": volts, "least_v": LOW * nominal}))
    elif volts > high * nominal:
        yield Condition("I4", Reason("fault.overvoltage", {"seen_v": volts, "most_v": HIGH * nominal}))


def _closed(look: Look) -> Iterator[Condition]:
    board = look.board
    flowing = max((abs(current) for current in board.currents_a if current is not None), default=0.0)
    offered = current_for(look.duty_percent) if look.sequence == "offer" else 0.0
    rated = look.place.rated_a
    if rated is not None and flowing > OVERLOAD_AT_ONCE * rated:
        reason = Reason("fault.overload", {"drawn_a": flowing, "offered_a": offered or rated})
        yield Condition("V1", reason, OVERLOAD_AT_ONCE_S)
    elif offered and flowing > OVERLOAD * offered and look.lowered_s >= OVERLOAD_AFTER_S:
        yield Condition("V1", Reason("fault.overload", {"drawn_a": flowing, "offered_a": offered}))
    if board.pilot in ("A", "B") and not look.errors.holds("D3"):
        yield Condition("D8", Reason("fault.closed_without_c"))


def _cable(look: Look, ohm: float) -> Iterator[Condition]:
    latched, rating = look.vehicle.cable_a, cable_a(ohm, look.phases)
    if rating is None:
        yield Condition("V5", Reason("fault.cable_code", {"ohm": round(ohm)}))
    elif latched is not None and rating != latched:
        yield Condition("V5", Reason("fault.other_cable", {"was_a": latched, "is_a": rating}))
