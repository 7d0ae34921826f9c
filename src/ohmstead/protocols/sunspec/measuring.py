"""SunSpec models that measure alternating current, as values of the house, and back for servers (G-001).

Inverters: 101 to 103 and 111 to 113 (floats), and 701. Their power is positive when they produce, as is their flow in
the house. Meters: 201 to 204 and 211 to 214 (floats). Their power is positive towards the load, except in devices
that :func:`counts_export_as_positive` names. A leg is a terminal: A is the first.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ohmstead.core.model.details import BETWEEN, Details, Place, Quantity
from ohmstead.core.model.quantities import PHASES, Quality, joules
from ohmstead.core.model.readings import PhaseReading
from ohmstead.core.model.reasons import Reason
from ohmstead.protocols.meters.codec import LIMITS, MeterValues
from ohmstead.protocols.sunspec.models import Model, ModelPoint, Value, decode, encode, model


@dataclass(frozen=True, slots=True)
class Names:
    """What a family of models calls the quantities; the leg's letter goes into the braces."""

    letters: str
    leg: Mapping[str, str]
    reactive: str
    produced: str
    """The energy of the positive direction."""
    consumed: str | None
    asleep: bool
    """Whether 0 V and 0 Hz say that there is nothing to measure."""
    whole: Mapping[Quantity, tuple[str, ...]]
    """Details of the whole device: the points that add up to each."""
    each: Mapping[Quantity, str]
    """Details of a leg."""
    between: tuple[str, str, str]
    """Voltages between the legs, the first two first."""


_LEG = {"voltage_v": "PhVph{}", "current_a": "Aph{}"}
_INVERTER = Names(
    *("ABC", _LEG, "VAr", "WH", None),
    asleep=True,
    whole={
        Quantity.APPARENT_POWER_VA: ("VA",),
        Quantity.DC_CURRENT_A: ("DCA",),
        Quantity.DC_VOLTAGE_V: ("DCV",),
        Quantity.DC_POWER_W: ("DCW",),
        Quantity.TEMPERATURE_C: ("TmpCab",),
    },
    each={},
    between=("PPVphAB", "PPVphBC", "PPVphCA"),
)
_METER = Names(
    "ABC",
    {**_LEG, "power_w": "Wph{}", "reactive_power_var": "VARph{}", "power_factor": "PFph{}"},
    *("VAR", "TotWhImp", "TotWhExp"),
    asleep=False,
    whole={
        Quantity.APPARENT_POWER_VA: ("VA",),
        Quantity.APPARENT_ENERGY_VAH: ("TotVAhImp",),
        Quantity.REACTIVE_ENERGY_IMPORT_VARH: ("TotVArhImpQ1", "TotVArhImpQ2"),
        Quantity.REACTIVE_ENERGY_EXPORT_VARH: ("TotVArhExpQ3", "TotVArhExpQ4"),
    },
    each={
        Quantity.APPARENT_POWER_VA: "VAph{}",
        Quantity.ENERGY_IMPORT_J: "TotWhImpPh{}",
        Quantity.ENERGY_EXPORT_J: "TotWhExpPh{}",
    },
    between=("PhVphAB", "PhVphBC", "PhVphCA"),
)
_DER_LEG = {
    "voltage_v": "VL{}",
    "current_a": "AL{}",
    "power_w": "WL{}",
    "reactive_power_var": "VarL{}",
    "power_factor": "PFL{}",
}
_DER = Names(
    *("123", _DER_LEG, "Var", "TotWhInj", "TotWhAbs"),
    asleep=True,
    whole={
        Quantity.APPARENT_POWER_VA: ("VA",),
        Quantity.REACTIVE_ENERGY_IMPORT_VARH: ("TotVarhInj",),
        Quantity.REACTIVE_ENERGY_EXPORT_VARH: ("TotVarhAbs",),
        Quantity.TEMPERATURE_C: ("TmpCab",),
    },
    each={
        Quantity.APPARENT_POWER_VA: "VAL{}",
        Quantity.ENERGY_IMPORT_J: "TotWhInjL{}",
        Quantity.ENERGY_EXPORT_J: "TotWhAbsL{}",
    },
    between=("VL1L2", "VL2L3", "VL3L1"),
)

_LEGS: Mapping[int, tuple[Names, int]] = {
    103: (_INVERTER, 3),
    113: (_INVERTER, 3),
    102: (_INVERTER, 2),
    112: (_INVERTER, 2),
    101: (_INVERTER, 1),
    111: (_INVERTER, 1),
    701: (_DER, 3),
    203: (_METER, 3),
    213: (_METER, 3),
    204: (_METER, 3),
    214: (_METER, 3),
    202: (_METER, 2),
    212: (_METER, 2),
    201: (_METER, 1),
    211: (_METER, 1),
}
INVERTERS: tuple[int, ...] = tuple(number for number, (names, _) in _LEGS.items() if names is not _METER)
"""Models of inverters and other generators, the most telling first."""
TWO_WAY = 701
"""The inverter's model whose power has a sign, and that counts what it gives and what it takes."""
METERS: tuple[int, ...] = tuple(number for number, (names, _) in _LEGS.items() if names is _METER)
"""Models of meters, the most telling first."""

