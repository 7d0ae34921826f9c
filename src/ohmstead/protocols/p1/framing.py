"""Bytes of a P1 port in any pieces, whole telegrams out (DSMR 5.0.2 clause 6.2, IEC 62056-21 mode D).

A telegram begins with ``/`` at the start of a line and ends with a line that begins with ``!``. From version 4 on
four hexadecimal digits follow: the CRC-16 (polynomial 0xA001, from 0) of everything from ``/`` to ``!``. Version 2.2
and 3 have none, and travel with seven bits and even parity: read with eight bits, the parity is checked here and
taken off. What is damaged is named and dropped; memory stays below :data:`LONGEST` whatever comes.
"""

import re
from dataclasses import dataclass
from typing import Literal

LONGEST = 16_384
"""No known telegram has a quarter of it."""

DamageKind = Literal["crc", "parity", "truncated", "too_long", "sealed", "security", "plain"]
"""The last three are those of encrypted telegrams (``ciphering``)."""

_START = re.compile(rb"(?<=[\r\n])[/\xaf]")
_EDGE = re.compile(rb"(?<=[\r\n])[/\xaf!]")
_PARITY_SLASH = 0xAF
_CHECKED = re.compile(rb"[0-9A-Fa-f]{4}")
_UNCHECKED = re.compile(rb"[ \t]*[\r\n]")
_ENDED = re.compile(rb"[^\r\n]*[\r\n]")
_END_AT_MOST = 16
_BLANK = b"\0\r\n"


@dataclass(frozen=True, slots=True)
class Frame:
    """One telegram from ``/`` to ``!``. ``checked``: it brought a CRC, and the CRC is right."""

    data: bytes
    checked: bool


@dataclass(frozen=True, slots=True)
class Damage:
    """A telegram that was dropped; ``came`` is the end of what there was of it."""

    kind: DamageKind
    came: str


class Framer:
    """Cuts a stream into telegrams. Bytes between telegrams are counted in ``noise`` and dropped."""

    def __init__(self) -> None:
        """Nothing has come yet."""
        self.noise = 0
        self._pending = bytearray(b"\n")
        self._inside = False

    @property
    def inside(self) -> bool:
        """Whether a telegram has begun and not ended."""
        return self._inside

    def feed(self, data: bytes) -> list[Frame | Damage]:
        """What ``data`` completes, in order."""
        self._pending += data
        found: list[Frame | Damage] = []
        while self._begin():
            taken = self._take()
            if taken is None:
                break
            found.append(taken)
        return found

    def _begin(self) -> bool:
        """Drop what stands before the next telegram. Outside, one byte is kept to know whether a line begins."""
        if self._inside:
            return True
        start = _START.search(self._pending)
        kept = start.start() if start else len(self._pending) - 1
        self.noise += len(self._pending[:kept].strip(_BLANK))
        del self._pending[:kept]
        self._inside = start is not None
        return self._inside

    def _take(self) -> Frame | Damage | None:
        edge = _EDGE.search(self._pending, 1)
        if edge is None:
            return self._cut(len(self._pending), "too_long") if len(self._pending) > LONGEST else None
        if edge.start() > LONGEST:
            return self._cut(edge.start(), "too_long")
        if edge.group() != b"!":
            return self._cut(edge.start(), "truncated")
        parity = self._pending[0] == _PARITY_SLASH
        tail = bytes(self._pending[edge.end() : edge.end() + _END_AT_MOST])
        tail = bytes(byte & 0x7F for byte in tail) if parity else tail
        checked, unchecked, ended = _CHECKED.match(tail), _UNCHECKED.match(tail), _ENDED.match(tail)
        if checked is None and unchecked is None:
            if ended is None and len(tail) < _END_AT_MOST:
                return None
            return self._cut(edge.end(), "crc", tail)
        body = bytes(self._pending[: edge.end()])
        if parity:
            if any(byte.bit_count() % 2 for byte in body):
                return self._cut(edge.end(), "parity")
            body = bytes(byte & 0x7F for byte in body)
        if checked is not None and crc16(body) != int(checked.group(), 16):
            later = body.rfind(b"/")
            if later > 0 and crc16(body[later:]) == int(checked.group(), 16):
                return self._cut_in_line(later)
            return self._cut(edge.end() + checked.end(), "crc")
        end = checked.end() if checked else 0
        self._leave(edge.end() + end)
        return Frame(body, checked is not None)

    def _cut(self, end: int, kind: DamageKind, tail: bytes = b"") -> Damage:
        came = bytes(self._pending[max(0, end - 24) : end]) + tail
        self._leave(end)
        return Damage(kind, came.decode("ascii", "backslashreplace").strip())

    def _cut_in_line(self, end: int) -> Damage:
        """A telegram broke off within a line; the one at ``end`` is whole."""
        damage = self._cut(end, "truncated")
        self._pending[:1] = b"\n"
        return damage

    def _leave(self, end: int) -> None:
        """The telegram that ended at ``end`` is over. A line counts as begun only after a line end that came."""
        before = bytes(self._pending[end - 1 : end])
        self._pending[:end] = before if before in (b"\r", b"\n") else b"\0"
        self._inside = False


def crc16(data: bytes) -> int:
    """CRC-16 with the polynomial 0xA001 from 0 (DSMR 5.0.2 clause 5.2)."""
    crc = 0
    for byte in data:
        crc = (crc >> 8) ^ _CRC[(crc ^ byte) & 0xFF]
    return crc


def _row(byte: int) -> int:
    for _ in range(8):
        byte = (byte >> 1) ^ 0xA001 if byte & 1 else byte >> 1
    return byte


_CRC = tuple(_row(byte) for byte in range(256))
