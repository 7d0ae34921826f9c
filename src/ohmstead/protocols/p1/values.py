"""A telegram's objects as electrical values: the table of what each OBIS code means, and the sums over it.

Counters of several tariffs are added up unless the meter sends their total. Power is import less export. What cannot
be true, or comes in a unit that is not the quantity's, becomes ``None``, makes the whole reading bad and is explained.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Literal

from ohmstead.core.model.details import Details, Place
from ohmstead.core.model.details import Quantity as Detail
from ohmstead.core.model.quantities import PHASES, Phase, Quality
from ohmstead.core.model.readings import PhaseReading, Supply, UtilityCounter, UtilityKind
from ohmstead.core.model.reasons import Reason
from ohmstead.protocols.meters.codec import LIMITS
from ohmstead.protocols.p1.telegram import Measure, Stamp, Telegram, measure

Quantity = Literal[
    "power_w",
    "reactive_power_var",
    "voltage_v",
    "current_a",
    "power_factor",
    "frequency_hz",
    "energy_j",
    "volume",
    "apparent_power_va",
    "reactive_energy_varh",
]

UNITS: Mapping[Quantity, Mapping[str, Decimal]] = {
    "power_w": {"W": Decimal(1), "kW": Decimal(1000)},
    "reactive_power_var": {"var": Decimal(1), "kvar": Decimal(1000)},
    "voltage_v": {"V": Decimal(1)},
    "current_a": {"A": Decimal(1)},
    "power_factor": {"": Decimal(1)},
    "frequency_hz": {"Hz": Decimal(1)},
    "energy_j": {"Wh": Decimal(3600), "kWh": Decimal(3_600_000), "MWh": Decimal(3_600_000_000)},
    "apparent_power_va": {"VA": Decimal(1), "kVA": Decimal(1000)},
    "reactive_energy_varh": {"varh": Decimal(1), "kvarh": Decimal(1000), "Mvarh": Decimal(1_000_000)},
    "volume": {"m3": Decimal(1), "dm3": Decimal("0.001"), "l": Decimal("0.001")},
}
"""What each quantity may be sent in, case aside, and the factor to the unit of the house (volume: m³)."""

_LIMITS: Mapping[Quantity, tuple[float, float, str]] = {
    **{name: LIMITS[name] for name in UNITS if name in LIMITS},
    "energy_j": LIMITS["energy_import"],
    "reactive_energy_varh": LIMITS["reactive_energy_import"],
    "volume": (0.0, 1e9, "0 to 1 000 000 000 m³"),
}

_TARIFFS = range(1, 5)
_PHASE_ROWS: tuple[tuple[Phase, int], ...] = tuple(zip(PHASES, (20, 40, 60), strict=True))
"""OBIS value group C of a phase is that of the sum plus 20, 40 or 60 (IEC 62056-61 table 5)."""
_IMPORT, _EXPORT, _REACTIVE_IMPORT, _REACTIVE_EXPORT = 1, 2, 3, 4
_APPARENT_IMPORT, _APPARENT_EXPORT, _NEUTRAL = 9, 10, 91
_CURRENT, _VOLTAGE, _POWER_FACTOR, _FREQUENCY = 11, 12, 13, 14

_MBUS_CHANNELS = range(1, 5)
_MBUS_KINDS: Mapping[int, UtilityKind] = {3: "gas", 6: "water", 7: "water"}
"""M-Bus device types (EN 13757-3 table 3); 6 is warm water."""
_MBUS_VALUES = ("24.2.1", "24.2.3")
"""Corrected to temperature, and not (Belgium)."""
_OLD_GAS = "24.3.0"


@dataclass(frozen=True, slots=True)
class P1Values:
    """One telegram in the units of the house, phases in the meter's own order."""

    power_w: float | None = None
    reactive_power_var: float | None = None
    frequency_hz: float | None = None
    power_factor: float | None = None
    energy_import_j: int | None = None
    energy_export_j: int | None = None
    phases: Mapping[Phase, PhaseReading] = field(default_factory=dict)
    supply: Supply = field(default_factory=Supply)
    details: Details = field(default_factory=dict)
    current_step_a: float = 0.0
    """The last digit of its currents; DSMR 2.2 to 5.0 send whole amperes."""
    stamp: Stamp | None = None
    quality: Quality = Quality.GOOD
    problem: Reason | None = None


def values(telegram: Telegram) -> P1Values:
    """What ``telegram`` says about the supply. Nothing electrical in it makes the quality ``missing``."""
    look = _Look(telegram)
    found = P1Values(
        power_w=look.net("power_w", _IMPORT, _EXPORT),
        reactive_power_var=look.net("reactive_power_var", _REACTIVE_IMPORT, _REACTIVE_EXPORT),
        frequency_hz=look.value("frequency_hz", f"{_FREQUENCY}.7.0"),
        power_factor=look.value("power_factor", f"{_POWER_FACTOR}.7.0"),
        energy_import_j=look.counter(_IMPORT),
        energy_export_j=look.counter(_EXPORT),
        phases={phase: seen for phase, row in _PHASE_ROWS if (seen := _phase(look, row)) != PhaseReading()},
        supply=Supply(
            demand_w=look.value("power_w", "1.4.0"),
            demand_peak_w=look.value("power_w", "1.6.0"),
            utilities=tuple(one for channel in _MBUS_CHANNELS if (one := _utility(telegram, channel)) is not None),
        ),
        details=_details(look),
        current_step_a=max((look.step(f"{_CURRENT + row}.7.0") for _, row in _PHASE_ROWS), default=0.0),
        stamp=telegram.stamp("1.0.0"),
    )
    if look.problem is not None:
        return replace(found, quality=Quality.BAD, problem=look.problem)
    if found.power_w is None and found.energy_import_j is None and not found.phases:
        problem = Reason("p1.empty", {"meter": telegram.identification})
        return replace(found, quality=Quality.MISSING, problem=problem)
    return found


