"""What a person wrote and pydantic refused, in words: errors of validation in, :class:`Mistake` out.

Each says where, what came, what is allowed, and a hint where one is near. Which keys stand at a place, and what a
good value looks like, is told by the file's own reader.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel

from ohmstead.core.model.errors import Mistake


def worded(
    errors: Iterable[Any],
    known_keys: Callable[[tuple[str, ...]], Collection[str]],
    examples: Mapping[str, str],
    quiet: tuple[type[ValueError], ...] = (),
    show: "Callable[[object, tuple[str, ...]], str] | None" = None,
) -> Iterable[Mistake]:
    """``errors`` of a ValidationError as mistakes.

    ``known_keys`` tells the keys of the section at a place, ``examples`` shows a good value by its key. Errors that
    were raised as one of ``quiet`` are left out: their raiser words them itself; so is a list that lacks only what was
    refused. ``show`` writes a refused value where some are secret.
    """
    show = show or shown
    errors = tuple(errors)
    for error in errors:
        if error["type"] == "too_short" and _within(error["loc"], errors):
            continue
        place = tuple(str(part) for part in error["loc"] if part != "[key]")
        path = ".".join(place)
        kind, context = error["type"], error.get("ctx", {})
        if kind == "extra_forbidden":
            known = sorted(known_keys(place[:-1]))
            near = get_close_matches(place[-1], known, n=1)
            hint = f"Did you mean {near[0]}?" if near else ""
            yield Mistake(path, f"unknown key {place[-1]!r}", ", ".join(known), hint)
        elif kind == "missing":
            yield Mistake(path, "nothing", "a value; this key is needed", _example(place, examples))
        elif kind == "value_error":
            if not isinstance(context["error"], quiet):
                yield Mistake(path, show(error["input"], place), str(context["error"]))
        else:
            came = show(error["input"], place)
            yield Mistake(path, came, _allowed(kind, context, error["msg"]), _example(place, examples))


def unreadable(error: Exception) -> str:
    """What was found where a file should be read."""
    match error:
        case UnicodeDecodeError():
            return f"bytes that are no UTF-8, from byte {error.start + 1} on"
        case FileNotFoundError():
            return "no such file"
        case IsADirectoryError():
            return "a folder"
        case OSError(strerror=str(words)):
            return words.lower()
    return str(error)


def _within(place: tuple[Any, ...], errors: Iterable[Any]) -> bool:
    return any(len(each["loc"]) > len(place) and each["loc"][: len(place)] == place for each in errors)


def shown(value: object, place: tuple[str, ...]) -> str:
    """A refused value with its kind, wherever it stands."""
    del place
    return "this section" if isinstance(value, BaseModel | Mapping) else f"{value!r} ({kind_of(value)})"


def kind_of(value: object) -> str:
    """What a person calls the type of ``value``."""
    return {bool: "true/false", str: "text", int: "number", float: "number"}.get(type(value), type(value).__name__)


_BOUNDS = {
    "greater_than": ("gt", ">"),
    "greater_than_equal": ("ge", ">="),
    "less_than": ("lt", "<"),
    "less_than_equal": ("le", "<="),
}
_KINDS = {
    "float": "a number, such as 25.0",
    "int": "a whole number",
    "bool": "true or false",
    "string": "text in quotes",
}


def _allowed(kind: str, context: Mapping[str, Any], message: str) -> str:
    if kind in _BOUNDS:
        key, sign = _BOUNDS[kind]
        return f"a number {sign} {context[key]}"
    if kind == "too_short":
        return f"at least {context['min_length']}"
    if kind in ("literal_error", "enum"):
        return str(context["expected"])
    if kind == "union_tag_invalid":
        return str(context["expected_tags"])
    family = kind.split("_", 1)[0]
    if kind.endswith(("_parsing", "_type")) and family in _KINDS:
        return _KINDS[family]
    return message[0].lower() + message[1:]


def _example(place: tuple[str, ...], examples: Mapping[str, str]) -> str:
    return examples.get(next((part for part in reversed(place) if not part.isdigit()), ""), "")
