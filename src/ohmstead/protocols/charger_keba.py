"""The same charger in the registers of a KEBA P30, which most energy managers know how to drive.

Source: the maker's Modbus TCP programmer's guide for the P30 (register numbers, units, state numbers), checked against
what public drivers read. All values are 32-bit numbers in two holding registers, read with function 3; what is written
is one register each. Registers of functions that the charger does not have answer with exception 2.
"""

from collections.abc import Mapping

from ohmstead.core.model.chargers import ChargerState
from ohmstead.core.model.managers import ManagerWrite
from ohmstead.core.model.quantities import MINIMUM_CURRENT_A
from ohmstead.protocols.charger_map import INPUTS, ChargerPicture, ChargerWrite, Row, Value, WriteRefused
from ohmstead.protocols.charger_map import decode as decode_own
from ohmstead.protocols.registers import Image, words_of

STATES: Mapping[ChargerState, int] = {
    ChargerState.INITIALISING: 0,
    ChargerState.CONNECTED_WAITING_VEHICLE: 2,
    ChargerState.PRE_CHARGE_TEST: 2,
    ChargerState.COMPLETE: 2,
    ChargerState.CHARGING: 3,
    ChargerState.ERROR: 4,
    ChargerState.SUSPENDED: 5,
    ChargerState.CONNECTED_NO_CURRENT: 5,
}
"""0 starts, 1 not ready (others), 2 ready and waits for the vehicle, 3 charging, 4 error, 5 interrupted for a while."""
_NOT_READY = 1
_NO_VEHICLE, _VEHICLE, _VEHICLE_LOCKED = 0, 5, 7
_RATINGS = ((13.0, 1), (16.0, 2), (20.0, 3), (float("inf"), 4))
MILLI = 1000
_WH_STEPS = 10
_NONE = 0xFFFF_FFFF


def _own(register: int) -> Row:
    return next(row for row in INPUTS if row.register == register)


def _state(picture: ChargerPicture) -> int:
    return STATES.get(picture.reading.state, _NOT_READY) if picture.reading is not None else 0


def _cable(picture: ChargerPicture) -> int:
    if picture.reading is None or not picture.reading.connected:
        return _NO_VEHICLE
    return _VEHICLE_LOCKED if picture.reading.contactor_closed else _VEHICLE


def _product(picture: ChargerPicture) -> int:
    """Six digits: P30, tethered, rating, series, with a meter, without cards."""
    rating = picture.installation_a
    return 310010 + 1000 * next(digit for most_a, digit in _RATINGS if rating <= most_a)


def _firmware(picture: ChargerPicture) -> int:
    parts = [int(part) for part in picture.software.split(".")[:3] if part.isdigit()] + [0, 0, 0]
    return parts[0] << 24 | parts[1] << 16 | parts[2] << 8


def _session_wh(picture: ChargerPicture) -> Value:
    joules = picture.reading.session.energy_j if picture.reading is not None and picture.reading.session else None
    return None if joules is None else joules / 3600


def _life_wh(picture: ChargerPicture) -> Value:
    joules = picture.reading.energy_j if picture.reading is not None else None
    return None if joules is None else joules / 3600


ROWS: tuple[Row, ...] = (
    Row(1000, "u32", "charging state", _state),
    Row(1004, "u32", "cable state: 0 no vehicle, 5 vehicle, 7 vehicle and contactor closed", _cable),
    Row(1006, "u32", "errors that hold, bits as in the own map", _own(118).value),
    Row(1008, "u32", "current on L1, mA", _own(130).value, MILLI),
    Row(1010, "u32", "current on L2, mA", _own(131).value, MILLI),
    Row(1012, "u32", "current on L3, mA", _own(132).value, MILLI),
    Row(1014, "u32", "serial number, 0", lambda p: 0),
    Row(1016, "u32", "product and features", _product),
    Row(1018, "u32", "version of the software, one byte each", _firmware),
    Row(1020, "u32", "active power, mW", _own(142).value, MILLI),
    Row(1036, "u32", "energy in its life, 0.1 Wh", _life_wh, _WH_STEPS),
    Row(1040, "u32", "voltage of L1, V", _own(133).value),
    Row(1042, "u32", "voltage of L2, V", _own(134).value),
    Row(1044, "u32", "voltage of L3, V", _own(135).value),
    Row(1100, "u32", "granted, mA", _own(104).value, MILLI),
    Row(1110, "u32", "what its hardware is made for, mA", _own(2).value, MILLI),
    Row(1502, "u32", "energy of this session, 0.1 Wh", _session_wh, _WH_STEPS),
    Row(1600, "u32", "current agreed for a lost manager, mA", lambda p: p.manager.fallback_a, MILLI),
    Row(1602, "u32", "time-out, s", lambda p: p.manager.timeout_s),
)
"""Each is a block of its own, as in the original: a read across two of them is refused."""

WRITES: Mapping[int, str] = {
    5004: "setpoint, mA: 0, or from 6000",
    5014: "0 off, 1 on",
    5016: "current agreed for a lost manager, mA: 0, or from 6000",
    5018: "time-out, s: 0, or 5 to 600; writing it is a sign of life",
    5020: "1: fallback and time-out outlive a restart (they always do)",
}


def encode(picture: ChargerPicture) -> Image:
    """``picture`` in the holding registers; what is not known reads 0 there, as the original has no way to say so."""
    blocks = [(row.register, _number(row, picture)) for row in ROWS]
    return (*blocks, *((register, (0,)) for register in WRITES))


def decode(register: int, words: tuple[int, ...]) -> ChargerWrite:
    """A write to one of WRITES. Raises WriteRefused; then nothing of it counts."""
    if register not in WRITES or len(words) != 1:
        raise WriteRefused(2, f"{len(words)} registers from {register}; allowed: one of {', '.join(map(str, WRITES))}")
    word = words[0]
    match register:
        case 5004:
            return ChargerWrite(ManagerWrite(setpoint_a=_ampere(word)))
        case 5014:
            return decode_own(6, words)
        case 5016:
            current = _ampere(word)
            if word and not current:
                raise WriteRefused(3, f"{word} mA; allowed: 0, or from {MINIMUM_CURRENT_A * MILLI:.0f}")
            return ChargerWrite(ManagerWrite(fallback_a=current))
        case 5018:
            return decode_own(3, words)
        case _:
            return decode_own(4, words)


def _ampere(word: int) -> float:
    current = word / MILLI
    return current if current >= MINIMUM_CURRENT_A else 0.0


def _number(row: Row, picture: ChargerPicture) -> tuple[int, ...]:
    value = row.value(picture)
    raw = 0 if value is None or isinstance(value, str) else round(value * row.steps)
    return words_of(min(_NONE, max(0, raw)), "u32")
