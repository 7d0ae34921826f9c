"""Our settings, and values that they can hold, as TOML text; JSON's texts, numbers, truths and lists are TOML's too."""

import json
from collections.abc import Iterator, Mapping
from typing import Any


def settings_lines(settings: Mapping[str, Any]) -> Iterator[str]:
    """All of a ``site.toml``; ``settings`` has a key for each section."""
    yield "[site]"
    yield from toml_lines(settings["site"])
    for group in ("gateways", "boxes", "circuits", "devices", "chargers"):
        for name, values in settings.get(group, {}).items():
            yield f"\n[{group}.{toml_key(name)}]"
            yield from toml_lines(values)
    for group in ("cluster", "networks"):
        if group in settings:
            yield f"\n[{group}]"
            yield from toml_lines(settings[group])
    for values in settings.get("serve", ()):
        yield "\n[[serve]]"
        yield from toml_lines(values)


def toml_lines(values: Mapping[str, Any]) -> Iterator[str]:
    """One line per key."""
    return (f"{toml_key(key)} = {_toml(value)}" for key, value in values.items())


def toml_key(name: str) -> str:
    """``name`` as it stands in a heading."""
    bare = name.replace("-", "").replace("_", "")
    return name if bare.isascii() and bare.isalnum() else json.dumps(name)


def _toml(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(toml_lines(value)) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
