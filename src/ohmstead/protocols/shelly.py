"""Shelly meters of the second generation and later: the status objects of their components (RPC over HTTP or MQTT).

Sources: shelly-api-docs.shelly.cloud, gen2, components EM, EMData, EM1, EM1Data, PM1 and Switch. Powers in W, import
positive; counters in Wh. The sign of their power factor tells leading from lagging, so only its amount is taken and
it gets the sign of the power, as everywhere in the house.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from math import copysign
from typing import Any

from ohmstead.core.model.quantities import JOULES_PER_WH
from ohmstead.core.model.readings import PhaseReading
from ohmstead.protocols.json_values import JsonPoint, decode
from ohmstead.protocols.meters.codec import MeterValues

_WH = Fraction(JOULES_PER_WH)
_LETTERS = "abc"


@dataclass(frozen=True, slots=True)
class Component:
    """A kind of component that measures: its methods, its terminals and where its values stand."""

    method: str
    data_method: str | None
    """Where its counters are asked for, when they are not in its own status."""
    phases: int
    status: tuple[tuple[str, int | None, str], ...]
    counters: tuple[tuple[str, str], ...]


def _three() -> tuple[tuple[str, int | None, str], ...]:
    names = (("voltage_v", "voltage"), ("current_a", "current"), ("power_w", "act_power"), ("power_factor", "pf"))
    rows = [(own, index, f"{letter}_{name}") for index, letter in enumerate(_LETTERS) for own, name in names]
    return (("power_w", None, "total_act_power"), *rows)


def _single(power: str) -> tuple[tuple[str, int | None, str], ...]:
    rows = (("voltage_v", 0, "voltage"), ("current_a", 0, "current"), ("power_w", 0, power), ("power_factor", 0, "pf"))
    return (("power_w", None, power), *rows)


_OWN_COUNTERS = (("energy_import_j", "aenergy.total"), ("energy_export_j", "ret_aenergy.total"))

COMPONENTS: Mapping[str, Component] = {
    "em": Component(
        "EM.GetStatus",
        "EMData.GetStatus",
        3,
        _three(),
        (("energy_import_j", "total_act"), ("energy_export_j", "total_act_ret")),
    ),
    "em1": Component(
        "EM1.GetStatus",
        "EM1Data.GetStatus",
        1,
        _single("act_power"),
        (("energy_import_j", "total_act_energy"), ("energy_export_j", "total_act_ret_energy")),
    ),
    "pm1": Component("PM1.GetStatus", None, 1, _single("apower"), _OWN_COUNTERS),
    "switch": Component("Switch.GetStatus", None, 1, _single("apower"), _OWN_COUNTERS),
}
"""In the order in which they are looked for."""

_NEEDED = frozenset({"power_w"})
"""Some firmwares leave out frequency, power factor or returned energy; a meter without power is none."""
STATUS, DATA = "status", "data"


def split(component: str) -> tuple[Component, int]:
    """The kind and number of ``em:0``. Raises ValueError."""
    kind, _, number = component.partition(":")
    if kind not in COMPONENTS or not (number.isascii() and number.isdigit()) or len(number) > 3:
        raise ValueError(component)
    return COMPONENTS[kind], int(number)


def data_name(component: str) -> str | None:
    """The component that keeps the counters of ``component``: ``emdata:0`` for ``em:0``."""
    kind, _, number = component.partition(":")
    return f"{kind}data:{number}" if COMPONENTS[kind].data_method else None


def first_of(status: Any) -> str | None:
    """The component that measures, in the answer to ``Shelly.GetStatus``; ``None`` when there is none."""
    names = sorted(status) if isinstance(status, dict) else []
    found = (name for kind in COMPONENTS for name in names if _measures(kind, name, status[name]))
    return next(found, None)


def _measures(kind: str, name: str, status: Any) -> bool:
    power = next(key for own, _, key in COMPONENTS[kind].status if own == "power_w")
    return name.partition(":")[0] == kind and isinstance(status, dict) and power in status


def read(component: str, status: Any, data: Any, device: str) -> MeterValues:
    """The values of ``component``: ``status`` is its own answer, ``data`` that of its counters or ``None``."""
    kind, _ = split(component)
    points = (*_points(kind), *_frequency(kind, status))
    found = decode(points, {STATUS: status} if data is None else {STATUS: status, DATA: data}, kind.phases, device)
    rows = tuple(replace(row, power_factor=_signed(row.power_factor, row.power_w)) for row in found.terminals)
    return replace(found, terminals=rows)


def _frequency(kind: Component, status: Any) -> tuple[JsonPoint, ...]:
    """That of the first phase with a voltage: without one it is 0, or whatever the noise looks like."""
    for quantity, _, name in kind.status:
        if quantity == "voltage_v" and isinstance(status, dict) and status.get(name):
            frequency = name.replace("voltage", "freq")
            return (JsonPoint("frequency_hz", None, STATUS, (frequency,), needed=False, label=frequency),)
    return ()


def _points(kind: Component) -> tuple[JsonPoint, ...]:
    live = [
        JsonPoint(quantity, terminal, STATUS, (name,), needed=quantity in _NEEDED, label=name)
        for quantity, terminal, name in kind.status
    ]
    source = DATA if kind.data_method else STATUS
    counted = [
        JsonPoint(quantity, None, source, tuple(path.split(".")), _WH, needed=False, label=path)
        for quantity, path in kind.counters
    ]
    return (*live, *counted)


def _signed(factor: float | None, power_w: float | None) -> float | None:
    return None if factor is None or power_w is None else copysign(abs(factor), power_w)


def shown(component: str, values: MeterValues) -> dict[str, dict[str, Any]]:
    """What a meter shows for ``values``, by the name of each component; for servers."""
    kind, number = split(component)
    status: dict[str, Any] = {"id": number}
    for quantity, terminal, name in kind.status:
        held: MeterValues | PhaseReading = values if terminal is None else values.terminals[terminal]
        value = getattr(held, quantity)
        status[name] = None if value is None else round(value, 3)
        if quantity == "voltage_v":
            hertz = values.frequency_hz
            status[name.replace("voltage", "freq")] = None if hertz is None else round(hertz, 2)
    counters: dict[str, Any] = {}
    for quantity, path in kind.counters:
        joules = getattr(values, quantity)
        counted = None if joules is None else round(joules / JOULES_PER_WH, 4)
        outer, _, inner = path.partition(".")
        counters[outer] = {inner: counted} if inner else counted
    apart = data_name(component)
    if apart is None:
        return {component: status | counters}
    return {component: status, apart: {"id": number, **counters}}
