"""IEC 61851-1 as one table: what the vehicle does, what the charger answers, within which time, by which clause.

Theory of operation. A state of the standard is a letter and a digit. The letter is the vehicle's: A not there, B
plugged in, C asks for energy, D asks and needs ventilation; E (no pilot) and F (fault, −12 V) are nobody's. The digit
is the charger's: 1 a steady pilot, 2 the 1 kHz signal that offers a current. Only the vehicle changes the letter, only
the charger the digit; so each row below is moved by one of them.

The charger's side is one of seven *sequences*, each with what it puts on the pilot and whether the board may close:

========  ==================  ==========  ============================================================================
sequence  pilot               permission  meaning
========  ==================  ==========  ============================================================================
idle      steady (x1)         no          nothing is offered
test      PWM (x2)            no          the offer stands, the pre-charge test runs (G-035); C is answered within 3 s
offer     PWM (x2)            yes         the board closes when the vehicle asks, and opens by itself
drop      steady (x1)         yes         the offer has ended; the vehicle may drop its load for 6 s
wake      F, then steady      no          a vehicle that does not ask is woken once (``wake_up``)
switch    F, then steady      no          terminals 2 and 3 are opened or closed (``phases``)
error     F for 0.5 s, x1     no          an error of the 18 holds, or the board has lost its lease
========  ==================  ==========  ============================================================================

The contactor is the board's: it closes only with permission, PWM, C (or D in a ventilated place) and a diode seen, and
opens by itself within 100 ms when one of them goes (``docs/protocols/evse-board.md``). What the board must do within
its time stands in the rows as ``within_s``, and the suite holds board and host to it.

``situation`` is what counts at a look, the first of ``SITUATIONS`` that holds. The first row that fits is taken, and
where none fits the sequence stays. The vehicle's own rows change no sequence; what they leave in memory is in
``vehicle``. Numbers of sequences are those of table A.6; rows without one follow from table A.4 or a decision.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from ohmstead.core.charging.memory import Sequence
from ohmstead.core.model.evse import IecState

Situation = Literal[
    "silent", "starting", "error", "no_pilot", "away", "switching", "ventilation", "no_current", "current"
]
SITUATIONS: tuple[Situation, ...] = get_args(Situation)

Guard = Literal["", "rested", "proven", "opened", "dropped", "defiant", "sleeps", "woken", "still"]
"""Conditions that a row may ask for besides its situation; ``core.charging.stepping`` answers them."""

Mover = Literal["vehicle", "charger"]

_ANY: tuple[Sequence, ...] = get_args(Sequence)


@dataclass(frozen=True, slots=True)
class Row:
    """One transition: from one of ``states`` of the standard to ``to_state``, with its ``effect`` within ``within_s``.

    The charger's go from one of ``sequences`` to ``to`` in ``situation``, if ``guard`` holds.
    """

    number: str
    states: str
    to_state: IecState
    effect: str
    clause: str
    within_s: float | None = None
    situation: Situation | None = None
    sequences: tuple[Sequence, ...] = ()
    to: Sequence | None = None
    guard: Guard = ""

    @property
    def by(self) -> Mover:
        """Who moves it."""
        return "vehicle" if self.situation is None else "charger"


VEHICLE: tuple[Row, ...] = (
    Row("1.1", "A1", "B1", "plugged in", "table A.6 seq. 1.1"),
    Row("1.3", "A1", "C1", "plugged in without a B: at most 10 A", "A.2.3, simplified pilot"),
    Row("2.1", "B1 B2", "A1", "unplugged", "table A.6 seq. 2.1"),
    Row("2.2", "C1 C2 D1 D2", "A1", "unplugged: contactor off", "table A.6 seq. 2.2", 0.1),
    Row("4", "B2", "C2", "asks: contactor on", "table A.6 seq. 4", 3.0),
    Row("4", "B2", "D2", "asks, ventilated: contactor on", "table A.6 seq. 4; G-034", 3.0),
    Row("8.1", "C2 D2", "B2", "opens S2: contactor off", "table A.6 seq. 8.1", 0.1),
    Row("8.2", "C1 D1", "B1", "opens S2: contactor off", "table A.6 seq. 8.2", 0.1),
    Row("11", "B1", "C1", "toggles B-C-B: asks to be woken", "table A.6 seq. 11; ISO 15118-3", 3.5),
)


def _charger(
    number: str,
    states: str,
    to_state: IecState,
    when: tuple[Situation, tuple[Sequence, ...], Sequence],
    effect: str,
    clause: str,
    within_s: float | None = None,
    guard: Guard = "",
) -> Row:
    return Row(number, states, to_state, effect, clause, within_s, *when, guard=guard)


_X2 = "B2 C2 D2"
_ALL = "A1 B1 B2 C1 C2 D1 D2"
_STOP = "table A.6 seq. 10.1, 10.2; G-033"
CHARGER: tuple[Row, ...] = (
    _charger("", _X2, "B1", ("silent", _ANY, "idle"), "no live word of the board", "G-131: nothing is permitted"),
    _charger("", _X2, "B1", ("starting", _ANY, "idle"), "the board begins anew", "table A.4: in x1"),
    _charger("12", _ALL, "F", ("error", _ANY, "error"), "an error: contactor off", "table A.6 seq. 12; A.5", 3.0),
    _charger("", "E F", "B1", ("no_pilot", _ANY, "idle"), "no energy in E and F", "table A.4"),
    _charger("2.1", "B2", "A1", ("away", _ANY, "idle"), "no vehicle, no offer", "table A.6 seq. 2.1"),
    _charger("13", "F", "B1", ("switching", ("error",), "idle"), "the error has ended", "table A.6 seq. 13"),
    _charger("", "C2 D2", "C1", ("switching", ("offer",), "idle"), "not waited for", "G-018", 0.1, "defiant"),
    _charger("10.1", _X2, "C1", ("switching", ("offer",), "drop"), "PWM stops", "table A.6 seq. 10.1", 3.0),
    _charger("9.3", "B2", "B1", ("switching", ("test", "wake"), "idle"), "the offer ends", "table A.6 seq. 9.3"),
    _charger("10.2", "C1 D1", "C1", ("switching", ("drop",), "idle"), "contactor off", _STOP, 6.0, "dropped"),
    _charger("", "B1 C1", "F", ("switching", ("idle",), "switch"), "switches phases", "G-032", guard="still"),
    _charger("", "F B1 C1", "B1", ("no_current", ("switch",), "idle"), "has switched", "G-032"),
    _charger("", "F B1 C1", "B1", ("current", ("switch",), "idle"), "has switched", "G-032"),
    _charger("", "D2", "D2", ("ventilation", ("test", "offer"), "test"), "not ventilated", "table A.4; G-034", 0.1),
    _charger("", "D1", "D1", ("ventilation", _ANY, "idle"), "the place is not ventilated", "table A.4; G-034"),
    _charger("13", "F", "B1", ("no_current", ("error",), "idle"), "the error has ended", "table A.6 seq. 13"),
    _charger("13", "F", "B1", ("current", ("error",), "idle"), "the error has ended", "table A.6 seq. 13"),
    _charger("", "C2 D2", "C1", ("no_current", ("offer",), "idle"), "not waited for", "G-018", 0.1, "defiant"),
    _charger("10.1", _X2, "C1", ("no_current", ("offer",), "drop"), "PWM stops", "table A.6 seq. 10.1", 3.0),
    _charger("9.3", "B2", "B1", ("no_current", ("test", "wake"), "idle"), "the offer ends", "table A.6 seq. 9.3"),
    _charger("10.2", "C1 D1", "C1", ("no_current", ("drop",), "idle"), "contactor off", _STOP, 6.0, "dropped"),
    _charger("10.2", "C1 D1", "C1", ("current", ("drop",), "idle"), "contactor off", _STOP, 6.0, "dropped"),
    _charger("9.1", "B1 C1", "B2", ("current", ("idle",), "test"), "offers", "table A.6 seq. 3.1, 9.1", guard="rested"),
    _charger("3.2", "B2 C2", "C2", ("current", ("test",), "offer"), "tested", "A.6 seq. 3.2; G-035", 3.0, "proven"),
    _charger(
        "8.1", "B2", "B2", ("current", ("offer",), "test"), "tests anew", "EV-047; field practice", guard="opened"
    ),
    _charger(
        "", "B2", "F", ("current", ("offer",), "wake"), "is woken once", "ISO 15118-3; field practice", guard="sleeps"
    ),
    _charger("", "F", "B2", ("current", ("wake",), "offer"), "the offer again", "field practice", guard="woken"),
)

OFFERS: tuple[Row, ...] = (
    Row("6", "B2 C2", "C2", "lowers the offer at once", "table A.6 seq. 6; G-033", 0.1, "current"),
    Row("6", "B2 C2", "C2", "raises it, once in 5 s", "table A.6 seq. 6; G-033", 5.0, "current"),
)
"""Changes of the duty within a state: the vehicle follows within 5 s."""

TABLE: tuple[Row, ...] = (*VEHICLE, *CHARGER, *OFFERS)

ROWS: Mapping[tuple[Situation, Sequence], tuple[Row, ...]] = {
    (situation, sequence): tuple(row for row in CHARGER if row.situation == situation and sequence in row.sequences)
    for situation in SITUATIONS
    for sequence in _ANY
}
"""The charger's rows that may fit."""
