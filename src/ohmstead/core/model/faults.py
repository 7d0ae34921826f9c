"""The 18 errors of a charger: what each is, when it is believed, how it ends (EV-220 to EV-248, G-036 to G-040, G-077).

One row per code, the most severe first (G-040). What is sensed stands behind it elsewhere: the pilot loop's own
evidence in ``core.charging.evidence``, a vehicle meter in ``core.charging.vehicle_meter``, the grid meter in
``core.control.grid``; all of them go by these rows, and ``core.charging.errors`` walks them.

============  =====================================================================================================
clearing      the error ends (G-038) …
============  =====================================================================================================
``self``      when its cause has been gone for ``clears_s``; at most five times an hour, then as ``attempt``
``removal``   when the vehicle, or for V5 its cable, was unplugged and the cause is gone
``attempt``   by a person's recovery attempt (button, app) once the cause is gone, and the vehicle where it must go
``power``     when the charger is switched off and on
============  =====================================================================================================

Switching off and on ends each of them; it is raised anew if its cause is still there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

ErrorCode = Literal[
    "V2", "I2", "I1", "D6", "D3", "V1", "D8", "V3", "V4", "D4", "D5", "V5", "I4", "I3", "D7", "D1", "D2", "D9"
]
LinkCode = Literal["D2", "D9"]
Clearing = Literal["self", "removal", "attempt", "power"]
OcppError = Literal[
    "ConnectorLockFailure",
    "EVCommunicationError",
    "GroundFailure",
    "HighTemperature",
    "InternalError",
    "OtherError",
    "OverCurrentFailure",
    "OverVoltage",
    "PowerMeterFailure",
    "PowerSwitchFailure",
    "UnderVoltage",
]
"""Names of OCPP 1.6 (G-077)."""

RESUMES = 5
"""Automatic resumes within ``RESUMES_WITHIN_S``; an error that would need one more is latched (G-038)."""
RESUMES_WITHIN_S = 3600.0
RESUME_S = 60.0
"""Charging resumes so long after the last error has ended."""
BLINKS: Mapping[str, int] = {"I": 1, "V": 2, "D": 3}
"""Flashes by the category that the code begins with (EV-224, EV-228)."""


@dataclass(frozen=True, slots=True)
class ErrorRow:
    """One error.

    ``evidence_s`` its condition must hold to raise it (0: whoever senses it has confirmed it already), ``clears_s`` its
    absence. ``pilot_f`` tells the vehicle by state F for a moment, ``keep_f`` for as long as it lasts. A person is
    asked to look for the cause after ``advice_s`` (G-039).
    """

    code: ErrorCode
    clearing: Clearing
    ocpp: OcppError
    vehicle_removed: bool = False
    evidence_s: float = 0.0
    clears_s: float = 0.0
    pilot_f: bool = False
    keep_f: bool = False
    advice_s: float = 180.0
    resume_s: float = RESUME_S

    @property
    def blinks(self) -> int:
        """How often the light flashes in one group."""
        return BLINKS[self.code[0]]

    @property
    def rank(self) -> int:
        """0 for the most severe."""
        return _RANKS[self.code]


_ROWS = (
    # V2: DC residual current of 6 mA and more, found by the board's detector within the times of IEC 62955.
    ErrorRow("V2", "attempt", "GroundFailure", vehicle_removed=True, pilot_f=True),
    # I2: line and neutral swapped at the input.
    ErrorRow("I2", "power", "OtherError"),
    # I1: the earth test failed three times in 10 s; not tested on an IT supply.
    ErrorRow("I1", "removal", "GroundFailure", vehicle_removed=True, pilot_f=True),
    # D6: the residual-current sensor failed its test before a charge.
    ErrorRow("D6", "attempt", "InternalError", vehicle_removed=True),
    # D3: the boards say that they are broken, or the contactor does not open; the pilot then stays in F.
    ErrorRow("D3", "attempt", "InternalError", pilot_f=True, keep_f=True),
    # V1: 125 % of the offer for 10 s, from 6 s after it was lowered; at once after 1 s above 150 % of the rating.
    ErrorRow("V1", "attempt", "OverCurrentFailure", vehicle_removed=True, evidence_s=10.0, pilot_f=True),
    # D8: a state that IEC 61851-1 does not have: closed without C or D, E or F that nobody asked for.
    ErrorRow("D8", "attempt", "InternalError", vehicle_removed=True, evidence_s=1.0),
    # V3: the vehicle still drew when it had to be disconnected 6 s after the end of the offer.
    ErrorRow("V3", "attempt", "EVCommunicationError", vehicle_removed=True, pilot_f=True),
    # V4: no diode, a short or a resistance of no state on the pilot, or one that does not come to rest.
    ErrorRow("V4", "attempt", "EVCommunicationError", vehicle_removed=True, pilot_f=True),
    # D4: less than 80 % of the input behind the closed contactor after 1 s.
    ErrorRow("D4", "attempt", "PowerSwitchFailure"),
    # D5: the lock of the socket is not where it was told to be after 3 s.
    ErrorRow("D5", "attempt", "ConnectorLockFailure", evidence_s=3.0),
    # V5: the cable codes none of 13, 20, 32, 63 or 70 A.
    ErrorRow("V5", "removal", "OtherError", vehicle_removed=True, evidence_s=0.5),
    # I4, I3: 15 % above, below nominal; back when 2 % inside.
    ErrorRow("I4", "self", "OverVoltage", evidence_s=3.0, clears_s=3.0),
    ErrorRow("I3", "self", "UnderVoltage", evidence_s=3.0, clears_s=3.0),
    # D7: 75 °C inside; back below 60 °C.
    ErrorRow("D7", "self", "HighTemperature", evidence_s=1.0, clears_s=1.0),
    # D1: no live word of the board.
    ErrorRow("D1", "attempt", "InternalError", evidence_s=30.0, clears_s=1.0),
    # D2: no fresh value by radio of the paired remote.
    ErrorRow("D2", "self", "PowerMeterFailure", evidence_s=30.0, clears_s=10.0),
    # D9: no fresh value of a meter on a wire, of the grid or of a vehicle (G-079).
    ErrorRow("D9", "self", "PowerMeterFailure", evidence_s=30.0, clears_s=10.0),
)

ERRORS: Mapping[ErrorCode, ErrorRow] = {row.code: row for row in _ROWS}
"""By code, the most severe first."""

_RANKS: Mapping[ErrorCode, int] = {code: rank for rank, code in enumerate(get_args(ErrorCode))}
