"""A ``site.toml`` becomes Settings, or a list of mistakes that a person can mend.

Goes in: the path of a TOML file. Comes out: :class:`~ohmstead.core.model.settings.Settings`, whole or not at
all. Every mistake names the file and the key, what came, what is allowed, and a suggestion where one is near.
"""

import tomllib
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from ohmstead.core.model.errors import ConfigurationError, Mistake
from ohmstead.core.model.settings import BoardSettings, ChargerSettings, DeviceSettings, Settings, SiteSettings

_MODELS: tuple[tuple[tuple[str, ...], type[BaseModel]], ...] = (
    ((), Settings),
    (("site",), SiteSettings),
    (("devices", "*"), DeviceSettings),
    (("chargers", "*"), ChargerSettings),
    (("chargers", "*", "board"), BoardSettings),
)
"""Which model stands at which place of the file; ``*`` is a name the installer chose."""


def load(path: Path) -> Settings:
    """The settings in the file at ``path``. Raises ConfigurationError with every mistake found."""
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError as error:
        raise _mistake(
            str(path), "no such file", "a readable TOML file", "docs/configuration.md begins with an example."
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise _mistake(str(path), str(error), "a readable TOML file in UTF-8") from error
    return parse(text, str(path))


def parse(text: str, where: str) -> Settings:
    """The settings in ``text``; ``where`` names its source in mistakes. Raises ConfigurationError."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _mistake(where, str(error), "TOML 1.0", "Texts stand in quotes; a section begins with [name].") from error
    return validate(raw, where)


def validate(raw: Mapping[str, Any], where: str) -> Settings:
    """``raw`` as Settings. Raises ConfigurationError that lists every mistake, each once."""
    try:
        return Settings.model_validate(raw)
    except ValidationError as error:
        raise ConfigurationError(tuple(_worded(where, raw, error.errors()))) from error


def _mistake(where: str, came: str, allowed: str, hint: str = "") -> ConfigurationError:
    return ConfigurationError((Mistake(where, came, allowed, hint),))


def _worded(where: str, raw: Mapping[str, Any], errors: Iterable[Any]) -> Iterable[Mistake]:
    for error in errors:
        place = tuple(str(part) for part in error["loc"])
        path = f"{where}: {'.'.join(place)}" if place else where
        kind, context = error["type"], error.get("ctx", {})
        if kind == "extra_forbidden":
            known = sorted(_known_keys(place[:-1]))
            near = get_close_matches(place[-1], known, n=1)
            hint = f"Did you mean {near[0]}?" if near else ""
            yield Mistake(path, f"unknown key {place[-1]!r}", ", ".join(known), hint)
        elif kind == "missing":
            yield Mistake(path, "nothing", "a value; this key is needed", _example(place))
        elif kind == "value_error":
            yield Mistake(path, _shown(error["input"]), str(context["error"]))
        else:
            yield Mistake(path, _shown(error["input"]), _allowed(kind, context, error["msg"]), _example(place))


def _known_keys(place: tuple[str, ...]) -> set[str]:
    for pattern, model in _MODELS:
        if len(pattern) == len(place) and all(p in ("*", q) for p, q in zip(pattern, place, strict=True)):
            return set(model.model_fields)
    return set()


def _shown(value: object) -> str:
    if isinstance(value, BaseModel | Mapping):
        return "this section"
    kind = {bool: "true/false", str: "text", int: "number", float: "number"}.get(type(value), type(value).__name__)
    return f"{value!r} ({kind})"


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
    if kind in ("literal_error", "enum"):
        return str(context["expected"])
    family = kind.split("_", 1)[0]
    if kind.endswith(("_parsing", "_type")) and family in _KINDS:
        return _KINDS[family]
    return message[0].lower() + message[1:]


_EXAMPLES = {
    "main_fuse_a": "Ampere, without unit: main_fuse_a = 25.0",
    "contract_power_w": "Watt, without unit: contract_power_w = 10000",
    "max_current_a": "Ampere per phase, without unit: max_current_a = 16.0",
    "connect": 'For example connect = "tcp://192.168.1.20:502"',
    "timezone": 'For example timezone = "Europe/Rome"',
    "phases": 'A list: phases = ["L1", "L2", "L3"]',
}


def _example(place: tuple[str, ...]) -> str:
    return _EXAMPLES.get(next((part for part in reversed(place) if not part.isdigit()), ""), "")
