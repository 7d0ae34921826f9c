"""Packed bodies: one row of the tail for all channels, one block of 1-second values for one channel.

A row is all channels' values of the first quantity, then of the second, and so on, then the gauges of each phase,
little-endian; its ``Layout`` names them, so that rows of older versions, which have less, can still be read. A block
holds differences between neighbours with equal bytes side by side, which is deflated.
"""

import json
import struct
import sys
import zlib
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite, nan
from typing import Any, TypeVar

from ohmstead.core.model.quantities import Phase
from ohmstead.core.model.series import Gauge, GaugeKind
from ohmstead.store.quantities import FIRST_PHASE_QUANTITIES, PHASE_QUANTITIES, SLOTS, Slot
from ohmstead.store.rollups import COUNTER_MAX_J, POWER_MAX_W
from ohmstead.store.squeezing import inflated
from ohmstead.store.values import Sample

NOTHING = -(2**63)
"""Stands for ``None`` among packed counters."""

_COUNTED = (("energy_import_j", "q"), ("energy_export_j", "q"), ("power_w", "f"))
_TOTAL = (GaugeKind.POWER_FACTOR, "f")
_WRAP = 2**64 - 1
_PART = 100
_PLAIN, _GAUGED = b"\x01", b"\x02"

Number = TypeVar("Number", int, float)


class Layout:
    """Where each channel's values stand in a packed row: counters and power, then gauges as 4-byte floats."""

    def __init__(
        self,
        channels: tuple[str, ...],
        phases: tuple[tuple[int, Phase], ...] = (),
        quantities: tuple[tuple[str, str], ...] = _COUNTED,
        of_phase: tuple[GaugeKind, ...] = PHASE_QUANTITIES,
    ) -> None:
        """``phases`` are those whose gauges are kept, each with the place of its channel; ``of_phase`` are the gauges.

        ``quantities`` are pairs of a name and a struct code; the power factor, where it is there, is the last one.
        """
        self.channels = channels
        self.phases = phases
        self._quantities = quantities
        self._of_phase = of_phase
        count = len(channels)
        gauges = len(phases) * len(of_phase)
        self._struct = struct.Struct("<" + "".join(f"{count}{code}" for _, code in quantities) + f"{gauges}f")
        begins: dict[str, int] = {}
        offset = 0
        for name, code in quantities:
            begins[name] = offset
            offset += struct.calcsize(f"<{code}") * count
        self._totals = _TOTAL in quantities
        self.gauges_begin = begins.get(GaugeKind.POWER_FACTOR, offset)
        imported, exported, power = (begins[name] for name, _ in _COUNTED)
        self._place = {name: (imported + 8 * i, exported + 8 * i, power + 4 * i) for i, name in enumerate(channels)}
        self._phases_of: list[set[Phase]] = [set() for _ in channels]
        for i, phase in phases:
            self._phases_of[i].add(phase)

    @classmethod
    def of(cls, samples: Mapping[str, Sample], before: "Layout | None" = None) -> "Layout":
        """A layout for ``samples``, which also has every gauge of ``before``, a layout of the same channels."""
        names = tuple(samples)
        phases: set[tuple[int, Phase]] = set() if before is None else set(before.phases)
        phases |= {(i, phase) for i, name in enumerate(names) for phase in samples[name].phases}
        totals = (before is not None and before._totals) or any(s.power_factor is not None for s in samples.values())
        return cls(names, tuple(sorted(phases)), (*_COUNTED, _TOTAL) if totals or phases else _COUNTED)

    @property
    def gauged(self) -> bool:
        """Whether it has any gauge."""
        return self._totals or bool(self.phases)

    @property
    def gauges(self) -> Iterator[tuple[str, Slot]]:
        """Channel and slot of each gauge, in the order in which a row holds them from ``gauges_begin`` on."""
        if self._totals:
            yield from ((name, SLOTS[Gauge(GaugeKind.POWER_FACTOR)]) for name in self.channels)
        for i, phase in self.phases:
            yield from ((self.channels[i], SLOTS[Gauge(quantity, phase)]) for quantity in self._of_phase)

    def covers(self, samples: Mapping[str, Sample]) -> bool:
        """Whether every gauge of ``samples``, which are those of the same channels, has its place."""
        if self.phases and self._of_phase != PHASE_QUANTITIES:
            return False
        for sample, known in zip(samples.values(), self._phases_of, strict=True):
            if not sample.phases.keys() <= known or (sample.power_factor is not None and not self._totals):
                return False
        return True

    def dump(self) -> str:
        """The layout as text, for the table of layouts."""
        body: dict[str, object] = {"channels": self.channels, "quantities": self._quantities}
        if self.phases:
            body["phases"] = self.phases
            body["of_phase"] = self._of_phase
        return json.dumps(body, ensure_ascii=False)

    @classmethod
    def load(cls, text: str) -> "Layout":
        """The layout that ``dump`` wrote."""
        body = json.loads(text)
        phases = tuple((place, phase) for place, phase in body.get("phases", ()))
        of_phase = tuple(GaugeKind(name) for name in body.get("of_phase", FIRST_PHASE_QUANTITIES))
        quantities = tuple((name, code) for name, code in body["quantities"])
        return cls(tuple(body["channels"]), phases, quantities, of_phase)

    def pack(self, samples: Mapping[str, Sample]) -> bytes:
        """The body of one row. A value that fits no counter or is not finite is kept as missing."""
        row = [samples[name] for name in self.channels]
        imported = [NOTHING if s.energy_import_j is None else s.energy_import_j for s in row]
        exported = [NOTHING if s.energy_export_j is None else s.energy_export_j for s in row]
        power = [nan if s.power_w is None else s.power_w for s in row]
        gauges = self._gauged(row)
        try:
            return self._struct.pack(*imported, *exported, *power, *gauges)
        except (struct.error, OverflowError):
            return self._struct.pack(
                *map(_counter, imported), *map(_counter, exported), *map(_power, power), *map(_power, gauges)
            )

    def _gauged(self, row: Sequence[Sample]) -> list[float]:
        gauges = [nan if s.power_factor is None else s.power_factor for s in row] if self._totals else []
        for i, phase in self.phases:
            seen = row[i].phases.get(phase)
            if seen is None:
                gauges += _UNSEEN
            else:
                gauges += (
                    nan if seen.power_w is None else seen.power_w,
                    nan if seen.voltage_v is None else seen.voltage_v,
                    nan if seen.current_a is None else seen.current_a,
                    nan if seen.power_factor is None else seen.power_factor,
                    nan if seen.reactive_power_var is None else seen.reactive_power_var,
                )
        return gauges

    def columns(self, bodies: Sequence[bytes]) -> dict[str, tuple[Sequence[int], Sequence[int], Sequence[float]]]:
        """Packed counters and power of several rows by channel.

        Turned in parts, since a thread that turns all at once would keep every other thread waiting.
        """
        count = len(self.channels)
        rows = [self._struct.unpack(body) for body in bodies]
        turned: list[tuple[Any, ...]] = []
        for i in range(0, len(_COUNTED) * count, _PART):
            turned += zip(*(row[i : min(i + _PART, len(_COUNTED) * count)] for row in rows), strict=True)
        return {name: (turned[i], turned[count + i], turned[2 * count + i]) for i, name in enumerate(self.channels)}

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
        """The counters and powers of one row by channel."""
        return {
            name: _sample(imported[0], exported[0], power[0])
            for name, (imported, exported, power) in self.columns([body]).items()
        }