class _Look:
    """Reads numbers off a telegram and remembers the first that cannot be true."""

    def __init__(self, telegram: Telegram) -> None:
        self.telegram = telegram
        self.problem: Reason | None = None

    def exact(self, quantity: Quantity, code: str) -> Decimal | None:
        groups = self.telegram.objects.get((0, code))
        return self.judged(quantity, code, groups[-1], measure(groups[-1])) if groups else None

    def value(self, quantity: Quantity, code: str) -> float | None:
        found = self.exact(quantity, code)
        return None if found is None else float(found)

    def step(self, code: str) -> float:
        """One of the last digit that is sent; 0 where nothing is."""
        groups = self.telegram.objects.get((0, code))
        found = measure(groups[-1]) if groups else None
        exponent = None if found is None else found.value.as_tuple().exponent
        return 10.0**exponent if isinstance(exponent, int) else 0.0

    def net(self, quantity: Quantity, taken: int, given: int) -> float | None:
        """Import less export; None where the import is not known, or an export was sent that cannot be used."""
        plus, minus = self.exact(quantity, f"{taken}.7.0"), self.exact(quantity, f"{given}.7.0")
        sent = (0, f"{given}.7.0") in self.telegram.objects
        if plus is None or (minus is None and sent):
            return None
        return float(plus - (minus or 0))

    def counter(self, direction: int, quantity: Quantity = "energy_j") -> int | None:
        """The total, or the sum of all tariffs that are sent, in whole joules or varh."""
        if (0, f"{direction}.8.0") in self.telegram.objects:
            total = self.exact(quantity, f"{direction}.8.0")
            return None if total is None else round(total)
        sent = [f"{direction}.8.{n}" for n in _TARIFFS if (0, f"{direction}.8.{n}") in self.telegram.objects]
        parts = [self.exact(quantity, code) for code in sent]
        known = [part for part in parts if part is not None]
        return round(sum(known, Decimal(0))) if known and len(known) == len(parts) else None

    def judged(self, quantity: Quantity, code: str, text: str, found: Measure | None) -> Decimal | None:
        """The number in the unit of the house; None where nothing is sent, or nothing that can be."""
        number = scaled(quantity, found)
        if number is None and text.strip() and self.problem is None:
            low_to_high = f"{_LIMITS[quantity][2]}, sent in {' or '.join(filter(None, UNITS[quantity])) or 'no unit'}"
            self.problem = Reason("p1.implausible", {"code": code, "value": text[:40], "allowed": low_to_high})
        return number


def scaled(quantity: Quantity, found: Measure | None) -> Decimal | None:
    """``found`` in the unit of the house; None for another unit, or what no building can show."""
    factors = {unit.lower(): factor for unit, factor in UNITS[quantity].items()}
    if found is None or found.unit.lower() not in factors:
        return None
    number = found.value * factors[found.unit.lower()]
    low, high, _ = _LIMITS[quantity]
    return number if low <= number <= high else None


def _phase(look: _Look, row: int) -> PhaseReading:
    return PhaseReading(
        voltage_v=look.value("voltage_v", f"{_VOLTAGE + row}.7.0"),
        current_a=look.value("current_a", f"{_CURRENT + row}.7.0"),
        power_w=look.net("power_w", _IMPORT + row, _EXPORT + row),
        reactive_power_var=look.net("reactive_power_var", _REACTIVE_IMPORT + row, _REACTIVE_EXPORT + row),
        power_factor=look.value("power_factor", f"{_POWER_FACTOR + row}.7.0"),
    )


def _details(look: _Look) -> Details:
    """What some countries' telegrams tell besides: reactive energies, apparent power, the current of the neutral."""
    found: dict[Detail, dict[Place, float]] = {}

    def tell(detail: Detail, place: Place, value: float | None) -> None:
        if value is not None:
            found.setdefault(detail, {})[place] = value

    tell(Detail.REACTIVE_ENERGY_IMPORT_VARH, "total", look.counter(_REACTIVE_IMPORT, "reactive_energy_varh"))
    tell(Detail.REACTIVE_ENERGY_EXPORT_VARH, "total", look.counter(_REACTIVE_EXPORT, "reactive_energy_varh"))
    tell(Detail.APPARENT_POWER_VA, "total", look.net("apparent_power_va", _APPARENT_IMPORT, _APPARENT_EXPORT))
    for phase, row in _PHASE_ROWS:
        net = look.net("apparent_power_va", _APPARENT_IMPORT + row, _APPARENT_EXPORT + row)
        tell(Detail.APPARENT_POWER_VA, phase, net)
    tell(Detail.CURRENT_A, "N", look.value("current_a", f"{_NEUTRAL}.7.0"))
    return found


def _utility(telegram: Telegram, channel: int) -> UtilityCounter | None:
    """The gas or water meter on an M-Bus channel; None where there is none, or it has sent nothing that can be."""
    device = telegram.measure("24.1.0", channel)
    kind = _MBUS_KINDS.get(int(device.value)) if device is not None else None
    found = next((m for code in _MBUS_VALUES if (m := telegram.measure(code, channel)) is not None), None)
    old = telegram.objects.get((channel, _OLD_GAS), ())
    if found is None and len(old) > 2 and (number := measure(old[-1])) is not None:
        found = Measure(number.value, old[-2])
    volume = scaled("volume", found)
    return None if kind is None or volume is None else UtilityCounter(kind, float(volume))
