"""SunSpec models 713 and 714: what a battery holds, and what the direct-current ports carry, from their registers and
back for servers.

Power and energy are positive when injected, that is when panels produce or a battery discharges (G-001).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ohmstead.core.model.quantities import JOULES_PER_WH, joules
from ohmstead.protocols.sunspec.models import Value, decode, encode, model

STORAGE, DC_PORTS = 713, 714
_UNSIGNED, _SIGNED = 65_000, 32_000
"""What a register holds."""


@dataclass(frozen=True, slots=True)
class Storage:
    """Model 713. Fractions go from 0 to 1; ``status`` is 0 for well, 1 for a warning, 2 for an error."""

    capacity_j: int | None
    available_j: int | None
    charge: float | None
    health: float | None
    status: int | None


@dataclass(frozen=True, slots=True)
class DcPort:
    """One port of model 714, or all of them together."""

    name: str | None = None
    voltage_v: float | None = None
    current_a: float | None = None
    power_w: float | None = None
    energy_injected_j: int | None = None
    energy_absorbed_j: int | None = None
    temperature_c: float | None = None


def storage(words: Sequence[int]) -> Storage:
    """What a battery holds, from the ID of model 713 on. Raises ValueError for another model or too few registers."""
    points = _points(STORAGE, words)
    status = points["Sta"]
    return Storage(
        capacity_j=_energy(points["WHRtg"]),
        available_j=_energy(points["WHAvail"]),
        charge=_fraction(points["SoC"]),
        health=_fraction(points["SoH"]),
        status=status if isinstance(status, int) else None,
    )


def dc_ports(words: Sequence[int]) -> tuple[DcPort, tuple[DcPort, ...]]:
    """All ports together, and each, from the ID of model 714 on. Raises ValueError as :func:`storage` does."""
    points = _points(DC_PORTS, words)
    found = sum(name.endswith(".PrtTyp") for name in points)
    return _port(points, ""), tuple(_port(points, f"Prt.{index}.") for index in range(found))


def shown_storage(seen: Storage) -> tuple[int, ...]:
    """The registers of model 713 that show ``seen``, for servers; scale factors as fine as they allow."""
    values: dict[str, Value] = {
        "WHRtg": None if seen.capacity_j is None else seen.capacity_j / JOULES_PER_WH,
        "WHAvail": None if seen.available_j is None else seen.available_j / JOULES_PER_WH,
        "SoC": None if seen.charge is None else seen.charge * 100,
        "SoH": None if seen.health is None else seen.health * 100,
        "Sta": seen.status,
        "WH_SF": _finest(0, _UNSIGNED, (seen.capacity_j or 0) / JOULES_PER_WH),
        "Pct_SF": -1,
    }
    return encode(model(STORAGE), values)


def shown_port(port: DcPort) -> tuple[int, ...]:
    """The registers of model 714 with this one port, for servers."""
    one: dict[str, Value] = {
        "DCA": port.current_a,
        "DCV": port.voltage_v,
        "DCW": port.power_w,
        "DCWhInj": None if port.energy_injected_j is None else port.energy_injected_j / JOULES_PER_WH,
        "DCWhAbs": None if port.energy_absorbed_j is None else port.energy_absorbed_j / JOULES_PER_WH,
        "Tmp": port.temperature_c,
    }
    factors: dict[str, Value] = {
        "DCA_SF": _finest(-2, _SIGNED, port.current_a or 0.0),
        "DCV_SF": _finest(-1, _UNSIGNED, port.voltage_v or 0.0),
        "DCW_SF": _finest(0, _SIGNED, port.power_w or 0.0),
        "DCWH_SF": 0,
        "Tmp_SF": -1,
    }
    every = {name: value for name, value in one.items() if name not in ("DCV", "Tmp")}
    each = {f"Prt.0.{name}": value for name, value in one.items()}
    return encode(model(DC_PORTS), {**every, **each, **factors, "NPrt": 1, "Prt.0.ID": 1, "Prt.0.IDStr": port.name})


def _points(number_of_model: int, words: Sequence[int]) -> Mapping[str, Value]:
    if words[0] != number_of_model:
        raise ValueError(f"model {number_of_model} expected, got {words[0]}")
    return decode(model(number_of_model), words)


def _port(points: Mapping[str, Value], prefix: str) -> DcPort:
    name = points.get(f"{prefix}IDStr")
    return DcPort(
        name=name if isinstance(name, str) else None,
        voltage_v=_number(points.get(f"{prefix}DCV")),
        current_a=_number(points.get(f"{prefix}DCA")),
        power_w=_number(points.get(f"{prefix}DCW")),
        energy_injected_j=_energy(points.get(f"{prefix}DCWhInj")),
        energy_absorbed_j=_energy(points.get(f"{prefix}DCWhAbs")),
        temperature_c=_number(points.get(f"{prefix}Tmp")),
    )


def _finest(factor: int, limit: int, value: float) -> int:
    """The power of ten from ``factor`` on in which ``value`` fits."""
    while abs(value) > limit * 10.0**factor:
        factor += 1
    return factor


def _number(value: Value) -> float | None:
    return value if isinstance(value, int | float) else None


def _energy(value: Value) -> int | None:
    return joules(value, "Wh") if isinstance(value, int | float) else None


def _fraction(value: Value) -> float | None:
    """A share in percent, if it can be true."""
    return value / 100 if isinstance(value, int | float) and 0 <= value <= 100 else None
