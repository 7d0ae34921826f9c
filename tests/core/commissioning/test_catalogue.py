"""The catalogue row by row as it can be ordered, its model codes, and the transformer that fits a circuit."""

import pytest

from ohmstead.core.commissioning.catalogue import ARTICLES, MODEL_CODES, article, fitting, of_kind

ORDERABLE = """
Genius | I1-GW-1 | gateway
Wi-Fi Connect | I1-GW-2 | gateway
Connect | I1-GW-3 | gateway
4G Connect | I1-GW-4 | gateway
Input module | I1-INP-1 | bus B, 4 inputs
Output module | I1-OUT-1 | bus B, 2 outputs
Power Box | I1-VAC-1 |
Power Box | I1-VAC-1-US | us
CT Hub | I1-IAC-1 | bus A, 4 points
Solid Core 3-Phase CT | I1-IAC-2 | bus A, 3 points
Split Core CT 50 A, long cable | AC-CT-50A | 50 A, 1.8 m
Split Core CT 100 A | AC-CT-100A | 100 A
Split Core CT 200 A | AC-CT-200A | 200 A
Split Core CT 400 A | AC-CT-400A | 400 A
Split Core CT 50 A, short cable | AC-CT-S-50A | 50 A, 0.3 m
Rogowski coil 0–400 A | AC-RSCT-4CM | 400 A
Rogowski coil 0–1600 A | AC-RSCT-12CM | 1600 A
Rogowski coil 0–4000 A | AC-RSCT-19CM | 4000 A
Rogowski coil 0–10000 A | AC-RSCT-30CM | 10000 A
Wall mounting plate kit | AC-IMPW-8 | 8 pieces
DIN mounting plate kit | AC-IMPD-4 | 4 pieces
Bus cable 40 cm | AC-IBC40 | 0.4 m
Bus cable 150 cm | AC-IBC150 | 1.5 m
Bus cable set 100 m with 50 RJ10 connectors | AC-IBCS-100m | 100 m, 50 pieces
Modbus energy meter cable, RJ10 to USB | AC-IBC-RS485 |
Teltonika RUT240 4G router | AC-SP-LU2 |
"""


def row(one) -> str:
    about = [
        "gateway" if one.kind == "gateway" else "",
        f"bus {one.bus}" if one.bus else "",
        one.region or "",
        f"{one.inputs} inputs" if one.inputs else "",
        f"{one.outputs} outputs" if one.outputs else "",
        f"{one.points} points" if one.points else "",
        f"{one.rating_a:g} A" if one.rating_a else "",
        f"{one.cable_m:g} m" if one.cable_m else "",
        f"{one.pieces} pieces" if one.pieces > 1 else "",
    ]
    return f"{one.name} | {one.number} | {', '.join(each for each in about if each)}".rstrip()


@pytest.mark.req("EM-047", "EM-048", "EM-052", "EM-055", "EM-056")
def test_exactly_what_can_be_ordered_is_in_the_catalogue():
    assert [row(one) for one in ARTICLES] == [line.strip() for line in ORDERABLE.strip().splitlines()]


@pytest.mark.req("EM-008", "EM-009", "EM-049", "EM-050", "EM-051")
def test_gateways_are_one_genius_and_three_of_the_connect_series():
    found = {one.gateway: one.number for one in of_kind("gateway")}
    connects = {"connect": "I1-GW-3", "wifi-connect": "I1-GW-2", "4g-connect": "I1-GW-4"}
    assert found == {"genius": "I1-GW-1"} | connects


@pytest.mark.req("EM-054")
def test_a_power_box_has_two_variants():
    assert [(one.number, one.region) for one in of_kind("power_box")] == [("I1-VAC-1", None), ("I1-VAC-1-US", "us")]


@pytest.mark.req("EM-053", "EM-066", "EM-067", "EM-068", "EM-069")
@pytest.mark.parametrize(
    ("number", "key", "value"),
    [
        ("I1-OUT-1", "outputs", 2),
        ("AC-IMPW-8", "pieces", 8),
        ("AC-IMPD-4", "pieces", 4),
        ("AC-IBC40", "cable_m", 0.4),
        ("AC-IBC150", "cable_m", 1.5),
    ],
)
def test_parts_tell_what_counts_of_them(number, key, value):
    assert getattr(article(number), key) == value


@pytest.mark.req("EM-058", "EM-059", "EM-060", "EM-062", "EM-063")
def test_split_cores_and_coils_have_their_ratings():
    assert [one.rating_a for one in of_kind("split_core")] == [50, 100, 200, 400, 50]
    assert [one.rating_a for one in of_kind("rogowski")] == [400, 1600, 4000, 10000]


@pytest.mark.req("EM-074")
def test_every_model_code_of_the_declaration_is_mapped():
    orderable = {code: number for code, number in MODEL_CODES.items() if number}
    assert len(MODEL_CODES) == 10
    assert {code: article(code).number for code in orderable} == orderable
    assert article("MOD-IN-1").name == "Input module"
    with pytest.raises(KeyError):
        article("MOD-P1S1-1")


@pytest.mark.req("EM-057", "EM-061", "EM-075")
def test_a_50_a_split_core_comes_with_either_cable():
    choice = fitting(16).articles
    assert [(one.number, one.cable_m) for one in choice] == [("AC-CT-50A", 1.8), ("AC-CT-S-50A", 0.3)]


@pytest.mark.req("G-089", "EM-001", "EM-002", "EM-064", "EM-065")
@pytest.mark.parametrize(
    ("breaker_a", "kind", "rating_a"),
    [
        (16, "split_core", 50),
        (63, "split_core", 100),
        (250, "split_core", 400),
        (400, "split_core", 400),
        (630, "rogowski", 1600),
        (2500, "rogowski", 4000),
        (6300, "rogowski", 10000),
    ],
)
def test_the_smallest_that_reaches_the_breaker_fits(breaker_a, kind, rating_a):
    found = fitting(breaker_a)
    assert (found.kind, found.rating_a) == (kind, rating_a)


@pytest.mark.req("G-089", "EM-003")
def test_bus_bars_take_coils_and_new_three_phase_circuits_may_take_a_solid_core():
    assert fitting(200, bus_bar=True).kind == "rogowski"
    assert fitting(32, new_three_phase=True).solid_core
    assert not fitting(32).solid_core


@pytest.mark.parametrize("breaker_a", [0, -5, 10_001])
def test_what_nothing_fits_is_said(breaker_a):
    with pytest.raises(ValueError, match=f"{breaker_a:g} A"):
        fitting(breaker_a)


@pytest.mark.req("EM-070", "EM-072")
def test_cable_by_the_hundred_metres_and_a_router_can_be_ordered():
    bulk, router = article("AC-IBCS-100m"), article("AC-SP-LU2")
    assert (bulk.kind, bulk.cable_m, bulk.pieces) == ("bus_cable", 100, 50)
    assert (router.kind, router.bus, router.gateway) == ("router", None, None)


@pytest.mark.req("EM-007", "EM-010", "EM-011")
def test_transformers_hang_on_bus_a_and_modules_on_bus_b():
    found = {kind: {one.bus for one in ARTICLES if one.kind == kind} for kind in ("hub", "core")}
    assert found == {"hub": {"A"}, "core": {"A"}}
    found = {kind: {one.bus for one in ARTICLES if one.kind == kind} for kind in ("input_module", "output_module")}
    assert found == {"input_module": {"B"}, "output_module": {"B"}}
    assert {one.outputs for one in of_kind("output_module")} == {2}
