"""SunSpec models: registers to points by the official model files, scale factors applied, and back for servers.

Integers carry their power of ten in a register of their own (``sunssf``), which a device may change at any time;
it is therefore taken from the same registers as the value. Each type has a pattern for "not implemented", which
becomes ``None`` (SunSpec Device Information Model specification, section 4).
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from ohmstead.protocols.registers import NumberType, number, text, words_of, words_of_text

Value = float | int | str | None

_NUMBERS: Mapping[str, tuple[NumberType, int | float]] = {
    "int16": ("s16", -0x8000),
    "uint16": ("u16", 0xFFFF),
    "sunssf": ("s16", -0x8000),
    "enum16": ("u16", 0xFFFF),
    "bitfield16": ("u16", 0xFFFF),
    "acc16": ("u16", 0),
    "int32": ("s32", -0x8000_0000),
    "uint32": ("u32", 0xFFFF_FFFF),
    "enum32": ("u32", 0xFFFF_FFFF),
    "bitfield32": ("u32", 0xFFFF_FFFF),
    "acc32": ("u32", 0),
    "int64": ("s64", -(1 << 63)),
    "uint64": ("u64", (1 << 64) - 1),
    "acc64": ("u64", 0),
    "float32": ("f32", math.nan),
    "float64": ("f64", math.nan),
}
_FACTOR_LIMIT = 10


@dataclass(frozen=True, slots=True)
class ModelPoint:
    """One point of a model. ``offset`` counts registers from the model's ID, or from the start of its group."""

    name: str
    kind: str
    offset: int
    size: int
    factor: str | None
    unit: str | None = None

    @property
    def end(self) -> int:
        """The register after the last."""
        return self.offset + self.size


@dataclass(frozen=True, slots=True)
class Group:
    """Points that stand again and again after those of the model, as often as the point ``count`` says."""

    name: str
    count: str
    points: tuple[ModelPoint, ...]

    @property
    def size(self) -> int:
        """Registers of one of them."""
        return self.points[-1].end

    def named(self, index: int, point: ModelPoint) -> str:
        """What ``point`` of the one at ``index`` is called in what :func:`decode` gives."""
        return f"{self.name}.{index}.{point.name}"


@dataclass(frozen=True, slots=True)
class Model:
    """One information model, ID and length included in its points."""

    id: int
    points: tuple[ModelPoint, ...]
    group: Group | None = None

    @property
    def length(self) -> int:
        """Registers after ID and length, without those of the group."""
        return self.points[-1].end - 2


@cache
def model(number_of_model: int) -> Model:
    """The model with this number. Raises FileNotFoundError for one that is not shipped."""
    raw = json.loads((files(__package__) / f"model_{number_of_model}.json").read_text("utf-8"))
    groups = [
        Group(entry["name"], entry["count"], _points(entry))
        for entry in raw["group"].get("groups", [])
        if "count" in entry
    ]
    return Model(raw["id"], _points(raw["group"]), groups[0] if groups else None)


def decode(of: Model, words: Sequence[int], reach: int | None = None) -> Mapping[str, Value]:
    """Every point in ``words`` (from the model's ID on) by its name, those of a group as ``group.0.name`` and so on.

    ``reach`` is how many registers suffice (all of the model's own by default); what stands beyond the words is
    ``None``. Raises ValueError when there are too few. A value whose scale factor is missing or absurd is ``None``:
    without it the number means nothing.
    """
    needed = of.length + 2 if reach is None else reach
    if len(words) < needed:
        raise ValueError(f"model {of.id} takes {needed} registers, got {len(words)}")
    raw = {point.name: _raw(point, words) for point in of.points}
    found = {point.name: _scaled(point, raw[point.name], raw) for point in of.points}
    if of.group is not None:
        count = raw[of.group.count]
        there = (len(words) - of.length - 2) // of.group.size
        for index in range(min(count, there) if isinstance(count, int) else 0):
            part = words[of.length + 2 + index * of.group.size :][: of.group.size]
            for point in of.group.points:
                found[of.group.named(index, point)] = _scaled(point, _raw(point, part), raw)
    return found


def encode(of: Model, values: Mapping[str, Any]) -> tuple[int, ...]:
    """The registers of the model for ``values`` in real units; scale factors are taken from ``values`` too.

    Points that are not named are marked as not implemented. Raises OverflowError where a value does not fit.
    """
    named = [(point, point.name) for point in of.points]
    length = of.length
    if of.group is not None:
        count = values.get(of.group.count, 0)
        named += [(point, of.group.named(index, point)) for index in range(count) for point in of.group.points]
        length += count * of.group.size
    known = {"ID": of.id, "L": length, **values}
    return tuple(word for point, name in named for word in _words(point, known.get(name), known))


def _points(raw: Mapping[str, Any]) -> tuple[ModelPoint, ...]:
    points: list[ModelPoint] = []
    for entry in raw["points"]:
        offset = points[-1].end if points else 0
        points.append(
            ModelPoint(entry["name"], entry["type"], offset, entry["size"], entry.get("sf"), entry.get("units"))
        )
    return tuple(points)


def _words(point: ModelPoint, value: Any, known: Mapping[str, Any]) -> tuple[int, ...]:
    if point.kind == "pad":
        return words_of(0x8000, "u16")
    if point.kind == "string":
        return words_of_text(value or "", point.size)
    kind, absent = _NUMBERS[point.kind]
    factor = known.get(point.factor) if point.factor else 0
    if value is None or factor is None:
        return words_of(absent, kind)
    scaled = value * 10.0 ** -int(factor)
    return words_of(scaled if kind[0] == "f" else round(scaled), kind)


def _raw(point: ModelPoint, words: Sequence[int]) -> Value:
    part = words[point.offset : point.end]
    if len(part) < point.size:
        return None
    if point.kind == "string":
        return text(part) or None
    if point.kind not in _NUMBERS:
        return None
    kind, absent = _NUMBERS[point.kind]
    value = number(part, kind)
    return None if value == absent or math.isnan(value) else value


def _scaled(point: ModelPoint, value: Value, raw: Mapping[str, Value]) -> Value:
    if point.factor is None or not isinstance(value, int | float):
        return value
    factor = raw.get(point.factor)
    if not isinstance(factor, int) or abs(factor) > _FACTOR_LIMIT:
        return None
    scale: int = 10 ** abs(factor)
    return value * scale if factor >= 0 else value / scale
