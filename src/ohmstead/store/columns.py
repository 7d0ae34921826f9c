"""Sealed columns: many values of one quantity of one channel as a few bytes each, turned with numpy.

In and out: whole numbers, ``NOTHING`` where there is none. A body is a head, the times (``Times``), which values are
missing, and the values: less the smallest, divided by what divides them all, either plain or as differences between
neighbours (whichever is smaller), equal bytes side by side, squeezed. Mean powers of hours and days are left plain,
since a year of them is what people look at and their room is small. Little-endian throughout.

The format is described in ``docs/history.md``. Version 2, which was deflated, is read; a body of a newer version, or
one that is damaged, is refused with ValueError.
"""

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ohmstead.store.packing import NOTHING, opened_block, pack_times, unpack_times
from ohmstead.store.squeezing import inflated, opened, squeeze

Bytes = bytes | memoryview
Whole = NDArray[np.int64]
Numbers = NDArray[np.float64]

_HEAD = struct.Struct("<BBBIqqQ")
_VERSION = 3
_OPENED: Mapping[int, Callable[[Bytes, int], bytes]] = {2: inflated, 3: opened}
"""How each version opens what it squeezed."""
_SQUEEZED, _DIFFERENCES, _MISSING = 1, 2, 4
_PLAIN_UNLESS = 0.9
"""Differences must be this much smaller than plain values to be worth their slower reading."""
_SIZES = (0, 1, 2, 4, 4, 8, 8, 8, 8)
_RUN = struct.Struct("<qII")
_RUNS, _LIST, _ELSEWHERE = 0, 1, 2
_RUNS_AT_MOST = 64


@dataclass(frozen=True, slots=True)
class Times:
    """The times of a column: its own, or (``shared``) a slice of those kept under the time ``shared``."""

    own: Whole | None = None
    shared: int | None = None

    def dump(self) -> bytes:
        """Kind, length, and the times: as runs of equal steps when these are few."""
        if self.shared is not None:
            return struct.pack("<BIq", _ELSEWHERE, 8, self.shared)
        times = np.zeros(0, np.int64) if self.own is None else self.own
        runs = _runs(times)
        if len(runs) <= _RUNS_AT_MOST:
            body = b"".join(_RUN.pack(*run) for run in runs)
            return struct.pack("<BI", _RUNS, len(body)) + body
        body = pack_times(times.tolist())
        return struct.pack("<BI", _LIST, len(body)) + body


def pack(values: Whole, times: Times | None = None, *, squeezed: bool = True) -> bytes:
    """The body of a column."""
    gone = values == NOTHING
    flags, mask = 0, b""
    if gone.any():
        flags = _MISSING
        packed = squeeze(np.packbits(gone).tobytes())
        mask = struct.pack("<I", len(packed)) + packed
        values = _filled(values, gone)
    before = (Times() if times is None else times).dump()
    plain = _form(values, squeezed)
    if len(values) > 2 and squeezed:
        changes = _form(values[1:] - values[:-1], squeezed)
        if len(changes[-1]) < _PLAIN_UNLESS * len(plain[-1]):
            kind, width, base, unit, body = changes
            head = _HEAD.pack(_VERSION, flags | kind | _DIFFERENCES, width, len(values), int(values[0]), base, unit)
            return head + before + mask + body
    kind, width, base, unit, body = plain
    return _HEAD.pack(_VERSION, flags | kind, width, len(values), 0, base, unit) + before + mask + body


def unpack(body: Bytes) -> tuple[bytes, Whole]:
    """The times as ``Times.dump`` wrote them, for ``times_of``, and the values, exactly."""
    before, gone, first, base, unit, changes, raw = _opened(body)
    with np.errstate(over="ignore"):
        values = (raw.astype(np.uint64) * np.uint64(unit)).view(np.int64) + np.int64(base)
        if changes:
            values = np.cumsum(np.concatenate((np.array([first], np.int64), values)))
    if gone is not None:
        values[gone] = NOTHING
    return before, values


def unpack_scaled(body: Bytes, scale: int) -> tuple[bytes, Numbers]:
    """Like ``unpack``, divided by ``scale``, NaN where there is no value; exact up to 2**53."""
    before, count = lead(body)
    values = np.empty(count)
    write_scaled(body, scale, values)
    return before, values


