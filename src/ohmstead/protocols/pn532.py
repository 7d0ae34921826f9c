"""The NFC chip PN532 on a serial line, sans I/O: frames of its High Speed UART and the commands a card reader needs.

After the NXP user manual UM0701-02: frames 6.2.1 (``00 00 FF LEN LCS TFI DATA DCS 00``), ACK 6.2.1.3, wake-up 7.2.11,
GetFirmwareVersion 7.2.2, SAMConfiguration 7.2.10, InListPassiveTarget 7.3.5. Cards are those of ISO/IEC 14443 type A.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from ohmstead.core.model.authorization import UID_BYTES

PREAMBLE = b"\x00\x00\xff"
ACK = b"\x00\x00\xff\x00\xff\x00"
WAKE = b"\x55\x55" + b"\x00" * 14
"""Wakes the chip on its serial line; the long run of zeros gives it the time it needs."""
TO_CHIP, FROM_CHIP, ERROR = 0xD4, 0xD5, 0x7F

FIRMWARE = b"\x02"
SAM_NORMAL = b"\x14\x01\x00\x01"
"""Normal mode without a security module, no time-out, with the interrupt line."""
LIST_ONE_CARD = b"\x4a\x01\x00"
"""One target of type A at 106 kbit/s."""
LONGEST = 255


class Pn532Error(Exception):
    """What came is no answer to what was asked. ``kind`` is short, ``came`` shows the bytes."""

    def __init__(self, kind: str, came: bytes) -> None:
        super().__init__(f"{kind}: {came[:24].hex(' ')}")
        self.kind = kind
        self.came = came[:24].hex(" ")


@dataclass(frozen=True, slots=True)
class Frame:
    """A whole frame: to the chip or from it, without the byte that says so. An error frame of the chip is empty."""

    data: bytes
    from_chip: bool = True
    ack: bool = False


def frame(data: bytes, tfi: int = TO_CHIP) -> bytes:
    """``data`` in a normal frame. Raises ValueError for more than 254 bytes."""
    if len(data) >= LONGEST:
        raise ValueError(f"{len(data)} bytes; allowed: at most {LONGEST - 1}")
    length, body = len(data) + 1, bytes((tfi,)) + data
    return PREAMBLE + bytes((length, -length & 0xFF)) + body + bytes((-sum(body) & 0xFF, 0))


class Framer:
    """Bytes in, frames out. What is no frame is skipped; ``skipped`` counts the frames that were damaged."""

    def __init__(self) -> None:
        self._bytes = b""
        self.skipped = 0

    def feed(self, data: bytes) -> Iterator[Frame]:
        """The frames that are whole after ``data``."""
        self._bytes += data
        while (found := self._next()) is not None:
            yield found

    def _next(self) -> Frame | None:
        while True:
            begin = self._bytes.find(PREAMBLE)
            if begin < 0:
                self._bytes = self._bytes[-2:]
                return None
            self._bytes = self._bytes[begin:]
            if len(self._bytes) < 6:
                return None
            length, check = self._bytes[3], self._bytes[4]
            if (length, check) == (0, 0xFF):
                self._bytes = self._bytes[5:]
                return Frame(b"", ack=True)
            if length == 0 or (length + check) & 0xFF:
                self._damaged()
                continue
            if len(self._bytes) < length + 6:
                return None
            body, data_check = self._bytes[5 : 5 + length], self._bytes[5 + length]
            if (sum(body) + data_check) & 0xFF or body[0] not in (TO_CHIP, FROM_CHIP, ERROR):
                self._damaged()
                continue
            self._bytes = self._bytes[length + 6 :]
            return Frame(b"" if body[0] == ERROR else body[1:], from_chip=body[0] != TO_CHIP)

    def _damaged(self) -> None:
        self.skipped += 1
        self._bytes = self._bytes[len(PREAMBLE) :]


def firmware(answer: bytes) -> str:
    """Chip and version of an answer to ``FIRMWARE``. Raises Pn532Error."""
    if len(answer) != 5 or answer[0] != FIRMWARE[0] + 1:
        raise Pn532Error("firmware", answer)
    return f"PN5{answer[1]:02X} {answer[2]}.{answer[3]}"


def card_of(answer: bytes) -> bytes | None:
    """The UID in an answer to ``LIST_ONE_CARD``, ``None`` without a card.

    Raises Pn532Error for an answer that is none, and for a UID of another length than 4, 7 or 10 bytes.
    """
    if len(answer) < 2 or answer[0] != LIST_ONE_CARD[0] + 1 or answer[1] > 1:
        raise Pn532Error("answer", answer)
    if answer[1] == 0:
        return None
    if len(answer) < 7:
        raise Pn532Error("answer", answer)
    length = answer[6]
    uid = answer[7 : 7 + length]
    if length not in UID_BYTES or len(uid) != length:
        raise Pn532Error("uid", answer)
    return uid


def card_answer(uid: bytes | None) -> bytes:
    """What a chip answers to ``LIST_ONE_CARD``; SENS_RES and SEL_RES are those of MIFARE cards."""
    if uid is None:
        return bytes((LIST_ONE_CARD[0] + 1, 0))
    sens_res = {4: b"\x00\x04", 7: b"\x00\x44", 10: b"\x00\x84"}.get(len(uid), b"\x00\x04")
    return bytes((LIST_ONE_CARD[0] + 1, 1, 1)) + sens_res + b"\x08" + bytes((len(uid),)) + uid
