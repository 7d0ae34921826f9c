"""SunSpec models 124, 713, 714 and 802: what a battery holds, and what the direct-current ports carry; and back.

Power and energy are positive when injected, that is when panels produce or a battery discharges (G-001). Model 802 does
not say which way its power counts; its charge status does.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ohmstead.core.model.details import DC_PORTS as PLACES
from ohmstead.core.model.details import Details, Place, Quantity
from ohmstead.core.model.quantities import JOULES_PER_WH, joules
from ohmstead.core.model.readings import Battery
from ohmstead.protocols.sunspec.models import Value, decode, encode, model

BASIC_STORAGE, STORAGE, DC_PORTS, BATTERY_BASE = 124, 713, 714, 802
STORAGES: tuple[int, ...] = (STORAGE, BATTERY_BASE, BASIC_STORAGE)
"""Models that tell what a battery holds, the most telling first."""
PANELS, BATTERY = 0, 1
"""Types of ports of model 714."""
_DISCHARGING, _CHARGING = 3, 4
"""Charge status of models 124 and 802."""
_ERROR = 2
_BANK_FAULT = 99
_UNSIGNED, _SIGNED = 65_000, 32_000
"""What a register holds."""


@dataclass(frozen=True, slots=True)
class Storage:
    """One look at a battery. Fractions go from 0 to 1; ``status`` is 0 for well, 1 for a warning, 2 for an error.

    ``power_w`` is ``None`` where the model has none, or does not say which way it goes.
    """

    capacity_j: int | None = None
    available_j: int | None = None
    charge: float | None = None
    health: float | None = None
    status: int | None = None
    power_w: float | None = None
    voltage_v: float | None = None

    @property
    def battery(self) -> Battery:
        """The same in the words of the house."""
        charge, health = (None if part is None else round(100 * part, 3) for part in (self.charge, self.health))
        return Battery(charge, health, self.capacity_j, self.available_j)

    @property
    def fault(self) -> bool:
        """Whether the battery says that it is broken."""
        return self.status == _ERROR


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
    kind: int | None = None


def storage(words: Sequence[int]) -> Storage:
    """What a battery holds, from the ID of model 124, 713 or 802 on.

    Raises ValueError for another model or too few registers.
    """
    if words[0] not in STORAGES:
        raise ValueError(f"model {', '.join(map(str, STORAGES))} expected, got {words[0]}")
    points = decode(model(words[0]), words)
    status = points.get("Sta")
    if words[0] == BATTERY_BASE and points.get("State") == _BANK_FAULT:
        status = _ERROR
    return Storage(
        capacity_j=_energy(points.get("WHRtg")),
        available_j=_energy(points.get("WHAvail")),
        charge=_fraction(points.get("ChaState") if words[0] == BASIC_STORAGE else points.get("SoC")),
        health=_fraction(points.get("SoH")),
        status=status if isinstance(status, int) else None,
        power_w=_signed(_number(points.get("W")), points.get("ChaSt")),
        voltage_v=_number(points.get("InBatV") if words[0] == BASIC_STORAGE else points.get("V")),
    )


def dc_ports(words: Sequence[int]) -> tuple[DcPort, tuple[DcPort, ...]]:
    """All ports together, and each, from the ID of model 714 on. Raises ValueError as :func:`storage` does."""
    if words[0] != DC_PORTS:
        raise ValueError(f"model {DC_PORTS} expected, got {words[0]}")
    points = decode(model(DC_PORTS), words)
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
    return encode(
        model(DC_PORTS),
        {**every, **each, **factors, "NPrt": 1, "Prt.0.ID": 1, "Prt.0.PrtTyp": port.kind, "Prt.0.IDStr": port.name},
    )


def together(ports: Sequence[DcPort], kind: int) -> DcPort:
    """The ports of one kind as one; a sum with a part that is missing is missing."""
    own = [port for port in ports if port.kind == kind]
    return DcPort(
        kind=kind,
        power_w=_total([port.power_w for port in own]),
        energy_injected_j=_whole([port.energy_injected_j for port in own]),
        energy_absorbed_j=_whole([port.energy_absorbed_j for port in own]),
    )


def described(ports: Sequence[DcPort]) -> Details:
    """What the first ports carry, each at its own place."""
    found: dict[Quantity, dict[Place, float]] = {}
    for place, port in zip(PLACES, ports, strict=False):
        for quantity, value in (
            (Quantity.DC_VOLTAGE_V, port.voltage_v),
            (Quantity.DC_CURRENT_A, port.current_a),
            (Quantity.DC_POWER_W, port.power_w),
            (Quantity.TEMPERATURE_C, port.temperature_c),
        ):
            if value is not None:
                found.setdefault(quantity, {})[place] = round(value, 3)
    return found


def _port(points: Mapping[str, Value], prefix: str) -> DcPort:
    name, kind = points.get(f"{prefix}IDStr"), points.get(f"{prefix}PrtTyp")
    return DcPort(
        name=name if isinstance(name, str) else None,
        kind=kind if isinstance(kind, int) else None,
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


def _signed(power_w: float | None, status: Value) -> float | None:
    """Nothing flows when it is 0; else the status tells which way."""
    if power_w is None or power_w == 0:
        return power_w
    return {_DISCHARGING: abs(power_w), _CHARGING: -abs(power_w)}.get(status if isinstance(status, int) else 0)


def _total(values: Sequence[float | None]) -> float | None:
    return None if not values or None in values else sum(value for value in values if value is not None)


def _whole(values: Sequence[int | None]) -> int | None:
    return None if not values or None in values else sum(value for value in values if value is not None)


def _number(value: Value) -> float | None:
    return value if isinstance(value, int | float) else None


def _energy(value: Value) -> int | None:
    return joules(value, "Wh") if isinstance(value, int | float) else None


def _fraction(value: Value) -> float | None:
    """A share in percent, if it can be true."""
    return value / 100 if isinstance(value, int | float) and 0 <= value <= 100 else None
