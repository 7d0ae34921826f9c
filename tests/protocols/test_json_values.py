"""Values in JSON are found by their path, in any unit; what is wrong is named and never becomes a number."""

import json
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ohmstead.core.model.quantities import Quality
from ohmstead.protocols.json_values import JsonPoint, NotJson, decode, parse, parse_path, quantities, units, written
from ohmstead.texts import LANGUAGES, word

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("ab"), inner, max_size=2),
    max_leaves=10,
)


def power(path: str = "p", factor: int = 1) -> JsonPoint:
    return JsonPoint("power_w", None, "meter", parse_path(path), Fraction(factor), label="power_w")


def read(text: str, *points: JsonPoint, terminals: int = 0):
    return decode(points or (power(),), {"meter": parse(text.encode())}, terminals, "oven")


@pytest.mark.parametrize(
    "path, steps",
    [
        ("", ()),
        ("a", ("a",)),
        ("a.b-c.0", ("a", "b-c", "0")),
        ("[2].a[10]", (2, "a", 10)),
        ('data["a.b"].c', ("data", "a.b", "c")),
        ("em:0.a_act_power", ("em:0", "a_act_power")),
    ],
)
def test_a_path_is_names_and_indices_and_is_written_as_it_was_read(path, steps):
    assert parse_path(path) == steps
    assert parse_path(written(steps)) == steps


@pytest.mark.parametrize("path", [".a", "a..b", "a.", "a[", "a[x]", "a b", "a[-1]", 'a["'])
def test_what_is_no_path_is_refused(path):
    with pytest.raises(ValueError, match="character"):
        parse_path(path)


@pytest.mark.parametrize(
    "text, path, factor, watts",
    [
        ("230.5", "", 1, 230.5),
        ('{"p": -1.5}', "p", 1000, -1500.0),
        ('{"a": [{"p": 1}, {"p": 2}]}', "a[1].p", -1, -2.0),
        ('{"p": "12.5"}', "p", 1, 12.5),
        ('{"p": null}', "p", 1, None),
        ('{"p": {"0": 7}}', "p[0]", 1, 7.0),
    ],
)
def test_a_number_is_found_by_its_path_in_the_unit_of_the_house(text, path, factor, watts):
    assert read(text, power(path, factor)).power_w == watts


@pytest.mark.parametrize(
    "text, key, came",
    [
        ('{"q": 1}', "source.no_path", "an object with q"),
        ("[1, 2]", "source.no_path", "a list of 2"),
        ("5", "source.no_path", "the document = 5"),
        ('{"p": "on"}', "source.no_number", "'on'"),
        ('{"p": true}', "source.no_number", "true"),
        ('{"p": NaN}', "source.no_number", "NaN"),
        ('{"p": 1e999}', "source.no_number", "Infinity"),
        ('{"p": "nan"}', "source.no_number", "'nan'"),
        ('{"p": {"a": 1}}', "source.no_number", "an object with a"),
        ('{"p": 5e6}', "source.implausible", "5000000.0"),
    ],
)
def test_what_is_no_value_is_named_and_never_becomes_one(text, key, came):
    seen = read(text)
    assert (seen.quality, seen.power_w) == (Quality.BAD, None)
    assert seen.problem.key == key
    for language in LANGUAGES:
        said = word(seen.problem, language)
        assert came in said
        assert "oven" in said


@pytest.mark.parametrize("data", [b"", b"{", b'{"p": 1', b"\xff\xfe", b"ON", b"<html>", b"[" * 100_000, b"1" * 300_000])
def test_what_is_no_json_is_refused_with_its_beginning(data):
    with pytest.raises(NotJson) as caught:
        parse(data)
    assert len(str(caught.value)) < 100


def test_nothing_at_all_is_missing_and_not_bad():
    seen = read('{"p": null}')
    assert (seen.quality, seen.problem.key) == (Quality.MISSING, "source.empty")


def test_the_power_of_the_whole_is_that_of_its_phases_only_when_all_are_known():
    points = tuple(JsonPoint("power_w", index, "meter", (name,)) for index, name in enumerate("abc"))
    assert read('{"a": 1, "b": 2, "c": 3}', *points, terminals=3).power_w == 6
    assert read('{"a": 1, "b": null, "c": 3}', *points, terminals=3).power_w is None
    assert read('{"a": 1, "b": 2, "c": 3}', *points[:2], terminals=3).power_w is None


def test_energy_in_kilowatt_hours_is_whole_joules_without_loss():
    factor = units("energy_import_j", False)["kWh"]
    point = JsonPoint("energy_import_j", None, "meter", ("e",), factor)
    assert read('{"e": 12345.678901}', point).energy_import_j == 44_444_444_044
    assert read('{"e": -1}', point).problem.key == "source.implausible"


def test_every_quantity_has_units_of_which_the_first_is_the_house_s_own():
    for name in quantities():
        quantity, _, phase = name.partition(".")
        assert next(iter(units(quantity, bool(phase)).values())) == 1
    assert "energy_import_j.L1" not in quantities()


@given(JSON)
def test_any_document_gives_a_value_or_a_reason(document):
    seen = decode(
        (power("a[0].b"), JsonPoint("voltage_v", 0, "meter", ("a",))),
        {"meter": parse(json.dumps(document).encode())},
        1,
        "x",
    )
    assert seen.quality is Quality.GOOD or seen.problem is not None
