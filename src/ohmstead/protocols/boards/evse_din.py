"""EVSE-WB, EVSE-DIN and EVSE-W16 of ev-power.eu: their Modbus registers, in both directions. All are holding registers.

Sources: the datasheets "EVSE Wallbox, DIN, W16" of 2019-07-12 and 2020-09-01; openWB_lite, ``docs/infos.md``; evcc,
``charger/evsedin.go`` and ``simpleevse.go``; openWB, ``evse.py``. What they leave open:

- Register 1005 is the firmware. 0.01 A need version 17 by one source, 18 by another: the bit decides from 17 on.
- Register 1007: bits 1 and 2 are the diode and the ventilation everywhere. For the residual-current test one source
  names bit 4, another bit 5 and says that bit 4 is a test that runs. The site never starts one, so both are the fault.
  Bit 0 is the relay, but sources differ in whether 1 is closed; the driver concludes it from the state of the vehicle.
- State 5 is a failure at the pilot; bit 1 of register 1007 tells whether it is the diode.
- Nobody says whether register 1002 tells a vehicle while bit 0 of 1004 is set; so it is set only to end a charge.
- No time-out of the communication is named. There is none, then: the board goes on as it was told last.
- It has no name and no serial number in its registers: a scan cannot tell it from others.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from ohmstead.core.model.evse import BoardFault, PilotLevel
from ohmstead.protocols.boards.words import (
    HOLDING,
    LOWEST_A,
    BoardStatus,
    NotThisBoard,
    Order,
    Row,
    Write,
    cable_of,
)
from ohmstead.protocols.meters.table import Block

MAKER, FAMILY = "ev-power.eu", "EVSE-WB/DIN"
HIGHEST_A = 80.0
FINE_FROM = 17
"""Firmware from which bit 7 of register 2005 stands for steps of 0.01 A."""

REGISTERS: tuple[Row, ...] = (
    Row("holding", 1000, 1, "current to offer, A or 0.01 A; below 6 A none"),
    Row("holding", 1001, 1, "current that is offered, in the same unit"),
    Row("holding", 1002, 1, "vehicle: 1 none, 2 there, 3 charging, 4 charging with ventilation, 5 failure"),
    Row("holding", 1003, 1, "what the cable bears, A"),
    Row(
        "holding", 1004, 1, "bit 0 stops charging now, bit 1 tests the residual-current sensor, bit 2 clears its error"
    ),
    Row("holding", 1005, 1, "firmware"),
    Row("holding", 1006, 1, "pilot: 1 steady, 2 PWM, 3 off, steady"),
    Row("holding", 1007, 1, "bit 0 relay, 1 diode, 2 ventilation, 3 waits for the pilot, 4 and 5 residual current"),
    Row("holding", 2000, 1, "current after the start, A"),
    Row("holding", 2001, 4, "Modbus on or off, lowest current, analogue input, current after the start by button"),
    Row("holding", 2005, 1, "options; bit 7: currents in 0.01 A"),
    Row("holding", 2006, 1, "sharing of current among boards"),
    Row("holding", 2007, 1, "1: reads the cable's resistor"),
)
"""What of the map is used, and what is read with it."""

STATUS = Block(HOLDING, 1000, 8)
SETUP = Block(HOLDING, 2000, 8)
CURRENT_REGISTER, STOP_REGISTER = 1000, 1004
STOP, CLEAR = 1, 4
"""Bits of register 1004."""

_LEVELS: dict[int, PilotLevel] = {1: "A", 2: "B", 3: "C", 4: "D", 5: "E"}
_STEADY, _PWM = 1, 2
_FINE = 1 << 7
_DIODE, _RESIDUAL = 1 << 1, 1 << 4 | 1 << 5


@dataclass(frozen=True, slots=True)
class Setup:
    """How a board is set up. ``fine``: its currents are in 0.01 A. ``boot_a``: what it offers after a start."""

    firmware: int
    fine: bool
    reads_cable: bool
    boot_a: float

    @property
    def counts_per_a(self) -> int:
        """What one ampere is in its registers."""
        return 100 if self.fine else 1


def decode_setup(status: Sequence[int], setup: Sequence[int]) -> Setup:
    """The set-up in the blocks ``STATUS`` and ``SETUP``. Raises NotThisBoard."""
    decode_status(status, fine=False)
    firmware = status[5]
    if not 1 <= firmware <= 999:
        raise NotThisBoard(f"register 1005 holds {firmware}, expected a firmware from 1 on")
    fine = firmware >= FINE_FROM and bool(setup[5] & _FINE)
    return Setup(firmware, fine, setup[7] == 1, float(setup[0]))


def decode_status(status: Sequence[int], *, fine: bool, reads_cable: bool = False) -> BoardStatus:
    """A look at the block ``STATUS``. Raises NotThisBoard for states that do not exist."""
    if len(status) != STATUS.count or status[2] not in _LEVELS or status[6] not in (1, 2, 3):
        expected = "expected 1 to 5 and 1 to 3"
        raise NotThisBoard(f"registers 1002 and 1006 hold {status[2:3]} and {status[6:7]}, {expected}")
    faults = BoardFault.NONE
    if status[7] & _DIODE:
        faults |= BoardFault.DIODE
    if status[7] & _RESIDUAL:
        faults |= BoardFault.RESIDUAL_CURRENT
    if status[2] == 5 and not faults:
        faults = BoardFault.PILOT
    pwm = status[6] == _PWM
    offered = status[1] / (100 if fine else 1) if pwm else 0.0
    return BoardStatus(_LEVELS[status[2]], pwm, offered, cable_of(status[3]) if reads_cable else None, faults)


def encode_status(
    status: BoardStatus, told: tuple[int, int], setup: Setup, closed: bool
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The blocks ``STATUS`` and ``SETUP`` of a board that is so; ``told`` are its registers 1000 and 1004."""
    level = next(number for number, known in _LEVELS.items() if known == status.level)
    failed = int(closed)
    failed |= _DIODE if status.faults & BoardFault.DIODE else 0
    failed |= _RESIDUAL if status.faults & BoardFault.RESIDUAL_CURRENT else 0
    words = (told[0], round(status.offered_a * setup.counts_per_a), 5 if status.faults else level)
    more = (int(status.cable_a or 0), told[1], setup.firmware, _PWM if status.pwm else _STEADY, failed)
    options = _FINE if setup.fine else 0
    return (*words, *more), (int(setup.boot_a), 1, 6, 0, 0, options, 0, int(setup.reads_cable))


def writes(order: Order, setup: Setup, asks: bool, clear: bool = False) -> tuple[Write, ...]:
    """What to write for ``order``; ``clear`` lets the board forget a residual-current error.

    Charging is stopped by its bit only while the vehicle ``asks``; without an offer none begins.
    """
    offered_a = floor_a(order.current_a, setup) if order.permitted else 0.0
    current = Write("holding", CURRENT_REGISTER, round(offered_a * setup.counts_per_a))
    stop = Write("holding", STOP_REGISTER, (0 if order.permitted or not asks else STOP) | (CLEAR if clear else 0))
    return (current, stop) if order.permitted else (stop, current)


def floor_a(current_a: float, setup: Setup) -> float:
    """The highest current the board can offer that is not above ``current_a``; 0 below 6 A."""
    if current_a < LOWEST_A - 1e-6:
        return 0.0
    return int(min(current_a, HIGHEST_A) * setup.counts_per_a + 1e-6) / setup.counts_per_a
