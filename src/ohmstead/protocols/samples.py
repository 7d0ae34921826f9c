"""What a sampling front end sends, as bytes: frames of ``docs/protocols/samples.md``, version 1.

Bytes of a stream come in, in pieces of any size; a hello and blocks of samples come out. What cannot be this protocol
raises :class:`SamplesBroken`; a frame whose checksum is wrong is left out and counted. Nothing is kept beyond one
frame. :func:`numbers` turns a block into volts and amperes.
"""

import json
import math
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from ohmstead.core.model.reasons import Param, Reason

VERSION = 1
MAGIC = b"OSMP"
BODY_AT_MOST = 1 << 20
HELLO_AT_MOST = 16_384
VOLTAGES_AT_MOST, CURRENTS_AT_MOST = 3, 28
RATES_HZ = (4_400.0, 64_000.0)
NOMINAL_HZ = (50, 60)
LARGEST = 1e6
"""Volts and amperes beyond which nothing is measured in a building."""
UNSYNCHRONISED = 1
"""Flag of a block: nothing keeps the clock of the front end right."""

NumberFormat = Literal["i16", "i24", "f32"]
SIZES: dict[str, int] = {"i16": 2, "i24": 3, "f32": 4}
_FULL: dict[str, float] = {"i16": 2.0**15, "i24": 2.0**23}

_HEAD = struct.Struct("<4sB3xI")
_BLOCK = struct.Struct("<QqHHI")
_CRC = struct.Struct("<I")
_HELLO, _SAMPLES = 1, 2
_SHOWN = 60


class SamplesBroken(Exception):
    """Bytes that are not this protocol, or not one that can be used. ``reason`` says what came."""

    def __init__(self, key: str, **params: Param) -> None:
        """``key`` has a text in every language; who knows the place adds ``where``."""
        super().__init__(f"{key} {params}")
        self.reason = Reason(key, params)


@dataclass(frozen=True, slots=True)
class Hello:
    """What a front end is: it samples all columns at once, voltages first, ``rate_hz`` times a second.

    ``scale`` holds for each column what one step of its numbers is, in volts or amperes.
    """

    rate_hz: float
    nominal_hz: int
    voltages: int
    currents: int
    format: NumberFormat
    scale: tuple[float, ...]
    serial: str = ""

    @property
    def columns(self) -> int:
        """How many numbers a sample has."""
        return self.voltages + self.currents


@dataclass(frozen=True, slots=True)
class Block:
    """Samples in a row. ``first`` counts them from the start of the front end; ``utc_ns`` is when the first was taken.

    ``clipped`` has a bit for each column, the first the lowest: its converter was at its end.
    """

    first: int
    utc_ns: int
    count: int
    data: bytes
    clipped: int = 0
    flags: int = 0


class Frames:
    """The frames of one connection."""

    def __init__(self) -> None:
        """Nothing has come; a hello must be the first."""
        self.hello: Hello | None = None
        self.spoiled = 0
        """Frames left out because of their checksum."""
        self._held = bytearray()

    def feed(self, data: bytes) -> list[Block]:
        """The blocks that ``data`` completes. Raises SamplesBroken; then the connection is of no use any more."""
        self._held += data
        found: list[Block] = []
        at = 0
        while (whole := self._frame(at)) is not None:
            kind, body, at = whole
            if body is None:
                self.spoiled += 1
            elif kind == _HELLO:
                self._greet(body)
            else:
                found.append(self._block(body))
        del self._held[:at]
        return found

    def _frame(self, at: int) -> tuple[int, bytes | None, int] | None:
        """Kind, body (``None``: spoiled) and end of the frame at ``at``; ``None`` while it is not whole."""
        held = self._held
        if not MAGIC.startswith(bytes(held[at : at + 4])):
            raise SamplesBroken("samples.noise", came=bytes(held[at : at + 8]).hex(" "))
        if len(held) - at < _HEAD.size:
            return None
        _, kind, length = _HEAD.unpack_from(held, at)
        most = HELLO_AT_MOST if kind == _HELLO else BODY_AT_MOST
        if kind not in (_HELLO, _SAMPLES) or length > most:
            raise SamplesBroken("samples.frame", kind=kind, length=length, most=most)
        if self.hello is None and kind != _HELLO:
            raise SamplesBroken("samples.no_hello")
        end = at + _HEAD.size + length + _CRC.size
        if len(held) < end:
            return None
        body = bytes(held[at + _HEAD.size : end - _CRC.size])
        told = _CRC.unpack_from(held, end - _CRC.size)[0]
        if crc32(body, crc32(held[at : at + _HEAD.size])) == told:
            return kind, body, end
        if self.hello is None:
            raise SamplesBroken("samples.hello", field="checksum", came=f"{told:#010x}", allowed="CRC-32")
        return kind, None, end

    def _greet(self, body: bytes) -> None:
        hello = read_hello(body)
        if self.hello is not None and hello != self.hello:
            raise SamplesBroken("samples.changed")
        self.hello = hello

    def _block(self, body: bytes) -> Block:
        hello = self.hello
        if hello is None or len(body) < _BLOCK.size:
            raise SamplesBroken("samples.block", came=len(body), expected=_BLOCK.size)
        first, utc_ns, count, flags, clipped = _BLOCK.unpack_from(body)
        expected = _BLOCK.size + count * hello.columns * SIZES[hello.format]
        if len(body) != expected or count == 0:
            raise SamplesBroken("samples.block", came=len(body), expected=expected)
        return Block(first, utc_ns, count, body[_BLOCK.size :], clipped, flags)


