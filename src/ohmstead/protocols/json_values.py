"""Numbers in JSON as electrical values: documents in, :class:`MeterValues` out, by a table of points.

A point says where in which document a quantity stands, and in which unit. ``null`` is a value that the device does
not have now. A path that leads nowhere, text, NaN or what cannot be true makes the whole look bad and is explained:
where, what came, what is allowed.
"""

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from ohmstead.core.model.quantities import Quality
from ohmstead.core.model.readings import PhaseReading
from ohmstead.core.model.reasons import Reason
from ohmstead.protocols.meters.codec import LIMITS, MeterValues

Step = str | int
Path = tuple[Step, ...]

_UNITS: Mapping[str, Mapping[str, Fraction]] = {
    "W": {"W": Fraction(1), "kW": Fraction(1000), "MW": Fraction(1_000_000), "mW": Fraction(1, 1000)},
    "var": {"var": Fraction(1), "kvar": Fraction(1000)},
    "V": {"V": Fraction(1), "mV": Fraction(1, 1000), "kV": Fraction(1000)},
    "A": {"A": Fraction(1), "mA": Fraction(1, 1000)},
    "Hz": {"Hz": Fraction(1), "mHz": Fraction(1, 1000)},
    "1": {"1": Fraction(1), "%": Fraction(1, 100)},
    "J": {
        "J": Fraction(1),
        "kJ": Fraction(1000),
        "MJ": Fraction(1_000_000),
        "Wh": Fraction(3600),
        "kWh": Fraction(3_600_000),
        "MWh": Fraction(3_600_000_000),
    },
}
"""Units that may be named where the house has the one on the left."""

_OF_DEVICE: Mapping[str, str] = {
    "power_w": "W",
    "reactive_power_var": "var",
    "power_factor": "1",
    "frequency_hz": "Hz",
    "energy_import_j": "J",
    "energy_export_j": "J",
}
_OF_PHASE: Mapping[str, str] = {
    "voltage_v": "V",
    "current_a": "A",
    "power_w": "W",
    "reactive_power_var": "var",
    "power_factor": "1",
}
PHASE_QUANTITIES = tuple(_OF_PHASE)
LIVE = frozenset({"power_w", "current_a"})
"""What control looks at, and what must be as young as its reading says; the others count, or wander slowly."""

_SIZE, _SHOWN = 256 * 1024, 40
_STEP = re.compile(r'\.?([^\s.\[\]"]+)|\[(\d{1,6})\]|\.?\["([^"]+)"\]')


@dataclass(frozen=True, slots=True)
class JsonPoint:
    """Where one value stands. Several points for one quantity of the whole device are added up."""

    quantity: str
    terminal: int | None
    """Counted from 0; ``None`` for the whole device."""
    source: str
    """The document: a topic, or the name of an answer."""
    path: Path
    factor: Fraction = Fraction(1)
    needed: bool = True
    """Whether it is wrong that the path leads nowhere."""
    label: str = ""
    """What people call it, where that is not its quantity."""


class NotJson(ValueError):
    """A text that holds no document; says what came."""


def units(quantity: str, of_phase: bool) -> Mapping[str, Fraction]:
    """The units ``quantity`` may be given in and their factors, the usual first. Raises KeyError for an unknown one."""
    return _UNITS[(_OF_PHASE if of_phase else _OF_DEVICE)[quantity]]


def quantities() -> tuple[str, ...]:
    """Every quantity as settings write it."""
    return (*_OF_DEVICE, *(f"{name}.{phase}" for name in _OF_PHASE for phase in ("L1", "L2", "L3")))


def parse_path(text: str) -> Path:
    """The steps of ``emeters[0].power`` or ``data["a.b"]``; none for an empty text. Raises ValueError."""
    steps: list[Step] = []
    position = 0
    while position < len(text):
        found = _STEP.match(text, position)
        if found is None or (position == 0 and text[0] == "."):
            raise ValueError(f"{text[position:][:_SHOWN]!r} at character {position + 1}")
        name, index, quoted = found.groups()
        steps.append(int(index) if index is not None else name or quoted)
        position = found.end()
    return tuple(steps)


def parse(data: bytes) -> Any:
    """The document in ``data``. Raises NotJson."""
    if len(data) > _SIZE:
        raise NotJson(f"{len(data)} bytes")
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        text = data[:_SHOWN].decode("utf-8", "replace")
        raise NotJson(f"{text!r}{' …' if len(data) > _SHOWN else ''}") from error