_UNSEEN = (nan,) * len(PHASE_QUANTITIES)


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
    gauges: bytes = b""
    """What ``store.gauges`` packed of the same rows."""


def pack_times(times: Iterable[int]) -> bytes:
    """The times of a block, shared by its channels."""
    return _PLAIN + zlib.compress(_differences(list(times)), 1)


def unpack_times(body: bytes) -> list[int]:
    """What ``pack_times`` packed. Raises ValueError for a body of a newer version, or a damaged one."""
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
    return (_GAUGED if column.gauges else _PLAIN) + zlib.compress(raw + column.gauges, 1)


def unpack_column(body: bytes) -> Column:
    """What ``pack_column`` packed. Raises ValueError for a body of a newer version, or a damaged one."""
    raw = opened_block(body)
    (count,) = struct.unpack_from("<I", raw)
    wide = 8 * (count + 1)
    power: array[float] = array("f")
    end = 4 + 2 * wide + 4 * count
    power.frombytes(_unshuffled(raw[4 + 2 * wide : end], 4))
    return Column(
        _sums(raw[4 : 4 + wide], count + 1),
        _sums(raw[4 + wide : 4 + 2 * wide], count + 1),
        _little(power).tolist(),
        raw[end:],
    )


def missing(power: float) -> bool:
    """Whether a packed power stands for ``None``."""
    return not isfinite(power)


def opened_block(body: bytes) -> bytes:
    """The bytes of a block. Raises ValueError for a body of a newer version, or a damaged one."""
    if body[:1] not in (_PLAIN, _GAUGED):
        raise ValueError(f"a block of version {body[:1].hex()}; this program reads {_PLAIN.hex()} and {_GAUGED.hex()}")
    return inflated(body[1:])


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
