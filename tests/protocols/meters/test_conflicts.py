"""Where two sources differ, the table says so, and what the meter shows decides."""

import re
import tomllib
from importlib.resources import files

import pytest

from ohmstead.core.model.errors import ConfigurationError
from ohmstead.core.model.quantities import Quality
from ohmstead.core.model.readings import PhaseReading
from ohmstead.protocols.meters.catalogue import load, names
from ohmstead.protocols.meters.codec import MeterValues, decode, encode
from ohmstead.protocols.meters.parsing import parse
from ohmstead.protocols.registers import words_of
from ohmstead.texts import word

TABLE = """
name = "A meter"
source = "its manual"
phases = 1
function = 4
[quantities]
frequency_hz  = { register = 0, type = "u16", divisor = 100 }
energy_import = { register = 2, type = "u32", unit = "Wh" }
energy_export = { register = 4, type = "u32", unit = "Wh" }
[[conflicts]]
quantity = "frequency_hz"
instead = { divisor = 10 }
source = "another list"
decide = "value"
"""
HOUSE = MeterValues(900.0, 50.0, 0.96, 50.0, 3_600_000, 0, (PhaseReading(230.5, 4.0, 900.0, 50.0, 0.96),) * 3)


def shown(key, register, words):
    table = load(key)
    image = (*encode(table, HOUSE), (register, words))
    cells = {start + i: word for start, block in image for i, word in enumerate(block)}
    return [[cells[b.start + i] for i in range(b.count)] for b in table.blocks]


def test_the_tables_name_the_conflicts_of_their_sources_and_who_decides():
    found = {(key, c.point.quantity, c.decide) for key in names() for c in load(key).conflicts}
    assert found == {
        ("gavazzi-em112", "current_a", "source"),
        ("gavazzi-em24", "energy_import", "source"),
        ("gavazzi-em540", "frequency_hz", "source"),
        ("lovato-dmg610", "frequency_hz", "value"),
        ("phoenix-empro", "energy_import", "counters"),
        ("siemens-pac2200", "frequency_hz", "grid"),
    }


@pytest.mark.parametrize("raw, hertz, notes", [(49_970, 49.97, 0), (4_997, 49.97, 1), (5_998, 59.98, 1)])
def test_a_frequency_in_either_scale_is_read_right_and_the_other_scale_is_reported(raw, hertz, notes):
    values = decode(load("lovato-dmg610"), shown("lovato-dmg610", 0x31, words_of(raw, "u32")))
    assert (values.quality, values.problem) == (Quality.GOOD, None)
    assert values.frequency_hz == pytest.approx(hertz)
    assert [note.key for note in values.notes] == ["meter.other_source"] * notes
    for note in values.notes:
        assert "lovato.py" in word(note, "en")
        assert "49" in word(note, "it")


@pytest.mark.parametrize("raw", [0, 499, 499_700])
def test_a_frequency_that_no_source_can_explain_is_missing_and_the_tables_register_named(raw):
    values = decode(load("lovato-dmg610"), shown("lovato-dmg610", 0x31, words_of(raw, "u32")))
    assert (values.quality, values.frequency_hz, values.notes) == (Quality.BAD, None, ())
    assert values.problem.params["register"] == 0x31


def test_a_value_marked_as_missing_is_not_sought_elsewhere():
    text = TABLE.replace('"u16", divisor = 100', '"u16", divisor = 100, not_available = [500]')
    assert decode(parse(text, "m"), [[500], [0, 0, 0, 0]]).frequency_hz is None


def test_another_register_is_read_along_only_where_the_value_decides():
    elsewhere = TABLE.replace("{ divisor = 10 }", "{ register = 9 }")
    assert [(b.start, b.count) for b in parse(elsewhere, "m").blocks] == [(0, 1), (2, 4), (9, 1)]
    documented = elsewhere.replace('decide = "value"', 'decide = "source"')
    assert [(b.start, b.count) for b in parse(documented, "m").blocks] == [(0, 1), (2, 4)]
    assert decode(parse(elsewhere, "m"), [[0], [0, 0, 0, 0], [5000]]).frequency_hz == 50.0


def test_a_register_off_the_grid_of_all_others_is_told_apart():
    table = load("siemens-pac2200")
    (conflict,) = table.conflicts
    assert {p.register % 2 for p in table.points if p.type == "f32"} == {1}
    assert conflict.instead.register == 46
    assert all(not (b.start <= 46 < b.start + b.count) for b in table.blocks)


@pytest.mark.parametrize(
    "change, expected",
    [
        (('quantity = "f', 'quantity = "voltage_v"#'), "conflicts.1.quantity: got 'voltage_v'; allowed: a quantity of"),
        (("divisor = 10 }", "divisor = 100 }"), "conflicts.1.instead: got .*; allowed: something that differs"),
        (("{ divisor = 10 }", "{ divide = 10 }"), "instead.divide: got an unknown key.*Did you mean divisor?"),
        (("{ divisor = 10 }", "10"), "conflicts.1.instead: got 10; allowed: a table such as"),
        (('decide = "value"', 'decide = "luck"'), "decide: got 'luck'; allowed: value, counters, grid, source"),
        (('decide = "value"', 'decide = "grid"'), "conflicts.1.decide: got 'grid'; allowed: another decision"),
        (('source = "another list"\n', ""), "conflicts.1.source: got nothing; allowed: this key is needed"),
        (("[[conflicts]]", "[conflicts]"), "conflicts: got .*; allowed: tables"),
        (('decide = "value"', 'decide = "counters"'), "conflicts.1.decide: got 'counters'; allowed: .*energy"),
    ],
)  # fmt: skip — one case per line
def test_a_wrong_conflict_is_refused_with_place_value_and_what_is_allowed(change, expected):
    before, after = change
    assert before in TABLE
    with pytest.raises(ConfigurationError) as caught:
        parse(TABLE.replace(before, after), "a-meter")
    found = [str(mistake) for mistake in caught.value.mistakes]
    assert any(re.search(expected, line) for line in found), found


@pytest.mark.parametrize("key", names())
def test_every_table_names_both_of_its_sources(key):
    raw = tomllib.loads((files("ohmstead.protocols.meters") / f"{key}.toml").read_text("utf-8"))
    assert raw["source"].startswith("register facts: ")
    assert "second source of the golden block: " in raw["source"]
