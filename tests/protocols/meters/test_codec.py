import math
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ohmstead.core.model.quantities import Quality
from ohmstead.core.model.readings import PhaseReading
from ohmstead.protocols.meters.catalogue import load, names
from ohmstead.protocols.meters.codec import MeterValues, decode, encode
from ohmstead.protocols.meters.parsing import parse
from ohmstead.protocols.registers import words_of
from ohmstead.texts import word
from tests.exploring import examples


def terminals():
    return st.builds(
        PhaseReading,
        voltage_v=st.floats(0.1, 990),
        current_a=st.floats(0, 5000),
        power_w=st.floats(-2e6, 2e6),
        reactive_power_var=st.floats(-2e6, 2e6),
        power_factor=st.floats(-1, 1),
    )


VALUES = st.builds(
    MeterValues,
    power_w=st.floats(-2e6, 2e6),
    reactive_power_var=st.floats(-2e6, 2e6),
    power_factor=st.floats(-1, 1),
    frequency_hz=st.floats(41, 69),
    energy_import_j=st.integers(0, 10**14),
    energy_export_j=st.integers(0, 10**14),
    terminals=st.tuples(terminals(), terminals(), terminals()),
)


def blocks(table, image):
    """What a client gets that asks for the planned blocks."""
    cells = {start + i: word for start, words in image for i, word in enumerate(words)}
    return [[cells[b.start + i] for i in range(b.count)] for b in table.blocks]


def house(**changes):
    phase = PhaseReading(230.5, 4.0, 900.0, 50.0, 0.96875)
    values = {"power_w": 900.0, "frequency_hz": 50.0, "energy_import_j": 3_600_000, "terminals": (phase,) * 3}
    return MeterValues(
        **{**values, "power_factor": 0.96875, "energy_export_j": 0, "reactive_power_var": 50.0, **changes}
    )


def changed(key, at, words, values=None):
    """The registers of ``values`` with ``words`` put at register ``at``."""
    table = load(key)
    return blocks(table, (*encode(table, values or house()), (at, words)))


def _quantity(values, point):
    if point.terminal is not None:
        return getattr(values.terminals[point.terminal], point.quantity)
    return getattr(values, f"{point.quantity}_j" if point.quantity.startswith("energy") else point.quantity)


@pytest.mark.req("G-001", "G-128")
@pytest.mark.parametrize("key", names())
@examples(40)
@given(values=VALUES)
def test_what_a_server_encodes_a_client_decodes_to_the_meters_resolution(key, values):
    table = load(key)
    back = decode(table, blocks(table, encode(table, values)))
    assert (back.quality, back.notes, len(back.terminals)) == (Quality.GOOD, (), table.phases)
    for point in table.points:
        given_value = _quantity(values, point)
        floating = point.type[0] == "f"
        tolerance = 1e-6 if floating else float(point.scale) * 0.51
        assert _quantity(back, point) == pytest.approx(given_value, rel=1e-6 if floating else 1e-9, abs=tolerance), (
            point
        )


@pytest.mark.parametrize("key", names())
@examples(40)
@given(data=st.data())
def test_any_words_at_all_decode_to_values_in_range_or_none(key, data):
    table = load(key)
    words = [data.draw(st.lists(st.integers(0, 65535), min_size=b.count, max_size=b.count)) for b in table.blocks]
    values = decode(table, words)
    assert values.frequency_hz is None or 40 <= values.frequency_hz <= 70
    for number in (values.power_w, *(t.voltage_v for t in values.terminals)):
        assert number is None or (math.isfinite(number) and abs(number) <= 3e6)
    assert (values.quality is Quality.GOOD) == (values.problem is None)


@pytest.mark.req("G-001")
def test_counters_in_kilowatt_hours_become_whole_joules():
    values = decode(load("eastron-sdm630"), changed("eastron-sdm630", 0x48, words_of(12345.5, "f32")))
    assert values.energy_import_j == 44_443_800_000
    assert isinstance(values.energy_import_j, int)


