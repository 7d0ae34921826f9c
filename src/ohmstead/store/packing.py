"""Packed bodies: one row of the tail for all channels, one block of 1-second values for one channel.

A row is all channels' values of the first quantity, then of the second, and so on, little-endian; its
``Layout`` names them, so that a later version can add quantities and still read old rows. A block holds
differences between neighbours with equal bytes side by side, which deflate shrinks well.
"""

import json
import struct
import sys
import zlib
from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite, nan
from typing import Any, TypeVar

from ohmstead.store.rollups import COUNTER_MAX_J, POWER_MAX_W
from ohmstead.store.values import Sample

NOTHING = -(2**63)
"""Stands for ``None`` among packed counters."""

_QUANTITIES = (("energy_import_j", "q"), ("energy_export_j", "q"), ("power_w", "f"))
_WRAP = 2**64 - 1
_PART = 100
_VERSION = b"\x01"

Number = TypeVar("Number", int, float)


class Layout:
    """Where each channel's values stand in a packed row."""

    def __init__(self, channels: tuple[str, ...], quantities: tuple[tuple[str, str], ...] = _QUANTITIES) -> None:
        """``quantities`` are pairs of a name and a struct code."""
        self.channels = channels
        self._quantities = quantities
        count = len(channels)
        self._struct = struct.Struct("<" + "".join(f"{count}{code}" for _, code in quantities))
        begins: dict[str, tuple[int, int]] = {}
        offset = 0
        for name, code in quantities:
            width = struct.calcsize(f"<{code}")
            begins[name] = (offset, width)
            offset += width * count
        (imported, wide), (exported, _), (power, narrow) = (begins[name] for name, _ in _QUANTITIES)
        self._place = {
            name: (imported + wide * i, exported + wide * i, power + narrow * i) for i, name in enumerate(channels)
        }

    def dump(self) -> str:
        """The layout as text, for the table of layouts."""
        return json.dumps({"channels": self.channels, "quantities": self._quantities}, ensure_ascii=False)

    @classmethod
    def load(cls, text: str) -> "Layout":
        """The layout that ``dump`` wrote."""
        body = json.loads(text)
        return cls(tuple(body["channels"]), tuple((name, code) for name, code in body["quantities"]))

    def pack(self, samples: Mapping[str, Sample]) -> bytes:
        """The body of one row. A value that fits no counter or is not finite is kept as missing."""
        row = [samples[name] for name in self.channels]
        imported = [NOTHING if s.energy_import_j is None else s.energy_import_j for s in row]
        exported = [NOTHING if s.energy_export_j is None else s.energy_export_j for s in row]
        power = [nan if s.power_w is None else s.power_w for s in row]
        try:
            return self._struct.pack(*imported, *exported, *power)
        except (struct.error, OverflowError):
            return self._struct.pack(*map(_counter, imported), *map(_counter, exported), *map(_power, power))

    def columns(self, bodies: Sequence[bytes]) -> dict[str, tuple[Sequence[int], Sequence[int], Sequence[float]]]:
        """Packed counters and power of several rows by channel.

        Turned in parts, since a thread that turns all at once would keep every other thread waiting.
        """
        count = len(self.channels)
        rows = [self._struct.unpack(body) for body in bodies]
        turned: list[tuple[Any, ...]] = []
        for i in range(0, len(self._quantities) * count, _PART):
            turned += zip(*(row[i : i + _PART] for row in rows), strict=True)
        first = {name: i * count for i, (name, _) in enumerate(self._quantities)}
        imported, exported, power = (first[name] for name, _ in _QUANTITIES)
        return {
            name: (turned[imported + i], turned[exported + i], turned[power + i])
            for i, name in enumerate(self.channels)
        }

    def pick(self, channel: str, body: bytes) -> tuple[int, int, float]:
        """Packed counters and power of one channel of one row; all missing when the row has no such channel."""
        if channel not in self._place:
            return NOTHING, NOTHING, nan
        imported, exported, power = self._place[channel]
        (first,) = struct.unpack_from("<q", body, imported)
        (second,) = struct.unpack_from("<q", body, exported)
        (third,) = struct.unpack_from("<f", body, power)
        return first, second, third

    def unpack(self, body: bytes) -> dict[str, Sample]:
        """The samples of one row by channel."""
        return {
            name: _sample(imported[0], exported[0], power[0])
            for name, (imported, exported, power) in self.columns([body]).items()
        }


