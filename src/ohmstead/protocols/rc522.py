"""The reader chip MFRC522, sans I/O: its registers, and how a card's number is got through them.

After the NXP data sheet MFRC522 rev. 3.9: registers chapter 9, UART 8.1.3.3, I²C 8.1.4, SPI 8.1.2, timer 8.5. The talk
with a card is that of ISO/IEC 14443-3 type A: wake-up, anticollision and select in up to three cascade levels (6.5),
CRC_A (annex B). Where the PN532 does all of that by itself, this chip only sends and receives.

A talk is a generator: it yields what is to be read or written and is sent what was read. Who runs it has the wire.
"""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from functools import reduce
from operator import xor
from typing import TypeVar

Value = TypeVar("Value")

COMMAND, COM_IRQ, ERROR, FIFO_DATA, FIFO_LEVEL = 0x01, 0x04, 0x06, 0x09, 0x0A
BIT_FRAMING, MODE, TX_MODE, RX_MODE, TX_CONTROL, TX_ASK = 0x0D, 0x11, 0x12, 0x13, 0x14, 0x15
T_MODE, T_PRESCALER, T_RELOAD_H, T_RELOAD_L, VERSION = 0x2A, 0x2B, 0x2C, 0x2D, 0x37

IDLE, TRANSCEIVE, SOFT_RESET = 0x00, 0x0C, 0x0F
POWER_DOWN = 0x10
"""Of ``COMMAND``: set until the oscillator runs after a reset."""
RECEIVED, TIMED_OUT, ALL_IRQ = 0x20, 0x01, 0x7F
FLUSH, START_SEND = 0x80, 0x80
DAMAGED = 0x1B
"""Of ``ERROR``: overflow, collision, parity, protocol."""
SETUP: tuple[tuple[int, int], ...] = (
    (T_MODE, 0x80),
    (T_PRESCALER, 0xA9),
    (T_RELOAD_H, 0x03),
    (T_RELOAD_L, 0xE8),
    (TX_ASK, 0x40),
    (MODE, 0x3D),
    (TX_MODE, 0x00),
    (RX_MODE, 0x00),
    (TX_CONTROL, 0x83),
)
"""106 kbit/s, fully modulated, the field on; whoever has not answered after 25 ms (1000 × 25 µs) is not there."""

WAKE_UP, WAKE_UP_BITS = b"\x52", 7
HALT = b"\x50\x00"
SELECT = (0x93, 0x95, 0x97)
ANTICOLLISION, WHOLE = 0x20, 0x70
CASCADE = 0x88
INCOMPLETE = 0x04
"""Of a card's answer to select: its number goes on at the next level."""
LOOKS = 500
"""How often a register is looked at before the chip counts as broken; one look takes at least 0.1 ms."""


class Rc522Error(Exception):
    """What came is nothing such a chip or card says. ``kind`` is short, ``came`` shows the bytes."""

    def __init__(self, kind: str, came: bytes) -> None:
        super().__init__(f"{kind}: {came.hex(' ')}")
        self.kind = kind
        self.came = came.hex(" ")


@dataclass(frozen=True, slots=True)
class Get:
    """Read ``register`` so many times in a row."""

    register: int
    count: int = 1


@dataclass(frozen=True, slots=True)
class Put:
    """Write these bytes into ``register``, one after the other."""

    register: int
    data: bytes


Talk = Generator[Get | Put, bytes, Value]


def begin() -> Talk[int]:
    """Reset the chip and switch its field on; its version. Raises Rc522Error when there is no such chip."""
    version: int = (yield Get(VERSION))[0]
    if version in (0x00, 0xFF):
        raise Rc522Error("version", bytes((version,)))
    yield _put(COMMAND, SOFT_RESET)
    yield from _until(COMMAND, lambda value: not value & POWER_DOWN)
    for register, value in SETUP:
        yield _put(register, value)
    return version


def look() -> Talk[bytes | None]:
    """The number of the card in the field, ``None`` without one, or with one that is just coming or going.

    Of two cards at once neither is read. Raises Rc522Error for a number that goes on after its third part, or whose
    part is not marked as one.
    """
    answer = yield from _said(WAKE_UP, WAKE_UP_BITS)
    if answer is None or len(answer) != 2:
        return None
    number = b""
    for level in SELECT:
        part = yield from _said(bytes((level, ANTICOLLISION)))
        if part is None or len(part) != 5 or reduce(xor, part):
            return None
        more = yield from _said(with_crc(bytes((level, WHOLE)) + part))
        if more is None or more != with_crc(more[:1]):
            return None
        if not more[0] & INCOMPLETE:
            yield from _said(with_crc(HALT))
            return number + part[:4]
        if part[0] != CASCADE:
            raise Rc522Error("uid", number + part[:4])
        number += part[1:4]
    raise Rc522Error("uid", number)


def with_crc(data: bytes) -> bytes:
    """``data`` and its CRC_A, low byte first (ISO/IEC 14443-3, annex B)."""
    crc = 0x6363
    for byte in data:
        mixed = (byte ^ crc) & 0xFF
        mixed = (mixed ^ mixed << 4) & 0xFF
        crc = crc >> 8 ^ mixed << 8 ^ mixed << 3 ^ mixed >> 4
    return data + crc.to_bytes(2, "little")


def uart(step: Get | Put) -> tuple[bytes, bytes | None]:
    """What to send for ``step`` on its serial line, and what must come back; ``None`` for any ``count`` bytes.

    Bit 7 of the address means reading; a write is answered with its address.
    """
    if isinstance(step, Get):
        return bytes((0x80 | step.register,)) * step.count, None
    sent = b"".join(bytes((step.register, byte)) for byte in step.data)
    return sent, bytes((step.register,)) * len(step.data)


def i2c(step: Get | Put) -> tuple[bytes, int]:
    """What to write for ``step``, and how many bytes to read then; the address stays the same."""
    if isinstance(step, Get):
        return bytes((step.register,)), step.count
    return bytes((step.register,)) + step.data, 0


def spi(step: Get | Put) -> bytes:
    """What to shift out for ``step``; what was read comes in one byte later. The address stands in bits 1 to 6."""
    if isinstance(step, Get):
        return bytes((0x80 | step.register << 1,)) * step.count + b"\x00"
    return bytes((step.register << 1,)) + step.data


def _said(data: bytes, bits: int = 0) -> Talk[bytes | None]:
    """What a card answers to ``data``, of whose last byte only ``bits`` are sent; ``None`` for nothing whole."""
    for register, value in ((COMMAND, IDLE), (COM_IRQ, ALL_IRQ), (FIFO_LEVEL, FLUSH)):
        yield _put(register, value)
    yield Put(FIFO_DATA, data)
    yield _put(BIT_FRAMING, bits)
    yield _put(COMMAND, TRANSCEIVE)
    yield _put(BIT_FRAMING, START_SEND | bits)
    happened = yield from _until(COM_IRQ, lambda value: bool(value & (RECEIVED | TIMED_OUT)))
    if not happened & RECEIVED or (yield Get(ERROR))[0] & DAMAGED:
        return None
    count = (yield Get(FIFO_LEVEL))[0] & 0x7F
    return (yield Get(FIFO_DATA, count)) if count else b""


def _until(register: int, holds: Callable[[int], bool]) -> Talk[int]:
    value = 0
    for _ in range(LOOKS):
        value = (yield Get(register))[0]
        if holds(value):
            return value
    raise Rc522Error("stuck", bytes((register, value)))


def _put(register: int, value: int) -> Put:
    return Put(register, bytes((value,)))
