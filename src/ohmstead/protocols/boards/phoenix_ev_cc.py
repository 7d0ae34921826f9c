"""Phoenix Contact EV Charge Control Basic (EV-CC-AC1-M3-…-SER): its Modbus registers, in both directions.

Source: manual 106377_en_04 (revision 04), tables 9-2 and 9-3, pages 54 to 63. What it leaves open:

- It numbers the error bits from 2 to 16. A register has no bit 16 counted from 0, so they are counted from 1 here. Bits
  that it does not name are taken for a defect of the board.
- It documents no time-out of the communication. There is none, then: the board goes on as it was told last.
- It does not say where the state of the contactor can be read; the driver concludes it from the state of the vehicle.
- Bit 12 is a contactor that is not where it should be, whichever way: the worse, a welded one, is assumed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from ohmstead.core.model.evse import BoardFault, PilotLevel
from ohmstead.protocols.boards.words import (
    HOLDING,
    INPUT,
    LOWEST_A,
    BoardStatus,
    NotThisBoard,
    Order,
    Row,
    Write,
    cable_of,
)
from ohmstead.protocols.meters.table import Block
from ohmstead.protocols.registers import text, words_of_text

MAKER = "Phoenix Contact"
FAMILY = "EV-CC-AC1-M3"
"""How each order designation of the family begins."""
HIGHEST_A = 63.0
ENABLED_BY_COIL = 3

REGISTERS: tuple[Row, ...] = (
    Row("input", 1000, 16, "order designation, ASCII"),
    Row("input", 1016, 5, "order number, ASCII"),
    Row("input", 1021, 6, "serial number, ASCII"),
    Row("input", 1027, 4, "year and date of manufacture, hardware identification and version"),
    Row("input", 1031, 3, "firmware: letter and major version, version, minor version"),
    Row("holding", 4000, 1, "who enables: 0 always, 1 input EN, 2 a pulse at EN, 3 coil 20000"),
    Row("holding", 4009, 1, "0 socket (case B), 1 tethered cable (case C)"),
    Row("holding", 22000, 1, "highest charging current, 6 to 63 A; volatile"),
    Row("holding", 24000, 1, "state, two ASCII characters: A1 to D2, E0, F0"),
    Row("holding", 24001, 1, "proximity: 13, 20, 32 or 63 A; 0 open; 0xFFFF short circuit"),
    Row("holding", 24002, 1, "duty of the pilot, %"),
    Row("holding", 24003, 1, "current that the pilot offers, A"),
    Row("holding", 24004, 1, "digital inputs: EN, XR, ML, CCR, IN from bit 0"),
    Row("holding", 24005, 1, "digital outputs: OUT, ERR, CHG, CON from bit 0"),
    Row("holding", 24025, 1, "errors, bits counted from 1"),
    Row("holding", 24027, 1, "highest current by the switches S1/DIP 5 and 6, A"),
    Row("coil", 20000, 1, "charging enabled, where register 4000 is 3; volatile"),
)
"""What of the map is used, and what is read with it."""

PLATE = Block(INPUT, 1000, 34)
ENABLED_BY = Block(HOLDING, 4000, 1)
CASE = Block(HOLDING, 4009, 1)
PRESET = Block(HOLDING, 24027, 1)
STATUS = Block(HOLDING, 24000, 6)
ERRORS = Block(HOLDING, 24025, 1)
ENABLE_COIL, CURRENT_REGISTER = 20000, 22000

ERROR_BITS: tuple[tuple[int, BoardFault, str], ...] = (
    (2, BoardFault.PROXIMITY, "a cable for 13 A is rejected"),
    (3, BoardFault.PROXIMITY, "invalid proximity"),
    (4, BoardFault.PILOT, "invalid pilot"),
    (5, BoardFault.NONE, "state F, not available: the state tells it"),
    (6, BoardFault.LOCK, "locking"),
    (7, BoardFault.LOCK, "unlocking"),
    (8, BoardFault.LOCK, "the lock's feedback was lost while locked"),
    (11, BoardFault.NONE, "a vehicle in state D is rejected: the state tells it"),
    (12, BoardFault.CONTACTOR_WELDED, "contactor"),
    (13, BoardFault.DIODE, "no diode in the vehicle"),
    (15, BoardFault.RESIDUAL_CURRENT, "the residual-current monitor has tripped"),
    (16, BoardFault.SENSOR_TEST, "self-test of the residual-current monitor"),
)
"""Bit (counted from 1), what it is for the house, what the manual says."""
_NAMED = sum(1 << (bit - 1) for bit, _, _ in ERROR_BITS)
_STATES = frozenset({"A1", "A2", "B1", "B2", "C1", "C2", "D1", "D2"})


@dataclass(frozen=True, slots=True)
class Plate:
    """What the board says about itself."""

    designation: str
    serial: str
    firmware: str


def decode_plate(words: Sequence[int]) -> Plate:
    """The plate in the block ``PLATE``. Raises NotThisBoard."""
    if len(words) != PLATE.count:
        raise NotThisBoard(f"{PLATE.count} registers expected, got {len(words)}")
    designation = text(words[:16])
    if not designation.startswith(FAMILY):
        raise NotThisBoard(f"order designation {designation!r}, expected one that begins with {FAMILY}")
    letter = chr(words[31] >> 8)
    major, version, minor = words[31] & 0xFF, words[32], words[33]
    firmware = f"{letter if letter.isprintable() else ''}{major}.{version}.{minor}"
    return Plate(designation, text(words[21:27]), firmware)


def encode_plate(plate: Plate) -> tuple[int, ...]:
    """The block ``PLATE`` of a board whose firmware is written as ``C1.2.3``."""
    letter, numbers = plate.firmware[0], plate.firmware[1:].split(".")
    major, version, minor = (int(each) for each in numbers)
    words = [*words_of_text(plate.designation, 16), *words_of_text("", 5), *words_of_text(plate.serial, 6)]
    return (*words, 0, 0, 0, 0, ord(letter) << 8 | major, version, minor)


def decode_status(status: Sequence[int], errors: int) -> BoardStatus:
    """A look at the block ``STATUS`` and the register of errors. Raises NotThisBoard for an unknown state."""
    shown = text(status[:1])
    faults = BoardFault.HARDWARE if errors & ~_NAMED else BoardFault.NONE
    for bit, fault, _ in ERROR_BITS:
        if errors >> (bit - 1) & 1:
            faults |= fault
    if shown not in _STATES and shown[:1] not in ("E", "F"):
        raise NotThisBoard(f"register 24000 holds {shown!r}, a state is A1 to D2, E or F")
    pwm = shown.endswith("2")
    return BoardStatus(cast(PilotLevel, shown[0]), pwm, float(status[3]) if pwm else 0.0, cable_of(status[1]), faults)


def encode_status(status: BoardStatus, duty_percent: float) -> tuple[tuple[int, ...], int]:
    """The block ``STATUS`` and the register of errors of a board that is so."""
    state = f"{status.level}{'0' if status.level in ('E', 'F') else 2 if status.pwm else 1}"
    amps, duty = (int(status.offered_a + 1e-6), round(duty_percent)) if status.pwm else (0, 0)
    errors = 0
    for fault in status.faults:
        bit = next((bit for bit, known, _ in ERROR_BITS if known == fault), 1)
        errors |= 1 << (bit - 1)
    return (*words_of_text(state, 1), int(status.cable_a or 0), duty, amps, 0, 0), errors


def writes(order: Order) -> tuple[Write, ...]:
    """What to write for ``order``: whole amperes, rounded down; without an offer the lowest, and not enabled."""
    offered = order.current_a >= LOWEST_A
    current = Write("holding", CURRENT_REGISTER, int(min(order.current_a, HIGHEST_A)) if offered else int(LOWEST_A))
    enable = Write("coil", ENABLE_COIL, int(offered))
    return (current, enable) if offered else (enable, current)


def floor_a(current_a: float) -> float:
    """The highest current the board can offer that is not above ``current_a``; 0 below 6 A."""
    return float(int(min(current_a, HIGHEST_A) + 1e-6)) if current_a >= LOWEST_A - 1e-6 else 0.0