def lead(body: Bytes) -> tuple[bytes, int]:
    """The times as ``Times.dump`` wrote them, and how many values there are."""
    _checked(body)
    return bytes(body[_HEAD.size : _times_end(body)]), int(_HEAD.unpack_from(body)[3])


def write_scaled(body: Bytes, scale: int, into: Numbers, at: int = 0) -> None:
    """Write values from the one at ``at`` on into ``into``, as ``unpack_scaled`` gives them."""
    _, gone, first, base, unit, changes, raw = _opened(body)
    if scale % unit == 0 and base % unit == 0 and first % unit == 0:
        first, base, scale, unit = first // unit, base // unit, scale // unit, 1
    end = at + len(into)
    if changes:
        whole = np.empty(max(end, 1), np.int64)
        whole[0] = first
        whole[1:] = raw[: len(whole) - 1]
        if unit != 1:
            whole[1:] *= np.uint64(unit).astype(np.int64)
        whole[1:] += base
        np.cumsum(whole, out=whole)
        into[:] = whole[at:end]
        into /= scale
    else:
        _scaled(raw[at:end], base, scale, unit, into)
    if gone is not None:
        into[gone[at:end]] = np.nan


def _scaled(raw: NDArray[Any], base: int, scale: int, unit: int, into: Numbers) -> None:
    """``(raw * unit + base) / scale``, written into ``into``."""
    if unit != 1:
        raw = np.multiply(raw, unit, out=into, dtype=np.float64)
    if base:
        raw = np.add(raw, base, out=into, dtype=np.float64)
    np.divide(raw, scale, out=into, dtype=np.float64)


def times_of(dumped: bytes) -> Times:
    """What ``Times.dump`` wrote."""
    kind, length = struct.unpack_from("<BI", dumped)
    rest = dumped[5 : 5 + length]
    if kind == _ELSEWHERE:
        return Times(shared=struct.unpack("<q", rest)[0])
    if kind == _LIST:
        return Times(np.array(unpack_times(rest), np.int64))
    runs = [first + step * np.arange(count, dtype=np.int64) for first, step, count in _RUN.iter_unpack(rest)]
    return Times(np.concatenate(runs) if runs else np.zeros(0, np.int64))


def _checked(body: Bytes) -> Callable[[Bytes, int], bytes]:
    """How the body opens what it squeezed. Raises ValueError unless it is of a version that is read."""
    if len(body) < _HEAD.size or body[0] not in _OPENED:
        known = ", ".join(f"{version:02}" for version in _OPENED)
        raise ValueError(f"a column of version {bytes(body[:1]).hex()}; this program reads {known}")
    return _OPENED[body[0]]


def _times_end(body: Bytes) -> int:
    (length,) = struct.unpack_from("<I", body, _HEAD.size + 1)
    return _HEAD.size + 5 + int(length)