_ENERGIES = (Quantity.ENERGY_IMPORT_J, Quantity.ENERGY_EXPORT_J)
_DETAIL_LIMITS: Mapping[Quantity, tuple[float, float]] = {
    Quantity.APPARENT_POWER_VA: (-3e6, 3e6),
    Quantity.VOLTAGE_V: (1.0, 2000.0),
    Quantity.DC_VOLTAGE_V: (0.0, 2000.0),
    Quantity.DC_CURRENT_A: (-6000.0, 6000.0),
    Quantity.DC_POWER_W: (-3e6, 3e6),
    Quantity.TEMPERATURE_C: (-60.0, 150.0),
}

_FINEST = {"A": -2, "V": -1, "Hz": -2, "PF": -2, "W": -1, "VA": -1, "VAR": -1, "TotWh": 0, "WH": 0}
_COARSEST_EXPONENT = 3
_LIMITS = {"int16": 32_000, "uint16": 65_000}


def legs(number_of_model: int) -> int:
    """How many phases a measuring model has at most. Raises KeyError for another model."""
    return _LEGS[number_of_model][1]


def counts_export_as_positive(manufacturer: str | None) -> bool:
    """Whether this maker's meter models show power positive towards the grid (evcc solaredge-hybrid.yaml, 203:W)."""
    return (manufacturer or "").casefold().startswith("solaredge")


def reach(number_of_model: int) -> int:
    """How many registers from the model's ID on hold everything :func:`measured` looks at."""
    of = model(number_of_model)
    wanted = set(_names(number_of_model))
    factors = {point.factor for point in of.points if point.name in wanted}
    return max(point.end for point in of.points if point.name in wanted or point.name in factors)


def measured(words: Sequence[int]) -> MeterValues:
    """The values in the registers of a measuring model, from its ID on. Raises ValueError for another model.

    A sleeping inverter shows 0 Hz and 0 V: those are missing, not implausible.
    """
    if words[0] not in _LEGS:
        raise ValueError(f"one of the models {', '.join(map(str, sorted(_LEGS)))} expected, got {words[0]}")
    names, legs = _LEGS[words[0]]
    of = model(words[0])
    points = decode(of, words, reach(of.id))
    if of.id == 701:
        legs = {0: 1, 1: 2}.get(int(_number(points["ACType"]) or 0), 3) if points["ACType"] is not None else 3
    look = _Look(of, points, names.asleep)
    terminals = tuple(
        PhaseReading(**{quantity: look.at(quantity, name.format(letter)) for quantity, name in names.leg.items()})
        for letter in names.letters[:legs]
    )
    values = MeterValues(
        power_w=look.at("power_w", "W"),
        reactive_power_var=look.at("reactive_power_var", names.reactive),
        power_factor=look.at("power_factor", "PF"),
        frequency_hz=look.at("frequency_hz", "Hz"),
        energy_import_j=look.energy(names.produced),
        energy_export_j=look.energy(names.consumed),
        terminals=terminals,
    )
    problem = look.problems[0] if look.problems else None
    quality = Quality.BAD if problem else Quality.GOOD
    return replace(values, quality=quality, problem=problem, notes=tuple(look.notes))


def detailed(words: Sequence[int]) -> Details:
    """What a measuring model tells besides, from all its registers; values that cannot be are left out."""
    names, legs = _LEGS[words[0]]
    of = model(words[0])
    points = decode(of, words, min(len(words), of.length + 2))
    found: dict[Quantity, dict[Place, float]] = {}

    def tell(quantity: Quantity, place: Place, parts: Sequence[str]) -> None:
        values = [value for part in parts if (value := _number(points.get(part))) is not None]
        if len(values) < len(parts):
            return
        value = joules(sum(values), "Wh") if quantity in _ENERGIES else round(sum(values), 3)
        low, high = _DETAIL_LIMITS.get(quantity, (0.0, 3.6e15))
        if low <= value <= high:
            found.setdefault(quantity, {})[place] = value

    for quantity, parts in names.whole.items():
        tell(quantity, "total", parts)
    for phase, letter in zip(PHASES, names.letters[:legs], strict=False):
        for quantity, name in names.each.items():
            tell(quantity, phase, (name.format(letter),))
    for between, name in zip(BETWEEN, names.between, strict=False):
        tell(Quantity.VOLTAGE_V, between, (name,))
    return found


def turned(values: MeterValues) -> MeterValues:
    """``values`` with every power the other way round; the energies have names and stay."""
    return replace(
        values,
        power_w=_minus(values.power_w),
        reactive_power_var=_minus(values.reactive_power_var),
        power_factor=_minus(values.power_factor),
        terminals=tuple(
            replace(
                terminal,
                power_w=_minus(terminal.power_w),
                reactive_power_var=_minus(terminal.reactive_power_var),
                power_factor=_minus(terminal.power_factor),
            )
            for terminal in values.terminals
        ),
    )


