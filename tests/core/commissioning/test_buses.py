"""Both buses and the gateways: 28 points by device, lengths strictly below, ten modules, cables judged rule by rule."""

import pytest

from ohmstead.core.commissioning.buses import FUNCTIONS, Cable, broken_rules, carries, examined, hubs_needed, points
from ohmstead.core.model.measuring import BoxSettings, GatewaySettings, sockets


def box(**told) -> BoxSettings:
    return BoxSettings.model_validate({"connect": "tcp://127.0.0.1:502"} | told)


def gateways(**kinds: str) -> dict[str, GatewaySettings]:
    return {name: GatewaySettings(kind=kind.replace("_", "-")) for name, kind in kinds.items()}


def found(boxes: dict[str, BoxSettings], known: dict[str, GatewaySettings] | None = None) -> list[tuple[str, str]]:
    return [(each.owner, each.reason.key) for each in examined(known or {}, boxes)]


@pytest.mark.req("EM-080")
@pytest.mark.parametrize(("channels", "hubs"), [(0, 0), (1, 1), (4, 1), (5, 2), (28, 7)])
def test_hubs_for_channels(channels, hubs):
    assert hubs_needed(channels) == hubs


@pytest.mark.req("EM-081", "EM-153", "EM-154", "EM-155", "G-090")
@pytest.mark.parametrize(
    ("hubs", "cores", "taken", "fits"),
    [
        (7, 0, 28, True),
        (4, 4, 28, True),
        (1, 8, 28, True),
        (0, 9, 27, True),
        (5, 2, 26, True),
        (6, 1, 27, True),
        (8, 0, 32, False),
        (5, 3, 29, False),
        (2, 7, 29, False),
        (0, 10, 30, False),
    ],
)
def test_what_one_bus_a_takes(hubs, cores, taken, fits):
    assert (points(hubs, cores), carries(hubs, cores)) == (taken, fits)
    full = {"main": box(parts=["hub"] * hubs + ["core"] * cores)}
    assert found(full) == [("main", "rule.points_near" if fits else "rule.too_many_points")]


@pytest.mark.req("G-090")
@pytest.mark.parametrize(("parts", "said"), [(["hub"] * 6, []), (["hub"] * 4 + ["core"] * 3, ["rule.points_near"])])
def test_from_25_points_on_it_warns(parts, said):
    assert [(each.reason.key, each.warning) for each in examined({}, {"main": box(parts=parts)})] == [
        (key, True) for key in said
    ]


@pytest.mark.req("EM-156", "G-118")
@pytest.mark.parametrize(
    ("cables", "said"),
    [([50, 39.9], []), ([50, 40], ["near"]), ([60, 39.9], ["near"]), ([60, 40], ["length"]), ([60.1, 40], ["length"])],
)
def test_bus_a_is_shorter_than_100_m(cables, said):
    parts = [{"kind": "hub", "cable_m": each} for each in cables]
    assert found({"main": box(parts=parts)}) == [("main", f"rule.bus_a_{each}") for each in said]


@pytest.mark.req("EM-157", "EM-159", "EM-160")
@pytest.mark.parametrize(
    ("module_m", "gateway_m", "said"),
    [(200, 249, []), (200, 299.9, ["near"]), (200, 300, ["length"]), (0, 500, ["length"])],
)
def test_bus_b_is_shorter_than_500_m_in_any_order_of_modules(module_m, gateway_m, said):
    for kinds in (("input", "output"), ("output", "input")):
        modules = [{"kind": kinds[0], "cable_m": module_m}, {"kind": kinds[1]}]
        one = box(gateway="g", modules=modules, gateway_cable_m=gateway_m)
        assert found({"main": one}, gateways(g="genius")) == [("main", f"rule.bus_b_{each}") for each in said]


@pytest.mark.req("EM-158", "EM-251", "EM-259")
@pytest.mark.parametrize(("inputs", "outputs", "said"), [(6, 4, []), (6, 5, [("main", "rule.modules")])])
def test_ten_modules_together_for_a_genius(inputs, outputs, said):
    one = box(gateway="g", modules=["input"] * inputs + ["output"] * outputs)
    assert found({"main": one}, gateways(g="genius")) == said


@pytest.mark.req("EM-251", "EM-259", "G-108")
@pytest.mark.parametrize("kind", ["connect", "wifi_connect", "4g_connect"])
@pytest.mark.parametrize("module", ["input", "output"])
def test_modules_want_a_genius(kind, module):
    assert found({"main": box(gateway="g", modules=[module])}, gateways(g=kind)) == [
        ("main", "rule.modules_need_genius")
    ]
    assert FUNCTIONS["genius"] > FUNCTIONS[kind.replace("_", "-")]


@pytest.mark.req("EM-013", "G-107")
def test_one_genius_and_several_connects_each_with_its_own_box():
    known = gateways(g="genius", one="connect", two="wifi_connect")
    boxes = {name: box(unit=unit, gateway=name) for unit, name in enumerate(known, 1)}
    assert found(boxes, known) == []
    assert found(boxes, known | gateways(other="genius")) == [("other", "rule.second_genius")]
    assert found(boxes | {"more": box(unit=9, gateway="one")}, known) == [("more", "rule.gateway_taken")]
    assert found({"lost": box(gateway="none")}, known) == [("lost", "rule.unknown_gateway")]


@pytest.mark.req("EM-161", "EM-003", "EM-004")
def test_points_count_along_the_line_from_port_a():
    line = box(parts=["hub", "core", "hub"])
    assert line.points == 11
    assert list(sockets(line.parts)) == [
        (1, "A"), (1, "B"), (1, "C"), (1, "D"), (2, "A"), (2, "B"), (2, "C"), (3, "A"), (3, "B"), (3, "C"), (3, "D"),
    ]  # fmt: skip


@pytest.mark.req("EM-169", "EM-163", "EM-164", "EM-165", "EM-166")
@pytest.mark.parametrize(
    ("cable", "broken"),
    [
        (Cable(), ()),
        (Cable(shielded=True), ()),
        (Cable(pairs=1), ("pairs",)),
        (Cable(twisted=False), ("pairs",)),
        (Cable(together=frozenset({frozenset({1, 2}), frozenset({3, 4})})), ("pins",)),
        (Cable(straight=False), ("straight",)),
        (Cable(impedance_ohm=150.0), ("impedance",)),
        (Cable(awg=28), ("style",)),
        (Cable(connector="RJ11"), ("connector",)),
        (Cable(twisted=False, straight=False, connector="RJ45"), ("pairs", "straight", "connector")),
    ],
)
def test_every_broken_rule_of_a_cable_is_named(cable, broken):
    assert broken_rules(cable) == broken
