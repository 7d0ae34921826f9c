"""A USB card reader that types like a keyboard, sans I/O: events of the Linux input device in, what was typed out.

After ``linux/input.h``: an event is two signed longs of time, then type, code and value. A key press is type 1 with
value 1; codes are those of ``linux/input-event-codes.h``. Such readers type the number and end it with Enter.
"""

import struct
from collections.abc import Iterator, Mapping

EVENT = struct.Struct("@llHHi")
KEY, PRESSED = 1, 1
ENTER = frozenset({28, 96})
"""Enter, and the one of the number pad."""
LONGEST = 64
"""No number of a card is longer; what goes on is a person who types, or a fault."""

_DIGITS = {2: "1", 3: "2", 4: "3", 5: "4", 6: "5", 7: "6", 8: "7", 9: "8", 10: "9", 11: "0"}
_PAD = {82: "0", 79: "1", 80: "2", 81: "3", 75: "4", 76: "5", 77: "6", 71: "7", 72: "8", 73: "9"}
_LETTERS = {30: "A", 48: "B", 46: "C", 32: "D", 18: "E", 33: "F"}
_MARKS = {12: "-", 39: ":", 52: ".", 57: " "}
KEYS: Mapping[int, str] = {**_DIGITS, **_PAD, **_LETTERS, **_MARKS}
"""What each key writes. Others are shown as ``?``, so that what was typed is refused and named."""
_SILENT = frozenset({42, 54, 58, 69})
"""Shift, Caps Lock and Num Lock write nothing."""


class Typed:
    """Bytes of the device in, each line that was typed out."""

    def __init__(self) -> None:
        self._bytes = b""
        self._text = ""

    def feed(self, data: bytes) -> Iterator[str]:
        """The lines that were ended by ``data``; empty ones are none."""
        self._bytes += data
        whole = len(self._bytes) - len(self._bytes) % EVENT.size
        events, self._bytes = self._bytes[:whole], self._bytes[whole:]
        for _, _, kind, code, value in EVENT.iter_unpack(events):
            if kind != KEY or value != PRESSED or code in _SILENT:
                continue
            if code in ENTER:
                text, self._text = self._text, ""
                if text:
                    yield text
            else:
                self._text = (self._text + KEYS.get(code, "?"))[: LONGEST + 1]


def number(typed: str) -> str:
    """What was typed as the number of a card: ten decimal digits stand for four bytes, the first the highest.

    Anything else is left as it is. Most readers of this kind write a 4-byte UID either way.
    """
    if len(typed) == 10 and typed.isdecimal() and int(typed) < 1 << 32:
        return f"{int(typed):08X}"
    return typed
