"""Tasmota energy meters: the ``ENERGY`` object of their sensor message, by HTTP (``Status 8``, ``Status 10``) or MQTT.

Source: tasmota.github.io, Power Monitoring, JSON-Status-Responses and MQTT. Values of several phases stand in lists;
a value that all phases share (often the voltage and the frequency) stands alone. Powers in W, counters in kWh.
"""

import math
from dataclasses import replace
from fractions import Fraction
from typing import Any

from ohmstead.core.model.quantities import JOULES_PER_KWH, Quality
from ohmstead.core.model.reasons import Reason
from ohmstead.protocols.json_values import JsonPoint, decode
from ohmstead.protocols.meters.codec import MeterValues

_PHASED = (
    ("voltage_v", "Voltage"),
    ("current_a", "Current"),
    ("power_w", "Power"),
    ("reactive_power_var", "ReactivePower"),
    ("power_factor", "Factor"),
)
_IMPORTS, _EXPORTS = ("ImportActive", "Total"), ("ExportActive",)
"""The first that is there counts: ``Total`` of some meters is the balance, ``ImportActive`` never is."""
_COUNTERS = frozenset((*_IMPORTS, *_EXPORTS))
_MOST = 3
_SANE = 10**12
_KWH = Fraction(JOULES_PER_KWH)


def energy(document: Any) -> Any:
    """The object ENERGY of a sensor message or an answer to a status command; ``None`` when there is none."""
    inside = document.get("StatusSNS", document) if isinstance(document, dict) else None
    found = inside.get("ENERGY") if isinstance(inside, dict) else None
    return found if isinstance(found, dict) else None


def read(document: Any, device: str) -> MeterValues:
    """The values in a sensor message or an answer to a status command."""
    found = energy(document)
    if found is None:
        return MeterValues(quality=Quality.BAD, problem=Reason("tasmota.no_energy", {"device": device}))
    phases = min(max((len(v) for _, name in _PHASED if isinstance(v := found.get(name), list)), default=1), _MOST)
    points = [
        JsonPoint(quantity, terminal, "ENERGY", _path(found, name, terminal), needed=name == "Power", label=name)
        for quantity, name in _PHASED
        for terminal in range(phases)
    ]
    points += _sums(found, "reactive_power_var", ("ReactivePower",), Fraction(1))
    points += [JsonPoint("frequency_hz", None, "ENERGY", _path(found, "Frequency", 0), needed=False, label="Frequency")]
    points += [*_sums(found, "energy_import_j", _IMPORTS, _KWH), *_sums(found, "energy_export_j", _EXPORTS, _KWH)]
    values = decode(points, {"ENERGY": found}, phases, device)
    return replace(values, power_factor=values.terminals[0].power_factor if phases == 1 else None)


def _path(found: dict[str, Any], name: str, terminal: int) -> tuple[str | int, ...]:
    return (name, terminal) if isinstance(found.get(name), list) else (name,)


def _sums(found: dict[str, Any], quantity: str, names: tuple[str, ...], factor: Fraction) -> list[JsonPoint]:
    """One point, or one per phase to be added up."""
    name = next((name for name in names if name in found), None)
    if name is None:
        return []
    return [
        JsonPoint(quantity, None, "ENERGY", _path(found, name, index), factor, needed=False, label=name)
        for index in range(_parts(found, name))
    ]


def _parts(found: dict[str, Any], name: str) -> int:
    """How many values of a list make the whole: one per phase, or the first alone where tariffs follow it.

    Tariffs stood behind the total up to version 8.3.1 (release notes of 8.3.1.2), and still do in some drivers.
    """
    values, powers = found[name], found.get("Power")
    if not isinstance(values, list) or not isinstance(powers, list) or len(values) != len(powers):
        return 1
    numbers = [float(value) for value in values if isinstance(value, int | float) and abs(value) < _SANE]
    tariffs = len(numbers) == _MOST and math.isclose(numbers[0], sum(numbers[1:]), abs_tol=0.0015)
    return 1 if tariffs and name in _COUNTERS else min(len(values), _MOST)


def shown(values: MeterValues, at: str) -> dict[str, Any]:
    """The sensor message of a meter that shows ``values``; for servers. ``at`` is its local time."""
    single = len(values.terminals) == 1
    held: dict[str, Any] = {"TotalStartTime": at}
    for name, joules in (("Total", values.energy_import_j), ("ExportActive", values.energy_export_j)):
        held[name] = None if joules is None else round(joules / JOULES_PER_KWH, 6)
    for quantity, name in _PHASED:
        row = [getattr(terminal, quantity) for terminal in values.terminals]
        rounded = [None if value is None else round(value, 3) for value in row]
        held[name] = rounded[0] if single else rounded
    held["Frequency"] = None if values.frequency_hz is None else round(values.frequency_hz, 3)
    return {"Time": at, "ENERGY": held}
