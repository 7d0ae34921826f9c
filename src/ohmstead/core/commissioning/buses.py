"""What the two buses of a box can carry, and which gateways a location may have (EM-013, EM-153 to EM-169).

Lengths are sums of the cables that are known, and must stay *below* their limit; beyond nine tenths of it, or at 25
points, there is a warning (G-090, G-118). Every finding is a Reason that a person can use.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil

from ohmstead.core.model.measuring import POINTS_OF, BoxSettings, GatewayKind, GatewaySettings
from ohmstead.core.model.reasons import Param, Reason
from ohmstead.core.model.sampled import MOST_POINTS

A_BUS_M, B_BUS_M = 100.0, 500.0
MOST_MODULES = 10
"""Input and output modules together, for each Genius (EM-158)."""
WARN_POINTS, WARN_SHARE = 25, 0.9

_CONNECT = frozenset({"measurement", "cloud", "configuration"})
FUNCTIONS: Mapping[GatewayKind, frozenset[str]] = {
    "genius": _CONNECT | {"modules", "aggregation", "real_time", "meters"},
    "connect": _CONNECT,
    "wifi-connect": _CONNECT,
    "4g-connect": _CONNECT,
}
"""What a gateway can do (G-108)."""


@dataclass(frozen=True, slots=True)
class Found:
    """What does not go, at a box or gateway, or is near its end (``warning``)."""

    owner: str
    reason: Reason
    warning: bool = False


def hubs_needed(channels: int) -> int:
    """CT Hubs for so many split cores and coils (EM-080)."""
    return ceil(channels / POINTS_OF["hub"])


def points(hubs: int, cores: int) -> int:
    """Measuring points that so many hubs and solid cores count, used or not."""
    return POINTS_OF["hub"] * hubs + POINTS_OF["core"] * cores


def carries(hubs: int, cores: int) -> bool:
    """Whether one bus A takes them (EM-081)."""
    return points(hubs, cores) <= MOST_POINTS


def examined(gateways: Mapping[str, GatewaySettings], boxes: Mapping[str, BoxSettings]) -> Iterator[Found]:
    """What does not go together, and what is near its end."""
    geniuses = [name for name, each in gateways.items() if each.kind == "genius"]
    for name in geniuses[1:]:
        yield Found(name, Reason("rule.second_genius", {"gateway": name, "first": geniuses[0]}))
    taken: dict[str, str] = {}
    modules: dict[str, int] = {}
    for name, box in boxes.items():
        yield from _bus_a(name, box)
        yield from _bus_b(name, box)
        if box.gateway is None:
            continue
        if box.gateway not in gateways:
            known = ", ".join(gateways) or "–"
            yield Found(name, Reason("rule.unknown_gateway", {"box": name, "came": box.gateway, "known": known}))
            continue
        first = taken.setdefault(box.gateway, name)
        if first != name:
            yield Found(name, Reason("rule.gateway_taken", {"box": name, "gateway": box.gateway, "first": first}))
        modules[box.gateway] = modules.get(box.gateway, 0) + len(box.modules)
        if box.modules and "modules" not in FUNCTIONS[gateways[box.gateway].kind]:
            yield Found(name, Reason("rule.modules_need_genius", {"box": name, "gateway": box.gateway}))
        elif modules[box.gateway] > MOST_MODULES:
            params: dict[str, Param] = {"gateway": box.gateway, "came": modules[box.gateway], "most": MOST_MODULES}
            yield Found(name, Reason("rule.modules", params))


def _bus_a(name: str, box: BoxSettings) -> Iterator[Found]:
    taken = sum(POINTS_OF[part.kind] for part in box.parts)
    if taken > MOST_POINTS:
        yield Found(name, Reason("rule.too_many_points", {"box": name, "came": taken, "most": MOST_POINTS}))
    elif taken >= WARN_POINTS:
        yield Found(name, Reason("rule.points_near", {"box": name, "came": taken, "most": MOST_POINTS}), warning=True)
    yield from _length(name, "a", [part.cable_m for part in box.parts], A_BUS_M)


def _bus_b(name: str, box: BoxSettings) -> Iterator[Found]:
    yield from _length(name, "b", [*(module.cable_m for module in box.modules), box.gateway_cable_m], B_BUS_M)


def _length(name: str, bus: str, cables: Sequence[float | None], limit_m: float) -> Iterator[Found]:
    length_m = round(sum(cable or 0.0 for cable in cables), 6)
    params = {"box": name, "came": f"{length_m:g} m", "limit": f"{limit_m:g} m"}
    if length_m >= limit_m:
        yield Found(name, Reason(f"rule.bus_{bus}_length", params))
    elif length_m >= WARN_SHARE * limit_m:
        yield Found(name, Reason(f"rule.bus_{bus}_near", params), warning=True)


@dataclass(frozen=True, slots=True)
class Cable:
    """A bus cable that somebody made (EM-163 to EM-168)."""

    pairs: int = 2
    twisted: bool = True
    together: frozenset[frozenset[int]] = field(
        default_factory=lambda: frozenset({frozenset({1, 4}), frozenset({2, 3})})
    )
    """Which pins share a pair."""
    straight: bool = True
    """Pin n to pin n."""
    impedance_ohm: float = 100.0
    awg: int = 24
    shielded: bool = False
    """Either will do."""
    connector: str = "RJ10"


CABLE_PAIRS = frozenset({frozenset({1, 4}), frozenset({2, 3})})
IMPEDANCE_OHM, IMPEDANCE_WITHIN = 100.0, 0.15
"""Twisted pairs of the categories in use are made to within 15 % (ISO/IEC 11801)."""
CABLE_AWG, CABLE_CONNECTOR = 24, "RJ10"


def paired(pin_1_with: int) -> frozenset[frozenset[int]]:
    """The two pairs of the four pins, of which one is pin 1 with that pin. Raises ValueError for no pin beside it."""
    rest = {2, 3, 4} - {pin_1_with}
    if len(rest) != 2:
        raise ValueError(f"pin 1 with pin {pin_1_with}; allowed: 2, 3, 4")
    return frozenset({frozenset({1, pin_1_with}), frozenset(rest)})


def broken_rules(cable: Cable) -> tuple[str, ...]:
    """The rules that ``cable`` breaks, by name (keys of ``rule.cable.…``); none when it may be used (EM-169)."""
    checks = {
        "pairs": cable.pairs == 2 and cable.twisted,
        "pins": cable.together == CABLE_PAIRS,
        "straight": cable.straight,
        "impedance": abs(cable.impedance_ohm - IMPEDANCE_OHM) <= IMPEDANCE_WITHIN * IMPEDANCE_OHM,
        "style": cable.awg <= CABLE_AWG,
        "connector": cable.connector == CABLE_CONNECTOR,
    }
    return tuple(name for name, kept in checks.items() if not kept)
