import re
from pathlib import Path

import pytest

from ohmstead.core.model.errors import ConfigurationError
from ohmstead.protocols.meters.catalogue import load, names
from ohmstead.protocols.meters.parsing import parse
from ohmstead.protocols.meters.table import Block, plan

GOOD = """
name = "A meter"
source = "its manual"
phases = 1
function = 4
max_gap = 4

[quantities]
power_w       = { register = 0, type = "f32" }
frequency_hz  = { register = 6, type = "u16", divisor = 100 }
energy_import = { register = 40, type = "u32", unit = "Wh" }
"""


def mistakes(text: str) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        parse(text, "a-meter")
    return [str(mistake) for mistake in caught.value.mistakes]


def test_the_models_that_come_with_the_house_all_load():
    assert names() == (
        *("abb-b21", "abb-b23", "abb-b24"),
        *("eastron-sdm120", "eastron-sdm230", "eastron-sdm630", "eastron-sdm72-v2"),
        *("gavazzi-em112", "gavazzi-em24", "gavazzi-em24-e1", "gavazzi-em340", "gavazzi-em540"),
        *("janitza-b23", "janitza-umg604", "lovato-dmg610", "phoenix-empro"),
        *("schneider-iem3155", "siemens-pac2200"),
    )
    for key in names():
        assert load(key).source


def test_neighbours_share_a_request_up_to_the_gap_and_the_longest_block():
    assert plan(parse(GOOD, "m")) == (Block(4, 0, 7), Block(4, 40, 2))
    assert plan(parse(GOOD.replace("max_gap = 4", "max_gap = 3"), "m"))[0] == Block(4, 0, 2)
    assert plan(parse(GOOD.replace("max_gap = 4", "max_gap = 60\nmax_block = 7"), "m"))[0] == Block(4, 0, 7)


def test_known_models_are_read_in_as_few_requests_as_their_makers_allow():
    assert [(b.start, b.count) for b in plan(load("eastron-sdm630"))] == [(0, 76)]
    assert [(b.start, b.count) for b in plan(load("abb-b23"))] == [(0x5000, 8), (0x5B00, 62)]
    assert max(b.count for b in plan(load("gavazzi-em24"))) == 11
    assert [(b.start, b.count) for b in plan(load("siemens-pac2200"))] == [(1, 42), (55, 16), (801, 12)]


@pytest.mark.parametrize(
    "change, expected",
    [
        (("frequency_hz ", "frequenzy_hz "), "quantities.frequenzy_hz: got an unknown key.*Did you mean frequency_hz?"),
        (
            ("frequency_hz ", "demand_w = { register = 1, type = 'f32' }\nfrequency_hz "),
            "demand_w: got register 1; allowed: registers from 2 on, as power_w takes 0 to 1",
        ),
        (
            ("frequency_hz ", "reactive_energy_import = { register = 90, type = 'f32' }\nfrequency_hz "),
            "reactive_energy_import.unit: got nothing; allowed: this key is needed",
        ),
        (("max_gap", "max_gab"), "a-meter.max_gab: got an unknown key; allowed: name, source, .*Did you mean max_gap?"),
        (("power_w ", "power_kw "), "quantities.power_kw: got an unknown key.*Did you mean power_w?"),
        (('"f32"', '"f31"'), "power_w.type: got 'f31'; allowed: u16, .*Did you mean f32?"),
        (('"Wh"', '"kwh"'), "energy_import.unit: got 'kwh'; allowed: J, Wh, kWh, MWh"),
        ((', unit = "Wh"', ""), "energy_import.unit: got nothing; allowed: this key is needed"),
        (("register = 40", "register = 65535"), "register: got 65535; allowed: a whole number from 0 to 65534"),
        (("register = 40", "register = -1"), "register: got -1"),
        (("register = 40", "register = 40.5"), "register: got 40.5; allowed: a whole number"),
        (("register = 6", "register = 1"), "frequency_hz: got register 1; allowed: registers from 2 on"),
        (("phases = 1", "phases = 2"), "phases: got 2; allowed: 1, 3"),
        (("function = 4", "function = 5"), "function: got 5; allowed: 3, 4"),
        (("function = 4", "function = true"), "function: got True; allowed: 3, 4"),
        (("divisor = 100", "divisor = 0"), "divisor: got 0"),
        (('name = "A meter"\n', ""), "a-meter.name: got nothing"),
        (("max_gap = 4", 'word_order = "middle"'), "word_order: got 'middle'; allowed: big, little"),
        (("[quantities]", "quantities = 3\n[other]"), "quantities: got 3; allowed: a table of quantities"),
        (("[quantities]", "[terminals.1]\ncurrent_a = { register = 80, type = 'f32' }\n[quantities]"), "belong under"),
        (("max_gap = 4", "identify = { register = 1, expect = [] }"), "identify.expect: got \\[\\]"),
        (("name =", "name"), "allowed: a TOML document"),
    ],
)  # fmt: skip — one case per line
def test_a_wrong_table_is_refused_with_place_value_and_what_is_allowed(change, expected):
    before, after = change
    assert before in GOOD
    found = mistakes(GOOD.replace(before, after))
    assert any(re.search(expected, line) for line in found), found


def test_all_mistakes_are_named_at_once():
    assert len(mistakes(GOOD.replace('"f32"', '"f31"').replace('"Wh"', '"kwh"'))) == 2


def test_an_unknown_model_is_refused_with_the_known_ones_and_the_nearest():
    with pytest.raises(ConfigurationError, match=r"abb-b23, abb-b24, eastron-sdm120.*Did you mean eastron-sdm630\?"):
        load("eastron-sdm63")


def test_the_table_of_the_handbook_is_a_table():
    page = (Path(__file__).parents[3] / "docs/add-a-meter.md").read_text("utf-8")
    (example,) = re.findall(r"```toml\n(name = .*?)```", page, re.S)
    table = parse(example, "example")
    assert (len(table.points), table.max_block, table.identify.register) == (11, 80, 0x8960)