def _sample(imported: int, exported: int, power: float) -> Sample:
    return Sample(
        None if imported == NOTHING else imported,
        None if exported == NOTHING else exported,
        power if isfinite(power) else None,
    )


def _counter(value: int) -> int:
    return value if abs(value) <= COUNTER_MAX_J else NOTHING


def _power(value: float) -> float:
    return value if abs(value) <= POWER_MAX_W else nan


@dataclass(frozen=True, slots=True)
class Column:
    """The 1-second values of one channel. Counters are one longer: they begin with the value before the block."""

    imported: list[int]
    exported: list[int]
    power: list[float]


def pack_times(times: Iterable[int]) -> bytes:
    """The times of a block, shared by its channels."""
    return _VERSION + zlib.compress(_differences(list(times)), 1)


def unpack_times(body: bytes) -> list[int]:
    """What ``pack_times`` packed. Raises ValueError for a body of a newer version."""
    raw = opened_block(body)
    return _sums(raw, len(raw) // 8)


def pack_column(column: Column) -> bytes:
    """The body of one channel's block."""
    power = _little(array("f", column.power))
    raw = (
        struct.pack("<I", len(column.power))
        + _differences(column.imported)
        + _differences(column.exported)
        + _shuffled(power.tobytes(), 4)
    )
    return _VERSION + zlib.compress(raw, 1)


def unpack_column(body: bytes) -> Column:
    """What ``pack_column`` packed. Raises ValueError for a body of a newer version."""
    raw = opened_block(body)
    (count,) = struct.unpack_from("<I", raw)
    wide = 8 * (count + 1)
    power: array[float] = array("f")
    power.frombytes(_unshuffled(raw[4 + 2 * wide :], 4))
    return Column(
        _sums(raw[4 : 4 + wide], count + 1),
        _sums(raw[4 + wide : 4 + 2 * wide], count + 1),
        _little(power).tolist(),
    )


def missing(power: float) -> bool:
    """Whether a packed power stands for ``None``."""
    return not isfinite(power)


def opened_block(body: bytes) -> bytes:
    """The bytes of a block. Raises ValueError for a body of a newer version."""
    if body[:1] != _VERSION:
        raise ValueError(f"a block of version {body[:1].hex()}; this program reads {_VERSION.hex()}")
    return zlib.decompress(body[1:])


def _differences(values: list[int]) -> bytes:
    before = [0, *values][: len(values)]
    wrapped = array("Q", [(b - a) & _WRAP for a, b in zip(before, values, strict=True)])
    return _shuffled(_little(wrapped).tobytes(), 8)


def _sums(raw: bytes, count: int) -> list[int]:
    wrapped: array[int] = array("Q")
    wrapped.frombytes(_unshuffled(raw[: 8 * count], 8))
    total, values = 0, []
    for difference in _little(wrapped):
        total = (total + difference) & _WRAP
        values.append(total - (1 << 64) if total >> 63 else total)
    return values


def _shuffled(raw: bytes, width: int) -> bytes:
    return b"".join(raw[i::width] for i in range(width))


def _unshuffled(raw: bytes, width: int) -> bytes:
    count = len(raw) // width
    plain = bytearray(len(raw))
    for i in range(width):
        plain[i::width] = raw[i * count : (i + 1) * count]
    return bytes(plain)


def _little(values: "array[Number]") -> "array[Number]":
    if sys.byteorder == "big":
        values.byteswap()
    return values