def _opened(body: Bytes) -> tuple[bytes, NDArray[np.bool_] | None, int, int, int, bool, NDArray[np.unsignedinteger]]:
    open_ = _checked(body)
    _, flags, width, count, first, base, unit = _HEAD.unpack_from(body)
    end = _times_end(body)
    before = bytes(body[_HEAD.size : end])
    gone = None
    if flags & _MISSING:
        (length,) = struct.unpack_from("<I", body, end)
        bits = np.frombuffer(open_(body[end + 4 : end + 4 + length], (count + 7) // 8), np.uint8)
        gone = np.unpackbits(bits, count=count).view(np.bool_)
        end += 4 + length
    changes = bool(flags & _DIFFERENCES)
    many = count - 1 if changes else count
    if not width:
        raw: NDArray[np.unsignedinteger] = np.zeros(many, np.uint8)
    elif flags & _SQUEEZED:
        raw = _joined(open_(body[end:], width * many), width, many)
    else:
        raw = np.frombuffer(body, f"<u{_SIZES[width]}", many, end)
    return before, gone, first, base, unit, changes, raw


def _joined(raw: bytes, width: int, count: int) -> NDArray[np.unsignedinteger]:
    """Numbers from their bytes, which lie apart: all lowest ones first."""
    planes = np.frombuffer(raw, np.uint8).reshape(width, count)
    numbers: NDArray[np.unsignedinteger] = planes[0]
    if width > 1:
        numbers = numbers.astype(f"<u{_SIZES[width]}")
        for place in range(1, width):
            numbers |= planes[place].astype(numbers.dtype) << (8 * place)
    return numbers


def _form(values: Whole, squeezed: bool) -> tuple[int, int, int, int, bytes]:
    """Flags, bytes per value, the smallest value, what divides all, and the bytes."""
    if not len(values):
        return 0, 0, 0, 1, b""
    base = int(values.min())
    with np.errstate(over="ignore"):
        raw = (values - np.int64(base)).view(np.uint64)
    unit = int(np.gcd.reduce(raw)) or 1
    if unit != 1:
        raw = raw // np.uint64(unit)
    width = (int(raw.max()).bit_length() + 7) // 8
    if not width:
        return 0, 0, base, 1, b""
    if not squeezed:
        return 0, width, base, unit, raw.astype(f"<u{_SIZES[width]}").tobytes()
    planes = raw.astype("<u8").view(np.uint8).reshape(-1, 8)[:, :width].T.tobytes()
    return _SQUEEZED, width, base, unit, squeeze(planes)


def _filled(values: Whole, gone: NDArray[np.bool_]) -> Whole:
    """Each missing value as the one known before it, or the first known, which costs the least room."""
    known = np.flatnonzero(~gone)
    if not len(known):
        return np.zeros(len(values), np.int64)
    at = np.where(gone, -1, np.arange(len(values)))
    filled: Whole = values[np.maximum(np.maximum.accumulate(at), known[0])]
    return filled


def _runs(times: Whole) -> list[tuple[int, int, int]]:
    """First time, step and count of each run of equal steps; one too many when there are many."""
    if not len(times):
        return []
    steps = np.diff(times)
    if len(steps) and not 0 <= int(steps.min()) <= int(steps.max()) < 2**32:
        return [(0, 0, 0)] * (_RUNS_AT_MOST + 1)
    borders = np.flatnonzero(np.diff(steps)) + 1
    if len(borders) > 2 * _RUNS_AT_MOST:
        return [(0, 0, 0)] * (_RUNS_AT_MOST + 1)
    runs: list[tuple[int, int, int]] = []
    at, whole = 0, [*borders.tolist(), len(steps)]
    for end in whole:
        if end < at:
            continue
        step = int(steps[at]) if at < len(steps) else 0
        runs.append((int(times[at]), step, end - at + 1))
        at = end + 1
    if at < len(times):
        runs.append((int(times[at]), 0, 1))
    return runs


def milliwatts(power: Numbers) -> Whole:
    """Power in W as whole mW, kept to 0.1 W; NaN as ``NOTHING``."""
    known = np.isfinite(power)
    return np.where(known, np.round(np.where(known, power, 0.0) * 10).astype(np.int64) * 100, NOTHING)


def unpack_block_times(body: bytes) -> Whole:
    """What ``packing.pack_times`` packed."""
    raw = opened_block(body)
    return _summed(raw, len(raw) // 8)


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """What ``packing.pack_column`` packed: both counters, which begin with the one before, the power in W, gauges."""

    imported: Whole
    exported: Whole
    power: Numbers
    gauges: bytes


def unpack_block(body: bytes) -> Block:
    """The block of one channel. Raises ValueError for a body of a newer version."""
    raw = opened_block(body)
    (count,) = struct.unpack_from("<I", raw)
    wide, begin = 8 * (count + 1), 4 + 16 * (count + 1)
    planes = np.frombuffer(raw, np.uint8, 4 * count, begin).reshape(4, count)
    power = np.ascontiguousarray(planes.T).view("<f4")[:, 0].astype(np.float64)
    imported, exported = _summed(raw[4 : 4 + wide], count + 1), _summed(raw[4 + wide : begin], count + 1)
    return Block(imported, exported, power, raw[begin + 4 * count :])


def _summed(raw: bytes, count: int) -> Whole:
    planes = np.frombuffer(raw, np.uint8, 8 * count).reshape(8, count)
    return np.cumsum(np.ascontiguousarray(planes.T).view("<i8")[:, 0])