def shown(number_of_model: int, values: MeterValues, factors: Mapping[str, int] | None = None) -> tuple[int, ...]:
    """The registers of a measuring model that show ``values``, for servers; scale factors as fine as they allow.

    ``factors`` are those that shall stand still whatever the values are; a value that does not fit is then missing.
    """
    names, legs = _LEGS[number_of_model]
    of = model(number_of_model)
    terminals = values.terminals[:legs]
    currents = [t.current_a for t in terminals]
    points: dict[str, Value] = {
        "A": None if any(c is None for c in currents) else sum(c for c in currents if c is not None),
        "W": values.power_w,
        names.reactive: values.reactive_power_var,
        "PF": values.power_factor,
        "Hz": values.frequency_hz,
        names.produced: None if values.energy_import_j is None else values.energy_import_j / 3600,
        "St": 4,
        "ACType": min(len(terminals), 3) - 1,
    }
    if names.consumed is not None and values.energy_export_j is not None:
        points[names.consumed] = values.energy_export_j / 3600
    for letter, terminal in zip(names.letters, terminals, strict=False):
        points |= {name.format(letter): getattr(terminal, quantity) for quantity, name in names.leg.items()}
    for point in of.points:
        value = points.get(point.name)
        if _in_percent(point) and isinstance(value, int | float):
            points[point.name] = value * 100
    chosen = {**_factors(of, points), **(factors or {})}
    return encode(of, {**_fitting(of, points, chosen), **chosen})


class _Look:
    """The points of one look at a device, each held against what can be true."""

    def __init__(self, of: Model, points: Mapping[str, Value], asleep: bool) -> None:
        self._points, self._asleep = points, asleep
        self._described = {point.name: point for point in of.points}
        self.problems: list[Reason] = []
        self.notes: list[Reason] = []

    def at(self, quantity: str, name: str) -> float | None:
        value = _number(self._points.get(name))
        if value is None or (self._asleep and value == 0 and quantity in ("voltage_v", "frequency_hz")):
            return None
        if _in_percent(self._described[name]):
            value = self._share(name, value)
        low, high, allowed = LIMITS[quantity]
        if low <= value <= high:
            return value
        self.problems.append(
            Reason("sunspec.implausible", {"point": name, "value": f"{value:.6g}", "allowed": allowed})
        )
        return None

    def _share(self, name: str, value: float) -> float:
        """A power factor in percent as a fraction; some devices give the fraction itself, as power and VA then show."""
        watts, apparent = (_number(self._points.get(name.replace("PF", other))) for other in ("W", "VA"))
        if abs(value) <= 1 and watts and apparent:
            expected = abs(watts / apparent)
            if abs(abs(value) - expected) < abs(abs(value) / 100 - expected):
                self.notes.append(Reason("sunspec.plain_power_factor", {"point": name, "value": f"{value:.6g}"}))
                return value
        return value / 100

    def energy(self, name: str | None) -> int | None:
        value = _number(self._points.get(name or ""))
        return None if value is None or value < 0 else joules(value, "Wh")


def _names(number_of_model: int) -> list[str]:
    names, legs = _LEGS[number_of_model]
    each = [name.format(letter) for name in names.leg.values() for letter in names.letters[:legs]]
    return ["W", names.reactive, "PF", "Hz", names.produced, names.consumed or "W", *each]


def _in_percent(point: ModelPoint) -> bool:
    return point.unit == "Pct"


def _factors(of: Model, points: Mapping[str, Value]) -> dict[str, int]:
    """For each scale factor the finest power of ten in which all its values fit; it moves with them, as in devices."""
    found: dict[str, int] = {}
    for name in {point.factor for point in of.points if point.factor}:
        fitting = [p for p in of.points if p.factor == name]
        largest = max((abs(_number(points.get(p.name)) or 0) for p in fitting), default=0)
        factor = _FINEST.get(str(name).removesuffix("_SF"), -1)
        limit = _LIMITS.get(fitting[0].kind, 4_000_000_000)
        if of.id == 701 and name == "PF_SF":
            factor = -4
        while largest > limit * 10.0**factor and factor < _COARSEST_EXPONENT:
            factor += 1
        found[str(name)] = factor
    return found


def _fitting(of: Model, points: Mapping[str, Value], factors: Mapping[str, int]) -> dict[str, Value]:
    """``points`` without those that are too large for their registers; counters go on from 0, as their type does."""
    found = dict(points)
    for point in of.points:
        value, limit = _number(points.get(point.name)), _LIMITS.get(point.kind)
        factor = 10.0 ** factors.get(point.factor or "", 0)
        if value is not None and limit is not None and abs(value) > limit * factor:
            found[point.name] = None
        elif value is not None and point.kind == "acc32":
            found[point.name] = value % (2**32 * factor)
    return found


def _number(value: Value) -> float | int | None:
    return value if isinstance(value, int | float) else None


def _minus(value: float | None) -> float | None:
    return None if value is None else -value
