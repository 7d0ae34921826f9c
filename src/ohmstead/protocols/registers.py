"""Numbers in 16-bit registers: words in, numbers out, and back (Modbus application protocol V1.1b3, section 4.3).

A number wider than one register is spread over several words. ``word_order`` says which word stands first, the
most significant (``big``) or the least (``little``); ``byte_order`` does the same for the two bytes of a word.
"""

import struct
from collections.abc import Iterable, Sequence
from typing import Literal

Order = Literal["big", "little"]
NumberType = Literal["u16", "s16", "u32", "s32", "u64", "s64", "f32", "f64"]
Image = tuple[tuple[int, tuple[int, ...]], ...]
"""Registers as a server holds them: pairs of a first register and the words from there on."""

_CODES: dict[str, str] = {
    "u16": ">H",
    "s16": ">h",
    "u32": ">I",
    "s32": ">i",
    "u64": ">Q",
    "s64": ">q",
    "f32": ">f",
    "f64": ">d",
}

TYPES: tuple[str, ...] = tuple(_CODES)
REGISTERS = 65_536
"""Size of a register space."""
READ_LIMIT = 125
"""Most registers one request may read."""


def width(kind: NumberType) -> int:
    """Registers that a number of ``kind`` takes."""
    return struct.calcsize(_CODES[kind]) // 2


def number(words: Sequence[int], kind: NumberType, word_order: Order = "big", byte_order: Order = "big") -> int | float:
    """The number that ``words`` hold. Raises ValueError unless there are exactly ``width(kind)`` words."""
    if len(words) != width(kind):
        raise ValueError(f"{kind} takes {width(kind)} registers, got {len(words)}")
    value: int | float = struct.unpack(_CODES[kind], _bytes(words, word_order, byte_order))[0]
    return value


def words_of(
    value: int | float, kind: NumberType, word_order: Order = "big", byte_order: Order = "big"
) -> tuple[int, ...]:
    """``value`` as words, the inverse of :func:`number`. Raises OverflowError when it does not fit."""
    try:
        raw = struct.pack(_CODES[kind], value)
    except (struct.error, OverflowError) as error:
        raise OverflowError(f"{value} does not fit into {kind}") from error
    words = struct.unpack(f">{len(raw) // 2}H", raw)
    if word_order == byte_order == "big":
        return words
    return struct.unpack(f">{len(words)}H", _bytes(words, word_order, byte_order))


def text(words: Sequence[int]) -> str:
    """ASCII text in ``words``, two characters each, up to the first NUL, without surrounding blanks."""
    raw = struct.pack(f">{len(words)}H", *words)
    return raw.split(b"\0", 1)[0].decode("ascii", "replace").strip()


def words_of_text(value: str, count: int) -> tuple[int, ...]:
    """``value`` as ``count`` words, filled with NUL. Raises OverflowError when longer or not ASCII."""
    try:
        raw = value.encode("ascii")
    except UnicodeEncodeError as error:
        raise OverflowError(f"{value!r} is not ASCII") from error
    if len(raw) > 2 * count:
        raise OverflowError(f"{value!r} is longer than {2 * count} characters")
    return struct.unpack(f">{count}H", raw.ljust(2 * count, b"\0"))


def _bytes(words: Iterable[int], word_order: Order, byte_order: Order) -> bytes:
    ordered = list(words) if word_order == "big" else list(words)[::-1]
    code = ">" if byte_order == "big" else "<"
    return struct.pack(f"{code}{len(ordered)}H", *ordered)
