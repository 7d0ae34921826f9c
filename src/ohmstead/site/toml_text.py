"""Values that our settings can hold as TOML text; JSON's texts, numbers, truths and lists are TOML's too."""

import json
from collections.abc import Iterator, Mapping
from typing import Any


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
