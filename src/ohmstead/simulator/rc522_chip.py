"""An MFRC522 as it answers on its serial line: registers with a FIFO behind them, and a card in its field.

It speaks ``protocols.rc522`` and nothing else: one byte with an address reads, two write. The card is one of ISO/IEC
14443-3 type A: it sleeps until it is woken, is selected level by level, and sleeps again when it is told to.
"""

from ohmstead.protocols.rc522 import (
    ANTICOLLISION,
    BIT_FRAMING,
    CASCADE,
    COM_IRQ,
    COMMAND,
    FIFO_DATA,
    FIFO_LEVEL,
    FLUSH,
    HALT,
    INCOMPLETE,
    RECEIVED,
    SELECT,
    SOFT_RESET,
    START_SEND,
    TIMED_OUT,
    TRANSCEIVE,
    VERSION,
    WAKE_UP,
    WHOLE,
    with_crc,
)

_VERSION = 0x92
_ATQA = {4: b"\x04\x00", 7: b"\x44\x00", 10: b"\x84\x00"}
_SAK = 0x08


class _Card:
    """A card of this number. One whose number is of no allowed length never comes to its end."""

    def __init__(self, uid: bytes) -> None:
        self.uid = uid
        self._awake = False
        whole = {4: 1, 7: 2, 10: 3}.get(len(uid), len(SELECT) + 1)
        padded = uid if whole <= len(SELECT) else uid.ljust(3 * whole, b"\x00")
        last = whole - 1
        self._parts = [bytes((CASCADE,)) + padded[3 * n : 3 * n + 3] for n in range(last)] + [padded[3 * last :]]

    def hears(self, said: bytes, bits: int) -> bytes:
        """What it answers; nothing to what it does not understand."""
        if (said, bits) == (WAKE_UP, 7):
            self._awake = True
            return _ATQA.get(len(self.uid), _ATQA[10])
        if not self._awake:
            return b""
        if said == with_crc(HALT):
            self._awake = False
            return b""
        level = SELECT.index(said[0]) if said[0] in SELECT else len(self._parts)
        if level >= len(self._parts) or len(self._parts[level]) != 4:
            return b""
        part = self._parts[level]
        part += bytes((part[0] ^ part[1] ^ part[2] ^ part[3],))
        if said[1:] == bytes((ANTICOLLISION,)):
            return part
        if said == with_crc(bytes((said[0], WHOLE)) + part):
            return with_crc(bytes((_SAK if level == len(self._parts) - 1 else INCOMPLETE,)))
        return b""


class Rc522Chip:
    """Bytes of the host in, bytes of the chip out."""

    def __init__(self) -> None:
        self._begin()
        self._half: int | None = None
        self._card: _Card | None = None

    @property
    def uid(self) -> bytes | None:
        """The card that lies on it."""
        return None if self._card is None else self._card.uid

    @uid.setter
    def uid(self, uid: bytes | None) -> None:
        if uid is None or self._card is None or self._card.uid != uid:
            self._card = None if uid is None else _Card(uid)

    def heard(self, data: bytes) -> bytes:
        """What it says on its serial line to ``data``."""
        said = bytearray()
        for byte in data:
            if self._half is not None:
                self.put(self._half, byte)
                said.append(self._half)
                self._half = None
            elif byte & 0x80:
                said.append(self.get(byte & 0x3F))
            else:
                self._half = byte & 0x3F
        return bytes(said)

    def get(self, register: int) -> int:
        """The value of ``register``; reading the FIFO takes from it."""
        if register == FIFO_DATA:
            return self._fifo.pop(0) if self._fifo else 0
        if register == FIFO_LEVEL:
            return len(self._fifo)
        return self._registers.get(register, 0)

    def put(self, register: int, value: int) -> None:
        """Write ``register``, and do what that asks for."""
        if register == FIFO_DATA:
            self._fifo.append(value)
        elif register == FIFO_LEVEL and value & FLUSH:
            self._fifo.clear()
        elif register == COM_IRQ:
            self._registers[COM_IRQ] = self.get(COM_IRQ) & ~value if not value & 0x80 else self.get(COM_IRQ) | value
        elif register == COMMAND and value == SOFT_RESET:
            self._begin()
        else:
            self._registers[register] = value
            if register == BIT_FRAMING and value & START_SEND and self.get(COMMAND) == TRANSCEIVE:
                self._send(value & 7)

    def _begin(self) -> None:
        self._registers = {VERSION: _VERSION}
        self._fifo = bytearray()

    def _send(self, bits: int) -> None:
        said, self._fifo = bytes(self._fifo), bytearray()
        if self._card is not None and said:
            self._fifo += self._card.hears(said, bits)
        self._registers[COM_IRQ] = self.get(COM_IRQ) | (RECEIVED if self._fifo else TIMED_OUT)