def decode(points: Sequence[JsonPoint], documents: Mapping[str, Any], terminals: int, device: str) -> MeterValues:
    """The values of ``points``; those of documents that are not there are ``None``."""
    found: dict[tuple[int | None, str], float | int | None] = {}
    problem: Reason | None = None
    for point in points:
        value, wrong = _read(point, documents, device)
        problem = problem or wrong
        key = (point.terminal, point.quantity)
        before = found.get(key, 0)
        found[key] = None if value is None or before is None else before + value
    rows = tuple(
        PhaseReading(**{name: found.get((terminal, name)) for name in PHASE_QUANTITIES})
        for terminal in range(terminals)
    )
    quality = Quality.BAD if problem else Quality.GOOD
    if problem is None and all(value is None for value in found.values()):
        quality, problem = Quality.MISSING, Reason("source.empty", {"device": device})
    return MeterValues(
        power_w=_total(found, rows),
        reactive_power_var=found.get((None, "reactive_power_var")),
        power_factor=found.get((None, "power_factor")),
        frequency_hz=found.get((None, "frequency_hz")),
        energy_import_j=_whole(found.get((None, "energy_import_j"))),
        energy_export_j=_whole(found.get((None, "energy_export_j"))),
        terminals=rows,
        quality=quality,
        problem=problem,
    )


def _total(found: Mapping[tuple[int | None, str], float | int | None], rows: Sequence[PhaseReading]) -> float | None:
    """The power of the whole device: as it says, or that of its phases, when all that it measures are known."""
    if (None, "power_w") in found:
        return found[None, "power_w"]
    powers = [found[terminal, "power_w"] for terminal in range(len(rows)) if (terminal, "power_w") in found]
    known = [power for power in powers if power is not None]
    return sum(known) if known and len(known) == len(rows) else None


def _whole(joules: float | int | None) -> int | None:
    return None if joules is None else round(joules)


def _read(point: JsonPoint, documents: Mapping[str, Any], device: str) -> tuple[float | int | None, Reason | None]:
    if point.source not in documents:
        return None, None
    here = documents[point.source]
    for depth, step in enumerate(point.path):
        if isinstance(here, dict) and str(step) in here:
            here = here[str(step)]
        elif isinstance(here, list) and isinstance(step, int) and step < len(here):
            here = here[step]
        elif here is None or not point.needed:
            return None, None
        else:
            came = written(point.path[:depth]) or "the document"
            params = {**_named(point, device), "path": written(point.path), "came": f"{came} = {_shown(here)}"}
            return None, Reason("source.no_path", params)
    if here is None:
        return None, None
    number = _number(here)
    if number is None:
        return None, Reason("source.no_number", {**_named(point, device), "came": _shown(here)})
    low, high, allowed = LIMITS[point.quantity.removesuffix("_j") if "energy" in point.quantity else point.quantity]
    if not low <= number * float(point.factor) <= high:
        return None, Reason("source.implausible", {**_named(point, device), "came": _shown(here), "allowed": allowed})
    if point.quantity.startswith("energy"):
        return round(Fraction(str(number)) * point.factor), None
    return number * point.factor.numerator / point.factor.denominator, None


def _number(value: Any) -> float | None:
    """A number, also one that stands in quotes; never NaN."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    if isinstance(value, str) and len(value) > _SHOWN:
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _named(point: JsonPoint, device: str) -> dict[str, str | int | float]:
    return {"device": device, "quantity": point.label or point.quantity, "where": point.source or written(point.path)}


def written(path: Path) -> str:
    """``path`` as settings write it."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        elif re.fullmatch(r'[^\s.\[\]"]+', step):
            text += f".{step}" if text else step
        else:
            text += f'["{step}"]'
    return text


def _shown(value: Any) -> str:
    """As much of what came as tells a person what it is."""
    if isinstance(value, dict):
        names = ", ".join(str(name)[:_SHOWN] for name in list(value)[:6])
        return f"an object with {names}{' …' if len(value) > 6 else ''}"[:200]
    if isinstance(value, list):
        return f"a list of {len(value)}"
    text = repr(value) if isinstance(value, str) else json.dumps(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
