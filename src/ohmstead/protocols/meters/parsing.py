"""Reading a meter's table strictly: TOML text in, a checked :class:`MeterTable` out, every mistake named at once."""

import difflib
import itertools
import tomllib
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, cast, get_args

from ohmstead.core.model.errors import ConfigurationError, Mistake
from ohmstead.protocols.meters.table import (
    DEVICE_DETAILS,
    DEVICE_QUANTITIES,
    ENERGIES,
    TERMINAL_DETAILS,
    TERMINAL_QUANTITIES,
    UNITS,
    WITH_UNIT,
    Conflict,
    Decision,
    Identify,
    MeterTable,
    Point,
)
from ohmstead.protocols.registers import READ_LIMIT, REGISTERS, TYPES, NumberType, Order, width

_TABLE_KEYS = (
    "name",
    "source",
    "phases",
    "function",
    "word_order",
    "byte_order",
    "max_gap",
    "max_block",
    "not_available",
    "identify",
    "quantities",
    "terminals",
    "conflicts",
)
_POINT_KEYS = ("register", "type", "unit", "divisor", "not_available")
_CONFLICT_KEYS = ("quantity", "terminal", "instead", "source", "decide")
_IDENTIFY_KEYS = ("register", "expect", "until", "function", "count")
_DECISIONS: tuple[Decision, ...] = get_args(Decision)
_ORDERS = ("big", "little")
_LARGEST = "largest"
_NOTHING = "nothing"


def suggest(came: str, known: Iterable[str]) -> str:
    """A hint with the nearest known word, or nothing."""
    near = difflib.get_close_matches(came, list(known), 1)
    return f"Did you mean {near[0]}?" if near else ""


