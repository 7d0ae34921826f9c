"""A SunSpec device: where its models stand, and an inverter's registers as values of the house (model 103).

The map starts with "SunS" at 40000, 50000 or 0. Models follow each other, each with its number and length, until
number 0xFFFF. An inverter's power is positive when it produces, and so is its flow in the house (G-001).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from ohmstead.core.model.quantities import Quality, joules
from ohmstead.core.model.readings import PhaseReading
from ohmstead.core.model.reasons import Reason
from ohmstead.protocols.meters.codec import LIMITS, MeterValues
from ohmstead.protocols.registers import REGISTERS, Image
from ohmstead.protocols.sunspec.models import Value, decode, encode, model

BASES: tuple[int, ...] = (40_000, 50_000, 0)
"""Where a map may start, in the order to try."""
MARK: tuple[int, ...] = (0x5375, 0x6E53)
"""ASCII "SunS"."""
COMMON, INVERTER_THREE_PHASE, END = 1, 103, 0xFFFF
MODELS_AT_MOST = 64

_FACTORS = {"A_SF": -2, "V_SF": -1, "Hz_SF": -2, "PF_SF": -2, "WH_SF": 0}
_FINEST_EXPONENT, _COARSEST_EXPONENT = -1, 3


@dataclass(frozen=True, slots=True)
class Placed:
    """A model found in a device: its number, the register of its ID, and its length after the two header words."""

    id: int
    register: int
    length: int

    @property
    def next(self) -> int:
        """The register of the following model's ID."""
        return self.register + 2 + self.length


def placed(register: int, header: Sequence[int]) -> Placed | None:
    """The model whose ID and length stand in ``header``; ``None`` at the end of the map.

    Raises ValueError when the model would leave the register space.
    """
    number_of_model, length = header[0], header[1]
    if number_of_model == END:
        return None
    found = Placed(number_of_model, register, length)
    if length == 0 or found.next > REGISTERS - 2:
        raise ValueError(f"model {number_of_model} at register {register} has an impossible length of {length}")
    return found


def inverter_values(words: Sequence[int]) -> MeterValues:
    """The values in the registers of model 103, from its ID on. Raises ValueError for another model.

    Energy produced is the counter of the positive direction. A sleeping inverter shows 0 Hz and 0 V: those are
    missing, not implausible.
    """
    if words[0] != INVERTER_THREE_PHASE:
        raise ValueError(f"model {INVERTER_THREE_PHASE} expected, got {words[0]}")
    points = decode(model(INVERTER_THREE_PHASE), words)
    problems: list[Reason] = []

    def take(name: str, quantity: str, divisor: float = 1.0, asleep: bool = False) -> float | None:
        value = _number(points[name])
        if value is None or (asleep and value == 0):
            return None
        low, high, allowed = LIMITS[quantity]
        if low <= value / divisor <= high:
            return value / divisor
        problems.append(
            Reason("sunspec.implausible", {"point": name, "value": f"{value / divisor:.6g}", "allowed": allowed})
        )
        return None

    energy = _number(points["WH"])
    terminals = tuple(
        PhaseReading(voltage_v=take(f"PhVph{leg}", "voltage_v", asleep=True), current_a=take(f"Aph{leg}", "current_a"))
        for leg in "ABC"
    )
    values = MeterValues(
        power_w=take("W", "power_w"),
        reactive_power_var=take("VAr", "reactive_power_var"),
        power_factor=take("PF", "power_factor", divisor=100),
        frequency_hz=take("Hz", "frequency_hz", asleep=True),
        energy_import_j=None if energy is None else joules(energy, "Wh"),
        terminals=terminals,
        quality=Quality.BAD if problems else Quality.GOOD,
        problem=problems[0] if problems else None,
    )
    return values


@dataclass(frozen=True, slots=True)
class InverterPlate:
    """What a simulated inverter says about itself in model 1."""

    manufacturer: str
    model: str
    version: str
    serial: str


def inverter_image(plate: InverterPlate, values: MeterValues, base: int = BASES[0]) -> Image:
    """The whole map of an inverter with models 1 and 103 that shows ``values``, for servers."""
    about = encode(
        model(COMMON), {"Mn": plate.manufacturer, "Md": plate.model, "Vr": plate.version, "SN": plate.serial}
    )
    currents = [t.current_a for t in values.terminals]
    power_factor = None if values.power_factor is None else values.power_factor * 100
    points: dict[str, Value] = {
        **_FACTORS,
        "W_SF": _power_exponent(values.power_w),
        "VAr_SF": _power_exponent(values.reactive_power_var),
        "A": None if any(c is None for c in currents) else sum(c for c in currents if c is not None),
        "W": values.power_w,
        "Hz": values.frequency_hz,
        "VAr": values.reactive_power_var,
        "PF": power_factor,
        "WH": None if values.energy_import_j is None else values.energy_import_j / 3600,
        "St": 4,
    }
    for leg, terminal in zip("ABC", values.terminals, strict=False):
        points[f"PhVph{leg}"], points[f"Aph{leg}"] = terminal.voltage_v, terminal.current_a
    inverter = encode(model(INVERTER_THREE_PHASE), points)
    return ((base, (*MARK, *about, *inverter, END, 0)),)


def _power_exponent(value: float | None) -> int:
    """The finest power of ten in which ``value`` fits a signed register; it moves with the value, as in devices."""
    factor = _FINEST_EXPONENT
    while value is not None and abs(value) > 32_000 * 10.0**factor and factor < _COARSEST_EXPONENT:
        factor += 1
    return factor


def _number(value: Value) -> float | int | None:
    return value if isinstance(value, int | float) else None
