"""The components an installation is made of, with the article numbers they are ordered by (EM-047 to EM-075).

A table: nothing is computed here but its reading by kind. Article numbers are those of the original hardware, kept so
that an installer can order what the rules ask for; the names are common ones.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from ohmstead.core.model.measuring import GatewayKind

Kind = Literal[
    "gateway",
    "input_module",
    "output_module",
    "power_box",
    "hub",
    "core",
    "split_core",
    "rogowski",
    "mounting",
    "bus_cable",
    "meter_cable",
    "router",
]
Bus = Literal["A", "B"]


@dataclass(frozen=True, slots=True)
class Article:
    """One orderable item. Lengths in m, ratings in A; ``None`` where it has no such thing."""

    key: str
    number: str
    kind: Kind
    name: str
    bus: Bus | None = None
    points: int | None = None
    """Measuring points it takes on the bus (EM-154, EM-155)."""
    rating_a: float | None = None
    cable_m: float | None = None
    inputs: int | None = None
    outputs: int | None = None
    pieces: int = 1
    gateway: GatewayKind | None = None
    region: Literal["us"] | None = None


ARTICLES: tuple[Article, ...] = (
    Article("genius", "I1-GW-1", "gateway", "Genius", gateway="genius"),
    Article("wifi_connect", "I1-GW-2", "gateway", "Wi-Fi Connect", gateway="wifi-connect"),
    Article("connect", "I1-GW-3", "gateway", "Connect", gateway="connect"),
    Article("4g_connect", "I1-GW-4", "gateway", "4G Connect", gateway="4g-connect"),
    Article("input_module", "I1-INP-1", "input_module", "Input module", bus="B", inputs=4),
    Article("output_module", "I1-OUT-1", "output_module", "Output module", bus="B", outputs=2),
    Article("power_box", "I1-VAC-1", "power_box", "Power Box"),
    Article("power_box_us", "I1-VAC-1-US", "power_box", "Power Box", region="us"),
    Article("hub", "I1-IAC-1", "hub", "CT Hub", bus="A", points=4),
    Article("core", "I1-IAC-2", "core", "Solid Core 3-Phase CT", bus="A", points=3),
    Article("split_core_50", "AC-CT-50A", "split_core", "Split Core CT 50 A, long cable", rating_a=50, cable_m=1.8),
    Article("split_core_100", "AC-CT-100A", "split_core", "Split Core CT 100 A", rating_a=100),
    Article("split_core_200", "AC-CT-200A", "split_core", "Split Core CT 200 A", rating_a=200),
    Article("split_core_400", "AC-CT-400A", "split_core", "Split Core CT 400 A", rating_a=400),
    Article(
        "split_core_50_s", "AC-CT-S-50A", "split_core", "Split Core CT 50 A, short cable", rating_a=50, cable_m=0.3
    ),
    Article("rogowski_400", "AC-RSCT-4CM", "rogowski", "Rogowski coil 0–400 A", rating_a=400),
    Article("rogowski_1600", "AC-RSCT-12CM", "rogowski", "Rogowski coil 0–1600 A", rating_a=1_600),
    Article("rogowski_4000", "AC-RSCT-19CM", "rogowski", "Rogowski coil 0–4000 A", rating_a=4_000),
    Article("rogowski_10000", "AC-RSCT-30CM", "rogowski", "Rogowski coil 0–10000 A", rating_a=10_000),
    Article("wall_plates", "AC-IMPW-8", "mounting", "Wall mounting plate kit", pieces=8),
    Article("din_plates", "AC-IMPD-4", "mounting", "DIN mounting plate kit", pieces=4),
    Article("bus_cable_40", "AC-IBC40", "bus_cable", "Bus cable 40 cm", cable_m=0.4),
    Article("bus_cable_150", "AC-IBC150", "bus_cable", "Bus cable 150 cm", cable_m=1.5),
    Article(
        "bus_cable_set",
        "AC-IBCS-100m",
        "bus_cable",
        "Bus cable set 100 m with 50 RJ10 connectors",
        cable_m=100,
        pieces=50,
    ),
    Article("meter_cable", "AC-IBC-RS485", "meter_cable", "Modbus energy meter cable, RJ10 to USB"),
    Article("router", "AC-SP-LU2", "router", "Teltonika RUT240 4G router"),
)

MODEL_CODES: Mapping[str, str | None] = {
    "MOD-GW-1": "I1-GW-1",
    "MOD-GW-2": "I1-GW-2",
    "MOD-GW-3": "I1-GW-3",
    "MOD-GW-4": "I1-GW-4",
    "MOD-VAC-1": "I1-VAC-1",
    "MOD-IAC-1": "I1-IAC-1",
    "MOD-IAC-2": "I1-IAC-2",
    "MOD-OUT-1": "I1-OUT-1",
    "MOD-IN-1": "I1-INP-1",
    "MOD-P1S1-1": None,
}
"""What the declaration of conformity calls a module, and what it is ordered as (EM-074, X-04)."""


def of_kind(kind: Kind) -> tuple[Article, ...]:
    """All articles of ``kind``, in the order of the table."""
    return tuple(article for article in ARTICLES if article.kind == kind)


def article(number: str) -> Article:
    """The article with that number, or with that model code. Raises KeyError for one that is not sold."""
    ordered = MODEL_CODES.get(number, number)
    return next((each for each in ARTICLES if each.number == ordered), None) or _unsold(number)


def _unsold(number: str) -> Article:
    raise KeyError(number)


LARGEST_A = max(each.rating_a for each in ARTICLES if each.rating_a is not None)
"""What the largest coil is made for."""


@dataclass(frozen=True, slots=True)
class Transformer:
    """What fits a conductor; ``articles`` are the cable versions to choose from (EM-075, G-089)."""

    kind: Literal["split_core", "rogowski"]
    rating_a: float
    articles: tuple[Article, ...]
    solid_core: bool = False
    """A Solid Core may be offered instead; its rating is to be checked in its data sheet."""


def fitting(breaker_a: float, *, bus_bar: bool = False, new_three_phase: bool = False) -> Transformer:
    """The transformer for a circuit behind a breaker of ``breaker_a`` (G-089).

    Raises ValueError for a rating of 0 or below, or beyond the largest coil.
    """
    if breaker_a <= 0:
        raise ValueError(f"a breaker of {breaker_a:g} A")
    kinds: tuple[Literal["split_core", "rogowski"], ...] = ("rogowski",) if bus_bar else ("split_core", "rogowski")
    for kind in kinds:
        ratings = sorted({each.rating_a for each in of_kind(kind) if each.rating_a and each.rating_a >= breaker_a})
        if ratings:
            same = tuple(each for each in of_kind(kind) if each.rating_a == ratings[0])
            return Transformer(kind, ratings[0], same, solid_core=new_three_phase)
    raise ValueError(f"no transformer reaches {breaker_a:g} A; the largest is made for {LARGEST_A:g} A")