def test_a_single_phase_meters_sums_are_its_terminals_values_too():
    table = load("eastron-sdm120")
    values = decode(table, blocks(table, encode(table, house())))
    assert values.terminals == (PhaseReading(230.5, 4.0, 900.0, 50.0, 0.96875),)


def test_not_a_number_is_missing_and_nothing_else():
    values = decode(load("eastron-sdm630"), changed("eastron-sdm630", 0x1E, words_of(math.nan, "f32")))
    assert values.terminals[0].power_factor is None
    assert (values.quality, values.problem) == (Quality.GOOD, None)


def test_the_pattern_for_not_available_is_missing():
    values = decode(load("abb-b23"), changed("abb-b23", 0x5B14, [0x7FFF, 0xFFFF]))
    assert (values.power_w, values.quality) == (None, Quality.GOOD)


def test_a_meter_that_marks_everything_as_missing_is_missing():
    table = load("abb-b23")
    values = decode(table, blocks(table, encode(table, MeterValues())))
    assert values.quality is Quality.MISSING
    assert "marks every value as not available" in word(values.problem)


@pytest.mark.parametrize(
    "at, words, quantity, allowed",
    [
        (0x00, words_of(1000.5, "f32"), "voltage_v L1", "-1000 to 1000 V"),
        (0x34, words_of(math.inf, "f32"), "power_w", "-3000 to 3000 kW"),
        (0x0E, words_of(4e6, "f32"), "power_w L2", "-3000 to 3000 kW"),
        (0x46, words_of(39.9, "f32"), "frequency_hz", "40 to 70 Hz"),
        (0x46, words_of(0.0, "f32"), "frequency_hz", "40 to 70 Hz"),
        (0x22, words_of(-1.2, "f32"), "power_factor L3", "-1 to 1"),
        (0x48, words_of(-3.0, "f32"), "energy_import", "0 to 1 000 000 000 kWh"),
        (0x4A, words_of(3e38, "f32"), "energy_export", "0 to 1 000 000 000 kWh"),
        (0x08, (0, 1), "current_a L2", "-6000 to 6000 A"),
    ],
)
def test_an_implausible_value_is_none_and_names_register_value_and_range(at, words, quantity, allowed):
    values = decode(load("eastron-sdm630"), changed("eastron-sdm630", at, words))
    assert values.quality is Quality.BAD
    assert values.problem.key == "meter.implausible"
    assert (values.problem.params["register"], values.problem.params["quantity"]) == (at, quantity)
    assert values.problem.params["allowed"] == allowed
    for language in ("en", "it"):
        assert str(at) in word(values.problem, language)
    assert values.power_w == (None if at == 0x34 else 900.0)


@pytest.mark.parametrize("word_order, byte_order", [("little", "big"), ("big", "little"), ("little", "little")])
@pytest.mark.parametrize("key", ["eastron-sdm630", "abb-b23"])
def test_a_wrong_byte_order_is_recognised_and_the_right_one_advised(key, word_order, byte_order):
    table = load(key)
    text = f'word_order = "{word_order}"\nbyte_order = "{byte_order}"\n'
    source = _toml(key).replace('word_order = "big"\n', text)
    wrong = blocks(table, encode(parse(source, "other"), house()))
    values = decode(table, wrong)
    assert values.quality is Quality.BAD
    assert values.problem.key == "meter.implausible_order"
    assert (values.problem.params["word_order"], values.problem.params["byte_order"]) == (word_order, byte_order)
    assert "would be" in word(values.problem, "en")


def _toml(key):
    return (files("ohmstead.protocols.meters") / f"{key}.toml").read_text("utf-8")


def test_a_server_cannot_show_what_its_model_cannot_say():
    with pytest.raises(OverflowError):
        encode(load("abb-b23"), house(power_w=1e9))
    plain = parse(_toml("abb-b23").replace('not_available = "largest"\n', ""), "plain")
    with pytest.raises(ValueError, match="no way to say that power_w is missing"):
        encode(plain, house(power_w=None))


def test_blocks_of_another_size_are_refused():
    with pytest.raises(ValueError, match=r"blocks of \[76\] registers were planned, got \[75\]"):
        decode(load("eastron-sdm630"), [[0] * 75])
