"""SunSpec models: registers to points by the official model files, scale factors applied, and back for servers.

Integers carry their power of ten in a register of their own (``sunssf``), which a device may change at any time;
it is therefore taken from the same registers as the value. Each type has a pattern for "not implemented", which
becomes ``None`` (SunSpec Device Information Model specification, section 4).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from ohmstead.protocols.registers import NumberType, number, text, words_of, words_of_text

Value = float | int | str | None

_NUMBERS: Mapping[str, tuple[NumberType, int]] = {
    "uint16": ("u16", 0xFFFF),
    "int16": ("s16", -0x8000),
    "sunssf": ("s16", -0x8000),
    "enum16": ("u16", 0xFFFF),
    "acc32": ("u32", 0),
    "bitfield32": ("u32", 0xFFFF_FFFF),
}
_FACTOR_LIMIT = 10


@dataclass(frozen=True, slots=True)
class ModelPoint:
    """One point of a model. ``offset`` counts registers from the model's ID."""

    name: str
    kind: str
    offset: int
    size: int
    factor: str | None


@dataclass(frozen=True, slots=True)
class Model:
    """One information model, ID and length included in its points."""

    id: int
    points: tuple[ModelPoint, ...]

    @property
    def length(self) -> int:
        """Registers after ID and length."""
        return sum(point.size for point in self.points) - 2


@cache
def model(number_of_model: int) -> Model:
    """The model with this number. Raises FileNotFoundError for one that is not shipped."""
    raw = json.loads((files(__package__) / f"model_{number_of_model}.json").read_text("utf-8"))
    points: list[ModelPoint] = []
    offset = 0
    for entry in raw["group"]["points"]:
        points.append(ModelPoint(entry["name"], entry["type"], offset, entry["size"], entry.get("sf")))
        offset += entry["size"]
    return Model(raw["id"], tuple(points))


def decode(of: Model, words: Sequence[int]) -> Mapping[str, Value]:
    """Every point in ``words`` (from the model's ID on) by its name. Raises ValueError when there are too few.

    A value whose scale factor is missing or absurd is ``None``: without it the number means nothing.
    """
    if len(words) < of.length + 2:
        raise ValueError(f"model {of.id} takes {of.length + 2} registers, got {len(words)}")
    raw = {point.name: _raw(point, words) for point in of.points}
    return {point.name: _scaled(point, raw) for point in of.points}


def encode(of: Model, values: Mapping[str, Any]) -> tuple[int, ...]:
    """The registers of the model for ``values`` in real units; scale factors are taken from ``values`` too.

    Points that are not named are marked as not implemented. Raises OverflowError where a value does not fit.
    """
    known = {"ID": of.id, "L": of.length, **values}
    words: list[int] = []
    for point in of.points:
        value = known.get(point.name)
        if point.kind == "pad":
            words += words_of(0x8000, "u16")
        elif point.kind == "string":
            words += words_of_text(value or "", point.size)
        else:
            kind, absent = _NUMBERS[point.kind]
            factor = known.get(point.factor) if point.factor else 0
            scaled = absent if value is None or factor is None else round(value * 10.0 ** -int(factor))
            words += words_of(scaled, kind)
    return tuple(words)


def _raw(point: ModelPoint, words: Sequence[int]) -> Value:
    part = words[point.offset : point.offset + point.size]
    if point.kind == "string":
        return text(part) or None
    if point.kind not in _NUMBERS:
        return None
    kind, absent = _NUMBERS[point.kind]
    value = number(part, kind)
    return None if value == absent else value


def _scaled(point: ModelPoint, raw: Mapping[str, Value]) -> Value:
    value = raw[point.name]
    if point.factor is None or not isinstance(value, int | float):
        return value
    factor = raw.get(point.factor)
    if not isinstance(factor, int) or abs(factor) > _FACTOR_LIMIT:
        return None
    scale: int = 10 ** abs(factor)
    return value * scale if factor >= 0 else value / scale
