"""Every sentence a person reads: one flat JSON per language, shared with the app.

A text holds ``{name}`` placeholders. A number is worded by the unit that ends its parameter's name, the same
way here and in the app: ``available_a=10.0`` becomes ``10.0 A``, ``limit_w=9000`` becomes ``9.00 kW``, in Italian
``9,00 kW``.
"""

import json
import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from ohmstead.core.model.reasons import Param, Reason

LANGUAGES: tuple[str, ...] = ("en", "it")

_DECIMAL: Mapping[str, str] = {"en": ".", "it": ","}
_UNITS: Mapping[str, tuple[int, str]] = {
    "a": (1, "A"),
    "v": (1, "V"),
    "s": (0, "s"),
    "ms": (0, "ms"),
    "hz": (2, "Hz"),
    "percent": (0, "%"),
    "c": (0, "°C"),
    "kwh": (1, "kWh"),
}
"""Digits and symbol by the end of a parameter's name."""
_PLACEHOLDER = re.compile(r"\{(\w+)\}")


@cache
def load(language: str) -> Mapping[str, str]:
    """All texts of ``language`` by key. Raises KeyError for a language that is not in LANGUAGES."""
    if language not in LANGUAGES:
        raise KeyError(language)
    texts: Mapping[str, str] = json.loads((files(__name__) / f"{language}.json").read_text("utf-8"))
    return texts


def word(reason: Reason, language: str = "en") -> str:
    """``reason`` as a sentence. Raises KeyError when the language has no such text or a parameter is missing."""
    return _PLACEHOLDER.sub(lambda m: _worded(m[1], reason.params[m[1]], language), load(language)[reason.key])


def _worded(name: str, value: Param, language: str) -> str:
    if isinstance(value, str):
        return value
    text = _measured(name, value)
    return f"{value}" if text is None else text.replace(".", _DECIMAL[language])


def _measured(name: str, value: float) -> str | None:
    """A number with its unit; ``None`` where the name tells none."""
    if name.endswith("_w"):
        return f"{value / 1000:.2f} kW" if abs(value) >= 1000 else f"{value:.0f} W"
    unit = name.rsplit("_", 1)[-1]
    digits, symbol = _UNITS.get(unit, (0, ""))
    return f"{value:.{digits}f} {symbol}" if symbol else None
