"""The grid types as an installer meets them: conductors and colours, points, wires and breakers (EM-115 to EM-145).

Wiring and colours are indicative; national rules prevail (EM-117).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from ohmstead.core.model.quantities import GridType, Phase

Region = Literal["europe", "americas"]
Colour = Literal["brown", "black", "grey", "blue", "red", "white"]
Meaning = Literal["L1", "L2", "L3", "N"]


@dataclass(frozen=True, slots=True)
class Conductor:
    """One conductor of the supply: as it is marked, its colour, and what it is."""

    mark: str
    colour: Colour
    meaning: Meaning


@dataclass(frozen=True, slots=True)
class PointUse:
    """What one of the four points of the diagram measures: the phase of a load with so many phases."""

    load_phases: int
    phase: Phase | None
    """``None``: whichever phase the load hangs on."""
    load: int = 1
    """Which load of the diagram, counted from 1."""


@dataclass(frozen=True, slots=True)
class GridRules:
    """One grid type."""

    region: Region
    conductors: tuple[Conductor, ...]
    points: tuple[PointUse, ...]
    poles: Literal[2, 3, 4]
    """Of the breaker of the Power Box (G-091); national tables may override."""
    phase_v: float
    """Of a live conductor against neutral; on a delta grid between two of them."""
    from_manual: bool = True
    supply_range_open: bool = False
    """Beyond the 264 V of the supply input, so the maker must confirm its range (G-093)."""

    @property
    def phases(self) -> tuple[Phase, ...]:
        """The live conductors, in order."""
        return tuple(each.meaning for each in self.conductors if each.meaning != "N")

    @property
    def neutral(self) -> bool:
        """Whether there is a neutral."""
        return any(each.meaning == "N" for each in self.conductors)


_EUROPE = (Conductor("L1", "brown", "L1"), Conductor("L2", "black", "L2"), Conductor("L3", "grey", "L3"))
_AMERICAS = (
    Conductor("L1", "black", "L1"),
    Conductor("L2", "red", "L2"),
    Conductor("L3", "blue", "L3"),
    Conductor("N", "white", "N"),
)
_N = Conductor("N", "blue", "N")
_THREE = (PointUse(3, "L1"), PointUse(3, "L2"), PointUse(3, "L3"))
_AMERICAN_WYE = GridRules("americas", _AMERICAS, (*_THREE, PointUse(1, "L1", load=2)), 3, 120.0)

GRIDS: Mapping[GridType, GridRules] = {
    "1x230": GridRules("europe", (_EUROPE[0], _N), tuple(PointUse(1, "L1", load) for load in (1, 2, 3, 4)), 2, 230.0),
    "3x400+N": GridRules("europe", (*_EUROPE, _N), (*_THREE, PointUse(1, None, load=2)), 4, 230.0),
    "3x230": GridRules("europe", _EUROPE, (*_THREE, PointUse(1, None, load=2)), 3, 230.0),
    "2x120/240": GridRules(
        "americas",
        (Conductor("A", "black", "L1"), Conductor("B", "red", "L2"), Conductor("N", "white", "N")),
        (PointUse(2, "L1"), PointUse(2, "L2"), PointUse(1, "L1", load=2), PointUse(1, "L2", load=3)),
        2,
        120.0,
    ),
    "3x120/208": _AMERICAN_WYE,
    "3x277/480": replace(_AMERICAN_WYE, phase_v=277.0, supply_range_open=True),
    "3x347/600": replace(_AMERICAN_WYE, phase_v=347.0, supply_range_open=True, from_manual=False),
}
"""The neutral of ``1x230`` is the second phase where no neutral exists (EM-119); ``3x347/600`` is of G-092."""

BREAKER_STANDARD: Mapping[Region, str] = {"europe": "IEC 60947-2", "americas": "UL 489"}
LEAST_MM2, INSULATION_V, WIRE_STYLE = 1.0, 600.0, "UL-style 1015"
_AWG: Mapping[int, tuple[float, ...]] = {18: (6.0,), 16: (6.0, 10.0)}
"""Breakers that go with a wire of so many AWG (EM-141 to EM-143)."""


@dataclass(frozen=True, slots=True)
class SupplyWire:
    """What leads from the breaker to the Power Box: either mm² or AWG."""

    breaker_a: float
    area_mm2: float | None = None
    awg: int | None = None
    insulation_v: float = INSULATION_V


def unfit(wire: SupplyWire, grid_type: GridType) -> tuple[str, ...]:
    """Which rules of the supply wiring ``wire`` breaks; keys of ``rule.wire.…``, none when it may be used."""
    found = []
    if GRIDS[grid_type].region == "europe":
        found += ["area"] if wire.area_mm2 is None or wire.area_mm2 < LEAST_MM2 else []
        found += ["breaker"] if wire.breaker_a != 6.0 else []
    elif wire.awg is None or wire.awg not in _AWG:
        found.append("gauge")
    elif wire.breaker_a not in _AWG[wire.awg]:
        found.append("breaker")
    if wire.insulation_v < INSULATION_V:
        found.append("insulation")
    return tuple(found)
