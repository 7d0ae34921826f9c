"""What is wrong with a request, for whoever wrote it: where, what came, what is allowed, and what to do.

In: the errors of the framework's validation, or the keys of a query. Out: shapes for the answer 422.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from ohmstead.web.views.site import MistakeView

_Words = Callable[[Mapping[str, Any]], tuple[str, str]]
"""From the context of an error: what is allowed, and what to do."""

_TIME = "A time with its zone, such as 2026-06-21T00:00:00+02:00; in an address + is written %2B."
_WORDS: Mapping[str, _Words] = {
    "bool_type": lambda c: ("true or false", "Without quotes."),
    "int_parsing": lambda c: ("a whole number", "Such as 50."),
    "float_type": lambda c: ("a number", "Without quotes and unit, such as 10.0."),
    "float_parsing": lambda c: ("a number", "Without quotes and unit, such as 10.0."),
    "finite_number": lambda c: ("a number that is not infinite", "Such as 10.0."),
    "string_type": lambda c: ("text", "In quotes."),
    "greater_than_equal": lambda c: (f"a number of at least {c['ge']}", ""),
    "less_than_equal": lambda c: (f"a number of at most {c['le']}", ""),
    "string_too_short": lambda c: (f"at least {c['min_length']} characters", ""),
    "string_too_long": lambda c: (f"at most {c['max_length']} characters", ""),
    "too_short": lambda c: (f"at least {c['min_length']}", ""),
    "too_long": lambda c: (f"at most {c['max_length']}", "Ask for the rest in a second request."),
    "enum": lambda c: (str(c["expected"]), ""),
    "literal_error": lambda c: (str(c["expected"]), ""),
    "union_tag_invalid": lambda c: (f"{c['discriminator']}: {c['expected_tags']}", ""),
    "union_tag_not_found": lambda c: (f"an object with {c['discriminator']}", "The schema has an example of each."),
    "model_attributes_type": lambda c: ("a JSON object", "The schema has an example."),
    "model_type": lambda c: ("a JSON object", "The schema has an example."),
    "timezone_aware": lambda c: ("a time with its zone", _TIME),
}


def worded(item: Mapping[str, Any]) -> MistakeView:
    """One error of the validation."""
    place = [str(part) for part in item["loc"]]
    where, kind = ".".join(place), str(item["type"])
    if kind == "missing":
        hint = f"Add {place[-1]}." if len(place) > 1 else "Send a JSON object."
        return MistakeView(where=where, came="nothing", allowed="a value", hint=hint)
    if kind == "json_invalid":
        hint = "Check quotes, commas and braces."
        return MistakeView(where="body", came="text that is not JSON", allowed="a JSON object", hint=hint)
    if kind == "extra_forbidden":
        hint = f"Leave {place[-1]} out."
        return MistakeView(where=where, came="an unknown key", allowed="only the keys of the schema", hint=hint)
    if kind.startswith("datetime_"):
        allowed, hint = "a time in ISO 8601", _TIME
    elif kind in _WORDS:
        allowed, hint = _WORDS[kind](item.get("ctx", {}))
    else:
        allowed, hint = item["msg"], "The schema tells what is allowed here."
    return MistakeView(where=where, came=_came(item["loc"], item["input"]), allowed=allowed, hint=hint)


def unknown_keys(asked: Iterable[str], known: Sequence[str]) -> list[MistakeView]:
    """The keys of a query that its route does not know."""
    allowed = ", ".join(known) or "no key at all"
    found = []
    for key in dict.fromkeys(asked):
        if key not in known:
            near = get_close_matches(key, known, n=1)
            hint = f"Did you mean {near[0]}?" if near else f"Leave {key[:80]!a} out."
            found.append(MistakeView(where=f"query.{key[:80]}", came="an unknown key", allowed=allowed, hint=hint))
    return found[:20]


def _came(loc: Sequence[Any], value: object) -> str:
    """What came, short, and never a password or something that may hold one."""
    if "password" in loc:
        return "something that is not shown"
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, (list, tuple)):
        return f"a list of {len(value)}"
    came = ascii(value)
    return came if len(came) <= 120 else came[:119] + "…"