def parse(text: str, key: str) -> MeterTable:
    """The table in ``text``; ``key`` names it in messages. Raises ConfigurationError with every mistake found."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError((Mistake(key, str(error), "a TOML document"),)) from error
    return _Parser(key).table(raw)


@dataclass(slots=True)
class _Parser:
    key: str
    mistakes: list[Mistake] = field(default_factory=list)

    def table(self, raw: dict[str, Any]) -> MeterTable:
        self._keys(self.key, raw, _TABLE_KEYS, required=("name", "source", "phases", "function", "quantities"))
        phases = self._choice(raw, "phases", (1, 3), 1)
        function = self._choice(raw, "function", (3, 4), 4)
        word_order = self._choice(raw, "word_order", _ORDERS, "big")
        byte_order = self._choice(raw, "byte_order", _ORDERS, "big")
        largest = self._choice(raw, "not_available", (_LARGEST, ""), "") == _LARGEST
        max_gap = self._whole(self.key, raw, "max_gap", 0, READ_LIMIT, 0)
        max_block = self._whole(self.key, raw, "max_block", 4, READ_LIMIT, READ_LIMIT)
        name, source = self._text(raw, "name"), self._text(raw, "source")
        identify = self._identify(raw.get("identify"), function)
        points = self._points(raw, phases, largest)
        self._overlaps(points)
        conflicts = self._conflicts(raw, points, largest)
        if self.mistakes:
            raise ConfigurationError(tuple(self.mistakes))
        return MeterTable(
            key=self.key,
            name=name,
            source=source,
            phases=phases,
            function=function,
            points=tuple(point for point in points if point.detail is None),
            details=tuple(point for point in points if point.detail is not None),
            word_order=cast(Order, word_order),
            byte_order=cast(Order, byte_order),
            max_gap=max_gap,
            max_block=max_block,
            identify=identify,
            conflicts=tuple(conflicts),
        )

    def _points(self, raw: dict[str, Any], phases: int, largest: bool) -> list[Point]:
        own = (*DEVICE_QUANTITIES, *(q for q in TERMINAL_QUANTITIES if phases == 1 and q not in DEVICE_QUANTITIES))
        own = (*own, *DEVICE_DETAILS)
        points = self._group("quantities", raw.get("quantities"), own, None, largest)
        terminals = raw.get("terminals", {})
        where = f"{self.key}: terminals"
        if not isinstance(terminals, dict):
            self._wrong(where, terminals, "tables [terminals.1] to [terminals.3]")
            return points
        if terminals and phases == 1:
            self._wrong(where, "a table", "none with phases = 1", "Its values belong under [quantities].")
        self._keys(where, terminals, ("1", "2", "3"))
        for number in ("1", "2", "3"):
            if number in terminals:
                points += self._group(
                    f"terminals.{number}",
                    terminals[number],
                    (*TERMINAL_QUANTITIES, *TERMINAL_DETAILS),
                    int(number) - 1,
                    largest,
                )
        return points

    def _group(self, path: str, raw: Any, allowed: Collection[str], terminal: int | None, largest: bool) -> list[Point]:
        where = f"{self.key}: {path}"
        if not isinstance(raw, dict) or not raw:
            self._wrong(where, raw, "a table of quantities")
            return []
        self._keys(where, raw, allowed)
        points = []
        for quantity in (name for name in raw if name in allowed):
            alone = quantity in ("voltage_v", "current_a") and terminal is None
            point = self._point(f"{where}.{quantity}", raw[quantity], quantity, 0 if alone else terminal, largest)
            if point is not None:
                points.append(point)
        return points

    def _point(self, where: str, raw: Any, quantity: str, terminal: int | None, largest: bool) -> Point | None:
        if not isinstance(raw, dict):
            self._wrong(where, raw, 'a table such as { register = 0, type = "f32" }')
            return None
        before = len(self.mistakes)
        units = UNITS[quantity]
        needed = ("register", "type", "unit") if quantity in WITH_UNIT else ("register", "type")
        self._keys(where, raw, _POINT_KEYS, required=needed)
        kind = raw.get("type")
        if "type" in raw and kind not in TYPES:
            self._wrong(f"{where}.type", kind, ", ".join(TYPES), suggest(str(kind), TYPES))
        unit = raw.get("unit", next(iter(units)))
        if unit not in units:
            self._wrong(f"{where}.unit", unit, ", ".join(units), suggest(str(unit), units))
        divisor = self._whole(where, raw, "divisor", 1, 1_000_000_000, 1)
        last = REGISTERS - (width(cast(NumberType, kind)) if kind in TYPES else 1)
        register = self._whole(where, raw, "register", 0, last, 0)
        absent = raw.get("not_available", [])
        if not isinstance(absent, list) or not all(type(value) is int for value in absent):
            self._wrong(f"{where}.not_available", absent, "a list of whole numbers")
        if len(self.mistakes) > before:
            return None
        number_type = cast(NumberType, kind)
        if largest and number_type[0] != "f":
            absent = [*absent, _largest(number_type)]
        return Point(quantity, terminal, register, number_type, units[unit] / Fraction(divisor), frozenset(absent))

    def _overlaps(self, points: list[Point]) -> None:
        ordered = sorted(points, key=lambda p: p.register)
        for before, after in itertools.pairwise(ordered):
            if after.register < before.end:
                self._wrong(
                    f"{self.key}: {after.quantity}",
                    f"register {after.register}",
                    f"registers from {before.end} on, as {before.quantity} takes {before.register} to {before.end - 1}",
                )

    def _conflicts(self, raw: dict[str, Any], points: Collection[Point], largest: bool) -> list[Conflict]:
        entries = raw.get("conflicts", [])
        if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
            self._wrong(f"{self.key}: conflicts", entries, "tables [[conflicts]]")
            return []
        found = (
            self._conflict(f"{self.key}: conflicts.{i + 1}", e, raw, points, largest) for i, e in enumerate(entries)
        )
        return [conflict for conflict in found if conflict is not None]

    def _conflict(
        self, where: str, entry: dict[str, Any], raw: dict[str, Any], points: Collection[Point], largest: bool
    ) -> Conflict | None:
        before = len(self.mistakes)
        self._keys(where, entry, _CONFLICT_KEYS, required=("quantity", "instead", "source", "decide"))
        source = self._text(entry, "source")
        decide = self._choice(entry, "decide", _DECISIONS, "source")
        quantity, terminal = entry.get("quantity"), entry.get("terminal")
        wanted = terminal - 1 if isinstance(terminal, int) else None
        own = [p for p in points if p.quantity == quantity and (p.terminal == wanted or raw.get("phases") == 1)]
        if not own:
            self._wrong(f"{where}.quantity", quantity, "a quantity of this table, with its terminal if it has one")
            return None
        table = raw["quantities"] if terminal is None else raw["terminals"][str(terminal)]
        instead = entry.get("instead")
        merged = {**table[quantity], **instead} if isinstance(instead, dict) else instead
        other = self._point(f"{where}.instead", merged, str(quantity), own[0].terminal, largest)
        if other == own[0]:
            self._wrong(f"{where}.instead", repr(instead), "something that differs from the table")
        if own[0].detail is not None and decide != "source":
            self._wrong(f"{where}.decide", decide, "source: what is read at a slower turn is not judged")
        if decide == "counters" and quantity not in ENERGIES:
            self._wrong(f"{where}.decide", "counters", "this decision only for energy_import and energy_export")
        if other is not None and decide == "grid":
            self._off_grid(where, other, points)
        if len(self.mistakes) > before or other is None:
            return None
        return Conflict(own[0], other, source, cast(Decision, decide))

    def _off_grid(self, where: str, other: Point, points: Collection[Point]) -> None:
        """What the table claims is checked: its own registers lie on one grid, that of the other source does not."""
        step = width(other.type)
        own = {p.register % step for p in points if width(p.type) == step}
        if len(own) != 1 or other.register % step in own:
            self._wrong(f"{where}.decide", "grid", "another decision: these registers do not lie on different grids")

    def _identify(self, raw: Any, function: int) -> Identify | None:
        if raw is None:
            return None
        where = f"{self.key}: identify"
        if not isinstance(raw, dict):
            self._wrong(where, raw, "{ register = 0, expect = [0] }")
            return None
        self._keys(where, raw, _IDENTIFY_KEYS, required=("register", "expect"))
        register = self._whole(where, raw, "register", 0, REGISTERS - 1, 0)
        count = self._whole(where, raw, "count", 0, READ_LIMIT, 0)
        function = self._choice(raw, "function", (3, 4), function)
        expect, until = self._code(where, raw, "expect"), self._code(where, raw, "until")
        if until and (len(until) != len(expect) or any(a > b for a, b in zip(expect, until, strict=False))):
            self._wrong(f"{where}.until", list(until), "as many words as expect has, none of them smaller")
        return Identify(register, expect, function, until, count)

    def _code(self, where: str, raw: dict[str, Any], key: str) -> tuple[int, ...]:
        words = raw.get(key, [])
        if not isinstance(words, list) or not all(type(w) is int and 0 <= w < REGISTERS for w in words):
            self._wrong(f"{where}.{key}", words, "a list of words from 0 to 65535")
            return ()
        if key in raw and not words:
            self._wrong(f"{where}.{key}", words, "a list of words from 0 to 65535")
        return tuple(words)

    def _keys(self, where: str, raw: dict[str, Any], known: Collection[str], required: Collection[str] = ()) -> None:
        for key in raw:
            if key not in known:
                self._wrong(f"{where}.{key}", "an unknown key", ", ".join(known), suggest(key, known))
        for key in required:
            if key not in raw:
                self._wrong(f"{where}.{key}", _NOTHING, "this key is needed")

    def _whole(self, where: str, raw: dict[str, Any], key: str, low: int, high: int, default: int) -> int:
        value = raw.get(key, default)
        if type(value) is int and low <= value <= high:
            return value
        self._wrong(f"{where}.{key}", value, f"a whole number from {low} to {high}")
        return default

    def _choice(self, raw: dict[str, Any], key: str, allowed: Collection[Any], default: Any) -> Any:
        value = raw.get(key, default)
        if value in allowed and type(value) is not bool:
            return value
        words = [str(word) for word in allowed if word != ""]
        self._wrong(f"{self.key}: {key}", value, ", ".join(words), suggest(str(value), words))
        return default

    def _text(self, raw: dict[str, Any], key: str) -> str:
        value = raw.get(key, "")
        if isinstance(value, str) and (value.strip() or key not in raw):
            return value
        self._wrong(f"{self.key}: {key}", value, "a text")
        return ""

    def _wrong(self, where: str, came: Any, allowed: str, hint: str = "") -> None:
        shown = came if isinstance(came, str) and (" " in came or came == _NOTHING) else repr(came)
        self.mistakes.append(Mistake(where, shown, allowed, hint))


def _largest(kind: NumberType) -> int:
    bits = 16 * width(kind)
    return (1 << bits) - 1 if kind[0] == "u" else (1 << (bits - 1)) - 1
