"""A ``site.toml`` becomes Settings, or a list of mistakes that a person can mend.

Goes in: the path of a TOML file. Comes out: :class:`~ohmstead.core.model.settings.Settings`, whole or not at
all. Every mistake names the file and the key, what came, what is allowed, and a suggestion where one is near.
"""

import tomllib
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from ohmstead.core.model.errors import ConfigurationError, Mistake
from ohmstead.core.model.serving import ServeSettings
from ohmstead.core.model.settings import (
    BoardSettings,
    ChargerSettings,
    Conflicting,
    DeviceSettings,
    Settings,
    SiteSettings,
    conflicts,
    unservable,
)
from ohmstead.core.model.sources import ChannelSettings, OfflineSettings, without_secrets

ModelT = TypeVar("ModelT", bound=BaseModel)

_MODELS: tuple[tuple[tuple[str, ...], type[BaseModel]], ...] = (
    ((), Settings),
    (("site",), SiteSettings),
    (("devices", "*"), DeviceSettings),
    (("devices", "*", "channels", "*"), ChannelSettings),
    (("devices", "*", "offline"), OfflineSettings),
    (("chargers", "*"), ChargerSettings),
    (("chargers", "*", "board"), BoardSettings),
    (("serve", "*"), ServeSettings),
)
"""Which model stands at which place of the file; ``*`` is a name the installer chose."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What of some settings is well by itself: all of them, or what mistakes elsewhere leave."""

    site: SiteSettings | None
    devices: Mapping[str, DeviceSettings]
    chargers: Mapping[str, ChargerSettings]
    serve: tuple[ServeSettings | None, ...] = ()
    """In their order; ``None`` for one that is not well."""


Examiner = Callable[[Parts], Iterable[Mistake]]
"""Finds mistakes that only show when the parts are put to use."""


def load(path: Path, examine: Examiner = lambda parts: ()) -> Settings:
    """The settings in the file at ``path``. Raises ConfigurationError with every mistake found."""
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError as error:
        raise _mistake(
            str(path), "no such file", "a readable TOML file", "docs/configuration.md begins with an example."
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise _mistake(str(path), str(error), "a readable TOML file in UTF-8") from error
    return parse(text, str(path), examine)


def parse(text: str, where: str, examine: Examiner = lambda parts: ()) -> Settings:
    """The settings in ``text``; ``where`` names its source in mistakes. Raises ConfigurationError."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _mistake(where, str(error), "TOML 1.0", "Texts stand in quotes; a section begins with [name].") from error
    return validate(raw, where, examine)


def validate(raw: Mapping[str, Any], where: str, examine: Examiner = lambda parts: ()) -> Settings:
    """``raw`` as Settings. Raises ConfigurationError that lists every mistake, each once.

    One mistake hides no other: what is well by itself is compared with the rest and examined all the same.
    """
    mistakes: list[Mistake] = []
    try:
        settings = Settings.model_validate(raw)
        parts = Parts(settings.site, settings.devices, settings.chargers, settings.serve)
    except ValidationError as error:
        parts = _well(raw)
        mistakes += _worded(error.errors())
        named = {name for section in ("devices", "chargers") for name, _ in _named(raw.get(section))}
        unwell = named - parts.devices.keys() - parts.chargers.keys()
        mistakes += conflicts(parts.site, parts.devices, parts.chargers, unwell)
        mistakes += unservable(parts.serve, parts.devices, parts.chargers)
    mistakes += examine(parts)
    if mistakes:
        placed = (replace(each, where=f"{where}: {each.where}" if each.where else where) for each in mistakes)
        raise ConfigurationError(tuple(placed))
    return settings


def _well(raw: Mapping[str, Any]) -> Parts:
    devices = {name: _one(DeviceSettings, part) for name, part in _named(raw.get("devices"))}
    chargers = {name: _one(ChargerSettings, part) for name, part in _named(raw.get("chargers"))}
    return Parts(
        _one(SiteSettings, raw.get("site")),
        {name: device for name, device in devices.items() if device is not None},
        {name: charger for name, charger in chargers.items() if charger is not None},
        tuple(_one(ServeSettings, part) for part in _listed(raw.get("serve"))),
    )


def _named(section: object) -> Iterable[tuple[str, object]]:
    return section.items() if isinstance(section, Mapping) else ()


def _listed(section: object) -> Iterable[object]:
    return section if isinstance(section, list) else ()


def _one(model: type[ModelT], part: object) -> ModelT | None:
    with suppress(ValidationError):
        return model.model_validate(part)
    return None


def _mistake(where: str, came: str, allowed: str, hint: str = "") -> ConfigurationError:
    return ConfigurationError((Mistake(where, came, allowed, hint),))


def _worded(errors: Iterable[Any]) -> Iterable[Mistake]:
    for error in errors:
        place = tuple(str(part) for part in error["loc"] if part != "[key]")
        path = ".".join(place)
        kind, context = error["type"], error.get("ctx", {})
        if kind == "extra_forbidden":
            known = sorted(_known_keys(place[:-1]))
            near = get_close_matches(place[-1], known, n=1)
            hint = f"Did you mean {near[0]}?" if near else ""
            yield Mistake(path, f"unknown key {place[-1]!r}", ", ".join(known), hint)
        elif kind == "missing":
            yield Mistake(path, "nothing", "a value; this key is needed", _example(place))
        elif kind == "value_error":
            if not isinstance(context["error"], Conflicting):
                yield Mistake(path, _shown(error["input"], place), str(context["error"]))
        else:
            yield Mistake(path, _shown(error["input"], place), _allowed(kind, context, error["msg"]), _example(place))


def _known_keys(place: tuple[str, ...]) -> set[str]:
    for pattern, model in _MODELS:
        if len(pattern) == len(place) and all(p in ("*", q) for p, q in zip(pattern, place, strict=True)):
            return {field.alias or name for name, field in model.model_fields.items()}
    return set()


_SECRETS = frozenset({"password", "token", "headers", "username"})
"""Keys whose values nobody reads here, right or wrong."""


def _shown(value: object, place: tuple[str, ...]) -> str:
    if isinstance(value, BaseModel | Mapping):
        return "this section"
    kind = {bool: "true/false", str: "text", int: "number", float: "number"}.get(type(value), type(value).__name__)
    if not _SECRETS.isdisjoint(place[2:]):
        return f"a {kind} that is not shown"
    return f"{without_secrets(repr(value))} ({kind})"


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
    "contract_power_w": "Watt, not kW: contract_power_w = 10000",
    "max_current_a": "Ampere per phase, without unit: max_current_a = 16.0",
    "connect": 'For example connect = "tcp://192.168.1.20:502"',
    "timezone": 'For example timezone = "Europe/Rome"',
    "phases": 'A list: phases = ["L1", "L2", "L3"]',
    "channels": 'For example power_w = { topic = "home/meter", path = "power", unit = "kW" }',
}


def _example(place: tuple[str, ...]) -> str:
    return _EXAMPLES.get(next((part for part in reversed(place) if not part.isdigit()), ""), "")