def read_hello(body: bytes) -> Hello:
    """What ``body`` says. Raises SamplesBroken that names the field, what came and what is allowed."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        raise _unfit("JSON", body[:_SHOWN].decode("utf-8", "replace"), "a JSON object in UTF-8") from None
    if not isinstance(said, dict):
        raise _unfit("JSON", said, "a JSON object")
    if said.get("version") != VERSION or isinstance(said.get("version"), bool):
        raise SamplesBroken("samples.version", came=_short(said.get("version")), known=VERSION)
    voltages, currents = _whole(said, "voltages", 1, VOLTAGES_AT_MOST), _whole(said, "currents", 0, CURRENTS_AT_MOST)
    if said.get("format") not in SIZES:
        raise _unfit("format", said.get("format"), ", ".join(SIZES))
    if said.get("nominal_hz") not in NOMINAL_HZ:
        raise _unfit("nominal_hz", said.get("nominal_hz"), "50, 60")
    rate = _number(said.get("rate_hz"))
    if rate is None or not RATES_HZ[0] <= rate <= RATES_HZ[1] or rate < 88 * said["nominal_hz"]:
        raise _unfit("rate_hz", said.get("rate_hz"), f"{88 * said['nominal_hz']} to {RATES_HZ[1]:g}")
    scale = said.get("scale")
    steps = [_number(each) for each in scale] if isinstance(scale, list) else []
    if len(steps) != voltages + currents or any(step is None or not 0 < abs(step) <= 1e6 for step in steps):
        raise _unfit("scale", scale, f"{voltages + currents} numbers other than 0")
    serial = said.get("serial", "")
    if not isinstance(serial, str) or len(serial) > _SHOWN or not serial.isprintable():
        raise _unfit("serial", serial, f"text of at most {_SHOWN} characters")
    known = tuple(step for step in steps if step is not None)
    return Hello(rate, int(said["nominal_hz"]), voltages, currents, said["format"], known, serial)


def hello_frame(hello: Hello) -> bytes:
    """The frame a front end begins with."""
    said = {
        "version": VERSION,
        "rate_hz": hello.rate_hz,
        "nominal_hz": hello.nominal_hz,
        "voltages": hello.voltages,
        "currents": hello.currents,
        "format": hello.format,
        "scale": list(hello.scale),
        "serial": hello.serial,
    }
    return _framed(_HELLO, json.dumps(said, separators=(",", ":")).encode())


def block_frame(block: Block) -> bytes:
    """The frame of a block."""
    head = _BLOCK.pack(block.first, block.utc_ns, block.count, block.flags, block.clipped)
    return _framed(_SAMPLES, head + block.data)


def numbers(hello: Hello, block: Block) -> NDArray[np.float32]:
    """(samples, columns) in volts and amperes. Raises SamplesBroken for what cannot be one."""
    if hello.format == "i24":
        raw = np.frombuffer(block.data, np.uint8).reshape(-1, 3).astype(np.int32)
        whole = raw[:, 0] | raw[:, 1] << 8 | raw[:, 2] << 16
        steps = (whole - ((whole & 0x800000) << 1)).astype(np.float32)
    else:
        steps = np.frombuffer(block.data, "<i2" if hello.format == "i16" else "<f4").astype(np.float32)
    values = steps.reshape(block.count, hello.columns) * np.array(hello.scale, np.float32)
    if not (np.abs(values) <= LARGEST).all():
        raise SamplesBroken("samples.not_finite")
    return np.asarray(values, np.float32)


def steps_of(hello: Hello, values: NDArray[np.float64]) -> tuple[bytes, int]:
    """``values`` (samples, columns) as a converter gives them: its bytes, and which columns were at its end."""
    steps = values / np.array(hello.scale)
    if hello.format == "f32":
        return steps.astype("<f4").tobytes(), 0
    full = _FULL[hello.format]
    whole = np.clip(np.rint(steps), -full, full - 1).astype(np.int32)
    ends = ((whole <= -full) | (whole >= full - 1)).any(axis=0)
    clipped = sum(1 << int(column) for column in np.flatnonzero(ends))
    if hello.format == "i16":
        return whole.astype("<i2").tobytes(), clipped
    return whole.astype("<i4").reshape(-1, 1).view(np.uint8)[:, :3].tobytes(), clipped


def columns_of(clipped: int, columns: int) -> Sequence[int]:
    """The columns whose bits are set."""
    return [column for column in range(columns) if clipped >> column & 1]


def _framed(kind: int, body: bytes) -> bytes:
    whole = _HEAD.pack(MAGIC, kind, len(body)) + body
    return whole + _CRC.pack(crc32(whole))


def _whole(said: dict[str, Any], field: str, least: int, most: int) -> int:
    value = said.get(field)
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise _unfit(field, value, f"{least} to {most}")
    return value


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > 1e12 or not math.isfinite(value):
        return None
    return float(value)


def _unfit(field: str, came: object, allowed: str) -> SamplesBroken:
    return SamplesBroken("samples.hello", field=field, came=_short(came), allowed=allowed)


def _short(came: object) -> str:
    return repr(came)[:_SHOWN]
